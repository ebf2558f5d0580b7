"""Words for the codes of projects, in the reader's language."""

from typing import Any

from core.i18n import _l

STATUS = {
    "need": {
        "recorded": _l("Recorded"),
        "bundled": _l("Bundled"),
        "substantiated": _l("Substantiated"),
        "linked": _l("Relevant"),
        "not_retained": _l("Not retained"),
    },
    "call": {
        "draft": _l("Draft"),
        "in_review": _l("In review"),
        "approved": _l("Approved"),
        "published": _l("Published"),
        "upcoming": _l("Opens soon"),
        "open": _l("Open"),
        "closed": _l("Closed"),
        "later_phase": _l("In a later phase"),
        "in_assessment": _l("In assessment"),
        "decided": _l("Decided"),
        "running": _l("Running"),
        "evaluated": _l("Evaluated"),
        "withdrawn": _l("Withdrawn"),
    },
    "application": {
        "draft": _l("Draft"),
        "to_sign": _l("To sign"),
        "submitted": _l("Submitted"),
        "completion_requested": _l("Completion asked"),
        "admissible": _l("Admissible"),
        "in_jury": _l("In jury"),
        "ranked": _l("Ranked"),
        "on_agenda": _l("On the agenda"),
        "granted": _l("Granted"),
        "partly_granted": _l("Granted in part"),
        "reserve": _l("Reserve list"),
        "refused": _l("Refused"),
        "not_invited": _l("Not invited to go on"),
        "inadmissible": _l("Not admissible"),
        "withdrawn": _l("Withdrawn"),
        "not_submitted": _l("Not submitted"),
        "late": _l("Too late"),
    },
    "project": {
        "awarded": _l("Awarded"),
        "agreement_sent": _l("Agreement sent"),
        "signed": _l("Signed"),
        "running": _l("Running"),
        "amending": _l("Change asked"),
        "suspended": _l("Suspended"),
        "reporting": _l("Final report awaited"),
        "settling": _l("In settlement"),
        "clawback": _l("To pay back"),
        "settled": _l("Settled"),
        "stopped": _l("Stopped"),
    },
    "payment": {
        "planned": _l("Planned"),
        "due": _l("Due"),
        "proposed": _l("Proposed"),
        "approved": _l("Approved"),
        "ordered": _l("Ordered"),
        "paid": _l("Paid"),
        "failed": _l("Failed"),
        "blocked": _l("Blocked"),
    },
    "report": {
        "planned": _l("Planned"),
        "draft": _l("Draft"),
        "submitted": _l("Submitted"),
        "completion_requested": _l("Completion asked"),
        "accepted": _l("Accepted"),
        "rejected": _l("Rejected"),
        "exempted": _l("Exempted"),
    },
}

PHASES = {"idea": _l("Idea"), "pitch": _l("Pitch"), "full": _l("Full file")}

SECTORS = {
    "ocmw": _l("OCMW"),
    "caw": _l("CAW"),
    "dmw": _l("Social service of a mutuality"),
    "municipality": _l("Municipality"),
    "housing": _l("Social landlord"),
    "health": _l("Health and care"),
    "youth": _l("Youth"),
    "association": _l("Association"),
    "authority": _l("Authority"),
    "other": _l("Other organization"),
}

TONE = {
    "open": "ok",
    "granted": "ok",
    "partly_granted": "ok",
    "paid": "ok",
    "settled": "ok",
    "accepted": "ok",
    "evaluated": "ok",
    "linked": "ok",
    "running": "info",
    "in_jury": "info",
    "in_assessment": "info",
    "submitted": "info",
    "on_agenda": "info",
    "ranked": "info",
    "due": "info",
    "completion_requested": "warn",
    "reserve": "warn",
    "suspended": "warn",
    "amending": "warn",
    "in_review": "warn",
    "proposed": "warn",
    "clawback": "danger",
    "refused": "danger",
    "not_invited": "danger",
    "inadmissible": "danger",
    "late": "danger",
    "failed": "danger",
    "rejected": "danger",
    "blocked": "danger",
    "stopped": "danger",
}

OWNER_LEVELS = {
    "local": _l("Local"),
    "zone": _l("Primary-care zone"),
    "province": _l("Province"),
    "flanders": _l("Flanders"),
    "federal": _l("Federal"),
}

PAYMENT_KINDS = {"advance": _l("Advance"), "interim": _l("Interim payment"), "balance": _l("Balance")}
CONDITIONS = {
    "signed": _l("when the agreement is signed"),
    "report_accepted": _l("when the interim report is accepted"),
    "settled": _l("at the settlement"),
}
REPORT_KINDS = {"interim": _l("Interim report"), "final": _l("Final report")}
FUNDING_KINDS = {
    "own": _l("Own contribution"),
    "partner": _l("Contribution of a partner"),
    "other": _l("Other subsidy or income"),
}
AID_TYPES = {
    "none": _l("No state aid"),
    "de_minimis": _l("De-minimis aid"),
    "daeb": _l("Service of general economic interest"),
}
CONCLUSIONS = {"embed": _l("Embed"), "scale": _l("Scale up"), "stop": _l("Stop")}
OUTCOMES = {
    "granted": _l("Grant"),
    "partly_granted": _l("Grant in part"),
    "reserve": _l("Put on the reserve list"),
    "refused": _l("Refuse"),
}


def status_label(kind: str, code: str) -> Any:
    """The word for a status of a kind of record."""
    return STATUS[kind][str(code)]


# What can be completed of a full file, beside the sections of its questions, which carry their own names.
SECTIONS = {
    "budget": _l("Budget"),
    "period": _l("Period"),
    "reach": _l("Municipalities"),
    "partners": _l("Partners"),
}


def code_of(record: Any) -> str:
    """The code of the word that people read for the status of a record."""
    return str(getattr(record, "label_code", record.status))


def status_tag(kind: str, code: str) -> tuple[Any, str]:
    """Word and tone, as the `tag` macro takes them."""
    return STATUS[kind][str(code)], TONE.get(str(code), "")
