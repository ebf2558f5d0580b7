"""The order of finance: what was ticked, over pages when asked, and nothing that was not chosen."""

import re
import uuid
from typing import Any

import pytest
from sqlalchemy import orm

from core.access import Role
from core.models.accounts import Tenant
from projects import payments
from projects.models.payments import Payment, PaymentStatus
from projects.views import showing
from tests.conftest import Client
from tests.factories.core import make_membership
from tests.factories.projects import make_people, make_running


@pytest.fixture
def approved(client: Client, session: orm.Session) -> list[Payment]:
    """Three approved advances; the client is signed in as finance."""
    people = make_people()
    found = [payments.of_project(make_running(people))[0] for _number in range(3)]
    for payment in found:
        payments.propose_payment(payment, by=people.finance)
        payments.approve_payment(payment, by=people.finance2)
    member = make_membership(None, session.get_one(Tenant, people.finance.tenant_id), Role.FINANCE)
    session.commit()
    client.sign_in(member.user.email)
    return found


def ordered(rows: list[Payment]) -> list[bool]:
    return [row.status == PaymentStatus.ORDERED for row in rows]


def hidden(page: str) -> dict[str, Any]:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    shown = re.findall(r'name="shown" value="([^"]+)"', page)
    return {"shown": shown} | ({"csrf_token": token[1]} if token else {})


def test_only_what_was_ticked_is_ordered_and_loaded(
    client: Client, approved: list[Payment], statements: Any
) -> None:
    form = hidden(client.get("/payments").text)
    chosen = [str(approved[0].id), "not-an-id", str(uuid.uuid4())]
    with statements() as seen:
        client.post("/payments/order", data={**form, "payment": chosen})
    listed = [text for text in seen if "FROM payment JOIN project" in text]
    assert listed
    assert all("payment.id IN" in text for text in listed)
    assert ordered(approved) == [True, False, False]


def test_an_order_covers_the_other_pages_only_when_asked(
    client: Client, approved: list[Payment], monkeypatch: pytest.MonkeyPatch, statements: Any
) -> None:
    monkeypatch.setattr(showing, "PAGE", 2)
    client.get("/payments")
    with statements() as seen:
        page = client.get("/payments").text
    assert len(seen) <= 6, seen
    assert 'name="others"' in page
    form = hidden(page)
    assert len(form["shown"]) == 2
    ticked = form["shown"][:1]
    client.post("/payments/order", data={**form, "payment": ticked, "others": "1"})
    unticked = form["shown"][1]
    assert {str(row.id) for row in approved if row.status == PaymentStatus.APPROVED} == {unticked}
    assert 'name="others"' not in client.get("/payments").text


def test_nothing_ticked_is_refused(client: Client, approved: list[Payment]) -> None:
    form = hidden(client.get("/payments").text)
    answer = client.post("/payments/order", data=form, follow_redirects=True)
    assert answer.mimetype == "text/html"
    assert ordered(approved) == [False, False, False]
