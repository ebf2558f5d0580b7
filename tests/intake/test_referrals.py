"""Referrals: on a basis that covers them, answered by one, closed the same second the basis ends."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.access import Role, system_actor
from core.errors import Conflict, DomainError
from core.models.accounts import Tenant
from core.models.outbox import OutboxMessage
from core.models.trail import AuditEntry
from intake import answer_terms, bases, cases, copies, partner_view, referrals, turns
from intake.birth_dates import PartialDate
from intake.models.bases import BasisKind, Capacity, ConsentChannel
from intake.models.cases import ClosingReason
from intake.models.referrals import (
    DeclinedBy,
    DeclineReason,
    FailReason,
    ReferralKind,
    ReferralStatus,
)
from intake.models.vocabulary import LifeDomain, Urgency
from socialmap.models.directory import ServiceStatus
from socialmap.models.upkeep import Observation
from tests.factories import intake as make
from tests.factories.core import make_actor
from workflows import tasks, terms


@pytest.fixture
def sent(session):
    """A worker, a partner and a referral between them."""
    by, partner = make.make_worker(), make.make_partner()
    case = make.make_case(by)
    make.make_question(case, by, LifeDomain.DEBTS)
    return by, partner, make.make_referral(by, partner, case=case, shared=("debts",))


def test_sending_waits_for_the_partner_within_five_working_days(sent):
    by, partner, referral = sent
    assert (referral.status, referral.case.status) == (ReferralStatus.SENT, "awaiting_partner")
    assert referrals.last_day(referral.answer_due_at) == clock.add_working_days(clock.today(), 5)
    assert {task.tenant_id for task in tasks.open_tasks(referral)} == {partner.tenant_id}
    assert turns.of_referral(referral, by).state == "partner"
    assert turns.of_referral(referral, partner).state == "us"
    assert referral.status.fhir == "requested"


def test_urgent_asks_an_answer_in_one_working_day(session):
    by = make.make_worker()
    referral = make.make_referral(by, make.make_partner(), urgency=Urgency.U1)
    assert referrals.last_day(referral.answer_due_at) == clock.add_working_days(clock.today(), 1)


def test_the_partner_gets_a_mail_with_ids_only(sent, session):
    _by, partner, referral = sent
    rows = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "mail.send"))
    payload = next(row.payload for row in rows if row.payload["template"] == "new_referral")
    assert payload["user_id"] == str(partner.user_id)
    assert payload["path"] == f"/referrals/{referral.id}"
    assert "Lena" not in str(payload)
    assert "gasfactuur" not in str(payload)


def _inactive(service):
    service.status = ServiceStatus.INACTIVE


def _full(service):
    service.capacity, service.capacity_until = "full", clock.today() + timedelta(days=9)


@pytest.mark.parametrize(
    ("prepare", "values", "field"),
    [
        (_inactive, {}, "service"),
        (_full, {}, "service"),
        (lambda service: None, {"nis": make.LIEVEGEM}, "service"),
        (lambda service: None, {"request": "  "}, "request"),
        (lambda service: None, {"with_person": False}, "kind"),
    ],
)
def test_refer_refuses(session, prepare, values, field):
    by = make.make_worker()
    values = dict(values)
    nis, with_person = values.pop("nis", make.EVERGEM), values.pop("with_person", True)
    case = make.make_case(by, with_person=with_person, nis=nis)
    service = make.make_service()
    prepare(service)
    session.flush()
    with pytest.raises(DomainError) as refusal:
        make.make_referral(by, case=case, service=service, **values)
    assert refusal.value.field == field


def _basis_of(by, other):
    case, service = make.make_case(by), make.make_service()
    person = case.person
    return case, service, {
        "none": lambda: None,
        "other case": lambda: make.make_basis(make.make_case(by, person=person), service, by, ("debts",)),
        "other service": lambda: make.make_basis(case, make.make_service(), by, ("debts",)),
        "fewer items": lambda: make.make_basis(case, service, by, ()),
        "withdrawn": lambda: bases.withdraw_basis(make.make_basis(case, service, by, ("debts",)), by=by),
    }[other]()  # fmt: skip


@pytest.mark.parametrize("other", ["none", "other case", "other service", "fewer items", "withdrawn"])
def test_a_basis_covers_one_file_one_service_and_its_items(session, other):
    by = make.make_worker()
    case, service, basis = _basis_of(by, other)
    with pytest.raises(DomainError) as refusal:
        referrals.refer(
            case, service, kind=ReferralKind.ANNOUNCED, request="x", shared=("debts",), basis=basis, by=by
        )
    assert refusal.value.field == "items"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"channel": None}, "channel"),
        ({"kind": BasisKind.NECESSITY, "channel": None}, "motivation"),
        ({"kind": BasisKind.SHARED_SECRECY, "channel": None, "motivation": " "}, "motivation"),
        ({"ends_on": clock.today() - timedelta(days=1)}, "ends_on"),
        ({"shared": ("alles",)}, "items"),
    ],
)
def test_a_basis_says_how_or_why(session, values, field):
    by = make.make_worker()
    given = {"kind": BasisKind.CONSENT, "shared": (), "channel": ConsentChannel.ORAL, **values}
    with pytest.raises(DomainError) as refusal:
        bases.give_basis(make.make_case(by), make.make_service(), **given, by=by)
    assert refusal.value.field == field


@pytest.mark.parametrize("kind", [ReferralKind.INFORMATION, ReferralKind.OWN_CONTACT])
def test_information_needs_neither_person_nor_basis_and_sends_nothing(session, kind):
    by = make.make_worker()
    case = make.make_case(by, with_person=False)
    referral = make.make_referral(by, make.make_partner(), case=case, kind=kind)
    assert (referral.status, referral.receiving_tenant_id) == (ReferralStatus.COMPLETED, None)
    assert partner_view.package_of(referral) == partner_view.EMPTY


def test_a_question_stops_the_clock_until_the_answer(sent):
    by, partner, referral = sent
    referrals.see(referral, by=partner)
    referrals.ask(referral, "Heeft zij een attest?", by=partner)
    assert terms.find(referral, "referral_answer").status == "suspended"
    assert turns.of_referral(referral, by).state == "me"
    for act in (
        lambda: referrals.ask(referral, "En nog iets?", by=partner),
        lambda: referrals.accept(referral, by=partner),
        lambda: referrals.put_on_waiting_list(referral, by=partner),
        lambda: referrals.decline(referral, DeclineReason.NO_CAPACITY, by=partner),
    ):
        with pytest.raises(Conflict):
            act()
    referrals.answer_question(referral, "Ja.", by=by)
    assert terms.find(referral, "referral_answer").status == "running"
    assert [message.text for message in referral.messages] == ["Heeft zij een attest?", "Ja."]
    with pytest.raises(Conflict):
        referrals.answer_question(referral, "Nog eens.", by=by)


def test_opening_it_outdates_no_page_but_a_question_and_its_answer_do(sent):
    by, partner, referral = sent
    page = referral.version
    referrals.see(referral, by=partner)
    seen = referral.version
    referrals.ask(referral, "Heeft zij een attest?", by=partner, version=page)
    referrals.answer_question(referral, "Neen.", by=by)
    for stale in (page, seen, referral.version - 1):
        with pytest.raises(Conflict):
            referrals.accept(referral, by=partner, version=stale)
    assert referrals.accept(referral, by=partner, version=referral.version).status == ReferralStatus.ACCEPTED


def test_only_opening_by_the_receiver_counts_as_seen(sent):
    by, partner, referral = sent
    assert referrals.see(referral, by=by).status == ReferralStatus.SENT
    assert referrals.see(referral, by=partner).status == ReferralStatus.SEEN


def test_accepting_opens_the_package_and_ends_the_term(sent):
    _by, partner, referral = sent
    assert partner_view.view_of(referral).agreed == ()
    referrals.accept(referral, by=partner)
    names = [line.values for line in partner_view.view_of(referral).agreed if line.code == "name"]
    assert names == [("Lena Aerts",)]
    assert terms.find(referral, "referral_answer") is None


def test_the_first_answer_of_a_service_is_observed_once(sent, session):
    _by, partner, referral = sent
    referrals.put_on_waiting_list(referral, by=partner)
    referrals.accept(referral, by=partner)
    query = sa.select(Observation.kind).where(Observation.service_id == referral.service_id)
    assert list(session.scalars(query)) == ["waitlisted"]


def test_declining_says_why_who_and_a_better_address(sent):
    _by, partner, referral = sent
    with pytest.raises(DomainError) as refusal:
        referrals.decline(referral, DeclineReason.OTHER, by=partner)
    assert refusal.value.field == "remark"
    better = make.make_service(name="Beter Adres")
    referrals.decline(referral, DeclineReason.CITIZEN_DECLINES, better_service=better, by=partner)
    assert (referral.declined_by, referral.better_address) == (DeclinedBy.CITIZEN, "Beter Adres")
    assert partner_view.view_of(referral).stage == "closed"


ACTS = {
    "see": lambda r, by: referrals.see(r, by=by),
    "ask": lambda r, by: referrals.ask(r, "x", by=by),
    "accept": lambda r, by: referrals.accept(r, by=by),
    "waitlist": lambda r, by: referrals.put_on_waiting_list(r, by=by),
    "decline": lambda r, by: referrals.decline(r, DeclineReason.NO_CAPACITY, by=by),
    "start": lambda r, by: referrals.start(r, by=by),
    "complete": lambda r, by: referrals.complete(r, remark="x", by=by),
    "fail": lambda r, by: referrals.fail(r, FailReason.UNREACHABLE, by=by),
    "withdraw": lambda r, by: referrals.withdraw(r, by=by),
}
ROADS = {
    "sent": ([], {"see", "ask", "accept", "waitlist", "decline", "withdraw"}),
    "seen": (["see"], {"see", "ask", "accept", "waitlist", "decline", "withdraw"}),
    "accepted": (["accept"], {"see", "start", "complete", "fail"}),
    "waitlisted": (["waitlist"], {"see", "accept", "decline", "start", "fail", "withdraw"}),
    "in_progress": (["accept", "start"], {"see", "complete", "fail"}),
    "completed": (["accept", "complete"], {"see"}),
    "declined": (["decline"], {"see"}),
    "failed": (["accept", "fail"], {"see"}),
    "withdrawn": (["withdraw"], {"see"}),
}


@pytest.mark.parametrize("state", ROADS)
def test_each_state_allows_its_own_acts(sent, session, state):
    _by, partner, referral = sent
    road, allowed = ROADS[state]
    for step in road:
        ACTS[step](referral, partner)
    assert referral.status == state
    assert (tasks.open_tasks(referral) == []) == referral.status.is_final
    for name, act in ACTS.items():
        savepoint = session.begin_nested()
        if name in allowed:
            act(referral, partner)
        else:
            with pytest.raises(Conflict):
                act(referral, partner)
        savepoint.rollback()
        session.expire_all()
        assert referral.status == state


def test_the_partner_cannot_answer_what_was_withdrawn(sent):
    by, partner, referral = sent
    referrals.withdraw(referral, by=by)
    with pytest.raises(Conflict, match="withdrawn"):
        referrals.accept(referral, by=partner)


@pytest.mark.parametrize("road", [[], ["see"], ["accept"], ["accept", "start"], ["waitlist"]])
def test_withdrawing_the_basis_closes_the_door_at_once(sent, road):
    by, partner, referral = sent
    for step in road:
        ACTS[step](referral, partner)
    bases.withdraw_basis(referral.basis, reason="Ze wil het niet meer.", by=by)
    assert referral.status == ReferralStatus.WITHDRAWN
    assert partner_view.view_of(referral) == partner_view.PartnerView("closed")
    assert tasks.open_tasks(referral) == []
    assert tasks.worklist(partner, scope="all").rows == []
    with pytest.raises(Conflict):
        bases.withdraw_basis(referral.basis, by=by)


def test_a_finished_referral_closes_with_its_basis_too(sent):
    by, partner, referral = sent
    referrals.accept(referral, by=partner)
    referrals.complete(referral, by=partner)
    assert partner_view.view_of(referral).agreed
    bases.withdraw_basis(referral.basis, by=by)
    assert referral.status == ReferralStatus.COMPLETED
    assert partner_view.view_of(referral) == partner_view.PartnerView("closed")


def test_a_basis_that_ended_in_mid_flow_stops_the_partner(sent, session):
    _by, partner, referral = sent
    referral.basis.given_on = clock.today() - timedelta(days=9)
    referral.basis.ends_on = clock.today() - timedelta(days=1)
    session.flush()
    assert partner_view.view_of(referral).stage == "closed"
    with pytest.raises(Conflict):
        referrals.accept(referral, by=partner)


def test_a_term_without_answer_comes_back_to_the_sender(sent):
    _by, partner, referral = sent
    referrals.expire(referral, by=system_actor(referral.tenant_id))
    assert (referral.status, referral.status.fhir) == (ReferralStatus.EXPIRED, "cancelled")
    with pytest.raises(Conflict):
        referrals.accept(referral, by=partner)


def test_an_accepting_organization_opens_a_file_of_its_own(session):
    by, other = make.make_worker(), make.make_worker()
    case = make.make_case(by)
    make.make_question(case, by, LifeDomain.DEBTS)
    service = make.make_service(session.get(Tenant, other.tenant_id))
    referral = make.make_referral(by, case=case, service=service, shared=("debts",))
    with pytest.raises(Conflict):
        copies.open_copy(referral, None, by=other)
    referrals.accept(referral, by=other)
    copy = copies.open_copy(referral, None, by=other)
    assert (copy.tenant_id, copy.copied_from_id) == (other.tenant_id, referral.id)
    assert copies.agreed_name(referral) == ("Lena Aerts", "17/03/1952")
    session.refresh(copy, ["help_requests"])
    assert [request.own_words for request in copy.help_requests] == ["Ik kan mijn gasfactuur niet betalen."]
    bases.withdraw_basis(referral.basis, by=by)
    assert copies.case_of(referral, by=other).id == copy.id
    assert copies.agreed_name(referral) == ("", "")


def test_every_step_is_in_the_trail_without_personal_data(sent, session):
    _by, partner, referral = sent
    referrals.accept(referral, by=partner)
    rows = list(session.scalars(sa.select(AuditEntry).where(AuditEntry.subject_id == str(referral.id))))
    assert {"referral.sent", "referral.accepted"} <= {row.action for row in rows}
    assert "Lena" not in str([row.changes for row in rows])


def test_a_closed_file_stays_closed_when_an_answer_comes(sent):
    by, partner, referral = sent
    request = referral.case.help_requests[0]
    from intake.models.help_requests import Outcome

    outcomes = {request.id: Outcome.HANDED_OVER}
    cases.close_case(referral.case, ClosingReason.HANDED_OVER, outcomes=outcomes, by=by)
    referrals.accept(referral, by=partner)
    assert referral.case.is_closed


# ---------------------------------------------------------------- the clock of the answer
def mails_of(session, template):
    rows = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "mail.send"))
    return [row.payload for row in rows if row.payload["template"] == template]


def reach(referral, kind):
    """What the sweep does when a term ends."""
    term = terms.find(referral, kind)
    assert term is not None, kind
    terms.reached(term, by=system_actor(referral.tenant_id))


def test_a_partner_is_reminded_and_then_its_lead(sent, session):
    _by, partner, referral = sent
    lead = make_actor(Role.TEAM_LEAD, tenant=session.get(Tenant, partner.tenant_id))
    ends = {kind: referrals.last_day(terms.find(referral, kind).due_at) for kind in answer_terms.KINDS}
    today = clock.today()
    assert ends == {
        "referral_reminder": clock.add_working_days(today, 3),
        "referral_lead": clock.add_working_days(today, 4),
        "referral_answer": clock.add_working_days(today, 5),
    }
    reach(referral, "referral_reminder")
    assert [mail["user_id"] for mail in mails_of(session, "referral_waits")] == [str(partner.user_id)]
    reach(referral, "referral_lead")
    mail = mails_of(session, "referral_waits")[-1]
    assert (mail["user_id"], mail["values"]["is_lead"]) == (str(lead.user_id), True)
    assert mail["values"]["answer_by"] == f"{ends['referral_answer']:%d/%m/%Y}"
    assert "Lena" not in str(mail)


def test_nobody_is_reminded_of_what_was_answered_or_asked(sent, session):
    by, partner, referral = sent
    referrals.ask(referral, "Welke leverancier?", by=partner)
    assert {terms.find(referral, kind).status for kind in answer_terms.KINDS} == {"suspended"}
    referrals.answer_question(referral, "Dat staat op de factuur.", by=by)
    assert {terms.find(referral, kind).status for kind in answer_terms.KINDS} == {"running"}
    referrals.accept(referral, by=partner)
    assert [terms.find(referral, kind) for kind in answer_terms.KINDS] == [None, None, None]
    assert mails_of(session, "referral_waits") == []


def test_an_urgent_referral_has_no_room_for_reminders(session):
    referral = make.make_referral(make.make_worker(), make.make_partner(), urgency=Urgency.U1)
    assert [terms.find(referral, kind) for kind in answer_terms.BEFORE] == [None, None]


def test_the_sender_calls_a_service_without_account(session):
    by = make.make_worker()
    referral = make.make_referral(by)
    reach(referral, "referral_reminder")
    assert [mail["user_id"] for mail in mails_of(session, "referral_waits")] == [str(by.user_id)]


def test_the_sender_hears_that_a_term_ended_without_answer(sent, session):
    by, _partner, referral = sent
    reach(referral, "referral_answer")
    assert referral.status == ReferralStatus.EXPIRED
    mail = mails_of(session, "referral_answered")[-1]
    assert (mail["user_id"], mail["values"]) == (str(by.user_id), {"outcome": "expired"})
    assert terms.find(referral, "referral_lead") is None


# ---------------------------------------------------------------- the consent record
def test_a_consent_says_who_gave_it_and_what_was_left_out(session):
    by = make.make_worker()
    case = make.make_case(by)
    given = bases.Given(Capacity.ADMINISTRATOR, "mr. Claes", "Turks, tolk van Babel", "niets over de ex")
    basis = make.make_basis(case, make.make_service(), by, given=given)
    assert (basis.capacity, basis.representative, basis.interpreter, basis.exclusions) == (
        Capacity.ADMINISTRATOR, "mr. Claes", "Turks, tolk van Babel", "niets over de ex",
    )  # fmt: skip
    assert b"Claes" not in bytes(basis.representative_sealed)
    with pytest.raises(DomainError) as refusal:
        make.make_basis(case, make.make_service(), by, given=bases.Given(Capacity.PARENT))
    assert refusal.value.field == "representative"


def test_a_partner_says_who_declined_apart_from_the_reason(sent):
    _by, partner, referral = sent
    referrals.decline(referral, DeclineReason.NO_CAPACITY, declined_by=DeclinedBy.CITIZEN, by=partner)
    assert (referral.decline_reason, referral.declined_by) == (DeclineReason.NO_CAPACITY, DeclinedBy.CITIZEN)


def test_who_is_not_competent_declines_for_the_organization(sent):
    by, partner, referral = sent
    referrals.decline(referral, DeclineReason.NOT_COMPETENT, by=partner)
    assert (referral.status, referral.declined_by) == ("declined", DeclinedBy.ORGANIZATION)
    assert turns.of_referral(referral, by).state == "nobody"  # the file goes on with its holder


# ---------------------------------------------------------------- minors
def child_of(by, years, **values):
    today = clock.today()
    return make.make_case(
        by, person=make.make_person(by, born=PartialDate(today.year - years, 1, 1), **values)
    )


def test_a_child_under_12_does_not_agree_alone(session):
    by, service = make.make_worker(), make.make_service()
    case = child_of(by, 11)
    for given in (bases.Given(), bases.Given(Capacity.TRUST_PERSON, "buurvrouw")):
        with pytest.raises(DomainError) as refusal:
            make.make_basis(case, service, by, given=given)
        assert refusal.value.field == "capacity"
    assert make.make_basis(case, service, by, given=bases.Given(Capacity.PARENT, "de moeder"))
    necessity = {"kind": BasisKind.NECESSITY, "channel": None, "motivation": "Acuut gevaar."}
    assert make.make_basis(case, service, by, **necessity)


def test_from_12_a_minor_agrees_when_a_note_says_what_they_can_decide(session):
    by, service = make.make_worker(), make.make_service()
    with pytest.raises(DomainError) as refusal:
        make.make_basis(child_of(by, 12), service, by)
    assert refusal.value.field == "capacity"
    noted = child_of(by, 12, first_name="Ines", capacity_note="Begrijpt wat er gebeurt en beslist mee.")
    assert make.make_basis(noted, service, by)
    assert make.make_basis(child_of(by, 18, first_name="Oud"), service, by)
