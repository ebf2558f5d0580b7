"""Fictional people, meldingen, files and referrals, so that a first start shows a living platform.

Everything goes through the operations, so that processes, trail and mails are as they would be; afterwards
moments are moved back, so that ages and terms look like a working week. National numbers follow the safe
patterns that are never issued. Nothing is made when the demo OCMW keeps files already.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core import accounts, clock, demo
from core.access import Actor
from core.db import session
from core.models.accounts import Membership, User
from intake import (
    bases,
    cases,
    contacts,
    demo_aftercare,
    demo_rights,
    demo_secrecy,
    demo_stories,
    help_requests,
    households,
    notes,
    partner_view,
    persons,
    referrals,
    signals,
)
from intake.birth_dates import PartialDate
from intake.models.bases import Basis, BasisKind, ConsentChannel
from intake.models.cases import Case, CaseStatus
from intake.models.contacts import AttemptResult, ContactAttempt, ToldHow
from intake.models.help_requests import HelpRequest
from intake.models.households import Relation
from intake.models.notes import Note, Visibility
from intake.models.persons import Person
from intake.models.referrals import Referral, ReferralKind, ReferralMessage
from intake.models.routing import RoutingRule, RuleKind
from intake.models.signals import Signal
from intake.models.transitions import Transition
from intake.models.vocabulary import AgeGroup, Channel, LifeDomain, Mutuality, Urgency
from intake.persons import NewPerson, Sought
from socialmap import organizations
from socialmap.models.directory import Organization, Service, ServiceAreaNis, ServiceStatus
from workflows.models.terms import Term

ORDER = 30
SINCE = date(2025, 1, 1)
EVERGEM = "44019"
# Services of participants by the name of the demo's own entry, for where the sample has none in Evergem.
SERVICES = {
    "ocmw-evergem": ("Sociale dienst, hulp bij papieren", ["B.2"]),
    "caw-oost-vlaanderen": ("Onthaal Meetjesland", ["B.6"]),
    "dmw-cm": ("Dienst Maatschappelijk Werk, zitdag Evergem", ["B.2"]),
    "de-brug": ("Budgethulp De Brug", ["B.2"]),
}


def load() -> None:
    """Make the routing table and the files of the demo; does nothing where they are."""
    _load_routing()
    made = sa.select(Case.id).where(Case.tenant_id == demo.tenant("ocmw-evergem")).limit(1)
    if session.scalar(made) is None:
        stage = Stage()
        demo_stories.tell(stage)
        demo_rights.tell(stage)
        demo_aftercare.tell(stage)
        demo_secrecy.tell(stage)


def _load_routing() -> None:
    """The agreement of the GBO: wish first, then theme, mutuality, age, municipality; CAW for all else."""
    gbo = demo.partnership("gbo-meetjesland")
    if (
        session.scalar(sa.select(RoutingRule.id).where(RoutingRule.partnership_id == gbo).limit(1))
        is not None
    ):
        return
    ocmw, caw, cm = (demo.tenant(key) for key in ("ocmw-evergem", "caw-oost-vlaanderen", "dmw-cm"))
    rows: list[tuple[int, uuid.UUID | None, dict[str, Any]]] = [
        (10, None, {"kind": RuleKind.WISH}),
        (20, caw, {"theme": LifeDomain.SAFETY}),
        (21, caw, {"theme": LifeDomain.MENTAL}),
        (22, caw, {"theme": LifeDomain.FAMILY}),
        (30, cm, {"mutuality": Mutuality.CM, "age_group": AgeGroup.ELDERLY}),
        (31, cm, {"mutuality": Mutuality.CM, "age_group": AgeGroup.SENIOR}),
        (32, cm, {"mutuality": Mutuality.CM, "theme": LifeDomain.HEALTH}),
        (33, cm, {"mutuality": Mutuality.CM, "theme": LifeDomain.CARE}),
        (40, caw, {"age_group": AgeGroup.YOUNG_ADULT, "theme": LifeDomain.HOUSING}),
        (60, ocmw, {"nis": EVERGEM}),
        (90, caw, {}),
    ]
    for priority, tenant_id, conditions in rows:
        session.add(
            RoutingRule(
                id=demo.identifier(f"routing:{priority}"),
                partnership_id=gbo,
                priority=priority,
                to_tenant_id=tenant_id,
                starts_on=SINCE,
                **conditions,
            )
        )
    session.flush()


@dataclass
class Stage:
    """Who plays, and short ways to say what happened, for `demo_stories`."""

    def __post_init__(self) -> None:
        self.nele = self.actor("onthaal@ocmw-evergem.example")
        self.karim = self.actor("teamlead@ocmw-evergem.example")
        self.lotte = self.actor("onthaal@caw-oost-vlaanderen.example")
        self.joris = self.actor("onthaal@dmw-cm.example")
        self.fatma = self.actor("partner@de-brug.example")

    def actor(self, email: str) -> Actor:
        membership = session.get_one(Membership, demo.membership(email))
        return accounts.actor_of(membership, session.get_one(User, membership.user_id))

    def service(self, tenant_key: str) -> Service:
        """An active service of this participant in Evergem; an own entry where the sample has none."""
        tenant_id = demo.tenant(tenant_key)
        name, categories = SERVICES[tenant_key]
        found = session.scalars(
            sa.select(Service)
            .join(Organization, Organization.id == Service.organization_id)
            .join(ServiceAreaNis, ServiceAreaNis.service_id == Service.id)
            .where(
                Organization.tenant_id == tenant_id,
                Service.status == ServiceStatus.ACTIVE,
                ServiceAreaNis.nis == EVERGEM,
            )
            .order_by(Service.name != name, Service.name)
            .limit(1)
        ).first()
        if found is not None:
            return found
        owner = session.scalars(
            sa.select(Organization).where(Organization.tenant_id == tenant_id).limit(1)
        ).first()
        if owner is None:
            owner = organizations.add_local(self._name(tenant_key), nis=EVERGEM, tenant_id=tenant_id)
        return organizations.add_local_service(
            owner,
            name,
            nis=[EVERGEM],
            categories=categories,
            service_id=demo.identifier(f"service:{tenant_key}"),
            description="Fictieve dienst voor de demo.",
            eligibility_description="Inwoners van Evergem",
            application_process="Verwijzing of telefoon",
            fees_description="Gratis.",
        )

    @staticmethod
    def _name(tenant_key: str) -> str:
        return demo.TENANTS[tenant_key][0]

    # ------------------------------------------------------------ acts
    def person(self, by: Actor, first: str, last: str, born: tuple[int, ...] = (), **facts: Any) -> Person:
        new = NewPerson(first_name=first, last_name=last, born=PartialDate(*born), nis=EVERGEM, **facts)
        token = persons.search_token(Sought(first_name=first, last_name=last), by=by)
        return persons.create_person(new, token=token, by=by)

    def case(
        self,
        by: Actor,
        person: Person | None,
        *,
        phase: CaseStatus = CaseStatus.IN_SUPPORT,
        urgency: Urgency = Urgency.U3,
        allocated: bool = True,
    ) -> Case:
        case = cases.open_case(nis=EVERGEM, person=person, status=phase, urgency=urgency, by=by)
        if allocated and by.user_id is not None:
            cases.allocate(case, session.get_one(User, by.user_id), by=self.karim if by is self.nele else by)
        return case

    def question(self, case: Case, domain: LifeDomain, words: str, by: Actor, facts: str = "") -> HelpRequest:
        request = help_requests.note_help_request(case, domain, words, facts=facts, by=by)
        session.refresh(case, ["help_requests"])
        return request

    def talk(self, case: Case, by: Actor, channel: Channel, result: AttemptResult, note: str) -> None:
        told = ToldHow.ORALLY if result == AttemptResult.REACHED else None
        contacts.note_attempt(case, channel=channel, result=result, note=note, told=told, by=by)

    def note(self, case: Case, by: Actor, text: str, *, shareable: bool = False) -> None:
        visibility = Visibility.SHAREABLE if shareable else Visibility.INTERNAL
        notes.add_note(case, text, visibility=visibility, by=by)

    def household(self, case: Case, by: Actor, name: str, others: Iterable[tuple[str, Relation]]) -> None:
        household = households.create_household(name, nis=EVERGEM, first=case.person, by=by)
        for described, relation in others:
            households.add_member(household, described_as=described, relation=relation, by=by)
        cases.set_person(case, household=household, by=by)

    def refer(
        self,
        case: Case,
        to: str,
        request: str,
        by: Actor,
        *,
        shared: tuple[str, ...] = (),
        kind: ReferralKind = ReferralKind.ANNOUNCED,
        urgency: Urgency = Urgency.U3,
        witness: str = "",
    ) -> Referral:
        service = self.service(to)
        basis: Basis | None = None
        if kind.sends_data:
            basis = bases.give_basis(
                case,
                service,
                kind=BasisKind.CONSENT,
                shared=shared,
                channel=ConsentChannel.ORAL,
                witness=witness,
                ends_on=clock.today() + timedelta(days=180),
                by=by,
            )
        return referrals.refer(
            case, service, kind=kind, request=request, shared=shared, urgency=urgency, basis=basis, by=by
        )

    def notice(self, by: Actor, observed: str, theme: LifeDomain, **facts: Any) -> Signal:
        new = signals.NewSignal(nis=facts.pop("nis", EVERGEM), theme=theme, observed=observed, **facts)
        return signals.register_signal(new, by=by)

    # ------------------------------------------------------------ time
    def age_signal(self, signal: Signal, days: int) -> None:
        """Move a notice back in time."""
        signal.received_at = _working_moment(days, days, days + 1)
        self._move(Transition.at, Transition.subject_id == signal.id, days)

    def age(self, case: Case, days: int) -> None:
        """Move all that happened in a file back in time; running answer terms keep their end."""
        session.flush()
        case.opened_at = _working_moment(days, 0, 1)
        for column, condition in (
            (Transition.at, Transition.case_id == case.id),
            (Note.at, Note.case_id == case.id),
            (ContactAttempt.at, ContactAttempt.case_id == case.id),
            (ReferralMessage.at, ReferralMessage.case_id == case.id),
            (HelpRequest.asked_at, HelpRequest.case_id == case.id),
        ):
            self._move(column, condition, days)
        self._sync(case)

    @staticmethod
    def _move(column: Any, condition: sa.ColumnElement[bool], days: int) -> None:
        """Spread rows over working hours from `days` ago to today, in the order of writing."""
        model = column.class_
        rows = list(session.scalars(sa.select(model).where(condition).order_by(model.id)))
        for number, row in enumerate(rows):
            ago = days - days * number // len(rows)
            setattr(row, column.key, _working_moment(ago, number, len(rows)))
        session.flush()

    @staticmethod
    def _sync(case: Case) -> None:
        """Columns that repeat a moment of the timeline follow it; running terms start with the sending."""
        steps: dict[uuid.UUID, dict[str, Transition]] = {}
        for row in session.scalars(
            sa.select(Transition).where(Transition.case_id == case.id).order_by(Transition.id)
        ):
            steps.setdefault(row.subject_id, {})[row.event] = row
            if row.subject_id == case.id and row.to_status == str(case.status):
                case.status_since = row.at
                case.closed_at = row.at if case.closed_at is not None else None
        for referral in session.scalars(sa.select(Referral).where(Referral.case_id == case.id)):
            events = steps.get(referral.id, {})
            if not events:
                continue
            last = list(events.values())[-1]
            sent, seen = events.get("referral.sent"), events.get("referral.seen")
            referral.sent_at = sent.at if sent else referral.sent_at
            referral.seen_at = seen.at if seen else referral.seen_at
            referral.status_since = last.at
            for event in ("referral.waitlisted", "referral.accepted", "referral.declined"):
                referral.decided_at = events[event].at if event in events else referral.decided_at
            if referral.started_at is not None and "referral.started" in events:
                referral.started_at = events["referral.started"].at
            if referral.status.is_final:
                referral.closed_at = last.at
            if sent is not None:
                _redate(referral, clock.brussels(sent.at).date())
            if referral.status.is_undecided and referral.sent_at is not None:
                days = referrals.answer_days(referral.urgency, tenant_id=referral.tenant_id)
                begun = clock.brussels(referral.sent_at).date()
                due = clock.end_of(clock.add_working_days(begun, days))
                if due > clock.now():
                    referral.answer_due_at = due
                    session.execute(
                        sa.update(Term)
                        .where(Term.subject_id == referral.id)
                        .values(started_on=begun, due_at=due)
                    )
        session.flush()


def _redate(referral: Referral, on: date) -> None:
    """The ground was given on the day of sending, and the package says so, with the term that ran then."""
    basis = referral.basis
    if basis is None:
        return
    basis.given_on = on
    due = clock.add_working_days(on, referrals.answer_days(referral.urgency, tenant_id=referral.tenant_id))
    dated = {"basis": (str(basis.kind), on.isoformat()), "answer_by": (due.isoformat(),)}
    package = partner_view.package_of(referral)
    now = tuple(replace(line, values=dated.get(line.code, line.values)) for line in package.now)
    if package.now:
        referral.package = replace(package, now=now).to_json()


def _working_moment(days_ago: int, number: int, count: int) -> datetime:
    """A moment in office hours so many days ago; of today, some minutes ago."""
    day = clock.today() - timedelta(days=days_ago)
    while not clock.is_working_day(day):
        day -= timedelta(days=1)
    at = clock.start_of(day) + timedelta(hours=9, minutes=420 * number // count)
    return min(at, clock.now() - timedelta(minutes=3 * (count - number)))
