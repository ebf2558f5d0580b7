"""Moving running instances to another version: previewed, one by one, with the old state kept."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from core import audit
from core.access import Actor
from core.clock import now
from core.db import release, session, transaction
from core.errors import Conflict, DomainError
from core.i18n import _
from workflows import definitions, instances, subjects, turns
from workflows.engine.api import engine
from workflows.engine.model import Blocker, EngineError
from workflows.models.definitions import Definition, DefinitionStatus
from workflows.models.instances import Instance, Snapshot

LIVE = sa.text("process_instance.status IN ('running', 'suspended', 'incident')")
REASON = "migration"
READ_AT_ONCE = 50


@dataclass(frozen=True)
class Verdict:
    """Whether one instance can move: `safe`, `skip` (new steps are passed over), `refuse`.

    What became of it: `moved`, `returned` to its former version, or `failed`.
    """

    instance_id: uuid.UUID
    outcome: str
    blockers: list[Blocker] = field(default_factory=list)


# ---------------------------------------------------------------- look
def candidates(
    target: Definition, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[uuid.UUID]:
    """Live instances of the process that run in another version."""
    query = sa.select(Instance.id).where(
        Instance.key == target.key, Instance.definition_id != target.id, LIVE
    )
    if after is not None:
        query = query.where(Instance.id > after)
    return list(session.scalars(query.order_by(Instance.id).limit(limit)))


def returnable(target: Definition, *, limit: int | None = None) -> list[uuid.UUID]:
    """Live instances that moved to this version and were not used since: they can still go back."""
    query = (
        sa.select(Instance.id)
        .join(Snapshot, sa.and_(Snapshot.instance_id == Instance.id, Snapshot.reason == REASON))
        .where(Instance.definition_id == target.id, Snapshot.version == Instance.version, LIVE)
        .order_by(Instance.id)
        .limit(limit)
    )
    return list(session.scalars(query.distinct()))


def can_return(instance: Instance) -> bool:
    """Whether an instance can still go back to the version it moved from."""
    last = _last_snapshot(instance.id)
    return instance.ended_at is None and last is not None and last.version == instance.version


def preview(instance: Instance, target_id: uuid.UUID) -> Verdict:
    """Say whether an instance can move to a version. Changes nothing."""
    try:
        old, new = definitions.compiled(instance.definition_id), definitions.compiled(target_id)
        blockers = engine.verdict(old, new, instance.state, instance.codec)
    except EngineError as error:
        return Verdict(instance.id, "refuse", [Blocker(error.code, error.element_id or "")])
    return Verdict(instance.id, _outcome(blockers), blockers)


def _outcome(blockers: list[Blocker]) -> str:
    if any(blocker.kind == "refuse" for blocker in blockers):
        return "refuse"
    return "skip" if blockers else "safe"


# ---------------------------------------------------------------- one instance
def move(instance_id: uuid.UUID, target_id: uuid.UUID, *, accept_skip: bool = False, by: Actor) -> Verdict:
    """Move one instance, in the running transaction; its old state is kept as snapshot.

    Raises DomainError when it may not move.
    """
    instance = instances.lock_for_turn(instance_id)
    if instance is None:
        raise Conflict(_("This has ended. Look at how it stands now."))
    verdict = preview(instance, target_id)
    if verdict.outcome == "refuse" or (verdict.outcome == "skip" and not accept_skip):
        raise DomainError(_("This one cannot move to the other version."))
    kept = _keep(instance)
    old = definitions.compiled(instance.definition_id)
    state, codec = instance.state, instance.codec
    before = instance.definition_id
    instance.definition_id = target_id
    turns.take(instance, lambda new: engine.migrate(old, new, state, codec, now()), by=by)
    _prove(instance)
    session.flush()
    turns.reproject(instance)
    session.flush()
    kept.version = instance.version
    _record("process.migrated", instance, {"from": str(before), "to": str(target_id)}, by)
    return Verdict(instance.id, "moved", verdict.blockers)


def _prove(instance: Instance) -> None:
    """No instance is saved that cannot be loaded again: reading it back fails here, not next year."""
    engine.view(definitions.compiled(instance.definition_id), instance.state, instance.codec, now())


def _keep(instance: Instance) -> Snapshot:
    """Keep the whole state as it is now; `version` becomes that of the instance right after the move."""
    kept = Snapshot(
        instance_id=instance.id,
        definition_id=instance.definition_id,
        version=instance.version,
        state=instance.state,
        codec=instance.codec,
        n_tasks=instance.n_tasks,
        at=now(),
        reason=REASON,
    )
    session.add(kept)
    return kept


def _last_snapshot(instance_id: uuid.UUID) -> Snapshot | None:
    return session.scalars(
        sa.select(Snapshot)
        .where(Snapshot.instance_id == instance_id, Snapshot.reason == REASON)
        .order_by(Snapshot.id.desc())
        .limit(1)
    ).first()


def move_back(instance_id: uuid.UUID, *, by: Actor) -> Verdict:
    """Undo the last migration of an instance, as long as nothing happened since.

    Raises Conflict when it was used in its new version: then there is no way back.
    """
    instance = instances.lock_for_turn(instance_id)
    last = _last_snapshot(instance_id)
    if instance is None or last is None or instance.version != last.version:
        raise Conflict(_("This cannot go back any more: it was used in the new version."))
    state, codec = last.state, last.codec
    instance.definition_id = last.definition_id
    turns.take(instance, lambda old: engine.view(old, state, codec, now()), by=by)
    session.flush()
    turns.reproject(instance)
    session.delete(last)
    _record("process.moved_back", instance, {"to": str(last.definition_id)}, by)
    return Verdict(instance_id, "returned")


def _record(action: str, instance: Instance, changes: dict[str, str], by: Actor) -> None:
    subject = subjects.Reference(instance.subject_type_, instance.subject_id)
    audit.record(action, subject, by=by, changes=changes, tenant_id=instance.tenant_id)


# ---------------------------------------------------------------- a batch
def read(ids: Sequence[uuid.UUID]) -> Iterator[Instance]:
    """Instances in the order given, fifty in a statement: a state may be large."""
    for start in range(0, len(ids), READ_AT_ONCE):
        part = ids[start : start + READ_AT_ONCE]
        found = {each.id: each for each in session.scalars(sa.select(Instance).where(Instance.id.in_(part)))}
        yield from (found[each] for each in part if each in found)


def previews(ids: Sequence[uuid.UUID], target: Definition) -> list[Verdict]:
    """Verdicts in the order given. Changes nothing."""
    return [preview(instance, target.id) for instance in read(ids)]


def move_each(
    ids: Iterable[uuid.UUID], target: Definition, *, accept_skip: bool = False, by: Actor
) -> list[Verdict]:
    """Move what can move, each in a transaction of its own; the verdict of what stays says why.

    Raises Refused with all findings for a former version that could not be deployed today.
    """
    _require_deployable(target)
    target_id, verdicts = target.id, []
    for instance_id in ids:
        instance = session.get(Instance, instance_id)
        # What was erased since it was chosen keeps nobody else from moving.
        verdict = preview(instance, target_id) if instance else Verdict(instance_id, "failed")
        release()
        if verdict.outcome == "safe" or (accept_skip and verdict.outcome == "skip"):
            verdict = _alone(instance_id, lambda one: move(one, target_id, accept_skip=accept_skip, by=by))
        verdicts.append(verdict)
    return verdicts


def _require_deployable(target: Definition) -> None:
    """The version in use runs as it is; nothing is moved into a former one that today's check forbids."""
    if target.status is not DefinitionStatus.ACTIVE and (findings := definitions.refused_now(target)):
        raise definitions.Refused(_("Today this version would be refused."), findings)


def move_each_back(ids: Iterable[uuid.UUID], *, by: Actor) -> list[Verdict]:
    """Bring instances back to the version they came from, each in a transaction of its own."""
    return [_alone(instance_id, lambda one: move_back(one, by=by)) for instance_id in ids]


def _alone(instance_id: uuid.UUID, act: Callable[[uuid.UUID], Verdict]) -> Verdict:
    try:
        with transaction():
            return act(instance_id)
    except DomainError:
        return Verdict(instance_id, "failed")
    except EngineError as error:
        return Verdict(instance_id, "failed", [Blocker(error.code, error.element_id or "")])
