"""A request for aid at an OCMW counts from the first word; its terms are statutory calendar days."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import orm

from core import clock
from core.access import Actor, Role
from core.errors import Conflict, DomainError
from core.models.accounts import TenantKind
from intake import aid_letters, aid_requests, safe_contact
from intake.models.aid_requests import AidKind, AidOutcome, AidRequest, AidStatus
from intake.models.persons import Avoid
from tests.conftest import Client
from tests.factories.core import make_tenant
from tests.factories.intake import make_case, make_person, make_worker
from workflows import terms
from workflows.models.terms import TermStatus


def make_request(worker: Actor, *, days_ago: int = 0, **values: Any) -> AidRequest:
    case = make_case(worker, **values)
    asked = clock.today() - timedelta(days=days_ago)
    return aid_requests.register_request(
        case, AidKind.LIVING_WAGE, "Ik heb geen geld meer", asked_on=asked, by=worker
    )


def term(request: AidRequest, kind: str) -> Any:
    return next(found for found in terms.of(request) if found.kind == kind)


def test_terms_run_from_the_day_of_the_first_word(session: orm.Session) -> None:
    request = make_request(make_worker(), days_ago=3)
    forward, decision = term(request, "aid_forward"), term(request, "aid_decision")
    assert forward.due_at == clock.end_of(request.asked_on + timedelta(days=5))
    assert decision.due_at == clock.end_of(request.asked_on + timedelta(days=30))
    assert {forward.calendar, decision.calendar} == {"calendar"}


def test_a_statutory_term_is_never_suspended(session: orm.Session) -> None:
    worker = make_worker()
    request = make_request(worker)
    with pytest.raises(DomainError, match=r"\w"):
        terms.suspend(request, "aid_decision", reason="verlof", by=worker)


def test_a_request_is_decided_notified_and_open_to_appeal(session: orm.Session) -> None:
    worker = make_worker()
    request = make_request(worker, days_ago=10)
    aid_requests.confirm_competence(request, by=worker)
    assert term(request, "aid_forward").status == TermStatus.MET
    aid_requests.record_decision(
        request, AidOutcome.GRANTED, body="BCSD", reason="Behoeftig", decided_on=clock.today(), by=worker
    )
    assert term(request, "aid_notice").due_at == clock.end_of(clock.today() + timedelta(days=8))
    aid_requests.record_notice(request, notified_on=clock.today(), by=worker)
    assert request.status == AidStatus.NOTIFIED
    assert request.appeal_until == clock.add_months(clock.today(), 3)


def test_an_urgent_decision_of_the_chair_is_ratified_later(session: orm.Session) -> None:
    worker = make_worker()
    request = make_request(worker, days_ago=9)
    aid_requests.confirm_competence(request, by=worker)
    aid_requests.record_decision(
        request, AidOutcome.GRANTED, body="Voorzitter", reason="Geen verwarming", is_urgent=True,
        decided_on=clock.today() - timedelta(days=8), by=worker,
    )  # fmt: skip
    aid_requests.record_ratification(request, ratified_on=clock.today(), by=worker)
    assert request.ratified_on == clock.today()


def test_forwarding_without_a_reason_is_void(session: orm.Session) -> None:
    worker = make_worker()
    request = make_request(worker)
    with pytest.raises(DomainError) as refusal:
        aid_requests.forward_request(request, "OCMW Gent", reason=" ", forwarded_on=clock.today(), by=worker)
    assert refusal.value.field == "reason"
    aid_requests.forward_request(
        request, "OCMW Gent", reason="Woont in Gent", forwarded_on=clock.today(), by=worker
    )
    assert request.status == AidStatus.FORWARDED
    assert {found.status for found in terms.of(request)} == {TermStatus.CANCELLED}


def test_only_an_ocmw_registers_requests(session: orm.Session) -> None:
    caw = make_tenant("CAW", TenantKind.CAW)
    worker = make_worker(caw, Role.INTAKE_WORKER)
    with pytest.raises(DomainError):
        make_request(worker)


@pytest.mark.parametrize(("words", "days", "field"), [("", 0, "words"), ("Ik vraag hulp", -1, "asked_on")])
def test_a_request_without_words_or_from_tomorrow_is_refused(
    session: orm.Session, words: str, days: int, field: str
) -> None:
    worker = make_worker()
    case = make_case(worker)
    asked = clock.today() - timedelta(days=days)
    with pytest.raises(DomainError) as refusal:
        aid_requests.register_request(case, AidKind.OTHER, words, asked_on=asked, by=worker)
    assert refusal.value.field == field


def test_a_decision_needs_competence_first(session: orm.Session) -> None:
    worker = make_worker()
    request = make_request(worker)
    with pytest.raises(Conflict):
        aid_requests.record_decision(
            request, AidOutcome.REFUSED, body="BCSD", reason="x", decided_on=clock.today(), by=worker
        )


def test_without_a_decision_one_can_appeal_for_four_months_and_eight_days(session: orm.Session) -> None:
    request = make_request(make_worker())
    request.asked_on = date(2026, 10, 31)
    assert aid_requests.appeal_without_decision_until(request) == date(2027, 3, 8)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_adding_months_takes_the_last_day_where_there_is_no_such_day(
    day: date, months: int, expected: date
) -> None:
    assert clock.add_months(day, months) == expected


def test_the_receipt_is_a_tagged_pdf(session: orm.Session) -> None:
    request = make_request(make_worker())
    pdf = aid_letters.receipt(request)
    assert pdf.startswith(b"%PDF-")
    assert b"pdfuaid" in pdf
    assert b"StructTreeRoot" in pdf


def test_making_the_receipt_notes_that_it_was_given(session: orm.Session) -> None:
    worker = make_worker()
    request = make_request(worker)
    aid_requests.give_receipt(request, by=worker)
    first = request.receipt_given_at
    aid_requests.give_receipt(request, by=worker)
    assert request.receipt_given_at == first is not None


@pytest.mark.parametrize(
    ("avoid", "way"),
    [
        (Avoid.POST, safe_contact.Way.LETTER),
        (Avoid.MAIL, safe_contact.Way.MAIL),
        (Avoid.SMS, safe_contact.Way.SMS),
        (Avoid.VOICEMAIL, safe_contact.Way.VOICEMAIL),
        (Avoid.INVITATION, safe_contact.Way.FEED),
        (Avoid.CITIZEN_PAGE, safe_contact.Way.EXPORT),
    ],
)
def test_nothing_leaves_in_a_way_that_is_not_safe(
    session: orm.Session, avoid: Avoid, way: safe_contact.Way
) -> None:
    person = make_person(make_worker())
    safe_contact.check(person, way)
    person.avoid = [str(avoid)]
    with pytest.raises(safe_contact.NotSafe, match=r"\w"):
        safe_contact.check(person, way)
    assert not safe_contact.is_safe(person, way)
    assert safe_contact.is_safe(person, safe_contact.Way.PRINT)


def test_who_gets_no_post_is_told_by_hand(client: Client, session: orm.Session) -> None:
    """The page of the notice names no registered letter to somebody for whom post is not safe."""
    worker = make_worker()
    request = make_request(worker)
    aid_requests.confirm_competence(request, by=worker)
    aid_requests.record_decision(
        request, AidOutcome.GRANTED, body="BCSD", reason="Behoeftig", decided_on=clock.today(), by=worker
    )
    client.sign_in(worker.email)
    address = f"/aid-requests/{request.id}/notice"
    assert "aangetekend" in client.get(address).text.lower()
    assert request.case.person is not None
    request.case.person.avoid = [str(Avoid.POST)]
    page = client.get(address).text
    assert "Post: niet veilig" in page
    assert "aangetekend" not in page.lower()
