"""In an emergency a file opens shortly, on a ground and with a reason; holder and officer know."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.access import Role, system_actor
from core.errors import Conflict, DomainError
from core.models.accounts import Tenant
from core.models.outbox import OutboxMessage
from core.models.trail import AuditEntry
from intake import emergencies, emergency_terms, notes, readers, restrictions
from intake.models.emergencies import EmergencyAccess, EmergencyGround, Verdict
from intake.models.notes import Visibility
from tests.factories import intake as make
from tests.factories.core import forget_request, make_actor
from workflows import terms

VITAL = EmergencyGround.VITAL_INTEREST


@pytest.fixture
def hidden(session):
    """A restricted file: its holder, a colleague who may not see it, and the officer."""
    holder = make.make_worker()
    tenant = session.get(Tenant, holder.tenant_id)
    colleague, officer = make.make_worker(tenant), make_actor(Role.DPO, tenant=tenant)
    person = make.make_person(holder, first_name="Liesbet", last_name="Geheim", address="Geheimstraat 9")
    case = make.make_case(holder, person=person)
    make.make_question(case, holder)
    notes.add_note(case, "Interne regel", by=holder)
    notes.add_note(case, "Deelbare regel", visibility=Visibility.SHAREABLE, by=holder)
    restrictions.restrict_case(case, "Haar zus werkt hier.", by=holder)
    return holder, colleague, officer, case


def mails(session):
    return [
        row.payload
        for row in session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "mail.send"))
    ]


@pytest.mark.parametrize(("ground", "reason"), [(None, "Ze is in gevaar."), (VITAL, "  ")])
def test_nothing_opens_without_ground_or_reason(session, hidden, ground, reason):
    _holder, colleague, _officer, case = hidden
    with pytest.raises(DomainError):
        emergencies.open_emergency(case.number, ground, reason, by=colleague)
    assert session.scalars(sa.select(EmergencyAccess)).all() == []


def test_the_page_refuses_without_ground_and_keeps_what_was_typed(client, hidden):
    _holder, colleague, _officer, case = hidden
    client.sign_in(colleague.email)
    answer = client.post("/emergency-access/new", data={"number": case.number, "reason": "Zij roept om hulp"})
    assert answer.status_code == 422
    assert "Zij roept om hulp" in answer.text
    assert "error-summary" in answer.text


def test_a_colleague_looks_for_some_hours_and_every_look_is_noted(
    client, session, hidden, statements, monkeypatch
):
    holder, colleague, officer, case = hidden
    client.sign_in(colleague.email)
    assert client.get(f"/cases/{case.id}").status_code == 404
    data = {"number": case.number.lower().replace("-", " "), "ground": VITAL, "reason": "Ze belde in paniek."}
    answer = client.post("/emergency-access/new", data=data)
    page = answer.headers["Location"]
    with statements() as seen:
        sheet = client.get(page)
    assert len(seen) <= 8
    for text in ("Liesbet Geheim", "Geheimstraat 9", "gasfactuur", "Interne regel"):
        assert text in sheet.text
    # It opens its own page and nothing else.
    assert client.get(f"/cases/{case.id}").status_code == 404
    assert client.get(f"/cases/{case.id}/plan.pdf").status_code == 404
    assert (
        "Geheim"
        not in client.get("/cases?tab=all").text + client.get("/search?q=Liesbet", follow_redirects=True).text
    )
    actions = [row.entry.action for row in readers.of_case(case)[0] if row.who == colleague.name]
    assert "emergency.read" in actions
    client.post("/logout")
    client.sign_in(holder.email)
    assert "Ze belde in paniek." in client.get(f"/cases/{case.id}/readers").text
    client.sign_in(colleague.email)
    told = {(str(m["user_id"]), m["template"]) for m in mails(session)}
    assert {(str(holder.user_id), "emergency_opened"), (str(officer.user_id), "emergency_opened")} <= told
    assert not any(text in str(mails(session)) for text in ("Liesbet", "Geheim", "paniek"))
    later = clock.now() + timedelta(hours=emergencies.HOURS, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    ended = client.get(page)
    assert ended.status_code == 410
    assert "emergency-ended" in ended.text
    assert "Liesbet" not in ended.text


def test_who_is_done_ends_it_at_once(client, hidden):
    _holder, colleague, _officer, case = hidden
    access = emergencies.open_emergency(case.number, VITAL, "Nood.", by=colleague)
    client.sign_in(colleague.email)
    assert client.post(f"/emergency-access/{access.id}/end", data={}).status_code == 302
    assert client.get(f"/emergency-access/{access.id}").status_code == 410


def test_asking_again_while_it_runs_gives_the_same_access(hidden):
    _holder, colleague, _officer, case = hidden
    first = emergencies.open_emergency(case.number, VITAL, "Nood.", by=colleague)
    assert emergencies.open_emergency(case.number, VITAL, "Nood.", by=colleague).id == first.id


def test_a_partner_organization_sees_no_internal_notes_and_strangers_nothing(client, session, hidden):
    holder, _colleague, _officer, case = hidden
    elsewhere, stranger = make.make_worker(), make.make_worker()
    make.make_gbo(session.get(Tenant, holder.tenant_id), session.get(Tenant, elsewhere.tenant_id))
    with pytest.raises(DomainError):
        emergencies.open_emergency(case.number, VITAL, "Nood.", by=stranger)
    access = emergencies.open_emergency(case.number, VITAL, "Nood.", by=elsewhere)
    client.sign_in(elsewhere.email)
    text = client.get(f"/emergency-access/{access.id}").text
    assert "Liesbet Geheim" in text
    assert "Deelbare regel" in text
    assert "Interne regel" not in text
    client.post("/logout")
    client.sign_in(stranger.email)
    assert client.get(f"/emergency-access/{access.id}").status_code == 404


def test_guessing_numbers_ends_soon_and_is_in_the_trail(session, hidden):
    _holder, colleague, _officer, case = hidden
    for _time in range(emergencies.MAX_MISSES):
        forget_request()
        with pytest.raises(DomainError):
            emergencies.open_emergency("D-0000-000", VITAL, "Nood.", by=colleague)
        from core import audit

        audit.write_noted()
    with pytest.raises(DomainError, match=r"Te veel|Too many"):
        emergencies.open_emergency(case.number, VITAL, "Nood.", by=colleague)
    tries = sa.select(AuditEntry).where(AuditEntry.action == "access.refused")
    assert len(session.scalars(tries).all()) == emergencies.MAX_MISSES


def test_the_officer_is_reminded_of_a_review_and_again_when_it_is_late(client, session, hidden, monkeypatch):
    _holder, colleague, officer, case = hidden
    access = emergencies.open_emergency(case.number, VITAL, "Ze belde in paniek.", by=colleague)
    for kind in (emergency_terms.REMINDER, emergency_terms.REVIEW):
        terms.reached(terms.find(access, kind), by=system_actor(case.tenant_id))
    told = [m for m in mails(session) if m["template"] == "emergency_waits"]
    assert [(m["user_id"], m["values"]["is_late"]) for m in told] == [
        (str(officer.user_id), False), (str(officer.user_id), True)
    ]  # fmt: skip
    assert "paniek" not in str(told)
    client.sign_in(officer.email)
    later = clock.now() + timedelta(days=12)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert 'data-testid="review-term" data-state="late"' in client.get("/emergency-access").text


def test_the_officer_reviews_with_words_when_not_justified_and_nobody_their_own(
    client, session, hidden, statements
):
    _holder, colleague, officer, case = hidden
    access = emergencies.open_emergency(case.number, VITAL, "Ze belde in paniek.", by=colleague)
    both = make_actor(Role.DPO, Role.INTAKE_WORKER, tenant=session.get(Tenant, officer.tenant_id))
    own = emergencies.open_emergency(case.number, VITAL, "Nood.", by=both)
    with pytest.raises(DomainError):
        emergencies.review_emergency(own, Verdict.JUSTIFIED, by=both)
    client.sign_in(officer.email)
    with statements() as seen:
        page = client.get("/emergency-access")
    assert len(seen) <= 6
    assert "Ze belde in paniek." in page.text
    assert "Liesbet" not in page.text
    assert page.text.count('data-testid="review-term" data-state="running"') == 2
    address = f"/emergency-access/{access.id}/review"
    assert client.post(address, data={"verdict": "not_justified"}).status_code == 422
    assert (
        client.post(address, data={"verdict": "not_justified", "remark": "Geen gevaar."}).status_code == 302
    )
    assert (access.verdict, access.remark, access.reviewed_by_id) == (
        "not_justified",
        "Geen gevaar.",
        officer.user_id,
    )
    with pytest.raises(Conflict):
        emergencies.review_emergency(access, Verdict.JUSTIFIED, by=officer)
    assert "Geen gevaar." in client.get("/emergency-access?tab=reviewed").text
    assert terms.find(access, emergency_terms.REVIEW) is None
    emergency_terms.remind(terms.of(access)[0], system_actor())
    assert [m for m in mails(session) if m["template"] == "emergency_waits"] == []
    outsider = make_actor(Role.DPO)
    client.post("/logout")
    client.sign_in(outsider.email)
    assert client.get(address).status_code == 404
    assert "paniek" not in client.get("/emergency-access").text
