"""What users read for the codes of the intake; the codes themselves never change."""

from enum import StrEnum
from typing import Any

from core.i18n import _l
from intake.models.aid_requests import AidKind, AidOutcome, AidStatus
from intake.models.bases import BasisKind, Capacity, ConsentChannel
from intake.models.cases import CaseStatus, ClosingReason
from intake.models.contacts import AttemptResult, ContactOutcome, ToldHow
from intake.models.emergencies import EmergencyGround, Verdict
from intake.models.exclusions import ExclusionKind
from intake.models.help_requests import Outcome
from intake.models.households import Relation
from intake.models.notes import Visibility
from intake.models.persons import Avoid, Identity, Sex
from intake.models.referrals import DeclinedBy, DeclineReason, FailReason, ReferralKind, ReferralStatus
from intake.models.rights import RightEnd
from intake.models.signals import About, Circumstance, Informed, SignalStatus, Source
from intake.models.vocabulary import AgeGroup, Channel, CitizenSays, LifeDomain, Mutuality, Urgency

LABELS: dict[type[StrEnum], dict[str, Any]] = {
    LifeDomain: {
        "income": _l("Income"),
        "debts": _l("Debts"),
        "housing": _l("Housing"),
        "energy": _l("Energy and water"),
        "health": _l("Health"),
        "mental": _l("Mental wellbeing"),
        "care": _l("Care"),
        "family": _l("Family"),
        "work": _l("Work"),
        "education": _l("School and training"),
        "leisure": _l("Leisure"),
        "network": _l("Contact with others"),
        "admin": _l("Papers and applications"),
        "justice": _l("Justice and residence"),
        "safety": _l("Safety"),
    },
    AgeGroup: {
        "child": _l("under 12"),
        "youth": _l("12 to 17"),
        "young_adult": _l("18 to 24"),
        "adult": _l("25 to 64"),
        "senior": _l("65 to 79"),
        "elderly": _l("80 or older"),
    },
    Urgency: {
        "U1": _l("U1, within 24 hours"),
        "U2": _l("U2, within 5 working days"),
        "U3": _l("U3, within 15 working days"),
        "U4": _l("U4, no term"),
    },
    Channel: {
        "desk": _l("At the desk"),
        "phone": _l("Phone"),
        "sms": _l("Text message"),
        "mail": _l("E-mail"),
        "letter": _l("Letter"),
        "home_visit": _l("Home visit"),
        "outreach": _l("Out in the neighbourhood"),
        "video": _l("Video call"),
    },
    CitizenSays: {
        "helped": _l("Helped"),
        "partly": _l("Helped in part"),
        "no": _l("Not helped"),
        "not_reached": _l("Not reached"),
    },
    Mutuality: {
        "cm": "CM",
        "solidaris": "Solidaris",
        "helan": "Helan",
        "lm": _l("Liberal mutuality"),
        "vnz": "VNZ",
        "hziv": "HZIV",
    },
    Source: {
        "colleague": _l("Myself or a colleague"),
        "partner": _l("Partner organization"),
        "school": _l("School or CLB"),
        "care": _l("GP or care"),
        "network": _l("Family or neighbour"),
        "citizen": _l("The person"),
        "list": _l("A list by law"),
        "public": _l("Someone else"),
    },
    About: {"person": _l("One person"), "household": _l("A household")},
    Informed: {
        "yes": _l("Yes"),
        "not_yet": _l("No, not yet"),
        "unsafe": _l("No, that is not safe"),
    },
    Circumstance: {
        "no_heating": _l("No heating, gas or electricity"),
        "no_food": _l("No money for food or medicine"),
        "children": _l("Children in the household"),
        "danger": _l("Danger to themselves or others"),
        "eviction_week": _l("Has to leave the house within 7 days"),
        "eviction": _l("Has to leave the house"),
        "cut_off": _l("Cut-off of energy or water announced"),
        "no_income": _l("No income"),
        "over_80": _l("Older than 80"),
        "pregnant": _l("Pregnant"),
        "dialysis": _l("Kidney dialysis"),
    },
    SignalStatus: {
        "received": _l("Received"),
        "triaged": _l("Assessed"),
        "taken": _l("Taken"),
        "linked": _l("In a file"),
        "answered": _l("Answered"),
        "unfounded": _l("Unfounded"),
        "withdrawn": _l("Withdrawn"),
    },
    Identity: {"known": _l("Known"), "partly": _l("Partly known"), "anonymous": _l("Anonymous")},
    Sex: {"f": _l("Woman"), "m": _l("Man"), "x": _l("X"), "unknown": _l("Person")},
    Avoid: {
        "post": _l("no post"),
        "sms": _l("no text messages"),
        "voicemail": _l("no voicemail"),
        "mail": _l("no e-mail"),
        "paper": _l("nothing on paper"),
        "invitation": _l("no invitation"),
        "citizen_page": _l("no citizen page"),
    },
    Relation: {
        "self": _l("Reference person"),
        "partner": _l("Partner"),
        "child": _l("Child"),
        "parent": _l("Parent"),
        "sibling": _l("Brother or sister"),
        "other": _l("Other"),
    },
    CaseStatus: {
        "contacting": _l("Make contact"),
        "intake": _l("First talk"),
        "clarifying": _l("Clarify the question"),
        "rights_review": _l("Explore rights"),
        "planning": _l("Make a plan"),
        "in_support": _l("In support"),
        "awaiting_partner": _l("Waiting for the partner"),
        "awaiting_citizen": _l("Waiting for the citizen"),
        "follow_up": _l("Follow up"),
        "closed": _l("Closed"),
    },
    ClosingReason: {
        "answered": _l("Question answered"),
        "right_realised": _l("Right realised"),
        "handed_over": _l("Handed over and confirmed"),
        "withdrew": _l("The citizen stopped"),
        "unreachable": _l("Not reached"),
        "refused": _l("The citizen refused help"),
        "moved": _l("Moved"),
        "not_competent": _l("Another service is competent"),
        "admitted": _l("Admitted"),
        "deceased": _l("Deceased"),
        "merged": _l("Joined with another file"),
        "unfounded": _l("Notice was unfounded"),
    },
    Outcome: {
        "solved": _l("Solved"),
        "partly_solved": _l("Partly solved"),
        "handed_over": _l("Handed over"),
        "not_solved": _l("Not solved"),
        "dropped": _l("No longer wanted"),
    },
    RightEnd: {
        "realised": _l("Realised"),
        "refused": _l("Refused by the body"),
        "not_wanted": _l("The citizen does not want it"),
        "does_not_apply": _l("Does not apply"),
        "still_open": _l("Still open, we ask again later"),
    },
    DeclinedBy: {
        "organization": _l("Our organization"),
        "citizen": _l("The citizen"),
    },
    BasisKind: {
        "consent": _l("Consent of the citizen"),
        "shared_secrecy": _l("Shared professional secrecy"),
        "law": _l("A law asks it"),
        "necessity": _l("Emergency"),
    },
    EmergencyGround: {
        "vital_interest": _l("Somebody's life or health is in danger"),
        "necessity": _l("Necessity: nothing else prevents grave harm now"),
        "vulnerable": _l("Harm to a minor or a vulnerable person"),
    },
    ExclusionKind: {
        "subject": _l("A subject"),
        "organization": _l("An organisation"),
        "person": _l("A person"),
    },
    Verdict: {"justified": _l("Justified"), "not_justified": _l("Not justified")},
    ConsentChannel: {"oral": _l("Orally"), "written": _l("In writing")},
    Capacity: {
        "citizen": _l("The citizen"),
        "parent": _l("A parent"),
        "guardian": _l("A guardian"),
        "administrator": _l("A court-appointed administrator"),
        "trust_person": _l("A person of trust, together with the citizen"),
    },
    ReferralStatus: {
        "draft": _l("Draft"),
        "sent": _l("Sent"),
        "seen": _l("Opened"),
        "question_asked": _l("Question asked"),
        "accepted": _l("Accepted"),
        "waitlisted": _l("On the waiting list"),
        "in_progress": _l("Help is running"),
        "completed": _l("Finished"),
        "declined": _l("Declined"),
        "failed": _l("Came to nothing"),
        "withdrawn": _l("Withdrawn"),
        "expired": _l("No answer in time"),
    },
    ReferralKind: {
        "information": _l("Information only"),
        "own_contact": _l("The citizen makes contact"),
        "announced": _l("We announce the citizen"),
        "warm": _l("Warm handover, together"),
    },
    DeclineReason: {
        "no_capacity": _l("No room"),
        "not_target_group": _l("Not for this target group"),
        "outside_area": _l("Not in our area"),
        "not_competent": _l("We are not competent for this"),
        "citizen_declines": _l("The citizen does not want it"),
        "other": _l("Something else"),
    },
    FailReason: {
        "unreachable": _l("Not reached"),
        "citizen_stopped": _l("The citizen stopped"),
        "not_suited": _l("Did not suit after all"),
        "other": _l("Something else"),
    },
    ToldHow: {
        "orally": _l("I told it now"),
        "in_writing": _l("In writing"),
        "by_reporter": _l("The reporter had told it"),
        "not_yet": _l("Not yet"),
    },
    AttemptResult: {
        "reached": _l("Reached"),
        "not_reached": _l("Not reached"),
        "left_message": _l("Message left"),
        "refused": _l("Refused"),
    },
    ContactOutcome: {
        "open": _l("Open"),
        "answered": _l("Answered"),
        "intake": _l("Became a file"),
        "signal": _l("Became a notice"),
    },
    AidStatus: {
        "registered": _l("Registered"),
        "deciding": _l("Being examined"),
        "decided": _l("Decided"),
        "forwarded": _l("Forwarded"),
        "notified": _l("Citizen notified"),
        "withdrawn": _l("Withdrawn"),
    },
    AidKind: {
        "living_wage": _l("Living wage"),
        "extra_aid": _l("Extra financial aid"),
        "energy": _l("Help with energy"),
        "deposit": _l("Rent deposit"),
        "debt_mediation": _l("Debt mediation"),
        "installation": _l("Installation bonus"),
        "urgent_medical": _l("Urgent medical aid"),
        "other": _l("Other aid"),
    },
    AidOutcome: {
        "granted": _l("Granted"),
        "partly_granted": _l("Granted in part"),
        "refused": _l("Refused"),
    },
    Visibility: {"internal": _l("Internal"), "shareable": _l("May be shared")},
}

