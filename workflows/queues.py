"""Queues of work: a team, a whole desk, or everyone with one role in an organization."""

import uuid

from core.access import Actor, Role


def role_queue(tenant_id: uuid.UUID, role: Role) -> uuid.UUID:
    """The queue that everyone with `role` in this organization shares; its id needs no row."""
    return uuid.uuid5(tenant_id, f"role:{role}")


def queues_of(actor: Actor) -> frozenset[uuid.UUID]:
    """The queues an actor works from: teams, the desk of the organization, and one per role."""
    if actor.tenant_id is None:
        return actor.team_ids
    roles = {role_queue(actor.tenant_id, role) for role in actor.roles}
    return actor.team_ids | {actor.tenant_id} | roles
