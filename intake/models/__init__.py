"""Tables of the intake; importing this package registers them all."""

from intake.models import (
    bases,
    cases,
    contacts,
    help_requests,
    households,
    notes,
    persons,
    referrals,
    routing,
    signals,
    transitions,
)

__all__ = [
    "bases",
    "cases",
    "contacts",
    "help_requests",
    "households",
    "notes",
    "persons",
    "referrals",
    "routing",
    "signals",
    "transitions",
]
