"""Letters and paper of projects as accessible PDF; official letters are Dutch in every language."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from core import clock, letters
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import Tenant
from projects.models.applications import FULL, Application
from projects.models.awards import Award, Outcome
from projects.models.calls import Call, CriterionKind
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
    facts = [["Aandeel", f"hoogstens {call.max_share_bp // 100} procent van de kosten"]]
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
