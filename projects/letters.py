"""Letters and paper of projects as accessible PDF; official letters are Dutch in every language."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from core import clock, letters
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import Tenant
from projects import duties, payments
from projects.models.applications import FULL, Application
from projects.models.awards import Award, Outcome
from projects.models.calls import Call, CostCategory, CriterionKind
from projects.models.payments import Payment
from projects.models.projects import Project
from projects.models.transitions import ProjectTransition
from socialmap.models.directory import Organization

MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
OUTCOMES = {
    Outcome.GRANTED: "Je subsidie is toegekend.",
    Outcome.PARTLY_GRANTED: "Je subsidie is voor een deel toegekend.",
    Outcome.RESERVE: "Je aanvraag staat op de reservelijst.",
    Outcome.REFUSED: "Je subsidie is geweigerd.",
}
# Ends without a decision of the body, each with its own words.
ENDS = {
    "inadmissible": "Je aanvraag is niet ontvankelijk.",
    "not_invited": "Je aanvraag gaat niet door naar de volgende fase.",
}
TRANCHES = {"advance": "Voorschot", "interim": "Tussentijdse schijf", "balance": "Saldo"}
CONDITIONS = {
    "signed": "na ondertekening van deze overeenkomst",
    "report_accepted": "na aanvaarding van het tussentijdse verslag",
    "settled": "na aanvaarding van het eindverslag en de afrekening",
}
PHASES = {"idea": "Idee", "pitch": "Pitch", FULL: "Volledig dossier"}


def decision(application: Application) -> bytes:
    """The letter of the decision as tagged PDF."""
    return letters.make("project_letter", decision_text(application))


def decision_text(application: Application) -> dict[str, Any]:
    """What the letter says: outcome, reasons, remedies. Refuses where one of them is missing."""
    award = session.scalars(sa.select(Award).where(Award.application_id == application.id)).one_or_none()
    if award is not None:
        facts, lines = _facts_of(award), [award.motivation]
        if award.deviation:
            lines.append(f"Waarom het orgaan afwijkt van het advies van de jury: {award.deviation}")
        return _letter(application, OUTCOMES[award.outcome], facts, lines, award.remedies, award.decided_on)
    outcome = ENDS.get(application.label_code)
    if outcome is not None:
        end = _end_of(application)
        reasons = [end.motivation, *_unmet(application)]
        day = clock.brussels(end.at).date()
        return _letter(application, outcome, [["Datum", _day(day)]], reasons, application.call.remedies, day)
    raise DomainError(_("Nothing was decided on this file yet."))


def _facts_of(award: Award) -> list[list[str]]:
    facts = [["Beslist door", award.body], ["Datum van de beslissing", _day(award.decided_on)]]
    if award.amount_cents:
        facts.append(["Bedrag", _euro(award.amount_cents)])
    return facts


def _end_of(application: Application) -> ProjectTransition:
    """The act that ended the file; both ends are final, so there is one."""
    query = sa.select(ProjectTransition).where(
        ProjectTransition.subject_type == "application",
        ProjectTransition.subject_id == application.id,
        ProjectTransition.to_status == application.status,
    )
    return session.scalars(query).one()


def _unmet(application: Application) -> list[str]:
    """The admissibility criteria that were not met, each with its reason."""
    titles = {c.code: c.title for c in application.call.criteria if c.kind == CriterionKind.ADMISSIBILITY}
    return [
        f"{titles[code]}: {found['reason']}"
        for code, found in application.admissibility.items()
        if code in titles and not found["met"]
    ]


def _letter(
    application: Application,
    outcome: str,
    facts: list[list[str]],
    reasons: list[str],
    remedies: str,
    day: date,
) -> dict[str, Any]:
    if not any(reason.strip() for reason in reasons) or not remedies.strip():
        raise DomainError(_("No letter without reasons and remedies."))
    call = application.call
    sender = session.get_one(Tenant, call.tenant_id).name
    recipient = session.get_one(Organization, application.organization_id).name
    about = [["Aanvraag", f"{application.number} {application.title}"], ["Aanvrager", recipient]]
    return {
        "title": f"Beslissing over aanvraag {application.number}",
        "sender": sender,
        "opening": outcome,
        "facts": [*about, ["Oproep", f"{call.number} {call.title}"], *facts],
        "parts": [
            {"title": "Waarom", "lines": [reason for reason in reasons if reason.strip()]},
            {"title": "Rechtsgrond", "lines": [call.legal_basis]},
            {"title": "Niet akkoord?", "lines": [remedies]},
        ],
        "closing": f"Gegeven op {_day(day)} door {sender}.",
    }


def agreement(project: Project) -> bytes:
    """The agreement to sign, as tagged PDF."""
    return letters.make("project_letter", agreement_text(project))


def agreement_text(project: Project) -> dict[str, Any]:
    """What both sides sign: who, for what, how much, in which parts and on which conditions.

    Once sent it stays as it was then, whatever changes since.
    """
    if project.agreement is not None:
        return project.agreement
    application = project.application
    call, award = application.call, session.get_one(Award, project.award_id)
    authority = session.get_one(Tenant, project.tenant_id).name
    recipient = session.get_one(Organization, project.organization_id).name
    signs = ", ".join(filter(None, (application.signatory_name, application.signatory_role)))
    return {
        "title": f"Overeenkomst over project {project.number}",
        "sender": authority,
        "opening": f"Tussen {authority} en {recipient}, hierna de ontvanger. In twee exemplaren; de "
        "getekende PDF komt bij het project.",
        "facts": [
            ["Project", f"{project.number} {project.title}"],
            ["Oproep", f"{call.number} {call.title}"],
            ["Beslissing", f"{award.body}, {_day(award.decided_on)}"],
            ["Subsidie", f"hoogstens {_euro(project.awarded_cents)}"],
            ["Aandeel", f"hoogstens {_percent(project.share_bp)} procent van de aanvaarde kosten"],
            *_period(project),
        ],
        "parts": [
            {"title": "Betaling", "lines": [_tranche(payment) for payment in payments.of_project(project)]},
            {"title": "Kosten die aanvaard worden", "lines": [_cost(c) for c in call.cost_categories]},
            {"title": "Verslagen", "lines": _reporting(call)},
            {"title": "Wat de ontvanger doet", "lines": [duties.line(duty) for duty in call.duties]},
            {"title": "Rechtsgrond", "lines": [call.legal_basis]},
            {
                "title": "Handtekeningen",
                "signatures": [
                    {"title": f"Voor {recipient}", "hint": signs or "Naam en functie:"},
                    {"title": f"Voor {authority}", "hint": "Naam en functie:"},
                ],
            },
        ],
        "closing": "",
    }


def _period(project: Project) -> list[list[str]]:
    if project.starts_on is None or project.ends_on is None:
        return []
    return [["Looptijd", f"van {_day(project.starts_on)} tot en met {_day(project.ends_on)}"]]


def _tranche(payment: Payment) -> str:
    condition = CONDITIONS.get(payment.condition, "")
    return f"{TRANCHES[payment.kind]}: {_euro(payment.amount_cents)} {condition}".strip()


def _cost(category: CostCategory) -> str:
    vat = "Btw wordt aanvaard." if category.vat_accepted else "Zonder btw."
    share = (
        f"Hoogstens {_percent(category.max_share_bp)} procent van de kosten." if category.max_share_bp else ""
    )
    hour = f"Hoogstens {_euro(category.max_hour_cents)} per uur." if category.max_hour_cents else ""
    return " ".join(filter(None, (f"{category.title}.", category.guidance, vat, share, hour)))


def _reporting(call: Call) -> list[str]:
    return [
        f"Om de {call.report_months} maanden een tussentijds verslag, zolang het project loopt.",
        f"Een eindverslag binnen {call.final_report_days} dagen na de laatste dag: inhoud, kosten en "
        "bewijsstukken.",
    ]


def _percent(basis_points: int) -> str:
    return f"{basis_points / 100:g}".replace(".", ",")


def blank_form(call: Call) -> bytes:
    """Every question of a call, phase by phase, to prepare an application on paper."""
    parts: list[dict[str, Any]] = [
        {
            "title": PHASES.get(phase, phase),
            "questions": [
                {"title": q.title, "hint": f"{q.why} Hoogstens {q.max_words} woorden.".strip()}
                for q in call.questions
                if q.phase == phase
            ],
        }
        for phase in call.phases
    ]
    costs = [f"{c.title}. {c.guidance}".strip() for c in call.cost_categories]
    parts.append({"title": "Begroting: kosten die wij aanvaarden", "lines": costs})
    parts.append({"title": "Nog nodig", "lines": _also_needed(call)})
    facts = [["Aandeel", f"hoogstens {_percent(call.max_share_bp)} procent van de kosten"]]
    if call.max_grant_cents:
        facts.append(["Hoogste subsidie", _euro(call.max_grant_cents)])
    return letters.make(
        "project_letter",
        {
            "title": f"Blanco formulier: {call.title}",
            "sender": session.get_one(Tenant, call.tenant_id).name,
            "opening": "Bereid je aanvraag voor op papier. Indienen doe je online.",
            "facts": facts,
            "parts": parts,
            "closing": "",
        },
    )


def _also_needed(call: Call) -> list[str]:
    lines = ["Titel, eerste en laatste dag van het project.", "Rekeningnummer en wie tekent."]
    if call.min_municipalities:
        lines.append(f"Gemeenten: minstens {call.min_municipalities}.")
    if call.min_partners:
        lines.append(f"Partners: minstens {call.min_partners}.")
    return lines


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _euro(cents: int) -> str:
    whole = f"{cents // 100:,}".replace(",", ".")
    return f"€ {whole},{cents % 100:02d}"
