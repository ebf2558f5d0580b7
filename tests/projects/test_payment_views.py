"""The order of finance: what was ticked, over pages when asked, and nothing that was not chosen."""

import re
import uuid
from collections import Counter
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy import orm

from core import clock, parameters
from core.access import Role
from core.errors import DomainError
from core.models.accounts import Tenant, User
from core.models.trail import AuditEntry
from projects import assessments, bank_files, payments
from projects.models.payments import Payment, PaymentStatus
from projects.models.projects import ProjectStatus
from projects.models.transitions import ProjectTransition
from projects.views import showing
from socialmap.models.directory import Organization
from tests.conftest import Client
from tests.factories.core import make_actor, make_membership
from tests.factories.projects import make_people, make_running
from tests.projects import pain001


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


def test_without_a_right_account_number_nothing_goes_to_the_bank(
    client: Client, session: orm.Session, approved: list[Payment]
) -> None:
    approved[0].project.application.iban = None
    session.commit()
    form = hidden(client.get("/payments").text)
    sent = {**form, "payment": [str(row.id) for row in approved[:2]]}
    answer = client.post("/payments/order", data=sent, follow_redirects=True)
    assert approved[0].project.number in answer.text
    session.expire_all()
    assert ordered(approved) == [False, False, False]  # all or nothing


def test_a_payment_is_in_one_order_and_every_download_of_it_is_in_the_trail(
    client: Client, session: orm.Session, approved: list[Payment]
) -> None:
    form = hidden(client.get("/payments").text)
    chosen = {**form, "payment": [str(row.id) for row in approved[:2]]}
    first = client.post("/payments/order", data=chosen)
    again = client.post("/payments/order", data=chosen)
    assert first.headers["Location"].startswith("/payments/orders/BO-")
    assert again.headers["Location"] == "/payments"
    for _time in range(2):
        file = client.get(first.headers["Location"]).text
        assert file.count("\r\n") == 3
    rows = session.scalars(
        sa.select(AuditEntry.subject_id).where(AuditEntry.action == "payment.order_downloaded")
    )
    assert Counter(rows) == {str(row.id): 2 for row in approved[:2]}


def test_an_order_becomes_a_bank_file_of_the_standard(
    client: Client, session: orm.Session, approved: list[Payment]
) -> None:
    payee = session.get_one(Organization, approved[0].project.organization_id)
    payee.name = "vzw Ééndracht & Zorg <Zuid> Sørø"
    session.commit()
    form = hidden(client.get("/payments").text)
    order = client.post(
        "/payments/order", data={**form, "payment": [str(row.id) for row in approved[:2]]}
    ).headers["Location"]
    refused = client.get(f"{order}/bank-file")
    assert refused.headers["Location"] == "/payments"  # whose account pays is not known yet
    parameters.put(
        bank_files.ACCOUNT, "BE68 5390 0754 7034", valid_from=date(2020, 1, 1),
        tenant_id=approved[0].tenant_id,
    )  # fmt: skip
    session.commit()
    root = ElementTree.fromstring(client.get(f"{order}/bank-file").data)  # noqa: S314 -- our own
    names = {"p": bank_files.NAMESPACE}

    def texts(path: str) -> list[str | None]:
        return [found.text for found in root.findall(path, names)]

    assert texts(".//p:NbOfTxs") == ["2", "2"]
    total = sum(row.amount_cents for row in approved[:2])
    assert texts(".//p:CtrlSum") == [f"{total // 100}.{total % 100:02d}"] * 2
    assert texts(".//p:DbtrAcct//p:IBAN") == ["BE68539007547034"]
    assert "vzw Eendracht Zorg Zuid Soro" in texts(".//p:Cdtr/p:Nm")
    session.expire_all()
    assert texts(".//p:EndToEndId") == sorted(str(row.order_number) for row in approved[:2])
    assert all(re.fullmatch(r"\d{12}", text or "") for text in texts(".//p:Ref"))


@pytest.fixture
def order(client: Client, session: orm.Session, approved: list[Payment]) -> str:
    """The address of the order of the first two payments, with an account to pay from."""
    parameters.put(
        bank_files.ACCOUNT, "BE68 5390 0754 7034", valid_from=date(2020, 1, 1),
        tenant_id=approved[0].tenant_id,
    )  # fmt: skip
    session.commit()
    form = hidden(client.get("/payments").text)
    chosen = {**form, "payment": [str(row.id) for row in approved[:2]]}
    return str(client.post("/payments/order", data=chosen).headers["Location"])


BROKEN = {
    "an element out of its place": (
        "<ChrgBr>SLEV</ChrgBr>",
        "",
        "<BtchBookg>",
        "<ChrgBr>SLEV</ChrgBr><BtchBookg>",
    ),
    "a name that is too long": ("<Nm>", f"<Nm>{'x' * 71}"),
    "a sign that no bank takes": ("<Nm>", "<Nm>&amp;"),
    "a number that is too long": ("<MsgId>", f"<MsgId>{'x' * 35}"),
    "a sum that is off": ("<CtrlSum>72", "<CtrlSum>73"),
    "a count that is off": ("<NbOfTxs>2", "<NbOfTxs>3"),
    "a comma in an amount": (">36000.", ">36000,"),
    "another currency": ('Ccy="EUR"', 'Ccy="USD"'),
    "an account that fails its check": ("<IBAN>BE68", "<IBAN>BE69"),
    "an element of no standard": ("</PmtInf>", "<Note>x</Note></PmtInf>"),
}


