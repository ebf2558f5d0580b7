"""Calls, applications and projects in the states of the trade, made by the operations themselves."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from core import clock
from core.access import Actor, Role
from core.db import session
from core.models.accounts import TenantKind, User
from projects import (
    admissibility,
    applications,
    assessments,
    awards,
    calls,
    changes,
    payments,
    ranking,
    submissions,
)
from projects import projects as projects_
from projects.models.applications import Application, FundingKind
from projects.models.assessments import Assessment
from projects.models.awards import Award, Outcome
from projects.models.calls import Call, CriterionKind
from projects.models.payments import Payment
from projects.models.projects import Project
from socialmap.models.directory import Organization
from tests.factories.core import make_actor, make_tenant

_numbers = itertools.count(1)
YEAR = clock.today().year  # in which the projects run: a fixed one is over some day
IBAN = "BE71096123456769"
TRANCHES = [
    {"kind": "advance", "share_bp": 8_000, "condition": "signed"},
    {"kind": "balance", "share_bp": 2_000, "condition": "settled"},
]


@dataclass
class People:
    """Everyone around one authority, and the desk of one applicant."""

    officer: Actor
    second: Actor
    jurors: list[Actor]
    decider: Actor
    finance: Actor
    finance2: Actor
    applicant: Actor


def make_people() -> People:
    authority = make_tenant("Provincie", TenantKind.PROVINCE)
    applicant = make_tenant("vzw De Brug", TenantKind.PARTNER)
    return People(
        officer=make_actor(Role.OFFICER, tenant=authority),
        second=make_actor(Role.OFFICER, tenant=authority),
        jurors=[make_actor(Role.JUROR, tenant=authority) for _ in range(3)],
        decider=make_actor(Role.DECIDER, tenant=authority),
        finance=make_actor(Role.FINANCE, tenant=authority),
        finance2=make_actor(Role.FINANCE, tenant=authority),
        applicant=make_actor(Role.APPLICANT, tenant=applicant),
    )


def make_organization(name: str | None = None, **values: Any) -> Organization:
    number = next(_numbers)
    organization = Organization(
        source="local", external_id=f"org-{number}", name=name or f"vzw {number}", description="", **values
    )
    session.add(organization)
    session.flush()
    return organization


def make_draft_call(people: People, **values: Any) -> Call:
    """A complete draft: no dead ends, one round that is open now."""
    filled = {
        "summary": "Ouderen op het platteland bereiken hun rechten",
        "text": "Wat we steunen.",
        "legal_basis": "Reglement impulsprojecten",
        "deciding_body": "Deputatie",
        "remedies": "Beroep bij de Raad van State binnen 60 dagen.",
        "credit_cents": 240_000_00,
        "budget_line": "0990/64900",
        "action_code": "AP-12",
        "max_grant_cents": 60_000_00,
        "tranches": [dict(part) for part in TRANCHES],
        **values,
    }
    call = calls.draft_call("Rechten op het erf", theme="rural", by=people.officer, **filled)
    criteria = [
        {"kind": CriterionKind.ADMISSIBILITY, "code": "complete", "title": "Volledig"},
        {"kind": CriterionKind.SCORED, "code": "need", "title": "Nood", "weight": 60},
        {"kind": CriterionKind.SCORED, "code": "plan", "title": "Aanpak", "weight": 40},
    ]
    calls.set_criteria(call, criteria, by=people.officer)
    costs = [{"code": "staff", "title": "Personeel"}, {"code": "work", "title": "Werking"}]
    calls.set_cost_categories(call, costs, by=people.officer)
    questions = [{"section": "project", "code": "what", "title": "Wat ga je doen?", "max_words": 50}]
    calls.set_questions(call, questions, by=people.officer)
    now = clock.now()
    calls.add_round(
        call,
        "Eerste ronde",
        opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=10),
        by=people.officer,
    )
    return call


def change(people: People, call: Call, *, reason: str = "Beter", **values: str) -> None:
    """Other texts of a published call, proposed by one officer and made by the second."""
    changes.make_change(
        changes.propose_texts(call, reason=reason, by=people.officer, **values), by=people.second
    )


def add_round(people: People, call: Call, name: str = "Tweede ronde") -> None:
    """One more round of a published call, open for ninety days from now."""
    now = clock.now()
    proposed = changes.propose_round(
        call, name, opens_at=now, closes_at=now + timedelta(days=90), by=people.officer
    )
    changes.make_change(proposed, by=people.second)


def make_open_call(people: People, **values: Any) -> Call:
    """A published call with an open round."""
    return publish(people, make_draft_call(people, **values))


def publish(people: People, call: Call) -> Call:
    """Approved by the second person, and everybody but the jury has declared their interests."""
    calls.send_to_review(call, by=people.officer)
    calls.approve_call(call, visum="V-2026-1", by=people.second)
    calls.publish_call(call, by=people.officer)
    for person in (people.officer, people.second, people.decider, people.finance, people.finance2):
        assessments.declare_interests(call, [], text="", by=person)
    return call


def make_application(
    people: People,
    call: Call,
    *,
    asked: int = 45_000_00,
    costs: int = 60_000_00,
    organization: Organization | None = None,
) -> Application:
    """A draft that is ready to be submitted."""
    application = applications.start_application(
        call, organization or make_organization(), by=people.applicant
    )
    applications.save_answers(
        application,
        by=people.applicant,
        title="Rechten op het erf",
        answers={"what": "Wij gaan naar de boerderijen."},
        municipalities=["44019", "43005"],
        starts_on=date(YEAR, 1, 1),
        ends_on=date(YEAR, 12, 31),
        asked_cents=asked,
        iban=IBAN,
        signatory_name="Fatma",
        signatory_role="Directeur",
    )
    applications.set_budget(
        application,
        [{"category": "staff", "description": "Werker", "amount_cents": costs}],
        [{"kind": FundingKind.OWN, "source": "Eigen", "amount_cents": costs - asked}]
        if costs > asked
        else [],
        by=people.applicant,
    )
    return application


def submit(people: People, application: Application) -> submissions.Receipt:
    return submissions.submit_application(application, received_at=clock.now(), by=people.applicant)


def make_admissible(people: People, call: Call, **values: Any) -> Application:
    application = make_application(people, call, **values)
    submit(people, application)
    found = {"complete": admissibility.Finding(True, "")}
    admissibility.record_findings(application, found, by=people.officer)
    admissibility.admit(application, by=people.officer)
    return application


def make_in_jury(people: People, call: Call, **values: Any) -> Application:
    application = make_admissible(people, call, **values)
    for juror in people.jurors:
        assessments.declare_interests(call, [], text="", by=juror)
    assessments.assign_jurors(application, [user_of(juror) for juror in people.jurors], by=people.officer)
    return application


def user_of(actor: Actor) -> User:
    return session.get_one(User, actor.user_id)


def score(people: People, application: Application, points: tuple[int, int] = (8, 8)) -> None:
    """Have every juror hand in the same points on both criteria."""
    for juror in people.jurors:
        assessment = assessments.find_assessment(application, juror.user_id)
        if assessment is not None and assessment.status == "assigned":
            hand_in(assessment, application, points, by=juror)


def hand_in(assessment: Assessment, application: Application, points: tuple[int, ...], *, by: Actor) -> None:
    for criterion, given in zip(assessments.scored_criteria(application.call), points, strict=True):
        assessments.save_score(assessment, criterion, points=given, motivation="Sterk plan", by=by)
    assessments.submit_assessment(assessment, application, advice="Steunen", by=by)


def make_on_agenda(
    people: People, call: Call, *, points: tuple[int, int] = (8, 8), **values: Any
) -> Application:
    """Scored, ranked and before the body; the call is in assessment."""
    application = make_in_jury(people, call, **values)
    score(people, application, points)
    close_rounds(call)
    calls.start_assessment(call, by=people.officer)
    ranking.fix_ranking(application.round, by=people.officer)
    awards.put_on_agenda(application, by=people.officer)
    return application


def close_rounds(call: Call) -> None:
    """Let the closing moment lie in the past, as when time went by."""
    for planned in call.rounds:
        planned.closes_at = clock.now() - timedelta(seconds=1)
    session.flush()


def make_award(people: People, call: Call, *, amount: int = 45_000_00, **values: Any) -> Award:
    application = make_on_agenda(people, call, **values)
    return awards.decide(
        application, Outcome.GRANTED, amount_cents=amount, motivation="Sterk en nodig.", by=people.decider
    )


def make_project(people: People, call: Call | None = None) -> Project:
    """An awarded project of 45,000 euro on costs of 60,000 (share 75 %)."""
    award = make_award(people, call or make_open_call(people))
    return find_project(award)


def find_project(award: Award) -> Project:
    return session.scalars(sa.select(Project).where(Project.award_id == award.id)).one()


def make_running(people: People, **values: Any) -> Project:
    project = make_project(people, make_open_call(people, **values))
    projects_.send_agreement(project, by=people.officer)
    projects_.record_signature(project, file_id=None, signed_on=clock.today(), by=people.officer)
    projects_.start_project(project, by=people.officer)
    return project


def make_idea(people: People) -> Application:
    """A submitted idea in a call that asks the full file later."""
    call = make_draft_call(people, phases=["idea", "full"])
    idea = {"section": "idea", "code": "idea", "title": "Wat is je idee?", "phase": "idea", "max_words": 50}
    full = {"section": "project", "code": "what", "title": "Wat ga je doen?", "max_words": 50}
    calls.set_questions(call, [idea, full], by=people.officer)
    calls.send_to_review(call, by=people.officer)
    calls.approve_call(call, visum="V-1", by=people.second)
    calls.publish_call(call, by=people.officer)
    assessments.declare_interests(call, [], text="", by=people.officer)
    application = applications.start_application(call, make_organization(), by=people.applicant)
    applications.save_answers(
        application, by=people.applicant, title="Rechten op het erf", answers={"idea": "Wij gaan langs."}
    )
    submit(people, application)
    return application


def pay(people: People, payment: Payment) -> None:
    """Under four eyes, in an order, and paid by the bank."""
    payments.propose_payment(payment, by=people.finance)
    payments.approve_payment(payment, by=people.finance2)
    payments.order_payments([payment], by=people.finance)
    payments.confirm_payment(payment, paid_on=clock.today(), by=people.finance)
