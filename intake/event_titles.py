"""What happened to a file, each event in one line, in the reader's language."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from core.i18n import _, _l
from intake import labels, rights_texts
from intake.models.bases import BasisKind
from intake.models.cases import CaseStatus
from intake.models.contacts import AttemptResult
from intake.models.emergencies import EmergencyGround
from intake.models.exclusions import ExclusionKind
from intake.models.transitions import Transition
from intake.models.vocabulary import Channel, CitizenSays, LifeDomain, Urgency

TITLES = {
    "signal.received": _l("Notice received by %(to)s"),
    "signal.triaged": _l("Notice assessed: %(urgency)s"),
    "signal.passed_on": _l("Notice passed on to %(to)s"),
    "signal.taken": _l("Notice taken"),
    "signal.linked": _l("Notice put in this file"),
    "case.opened": _l("File opened"),
    "case.person_set": _l("Person set"),
    "case.allocated": _l("File allocated to %(to)s"),
    "case.exclusion_added": _l("Left out from now on: %(kind)s"),
    "case.exclusion_ended": _l("May be passed on again: %(kind)s"),
    "case.restricted": _l("Restricted to the holder and the team leads"),
    "case.restriction_lifted": _l("Opened to all colleagues"),
    "case.emergency_opened": _l("Opened in an emergency: %(ground)s"),
    "case.closed": _l("File closed"),
    "case.reopened": _l("File reopened"),
    "help_request.noted": _l("Question noted: %(domain)s"),
    "help_request.changed": _l("Question written anew: %(domain)s"),
    "help_request.closed": _l("Question ended: %(domain)s"),
    "help_request.reopened": _l("Question opened again: %(domain)s"),
    "note.undone": _l("Line undone"),
    "follow_up.planned": _l("Planned"),
    "follow_up.done": _l("Done"),
    "follow_up.answered": _l("Looked back: %(says)s"),
    "follow_up.series": _l("Looking back planned"),
    "document.added": _l("Document added"),
    "document.removed": _l("Document removed"),
    "basis.given": _l("%(kind)s noted for %(to)s"),
    "basis.withdrawn": _l("Consent for %(to)s withdrawn"),
    "rights.screened": _l("Rights looked at"),
    "aid.registered": _l("Request for aid registered: %(number)s"),
    "aid.receipt_given": _l("Receipt given: %(number)s"),
    "aid.competent": _l("Competent for request %(number)s"),
    "aid.forwarded": _l("Request %(number)s forwarded"),
    "aid.decided": _l("Decision on request %(number)s"),
    "aid.ratified": _l("Decision on request %(number)s ratified"),
    "aid.notified": _l("Citizen notified about request %(number)s"),
    "aid.withdrawn": _l("Request %(number)s withdrawn"),
    "referral.sent": _l("Referred to %(service)s"),
    "referral.link_made": _l("Link made for %(organization)s"),
    "referral.link_opened": _l("Link opened"),
    "referral.appointment_proposed": _l("Joint appointment proposed"),
    "referral.appointment_confirmed": _l("Joint appointment confirmed"),
    "referral.seen": _l("%(organization)s opened the referral"),
    "referral.question_asked": _l("Question of %(organization)s"),
    "referral.answered": _l("Question of %(organization)s answered"),
    "referral.accepted": _l("%(organization)s accepted"),
    "referral.accept_undone": _l("%(organization)s took its acceptance back"),
    "referral.nudged": _l("%(organization)s reminded of the referral"),
    "referral.waitlisted": _l("%(organization)s put it on the waiting list"),
    "referral.declined": _l("%(organization)s declined"),
    "referral.started": _l("%(organization)s made contact"),
    "referral.completed": _l("%(organization)s is finished"),
    "referral.failed": _l("%(organization)s could not help after all"),
    "referral.withdrawn": _l("Referral to %(organization)s withdrawn"),
    "referral.expired": _l("No answer from %(organization)s in time"),
    "referral.copied": _l("%(organization)s opened a file of its own"),
}
# The fact of an event that is a code, and what it is a code of.
CODES: dict[str, tuple[str, type[StrEnum]]] = {
    "signal.triaged": ("urgency", Urgency),
    "case.exclusion_added": ("kind", ExclusionKind),
    "case.exclusion_ended": ("kind", ExclusionKind),
    "case.emergency_opened": ("ground", EmergencyGround),
    "help_request.noted": ("domain", LifeDomain),
    "help_request.changed": ("domain", LifeDomain),
    "help_request.closed": ("domain", LifeDomain),
    "help_request.reopened": ("domain", LifeDomain),
    "follow_up.answered": ("says", CitizenSays),
    "basis.given": ("kind", BasisKind),
}
WITHIN_A_SENTENCE = {"case.exclusion_added", "case.exclusion_ended", "follow_up.answered"}


def event_title(row: Transition) -> str:
    """The line of an event; its name where a later release made it."""
    facts = row.facts
    match row.event:
        case "rights.step":
            return rights_texts.step_title(str(facts.get("right")), str(facts.get("step")))
        case "case.phase":
            return labels.label_of(CaseStatus, str(facts.get("phase")))
        case "contact.attempted":
            result = labels.label_of(AttemptResult, str(facts.get("result")))
            return f"{labels.label_of(Channel, str(facts.get('channel')))}: {result.lower()}"
        case "note.added":
            return _("Note that may be shared") if facts.get("visibility") == "shareable" else _("Note")
    if row.event not in TITLES:
        return row.event
    return str(TITLES[row.event]) % _named(row.event, facts)


def _named(event: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as a title names them: a code by its label."""
    named = {"to": "", "organization": "", "number": "", **facts}
    parts = (facts.get("service"), facts.get("organization"))
    named["service"] = ", ".join(part for part in parts if part)
    if event in CODES:
        name, kind = CODES[event]
        label = labels.label_of(kind, str(facts.get(name)))
        named[name] = label.lower() if event in WITHIN_A_SENTENCE else label
    return named
