"""Gateways that count tokens: right inside loops, where the library's fire too early (trap T1).

A join holds the tokens that arrived as WAITING tokens, each knowing the flow it came by. Firing consumes
them, so a second turn of a loop begins with none. What the branches did to the data is brought together by
`values.merged`.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.exclusive_gateway import ExclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.inclusive_gateway import InclusiveGateway

from workflows.engine.armour import Armour, failed
from workflows.engine.scope import Scope, common
from workflows.engine.token import CANCELLED, FUTURE, WAITING, Token, later, latest
from workflows.engine.values import merged

VIA = "via"


class Exclusive(Armour, ExclusiveGateway):  # type: ignore[misc]
    """XOR: the first flow whose condition holds, else the default flow."""

    expands = False

    def _run_hook(self, token: Token) -> bool:
        name = self.default_task_spec
        for condition, target in self.cond_task_specs:
            if condition is not None and condition._matches(token):
                name = target
                break
        if name is None:
            raise failed("No condition holds and there is no default flow.", "no-flow", token)
        token._add_child(self._wf_spec.task_specs[name], FUTURE)
        return True


class Join(Armour):
    """Waits for tokens; subclasses say when it fires and which tokens it takes."""

    asks_once = True

    def _update_hook(self, token: Token) -> bool:
        if token._state == FUTURE:
            token._inherit_data()
            token.internal_data[VIA] = token.parent.task_spec.name
            token._set_state(WAITING)
            if any(twin._state == FUTURE and twin.task_spec is self for twin in token.parent.children):
                return False  # another token was sent here in the same breath: it will ask
        taken = self._taken(token.workflow, self._waiting(token))
        if not taken:
            return False
        self._consume(taken)
        return False

    def moved(self, token: Token, before: int, after: int) -> None:
        """Keep the list of the tokens that have arrived."""
        super().moved(token, before, after)
        if after == WAITING:
            token.workflow.arrived.setdefault(self.name, {})[token.id] = token
        elif before == WAITING:
            token.workflow.arrived[self.name].pop(token.id, None)

    def await_again(self, token: Token) -> None:
        """Put a token on the list again."""
        super().await_again(token)
        token.workflow.arrived.setdefault(self.name, {})[token.id] = token

    def _waiting(self, token: Token) -> list[Token]:
        return list(token.workflow.arrived.get(self.name, {}).values())

    def _taken(self, scope: Scope, waiting: list[Token]) -> list[Token]:
        """Return the tokens to consume, in order of arrival; none when the join has to wait."""
        raise NotImplementedError

    def _consume(self, taken: list[Token]) -> None:
        survivor = gathered(taken)
        survivor.internal_data.pop(VIA, None)
        survivor._ready()


def gathered(tokens: list[Token]) -> Token:
    """Make one token of several: the last to arrive, with the data of all; the others are cancelled."""
    survivor = tokens[-1]
    if len(tokens) == 1:
        return survivor
    first = tokens[0]
    data, wrote, base = first.data, first.wrote, first
    for token in tokens[1:]:
        base = common(base, token)
        data = merged(base.data, data, token.data, later(base, wrote, token.wrote))
        wrote = latest(wrote, token.wrote)
    survivor.data, survivor.wrote = data, wrote
    survivor.moved_to(base)
    for token in tokens[:-1]:
        token._set_state(CANCELLED)
    return survivor


class Parallel(Join):
    """AND: takes exactly one token from each flow in, whatever number of times the process comes here."""

    def _taken(self, scope: Scope, waiting: list[Token]) -> list[Token]:
        missing = list(self._inputs)
        taken = []
        for token in waiting:
            if token.internal_data[VIA] in missing:
                missing.remove(token.internal_data[VIA])
                taken.append(token)
        return [] if missing else taken


class Inclusive(Join, InclusiveGateway):  # type: ignore[misc]
    """OR: fires when no token elsewhere can still come in by an empty flow; sends on by every condition
    that holds.

    The rule is that of BPMN 2.0, section 13.4.3: a token elsewhere holds the gateway up when a path leads
    from it to a flow in that has no token, without passing the gateway, and no such path leads to a flow in
    that has one.
    """

    expands = False
    gate = True
    # For each step before the gateway: the flows in that can be reached from it. Set when the spec is sealed.
    reach: dict[str, frozenset[str]]

    def test(self) -> None:
        """Nothing to do: see Armour."""

    def _taken(self, scope: Scope, waiting: list[Token]) -> list[Token]:
        filled = frozenset(token.internal_data[VIA] for token in waiting)
        if len(filled) < len(set(self._inputs)) and self._held_up(scope, filled):
            return []
        # One token of each flow; a step may lead here by two.
        flows = list(self._inputs)
        taken = []
        for token in waiting:
            if token.internal_data[VIA] in flows:
                flows.remove(token.internal_data[VIA])
                taken.append(token)
        return taken

    def _held_up(self, scope: Scope, filled: frozenset[str]) -> bool:
        for token in scope.tasks.values():
            if token.finished or token.task_spec is self:
                continue
            into = self.reach.get(token.task_spec.name)
            if into and into - filled and not into & filled:
                return True
        return False

    def _run_hook(self, token: Token) -> bool:
        matches = [
            name for condition, name in self.cond_task_specs if condition and condition._matches(token)
        ]
        targets = matches or [name for condition, name in self.cond_task_specs if condition is None]
        if not targets:
            raise failed("No condition holds and there is no default flow.", "no-flow", token)
        for name in targets:
            token._add_child(self._wf_spec.task_specs[name], FUTURE)
        return True


class EndJoin(Join):
    """The end of a scope: waits for everything in it. Tokens that arrive early become one at once."""

    gate = True

    def _taken(self, scope: Scope, waiting: list[Token]) -> list[Token]:
        if len(waiting) > 1:
            waiting = [self._kept(gathered(waiting))]
        # The youngest tokens are the likeliest to be under way.
        return [] if any(self._goes_on(token) for token in reversed(scope.tasks.values())) else waiting

    def _kept(self, token: Token) -> Token:
        token.internal_data.setdefault(VIA, "")
        return token

    def _goes_on(self, token: Token) -> bool:
        if token.finished or token.task_spec is self:
            return False
        return not (token.task_spec.listens and token._state == WAITING)


def reach_of(gateway: Any) -> dict[str, frozenset[str]]:
    """Return, for every step, by which flows it can come into an inclusive gateway without passing it."""
    specs = gateway._wf_spec.task_specs
    found: dict[str, set[str]] = {}
    for entry in set(gateway._inputs):
        todo, seen = [entry], {gateway.name}
        while todo:
            name = todo.pop()
            if name in seen or name not in specs:
                continue
            seen.add(name)
            found.setdefault(name, set()).add(entry)
            todo.extend(specs[name]._inputs)
    return {name: frozenset(entries) for name, entries in found.items()}
