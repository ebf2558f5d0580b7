"""Who fills the lanes of an instance, and whose turn that makes it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.engine.model import TaskInfo
from workflows.models.instances import Instance, InstanceStatus, TurnState

PARTNER_LANE = "partner"
# Of several open steps the one nearest to the owner of the file says whose turn it is.
ORDER = (TurnState.US, TurnState.PARTNER, TurnState.CITIZEN, TurnState.NOBODY)


@dataclass(frozen=True)
class Party:
    """Who fills a lane: an organization, a team in it (None: its whole desk), a person."""

    tenant_id: uuid.UUID | None
    queue: uuid.UUID | None = None
    assignee_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Holding:
    """Where an open step lies (tenant, queue, assignee) and who is at turn for it."""

    lane: str
    tenant_id: uuid.UUID
    queue: uuid.UUID
    assignee_id: uuid.UUID | None
    party: TurnState
    turn_tenant_id: uuid.UUID | None
    turn_user_id: uuid.UUID | None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody else than the holder is at turn."""
        return self.turn_tenant_id != self.tenant_id

    def columns(self) -> dict[str, Any]:
        """The columns of the worklist row that follow from this."""
        return {
            "lane": self.lane,
            "tenant_id": self.tenant_id,
            "queue": self.queue,
            "assignee_id": self.assignee_id,
            "party": self.party,
            "turn_tenant_id": self.turn_tenant_id,
            "status": "waiting" if self.is_waiting else "open",
        }


def lane_of(info: TaskInfo) -> str:
    """The code of a lane: property `role`, else the name of the lane in the diagram."""
    return info.role or info.lane or ""


def holding(instance: Instance, info: TaskInfo, filled: Mapping[str, Party]) -> Holding:
    """Where a step of this instance lies. A partner without an account leaves the row with the owner."""
    lane = lane_of(info)
    party = filled.get(lane, Party(instance.tenant_id))
    state = _state(instance, info, party)
    turn = _at_turn(instance, state, party, filled)
    if party.tenant_id is None:
        party = _owner(instance, filled)
    tenant = party.tenant_id or instance.tenant_id
    return Holding(
        lane, tenant, party.queue or tenant, party.assignee_id, state, turn.tenant_id, turn.assignee_id
    )


def _state(instance: Instance, info: TaskInfo, party: Party) -> TurnState:
    if instance.status is InstanceStatus.SUSPENDED:
        return TurnState.NOBODY
    if info.turn:
        return TurnState(info.turn)
    return TurnState.US if party.tenant_id == instance.tenant_id else TurnState.PARTNER


def _at_turn(instance: Instance, state: TurnState, party: Party, filled: Mapping[str, Party]) -> Party:
    if state is TurnState.US:
        return Party(party.tenant_id or instance.tenant_id, party.queue, party.assignee_id)
    if state is TurnState.PARTNER:
        return party if party.tenant_id != instance.tenant_id else filled.get(PARTNER_LANE, Party(None))
    return Party(None)


def _owner(instance: Instance, filled: Mapping[str, Party]) -> Party:
    own = [party for party in filled.values() if party.tenant_id == instance.tenant_id]
    return own[0] if own else Party(instance.tenant_id)


def at_turn(open_steps: Iterable[Holding]) -> tuple[TurnState, uuid.UUID | None, uuid.UUID | None]:
    """The party at turn for the whole instance: state, tenant, user."""
    steps = sorted(open_steps, key=lambda step: ORDER.index(step.party))
    if not steps:
        return TurnState.NOBODY, None, None
    return steps[0].party, steps[0].turn_tenant_id, steps[0].turn_user_id
