"""Moving running instances to another definition: may it, and do it.

The rule: steps under way stay the same step, of the same kind and the same making;
only what comes after them may differ. Texts, lanes and forms are free. What was passed is forgotten by the
state, so it binds nothing, but a step put in *before* one that is under way would be passed over: that is a
`skip`, which a manager may accept. An instance that cannot go stays loadable where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from workflows.engine.codec import load
from workflows.engine.gateways import VIA, EndJoin, Parallel, reach_of
from workflows.engine.model import Blocker, Compiled, EngineError, Event
from workflows.engine.scope import Instance, Scope
from workflows.engine.token import WAITING, Token

# What may differ between two versions of a step under way: texts, place, forms, and the steps after it.
FREE = frozenset(
    ["_wf_spec", "_inputs", "_outputs", "bpmn_name", "description", "documentation", "lane", "extensions",
     "reach", "fields", "cond_task_specs", "default_task_spec", "inner_start", "around", "position"]
)  # fmt: skip
BINDING_PROPERTIES = ("call", "job", "correlation")
Reaches = dict[int, list[tuple[Any, dict[str, frozenset[str]]]]]
"""By the identity of a specification its joins, each with who comes in by which flow: one reckoning for a
verdict, however many parts of a multi-instance are of that specification.
"""
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Blocked(EngineError):
    """The instance cannot move; `blockers` say why."""

    def __init__(self, blockers: list[Blocker]) -> None:
        super().__init__(", ".join(f"{at.code} {at.element_id}" for at in blockers), code="migration-blocked")
        self.blockers = blockers


def verdict(old: Compiled, new: Compiled, state: bytes, codec: int) -> list[Blocker]:
    """Return what stands in the way: `refuse` for good, `skip` when new steps would be passed over."""
    top = load(old, state, codec, EPOCH)
    reaches: Reaches = {}
    blockers: dict[tuple[str, str], Blocker] = {}
    for scope in top.scopes():
        for blocker in _scope_blockers(scope, new, reaches):
            blockers.setdefault((blocker.code, blocker.element_id), blocker)
    return list(blockers.values())


def moved(old: Compiled, new: Compiled, state: bytes, codec: int, now: datetime) -> Instance:
    """Return the instance on the new definition. Raises Blocked when a blocker refuses it.

    Tasks keep their ids and data, timers their moments. Event sub-processes that are new begin to listen,
    those that are gone stop; so do boundary events of activities under way.
    """
    refused = [blocker for blocker in verdict(old, new, state, codec) if blocker.kind == "refuse"]
    if refused:
        raise Blocked(refused)
    top = load(old, state, codec, now)
    for scope in top.scopes():
        _move(scope, new)
    top.spec, top.subprocess_specs = new.spec, new.subspecs
    top.events.append(Event("process.migrated", data={"from": old.hash, "to": new.hash}))
    return top


def _target(scope: Scope, new: Compiled) -> Any:
    return new.spec if scope.owner is None else new.subspecs.get(scope.spec.name)


def _scope_blockers(scope: Scope, new: Compiled, reaches: Reaches) -> Iterator[Blocker]:
    target = _target(scope, new)
    if target is None:
        yield Blocker("process-removed", scope.spec.name)
        return
    if scope.owner is None and target.name != scope.spec.name:
        yield Blocker("other-process", scope.spec.name, args={"new": target.name})
        return
    for token in scope.tasks.values():
        if not token.finished and not _optional(token):
            yield from _token_blockers(token, scope.spec, target)
    starved = _starved(scope, target, reaches) - _starved(scope, scope.spec, reaches)
    for join, entry in sorted(starved):
        yield Blocker("join-starved", target.task_specs[join].element_id or join, args={"new": entry})


def _starved(scope: Scope, spec: Any, reaches: Reaches) -> set[tuple[str, str]]:
    """Return the flows into parallel joins ahead by which nothing that is under way can come.

    Such a join waits for ever: a branch that is new would never have been begun.
    """
    found: set[tuple[str, str]] = set()
    under_way = [token for token in scope.tasks.values() if not token.finished]
    if id(spec) not in reaches:
        joins = (step for step in spec.task_specs.values() if isinstance(step, Parallel))
        reaches[id(spec)] = [(join, reach_of(join)) for join in joins if len(join._inputs) > 1]
    for join, reach in reaches[id(spec)]:
        coming: set[str] = set()
        for token in under_way:
            name = token.task_spec.name
            coming |= {token.internal_data.get(VIA, "")} if name == join.name else reach.get(name, set())
        if coming:
            found |= {(join.name, entry) for entry in join._inputs if entry not in coming}
    return found


def _optional(token: Token) -> bool:
    """Tell whether a token only listens at the edge: it may vanish without anything being lost."""
    return bool(token._state == WAITING and (token.task_spec.listens or token.task_spec.attached))


def _token_blockers(token: Token, spec: Any, target: Any) -> Iterator[Blocker]:
    before = token.task_spec
    after = target.task_specs.get(before.name)
    place = before.element_id or before.name
    if after is None:
        yield Blocker("step-removed", place, args={"name": before.bpmn_name or ""})
        return
    if type(after) is not type(before):
        yield Blocker(
            "step-kind-changed", place, args={"old": type(before).__name__, "new": type(after).__name__}
        )
        return
    if changed := sorted(_changes(before, after)):
        yield Blocker("step-changed", place, args={"what": ", ".join(changed)})
        return
    via = token.internal_data.get(VIA)
    if via and not isinstance(before, EndJoin) and via not in after._inputs:
        yield Blocker("flow-removed", place, args={"via": via})
    for name in sorted(_inserted(before, spec, target)):
        yield Blocker("step-before", place, "skip", {"new": name})


def _changes(before: Any, after: Any) -> set[str]:
    names = (before.__dict__.keys() | after.__dict__.keys()) - FREE
    plain = (name for name in names if not name.endswith("_event"))
    changed = {name for name in plain if not _equal(before.__dict__.get(name), after.__dict__.get(name))}
    return changed | {
        name for name in BINDING_PROPERTIES if before.properties.get(name) != after.properties.get(name)
    }


def _equal(one: Any, other: Any) -> bool:
    if hasattr(one, "bpmn_id") and hasattr(other, "bpmn_id"):
        return bool(one.bpmn_id == other.bpmn_id)
    if hasattr(one, "data_inputs") and hasattr(other, "data_inputs"):
        return _ids(one.data_inputs) == _ids(other.data_inputs) and _ids(one.data_outputs) == _ids(
            other.data_outputs
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)


def _ids(references: Iterable[Any]) -> list[str]:
    return [reference.bpmn_id for reference in references]


def _inserted(before: Any, spec: Any, target: Any) -> set[str]:
    """Return the new steps that now lead directly to a step under way."""
    after = target.task_specs[before.name]
    return {name for name in after._inputs if name not in spec.task_specs and name in target.task_specs} - {
        name for name in after._inputs if _loops_back(target, before.name, name)
    }


def _loops_back(target: Any, start: str, name: str) -> bool:
    """Tell whether a step comes after `start`: then it is only a new way round."""
    seen, todo = set(), list(target.task_specs[start]._outputs)
    while todo:
        at = todo.pop()
        if at not in seen and at in target.task_specs:
            seen.add(at)
            todo.extend(target.task_specs[at]._outputs)
    return name in seen


def _move(scope: Scope, new: Compiled) -> None:
    target = _target(scope, new)
    for token in list(scope.tasks.values()):
        step = target.task_specs.get(token.task_spec.name)
        if step is not None and type(step) is type(token.task_spec):
            token.task_spec = step
        elif not token.finished:
            scope._remove_task(token.id)
        else:
            # A passed fork that is gone stays as a plain point: only its data still count.
            token.task_spec = target.start
    scope.spec = target
    scope.gates, scope.arrived = {}, {}
    for token in scope.tasks.values():
        if token._state == WAITING:
            token.task_spec.await_again(token)
    present = {token.task_spec.name for token in scope.tasks.values()}
    for listener in target.listeners:
        if listener.name not in present and not scope.completed:
            child = scope.root._add_child(listener)
            child.data = scope.variables()
            listener._update(child)


__all__ = ["Blocked", "moved", "verdict"]
