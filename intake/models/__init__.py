"""Tables of the intake; importing this package registers them all."""

from intake.models import (
    absences,
    aid_requests,
    appointments,
    bases,
    cases,
    contacts,
    emergencies,
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
    "absences",
    "aid_requests",
    "appointments",
    "bases",
    "cases",
    "contacts",
    "emergencies",
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