def test_a_bank_file_keeps_to_the_standard_and_is_the_same_at_any_moment(
    client: Client, session: orm.Session, order: str
) -> None:
    made = client.get(f"{order}/bank-file").data
    assert pain001.findings(made) == []
    reader = session.scalars(
        sa.select(User).join(ProjectTransition, ProjectTransition.user_id == User.id)
        .where(ProjectTransition.to_status == PaymentStatus.ORDERED)
    ).first()  # fmt: skip
    assert reader is not None
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        client.get("/logout")
        client.sign_in(reader.email)
        assert client.get(f"{order}/bank-file").data == made
    passed = []
    for name, changes in BROKEN.items():
        text = made.decode()
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            assert old in text
            text = text.replace(old, new, 1)
        if not pain001.findings(text.encode()):
            passed.append(name)
    assert passed == []


def again(session: orm.Session, payment: Payment) -> str:
    """Refused by the bank, and ordered once more. Returns the number of the new order."""
    tenant = session.get_one(Tenant, payment.tenant_id)
    one, two = (make_actor(Role.FINANCE, tenant=tenant) for _number in range(2))
    for person in (one, two):
        assessments.declare_interests(payment.project.application.call, [], text="", by=person)
    payments.fail_payment(payment, reason="Rekening gesloten", by=one)
    payments.propose_payment(payment, by=one)
    payments.approve_payment(payment, by=two)
    return payments.order_payments([payment], by=one)


def test_a_payment_that_failed_goes_out_in_an_order_of_its_own(
    client: Client, session: orm.Session, approved: list[Payment], order: str
) -> None:
    assert client.get(f"{order}/bank-file").mimetype == "application/xml"
    assert client.get(f"{order.rpartition('-')[0]}/bank-file").status_code == 404  # part of a number
    session.expire_all()
    first = min(approved[:2], key=lambda row: str(row.order_number))
    number = again(session, first)
    session.commit()
    assert not order.endswith(number)
    assert client.get(f"/payments/orders/{number}").text.count("\r\n") == 2
    assert client.get(f"/payments/orders/{number}/bank-file").mimetype == "application/xml"
    assert client.get(f"{order}/bank-file").headers["Location"] == "/payments"  # the bank has it
    assert client.get(order).text.count("\r\n") == 2


def test_who_read_a_payment_before_it_moved_on_neither_sends_it_back_nor_lets_it_fail(
    approved: list[Payment],
) -> None:
    payment, finance = approved[0], make_actor(Role.FINANCE)
    late = [
        (PaymentStatus.PROPOSED, lambda: payments.send_back_payment(payment, reason="Nee", by=finance)),
        (PaymentStatus.ORDERED, lambda: payments.fail_payment(payment, reason="Nee", by=finance)),
    ]
    for read, act in late:
        orm.attributes.set_committed_value(payment, "status", read)  # as a page that was read before
        with pytest.raises(DomainError):
            act()
        assert payment.status == PaymentStatus.APPROVED


def test_once_the_bank_paid_there_is_no_second_bank_file(
    client: Client, session: orm.Session, approved: list[Payment], order: str
) -> None:
    session.expire_all()
    payments.confirm_payment(approved[0], paid_on=clock.today(), by=make_actor(Role.FINANCE))
    session.commit()
    assert client.get(f"{order}/bank-file").headers["Location"] == "/payments"
    assert client.get(order).text.count("\r\n") == 3  # the record stays


def test_who_may_not_see_a_payment_makes_no_partial_bank_file(
    client: Client, session: orm.Session, approved: list[Payment], order: str
) -> None:
    session.expire_all()
    reader = session.scalars(
        sa.select(ProjectTransition.user_id).where(ProjectTransition.to_status == PaymentStatus.ORDERED)
    ).first()
    assert reader is not None
    hidden_one = approved[0].project
    assessments.recuse(hidden_one.application, reader, reason="Familie", by=make_actor(Role.FINANCE))
    session.commit()
    answer = client.get(f"{order}/bank-file", follow_redirects=True)
    assert answer.mimetype == "text/html"
    assert hidden_one.number not in answer.text


def test_a_suspended_project_is_not_ordered(
    client: Client, session: orm.Session, approved: list[Payment]
) -> None:
    approved[1].project.status = ProjectStatus.SUSPENDED
    session.commit()
    form = hidden(client.get("/payments").text)
    client.post("/payments/order", data={**form, "payment": [str(row.id) for row in approved[:2]]})
    session.expire_all()
    assert ordered(approved) == [False, False, False]  # all or nothing


def test_a_name_that_no_bank_can_read_is_refused() -> None:
    assert bank_files._sepa("Æbleø & Straße’s Łódź") == "AEbleo Strasse's Lodz"
    for name in ("", "—&", "Солидарность"):
        with pytest.raises(DomainError):
            bank_files._sepa(name)
