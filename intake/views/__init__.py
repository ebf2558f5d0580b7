"""Pages of the intake: load and guard, one form, one transaction around one operation, an answer."""

from flask import Blueprint

bp = Blueprint("intake", __name__)

from intake.views import (  # noqa: E402
    aid_register,
    aid_requests,
    api_cases,
    api_referrals,
    api_signals,
    bases,
    cases,
    contacts,
    day,
    documents,
    emergencies,
    handovers,
    help_requests,
    households,
    look_backs,
    notes,
    persons,
    public_notices,
    quick_notes,
    readers,
    refer,
    referrals,
    restrictions,
    rights,
    signals,
    teams,
    texts,
)

bp.context_processor(texts.shared)

__all__ = [
    "aid_register",
    "aid_requests",
    "api_cases",
    "api_referrals",
    "api_signals",
    "bases",
    "bp",
    "cases",
    "contacts",
    "day",
    "documents",
    "emergencies",
    "handovers",
    "help_requests",
    "households",
    "look_backs",
    "notes",
    "persons",
    "public_notices",
    "quick_notes",
    "readers",
    "refer",
    "referrals",
    "restrictions",
    "rights",
    "signals",
    "teams",
    "texts",
]
