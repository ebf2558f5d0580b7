"""The order of finance: what was ticked, over pages when asked, and nothing that was not chosen."""

import re
import uuid
from collections import Counter
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from core import parameters
from core.access import Role
from core.models.accounts import Tenant
from core.models.trail import AuditEntry
from projects import bank_files, payments
from projects.models.payments import Payment, PaymentStatus
from projects.views import showing
from socialmap.models.directory import Organization
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
    payee.name = "vzw Ééndracht & Zorg <Zuid>"
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
    assert "vzw Eendracht Zorg Zuid" in texts(".//p:Cdtr/p:Nm")
    session.expire_all()
    assert texts(".//p:EndToEndId") == sorted(str(row.order_number) for row in approved[:2])
    assert all(re.fullmatch(r"\d{12}", text or "") for text in texts(".//p:Ref"))
    assert [element.tag.partition("}")[2] for element in root.iter()][:40] == [
        "Document",
        "CstmrCdtTrfInitn",
        "GrpHdr",
        "MsgId",
        "CreDtTm",
        "NbOfTxs",
        "CtrlSum",
        "InitgPty",
        "Nm",
        "PmtInf",
        "PmtInfId",
        "PmtMtd",
        "BtchBookg",
        "NbOfTxs",
        "CtrlSum",
        "PmtTpInf",
        "SvcLvl",
        "Cd",
        "ReqdExctnDt",
        "Dt",
        "Dbtr",
        "Nm",
        "DbtrAcct",
        "Id",
        "IBAN",
        "DbtrAgt",
        "FinInstnId",
        "Othr",
        "Id",
        "ChrgBr",
        "CdtTrfTxInf",
        "PmtId",
        "EndToEndId",
        "Amt",
        "InstdAmt",
        "Cdtr",
        "Nm",
        "CdtrAcct",
        "Id",
        "IBAN",
    ]
