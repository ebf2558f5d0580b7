"""Tables of the intake; importing this package registers them all."""

from intake.models import (
    aid_requests,
    bases,
    cases,
    contacts,
    help_requests,
    households,
    notes,
    persons,
    referrals,
    rights,
    routing,
    signals,
    transitions,
)

__all__ = [
    "aid_requests",
    "bases",
    "cases",
    "contacts",
    "help_requests",
    "households",
    "notes",
    "persons",
    "referrals",
    "rights",
    "routing",
    "signals",
    "transitions",
]