ITEMS: dict[str, Any] = {
    "contact": _l("Name and contact"),
    "address": _l("Address"),
    "household": _l("Household"),
    "notes": _l("Notes that may be shared"),
    "ssin": _l("National number"),
    "internal_notes": _l("Internal notes"),
    **LABELS[LifeDomain],
}

LANGUAGES: dict[str, Any] = {
    "nl": _l("Dutch"),
    "fr": _l("French"),
    "en": _l("English"),
    "de": _l("German"),
    "ar": _l("Arabic"),
    "tr": _l("Turkish"),
    "bg": _l("Bulgarian"),
    "ro": _l("Romanian"),
    "pl": _l("Polish"),
    "uk": _l("Ukrainian"),
    "so": _l("Somali"),
    "ti": _l("Tigrinya"),
    "fa": _l("Persian"),
    "other": _l("Another language"),
}

TERMS: dict[str, Any] = {
    "aid_receipt": _l("Give the receipt"),
    "aid_forward": _l("Forward when not competent"),
    "aid_decision": _l("Decide"),
    "aid_notice": _l("Tell the citizen in writing"),
}

REASONS: dict[str, Any] = {
    "ssin": _l("same national number"),
    "ssin_other": _l("another national number"),
    "phone": _l("same phone number"),
    "name": _l("same name"),
    "name_like": _l("name looks alike"),
    "birth": _l("same birth date"),
    "birth_swapped": _l("day and month swapped"),
    "birth_day": _l("another day of the same month"),
    "birth_slip": _l("one digit of the year differs"),
    "birth_year": _l("same year of birth"),
}


