"""A restricted file: only its holder and the team leads read it. Who it is about is not found by others."""

from core import audit
from core.access import Actor
from core.db import session
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import cases, notes, processes, transitions
from intake.models.cases import Case


def restrict_case(case: Case, reason: str, *, by: Actor, version: int | None = None) -> Case:
    """Keep a file to its holder and the team leads: lists, searches and worklists of others lose it."""
    case = cases.open_for_change(case, version=version)
    if case.is_restricted:
        raise Conflict(_("This file is restricted already."))
    if case.holder_id is None:
        raise DomainError(_("Give the file a holder first: somebody has to see it."))
    if not reason.strip():
        raise DomainError(_("Say why, for who reads the file later."), field="reason")
    case.is_restricted = True
    session.flush()
    transitions.add("case.restricted", case, by=by)
    notes.add_note(case, reason, by=by)
    audit.record("case.restricted", case, by=by)
    processes.keep_case_to_holder(case, by=by)
    return case


def lift_restriction(case: Case, reason: str, *, by: Actor, version: int | None = None) -> Case:
    """Let every colleague read the file again."""
    case = cases.open_for_change(case, version=version)
    if not case.is_restricted:
        raise Conflict(_("Every colleague reads this file already."))
    if not reason.strip():
        raise DomainError(_("Say why, for who reads the file later."), field="reason")
    case.is_restricted = False
    session.flush()
    transitions.add("case.restriction_lifted", case, by=by)
    notes.add_note(case, reason, by=by)
    audit.record("case.restriction_lifted", case, by=by)
    processes.give_case_to(case, by=by)
    return case
