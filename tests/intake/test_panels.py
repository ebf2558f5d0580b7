"""What the page of an organization shows of files and referrals: only to who may see those."""

import pytest

from core.db import session as db
from intake import panels
from socialmap.models.directory import Service
from socialmap.panels import of
from tests.factories import intake as make


@pytest.fixture
def shown(app, session):
    with app.test_request_context():
        yield lambda ids, by: {panel.title: panel.rows for panel in of(ids, by)}


def organization_of(referral):
    service = db.get(Service, referral.service_id)
    assert service is not None
    return service.organization_id


def test_sender_and_receiver_each_see_their_side(shown, session):
    worker, partner, other = make.make_worker(), make.make_partner(), make.make_worker()
    referral = make.make_referral(worker, partner)
    sent = shown([organization_of(referral)], worker)
    assert [rows[0][1] for rows in sent.values()] == [
        f"/referrals/{referral.id}",
        f"/cases/{referral.case_id}",
    ]
    assert referral.case.person.last_name not in str(sent)
    received = shown([organization_of(referral)], partner)
    assert [rows[0][1] for rows in received.values()] == [f"/referrals/{referral.id}"]
    assert shown([organization_of(referral)], other) == {}
    assert shown([make.make_organization().id], worker) == {}


def test_the_entry_that_stays_shows_what_went_to_its_double(shown, session):
    worker = make.make_worker()
    referral = make.make_referral(worker, make.make_partner())
    stays = make.make_organization()
    found = shown([stays.id, organization_of(referral)], worker)
    assert [len(rows) for rows in found.values()] == [1, 1]


def test_a_restricted_file_of_somebody_else_does_not_show(shown, session):
    worker = make.make_worker()
    referral = make.make_referral(worker, make.make_partner())
    referral.case.is_restricted, referral.case.holder_id = True, None
    session.flush()
    assert shown([organization_of(referral)], worker) == {}


def test_a_page_of_an_organization_asks_one_statement_per_panel(shown, session, statements):
    worker = make.make_worker()
    ids = [organization_of(make.make_referral(worker, make.make_partner())) for _n in range(3)]
    session.expire_all()
    with statements() as seen:
        panels.referrals_to(ids, worker)
        panels.cases_with(ids, worker)
    assert len(seen) == 2