# Why the triage table proposes an urgency, by rule (workflows/library/triage/triage.dmn).
TRIAGE = {
    "T-1": _l("danger"),
    "T-2": _l("no food or medicine"),
    "T-3": _l("no heating in winter"),
    "T-4": _l("eviction within 7 days"),
    "T-5": _l("cut-off, raised because someone is vulnerable"),
    "T-6": _l("cut-off announced"),
    "T-7": _l("eviction, raised because someone is vulnerable"),
    "T-8": _l("eviction within 30 days"),
    "T-9": _l("no income, raised because someone is vulnerable"),
    "T-10": _l("no income"),
    "T-11": _l("no heating, raised because someone is vulnerable"),
    "T-12": _l("no heating outside winter"),
    "T-13": _l("safety, raised because someone is vulnerable"),
    "T-14": _l("the question is about safety"),
    "T-15": _l("a list, raised because someone is vulnerable"),
    "T-16": _l("a list without an urgent fact"),
    "T-17": _l("rights or arrears, raised because someone is vulnerable"),
    "T-18": _l("no urgent fact told"),
}


def label(code: StrEnum | None) -> str:
    """The text of a code, in the reader's language; nothing for none."""
    return "" if code is None else str(LABELS[type(code)][code.value])


def label_of(kind: type[StrEnum], code: str) -> str:
    """The text of a code that was stored as text; the code itself when it is unknown."""
    return str(LABELS[kind].get(code, code))


def in_tables() -> list[dict[str, Any]]:
    """What the codes of decision tables are called."""
    names = {
        "circumstances": _l("Circumstances"),
        "theme": _l("Theme"),
        "age_group": _l("Age"),
        "campaign": _l("List or campaign"),
        "month": _l("Month"),
    }
    kinds = (LifeDomain, AgeGroup, Urgency, Circumstance)
    return [*(LABELS[kind] for kind in kinds), names]


def choices(kind: type[StrEnum], *, empty: Any = None) -> list[tuple[str, Any]]:
    """Choices of a form field, in the order of the table; `empty` adds a first one without value."""
    listed = [(code, text) for code, text in LABELS[kind].items()]
    return listed if empty is None else [("", empty), *listed]


def urgency_tone(urgency: Urgency) -> str:
    """How loudly a tag says it."""
    return {"U1": "solid", "U2": "warn"}.get(urgency.value, "")
