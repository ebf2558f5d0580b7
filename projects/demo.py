"""The demo of impulse projects: a province with an evaluated, a running and an open call, and a care council.

Everything goes through the operations; between two steps `pass_days` moves all that happened so far back in
time, so that the stories unfold over months. Applicants are organizations of the sample map. Repeatable:
nothing is made where the province has a call already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core import accounts, clock, demo, parameters
from core.access import Actor
from core.db import session
from core.models.accounts import Membership, User
from projects import (
    admissibility,
    applications,
    assessments,
    awards,
    bank_files,
    calls,
    changes,
    demo_applicants,
    demo_jury,
    demo_phases,
    demo_texts,
    duties,
    evaluations,
    needs,
    payments,
    projects,
    ranking,
    reports,
    submissions,
)
from projects.demo_texts import Plan
from projects.demo_time import pass_days, realign_versions, recompute_receipts, renumber, whole_days
from projects.models.applications import Application, FundingKind
from projects.models.assessments import Assessment
from projects.models.calls import Call, CriterionKind
from projects.models.needs import Need
from projects.models.payments import Payment
from projects.models.projects import Project
from projects.models.reports import Report
from socialmap import organizations
from socialmap.models.directory import Organization
from workflows import signal_source
from workflows.signal_source import NeedSheet

ORDER = 40
IBAN, PAYS_FROM = "BE71096123456769", "BE68539007547034"
PROVINCE, COUNCIL = "provincie-oost-vlaanderen", "zorgraad-meetjesland"
TRANCHES = [
    {"kind": "advance", "share_bp": 8_000, "condition": "signed"},
    {"kind": "balance", "share_bp": 2_000, "condition": "settled"},
]


def load() -> None:
    """Play the stories up to what waits for a message between processes; `finish` goes on from there."""
    if session.scalar(sa.select(Call.id).where(Call.tenant_id == demo.tenant(PROVINCE)).limit(1)) is None:
        since, province = date(2024, 1, 1), demo.tenant(PROVINCE)
        parameters.put(bank_files.ACCOUNT, PAYS_FROM, valid_from=since, tenant_id=province)
        own = demo_texts.COUNCIL_DUTIES
        parameters.put(duties.KEY, own, valid_from=since, tenant_id=demo.tenant(COUNCIL))
        stage = Stage()
        stage.evaluated_call()
        stage.running_call()
        demo_jury.decided_soon(stage)
        demo_jury.judged_now(stage)
        demo_jury.closed_now(stage)
        stage.open_call()
        stage.council_call()
        demo_phases.phased_call(stage)


def finish() -> None:
    """Settle and evaluate the projects of the first call, once their processes heard of the report."""
    call = session.scalars(
        sa.select(Call).where(Call.tenant_id == demo.tenant(PROVINCE), Call.title == demo_texts.FIRST)
    ).one_or_none()
    if call is not None and call.status != "evaluated":
        Stage().settle_all(call)


def actor(email: str) -> Actor:
    """The actor of a demo account."""
    membership = session.get_one(Membership, demo.membership(email))
    return accounts.actor_of(membership, session.get_one(User, membership.user_id))


@dataclass
class Applicant:
    """An organization that applies: the entry of the map and who fills in the forms."""

    organization: Organization
    by: Actor


class Stage:
    """Who plays, and short ways to say what happened."""

    def __init__(self) -> None:
        self.officer, self.second = (
            actor(f"{n}@oost-vlaanderen.example") for n in ("provincie", "provincie2")
        )
        self.jurors = [actor(f"jury{n}@oost-vlaanderen.example") for n in (1, 2, 3)]
        self.decider = actor("deputatie@oost-vlaanderen.example")
        self.finance, self.finance2 = (
            actor(f"{n}@oost-vlaanderen.example") for n in ("financien", "financien2")
        )
        self.council = actor("zorgraad@meetjesland.example")

    # ------------------------------------------------------------ the stories
    def evaluated_call(self) -> None:
        """Scenario P1 of the domain, with two more projects and a refusal."""
        need = self.need(demo_texts.FIRST_NEED, "farmers", demo_texts.FIRST_FACTS, cases=7)
        call = self.draft(
            demo_texts.FIRST, "farmers", demo_texts.FIRST_TEXT, 120_000_00, self.officer, [need]
        )
        self.publish(call, need)
        advice = demo_texts.ADVICE
        calls.record_advice(
            call, advice[0], received_on=clock.today(), text=advice[1], reply=advice[2], by=self.officer
        )
        files = [self.apply(call, plan) for plan in demo_texts.FIRST_PLANS]
        self.judge(call, files, demo_texts.FIRST_SCORES)
        for application, plan in zip(files, demo_texts.FIRST_PLANS, strict=True):
            self.decide(application, plan)
        awards.close_decisions(call, by=self.officer)
        pass_days(call, 20)
        for project in self.projects_of(call):
            self.start(project)
            self.pay(payments.of_project(project)[0])
        pass_days(call, 330)
        for project, plan in zip(self.projects_of(call), demo_texts.FIRST_PLANS, strict=False):
            self.report(project, plan)
        pass_days(call, 25)

    def settle_all(self, call: Call) -> None:
        """From the accepted reports to practice cards."""
        for project, card in zip(self.projects_of(call), demo_texts.CARDS, strict=True):
            projects.settle(project, by=self.finance)
            balance = payments.of_project(project)[-1]
            if balance.amount_cents:
                self.pay(balance)
            made = evaluations.evaluate(
                project,
                outcome=card.outcome,
                lessons=card.lessons,
                conclusion=card.conclusion,
                people_reached=card.people,
                by=self.officer,
            )
            evaluations.publish_evaluation(made, by=self.officer)
        evaluations.close_call(call, by=self.officer)
        pass_days(call, 18)
        renumber(call)

    def running_call(self) -> None:
        """Projects, payments and reports in several states."""
        need = self.need(demo_texts.SECOND_NEED, "rural", demo_texts.SECOND_FACTS)
        call = self.draft(
            demo_texts.SECOND, "rural", demo_texts.SECOND_TEXT, 180_000_00, self.officer, [need]
        )
        self.publish(call, need, tied={self.jurors[2].email: "OCMW Aalter"})
        files = [self.apply(call, plan) for plan in demo_texts.SECOND_PLANS]
        self.judge(call, files, demo_texts.SECOND_SCORES)
        for application, plan in zip(files, demo_texts.SECOND_PLANS, strict=True):
            self.decide(application, plan)
        awards.close_decisions(call, by=self.officer)
        pass_days(call, 15)
        started = self.projects_of(call)
        for project in started[:4]:
            self.start(project)
        self.pay(payments.of_project(started[0])[0])
        self.pay(payments.of_project(started[1])[0])
        self.pay(payments.of_project(started[2])[0])
        payments.propose_payment(payments.of_project(started[3])[0], by=self.officer)
        projects.send_agreement(started[4], by=self.officer)
        pass_days(call, 150)
        projects.ask_amendment(
            started[1],
            reason=demo_texts.AMENDMENT,
            new_ends_on=_day(started[1].ends_on) + timedelta(days=90),
            by=self.applicant(demo_texts.SECOND_PLANS[1].organization).by,
        )
        self.report(started[2], demo_texts.SECOND_PLANS[2])
        final = reports.of_project(started[0])[-1]
        self.write(started[0], final, demo_texts.SECOND_PLANS[0])
        pass_days(call, 6)
        renumber(call)

    def open_call(self) -> None:
        """Two deadlines; drafts, submitted files, one that has to be completed."""
        need = self.need(demo_texts.THIRD_NEED, "farmers", demo_texts.THIRD_FACTS)
        call = self.draft(
            demo_texts.THIRD, "farmers", demo_texts.THIRD_TEXT, 150_000_00, self.officer, [need]
        )
        last = clock.end_of(clock.today() + timedelta(days=19)) - timedelta(minutes=1)
        self.publish(call, need, closes_at=last + timedelta(days=42))
        later = last + timedelta(days=120)
        changes.make_change(
            changes.propose_round(
                call, "Tweede ronde", opens_at=last + timedelta(days=31), closes_at=later, by=self.officer
            ),
            by=self.second,
        )
        pass_days(call, 30)
        for plan in demo_texts.THIRD_PLANS:
            application = self.apply(call, plan, submit=plan.state != "draft")
            if plan.state == "completion":
                admissibility.ask_completion(
                    application, sections=["budget"], reason=demo_texts.COMPLETION, by=self.officer
                )
        text = f"{call.text}\n\n{demo_texts.ADDED}"
        proposed = changes.propose_texts(call, text=text, reason=demo_texts.NOTICE, by=self.officer)
        changes.make_change(proposed, by=self.second)
        whole_days(call)
        realign_versions(call)
        changes.propose_texts(call, summary=demo_texts.CLEARER, reason=demo_texts.CLEARER_WHY, by=self.second)
        recompute_receipts(call)

    def council_call(self) -> None:
        """A second authority with bodies and words of its own, still a draft."""
        self.draft(
            demo_texts.COUNCIL,
            "care",
            demo_texts.COUNCIL_TEXT,
            40_000_00,
            self.council,
            [],
            deciding_body="Bestuur van de zorgraad",
            higher_body="Algemene vergadering van de zorgraad",
            higher_body_from_cents=8_000_00,
            legal_basis="Huishoudelijk reglement zorgraad, art. 12",
            max_grant_cents=10_000_00,
            min_score_bp=5_000,
            jury_size=3,
        )

    # ------------------------------------------------------------ acts
    def need(self, title: str, theme: str, facts: list[tuple[str, str]], cases: int = 0) -> Need:
        offered = [s for s in signal_source.source().validated_sheets(themes=[theme]) if cases]
        sheet = offered[0] if offered else None
        if cases and sheet is None:
            sheet = NeedSheet(
                f"demo-{theme}", theme, "Oost-Meetjesland", "2024-Q3", cases, ("44019", "43010")
            )
        need = needs.record_need(
            title,
            theme=theme,
            sheet=sheet,
            municipalities=["44019", "43010", "43005"],
            affected_group=demo_texts.GROUP,
            answer_due_on=clock.today() + timedelta(days=60),
            by=self.officer,
        )
        for text, source in facts:
            need.facts.append(needs.add_fact(need, text, source=source, by=self.officer))
        needs.substantiate(need, by=self.officer)
        needs.link_to_call(need, reason=demo_texts.RELEVANT, by=self.officer)
        return need

    def draft(
        self,
        title: str,
        theme: str,
        text: tuple[str, str],
        credit: int,
        by: Actor,
        found: list[Need],
        **other: Any,
    ) -> Call:
        values: dict[str, Any] = {
            "summary": text[0],
            "text": text[1],
            "legal_basis": demo_texts.REGULATION,
            "deciding_body": "Deputatie",
            "higher_body": "Provincieraad",
            "higher_body_from_cents": 75_000_00,
            "remedies": demo_texts.REMEDIES,
            "credit_cents": credit,
            "budget_line": "0530/64910",
            "action_code": "AP-2.4.1",
            "max_grant_cents": 45_000_00,
            "min_grant_cents": 5_000_00,
            "min_municipalities": 2,
            "max_months": 24,
            "tranches": TRANCHES,
        }
        call = calls.draft_call(title, theme=theme, by=by, **{**values, **other})
        scored = [
            {
                "kind": CriterionKind.SCORED,
                "code": code,
                "title": name,
                "weight": weight,
                "guidance": guidance,
            }
            for code, name, weight, guidance in demo_texts.SCORED
        ]
        formal = [
            {"kind": CriterionKind.ADMISSIBILITY, "code": code, "title": name}
            for code, name in demo_texts.FORMAL
        ]
        calls.set_criteria(call, formal + scored, by=by)
        calls.set_cost_categories(call, [dict(row) for row in demo_texts.COSTS], by=by)
        calls.set_questions(call, [dict(row) for row in demo_texts.QUESTIONS], by=by)
        if found:
            calls.link_needs(call, found, by=by)
        return call

    def publish(
        self,
        call: Call,
        need: Need,
        *,
        closes_at: datetime | None = None,
        tied: dict[str, str] | None = None,
    ) -> None:
        now = clock.now()
        opens, closes = now - timedelta(minutes=5), closes_at or now + timedelta(days=30)
        calls.add_round(call, "Eerste ronde", opens_at=opens, closes_at=closes, by=self.officer)
        calls.send_to_review(call, by=self.officer)
        pass_days(call, 9, need)
        visum = f"V-{clock.today().year}-0{call.number[-2:]}7"
        calls.approve_call(call, visum=visum, by=self.second)
        pass_days(call, 3, need)
        calls.publish_call(call, by=self.officer)
        people = (self.officer, self.second, self.decider, self.finance, self.finance2, *self.jurors)
        for person in people:
            name = (tied or {}).get(person.email)
            ties = [self.organization(name).id] if name else []
            assessments.declare_interests(call, ties, text=demo_texts.TIE if ties else "", by=person)

    def apply(self, call: Call, plan: Plan, *, submit: bool = True) -> Application:
        applicant = self.applicant(plan.organization)
        application = applications.start_application(call, applicant.organization, by=applicant.by)
        starts = clock.today() + timedelta(days=60)
        applications.save_answers(
            application,
            by=applicant.by,
            title=plan.title,
            answers=dict(plan.answers),
            municipalities=list(plan.municipalities),
            asked_cents=plan.asked,
            iban=IBAN,
            starts_on=starts,
            ends_on=starts + timedelta(days=364),
            signatory_name=applicant.by.name,
            signatory_role="Directeur",
        )
        lines = [{"category": c, "description": d, "amount_cents": a} for c, d, a in plan.costs]
        own = sum(a for _c, _d, a in plan.costs) - plan.asked
        funding = [{"kind": FundingKind.OWN, "source": "Eigen middelen", "amount_cents": own}]
        applications.set_budget(application, lines, funding if own > 0 else [], by=applicant.by)
        for name in plan.partners:
            applications.add_partner(application, self.organization(name), role="Partner", by=applicant.by)
        session.refresh(application)
        if submit:
            submissions.submit_application(application, received_at=clock.now(), by=applicant.by)
        return application

    def judge(
        self, call: Call, files: list[Application], scores: Sequence[Sequence[tuple[int, ...]]]
    ) -> None:
        """Close the round, check every file, score it by every juror who may, fix the ranking."""
        self.hand_to_jury(call, files)
        pass_days(call, 12)
        for application, rows in zip(files, scores, strict=True):
            self.score_file(application, rows)
        ranking.fix_ranking(files[0].round, by=self.officer)
        for application in files:
            awards.put_on_agenda(application, by=self.officer)
        pass_days(call, 10)

    def hand_to_jury(self, call: Call, files: list[Application]) -> None:
        """Close the round, find every file admissible and give it to the jurors who may judge it."""
        pass_days(call, 31)
        recompute_receipts(call)
        calls.start_assessment(call, by=self.officer)
        formal = {code: admissibility.Finding(True, "") for code, _name in demo_texts.FORMAL}
        users = [session.get_one(User, juror.user_id) for juror in self.jurors]
        for application in files:
            admissibility.record_findings(application, formal, by=self.officer)
            admissibility.admit(application, by=self.officer)
            assessments.assign_jurors(application, users, by=self.officer)

    def score_file(self, application: Application, rows: Sequence[tuple[int, ...]]) -> None:
        """Scores of the jurors in their order; no points: this juror has not judged yet."""
        for juror, points in zip(self.jurors, rows, strict=True):
            assessment = assessments.find_assessment(application, juror.user_id)
            if points and assessment is not None and assessment.status == "assigned":
                self.score(assessment, application, points, juror)

    def score(
        self, assessment: Assessment, application: Application, points: tuple[int, ...], juror: Actor
    ) -> None:
        criteria = assessments.scored_criteria(application.call)
        for criterion, given in zip(criteria, points, strict=True):
            reason = demo_texts.REASONS[min(given // 3, 3)]
            assessments.save_score(assessment, criterion, points=given, motivation=reason, by=juror)
        advice = demo_texts.JURY_ADVICE[sum(points) >= 5 * len(points)]
        assessments.submit_assessment(assessment, application, advice=advice, by=juror)

    def decide(self, application: Application, plan: Plan) -> None:
        advised = awards.advised(application)
        outcome, amount = plan.outcome, plan.granted
        awards.decide(
            application,
            outcome,
            amount_cents=amount,
            motivation=demo_texts.MOTIVATIONS[outcome],
            deviation=demo_texts.DEVIATION if outcome != advised else "",
            by=self.decider,
        )

    def start(self, project: Project) -> None:
        projects.send_agreement(project, by=self.officer)
        projects.record_signature(project, file_id=None, signed_on=clock.today(), by=self.officer)
        projects.start_project(project, by=self.officer)

    def pay(self, payment: Payment) -> None:
        payments.propose_payment(payment, by=self.officer)
        payments.approve_payment(payment, by=self.finance2)
        payments.order_payments([payment], by=self.finance)
        payments.confirm_payment(payment, paid_on=clock.today(), by=self.finance)

    def write(self, project: Project, report: Report, plan: Plan) -> None:
        """The applicant writes and submits the report, with costs inside the period."""
        by = self.applicant(plan.organization).by
        spent = _day(project.starts_on) + timedelta(days=40)
        lines = [
            {
                "category": category,
                "description": description,
                "document_number": f"F-{number:03d}",
                "spent_on": spent + timedelta(days=60 * number),
                "amount_cents": amount,
                # Goods and services carry 21 percent, which a vzw does not get back; wages carry none.
                "vat_cents": 0 if category == "staff" else amount * 21 // 121,
            }
            for number, (category, description, amount) in enumerate(plan.costs)
        ]
        reports.save_report(report, lines, text=plan.report, people_reached=plan.people, by=by)
        reports.submit_report(report, by=by)

    def report(self, project: Project, plan: Plan) -> None:
        """A final report that was accepted, its last cost for a part."""
        final = reports.of_project(project)[-1]
        self.write(project, final, plan)
        for line in final.lines[:-1]:
            reports.judge_line(line, accepted_cents=line.amount_cents, reason="", by=self.officer)
        last = final.lines[-1]
        accepted = max(last.amount_cents - plan.refused, 0)
        reason = demo_texts.COST_REFUSED if plan.refused else ""
        reports.judge_line(last, accepted_cents=accepted, reason=reason, by=self.officer)
        reports.accept_report(final, answer=demo_texts.REPORT_ANSWER, by=self.officer)

    # ------------------------------------------------------------ who applies
    def organization(self, name: str) -> Organization:
        """An organization of the map by its name; a local entry where the delivery lacks it."""
        query = sa.select(Organization).where(
            Organization.name == name, Organization.merged_into_id.is_(None)
        )
        found = session.scalars(query.order_by(Organization.external_id).limit(1)).first()
        return found or organizations.add_local(name, organization_id=demo.identifier(f"organization:{name}"))

    def applicant(self, name: str) -> Applicant:
        organization = self.organization(name)
        if name == "vzw De Brug":
            return Applicant(organization, actor("partner@de-brug.example"))
        slug = name.lower().replace(" ", "-")
        email = f"aanvraag@{slug}.example"
        if session.get(User, demo.user(email)) is None:
            demo_applicants.add_account(name, slug, email, like=session.get_one(User, self.officer.user_id))
        membership = session.get_one(Membership, demo.membership(email))
        return Applicant(organization, accounts.actor_of(membership, session.get_one(User, demo.user(email))))

    def projects_of(self, call: Call) -> list[Project]:
        return list(
            session.scalars(sa.select(Project).where(Project.call_id == call.id).order_by(Project.number))
        )


def _day(day: date | None) -> date:
    return day or clock.today()
