"""Moving running instances to another version: previewed, one by one, with the old state kept
(engine.md 6).
"""

import uuid
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
from workflows.models.instances import Instance, Snapshot


@dataclass(frozen=True)
class Verdict:
    """Whether one instance can move: `safe`, `skip` (new steps are passed over), `refuse`, `moved` or
    `failed`.
    """

    instance_id: uuid.UUID
    outcome: str
    blockers: list[dict[str, str]] = field(default_factory=list)


def candidates(key: str) -> list[uuid.UUID]:
    """Live instances of a process that run in another version than the one in use."""
    wanted = definitions.current(key)
    return list(
        session.scalars(
            sa.select(Instance.id)
            .where(
                Instance.key == key,
                Instance.definition_id != wanted.id,
                sa.text("status IN ('running', 'suspended', 'incident')"),
            )
            .order_by(Instance.id)
        )
    )


def preview(instance: Instance, target_id: uuid.UUID) -> Verdict:
    """Say whether an instance can move to a version. Changes nothing."""
    old, new = definitions.compiled(instance.definition_id), definitions.compiled(target_id)
    try:
        blockers = engine.verdict(old, new, instance.state, instance.codec)
    except EngineError as error:
        return Verdict(instance.id, "refuse", [{"code": error.code, "element": error.element_id or ""}])
    return Verdict(instance.id, _outcome(blockers), [_shown(blocker) for blocker in blockers])


def _outcome(blockers: list[Blocker]) -> str:
    if any(blocker.kind == "refuse" for blocker in blockers):
        return "refuse"
    return "skip" if blockers else "safe"


def _shown(blocker: Blocker) -> dict[str, str]:
    return {"code": blocker.code, "element": blocker.element_id, "kind": blocker.kind}


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
    keep(instance, "migration")
    old = definitions.compiled(instance.definition_id)
    state, codec = instance.state, instance.codec
    before = instance.definition_id
    instance.definition_id = target_id
    turns.take(instance, lambda new: engine.migrate(old, new, state, codec, now()), by=by)
    session.flush()
    turns.reproject(instance)
    subject = subjects.Reference(instance.subject_type_, instance.subject_id)
    changes = {"from": str(before), "to": str(target_id)}
    audit.record("process.migrated", subject, by=by, changes=changes, tenant_id=instance.tenant_id)
    return Verdict(instance.id, "moved", verdict.blockers)


def keep(instance: Instance, reason: str) -> None:
    """Keep the whole state as it is now."""
    session.add(
        Snapshot(
            instance_id=instance.id,
            definition_id=instance.definition_id,
            version=instance.version,
            state=instance.state,
            codec=instance.codec,
            n_tasks=instance.n_tasks,
            at=now(),
            reason=reason,
        )
    )


def move_back(instance_id: uuid.UUID, *, by: Actor) -> None:
    """Undo the last migration of an instance, as long as nothing happened since.

    Raises Conflict when it was used in its new version: then there is no way back.
    """
    instance = instances.lock_for_turn(instance_id)
    last = session.scalars(
        sa.select(Snapshot)
        .where(Snapshot.instance_id == instance_id, Snapshot.reason == "migration")
        .order_by(Snapshot.id.desc())
        .limit(1)
    ).first()
    # A migration is one turn; the version counts turns and changes of lanes.
    if instance is None or last is None or instance.version > last.version + 2:
        raise Conflict(_("This cannot go back any more: it was used in the new version."))
    state, codec = last.state, last.codec
    instance.definition_id = last.definition_id
    turns.take(instance, lambda old: engine.view(old, state, codec, now()), by=by)
    session.flush()
    turns.reproject(instance)
    session.delete(last)
    subject = subjects.Reference(instance.subject_type_, instance.subject_id)
    changes = {"to": str(last.definition_id)}
    audit.record("process.moved_back", subject, by=by, changes=changes, tenant_id=instance.tenant_id)


def move_all(key: str, *, apply: bool, accept_skip: bool = False, by: Actor) -> list[Verdict]:
    """Verdicts for every instance in an older version.

    With `apply`, those that can move do, each by itself.
    """
    target = definitions.current(key).id
    ids = candidates(key)
    verdicts = []
    for instance_id in ids:
        verdict = preview(session.get_one(Instance, instance_id), target)
        release()
        if apply and (verdict.outcome == "safe" or (accept_skip and verdict.outcome == "skip")):
            verdict = _move_alone(instance_id, target, accept_skip, by)
        verdicts.append(verdict)
    return verdicts


def _move_alone(instance_id: uuid.UUID, target: uuid.UUID, accept_skip: bool, by: Actor) -> Verdict:
    try:
        with transaction():
            return move(instance_id, target, accept_skip=accept_skip, by=by)
    except DomainError:
        return Verdict(instance_id, "failed")
