"""Who fills the lanes of the processes: everyone with a role at the authority, and the applicant's people."""

import uuid

from core.access import Role
from workflows.parties import Party
from workflows.queues import role_queue

AUTHORITY_LANES = {
    "officer": Role.OFFICER,
    "approver": Role.OFFICER,
    "jury": Role.JUROR,
    "body": Role.DECIDER,
    "finance": Role.FINANCE,
}


def lanes(authority_id: uuid.UUID, applicant_id: uuid.UUID | None = None, **other: Role) -> dict[str, Party]:
    """Lanes of a process by code; `other` replaces the role of a lane: `approver=Role.FINANCE`."""
    roles = {**AUTHORITY_LANES, **other}
    filled = {lane: Party(authority_id, role_queue(authority_id, role)) for lane, role in roles.items()}
    if applicant_id is not None:
        filled["applicant"] = Party(applicant_id, role_queue(applicant_id, Role.APPLICANT))
    return filled
