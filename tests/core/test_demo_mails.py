"""The worker, which answers no request, sends every mail that the demo put in the outbox."""

import sqlalchemy as sa

from core import scheduler
from core.db import session
from core.models.outbox import OutboxMessage
from tests.databases import dispose, make_app


def test_the_worker_sends_every_mail_of_the_demo(database, databases, smtp):
    copy = databases.demo(database.kind).copy()
    app = make_app(copy.url, copy.folder, mail_url=smtp.url)
    for _ in range(4):  # a message may put the next one
        scheduler.run_once(app, "outbox")
    with app.app_context():
        tried = sa.select(OutboxMessage.kind, OutboxMessage.last_error).where(OutboxMessage.attempts > 0)
        assert session.execute(tried.where(OutboxMessage.done_at.is_(None))).all() == []
    dispose(app)
    assert {"partner@de-brug.example"} <= {address for to in smtp.recipients for address in to}
    for message in smtp.messages:
        assert "Aerts" not in message.as_string()
