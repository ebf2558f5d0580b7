"""Events: steps that wait, steps that throw, and how what is thrown finds who waits."""

from __future__ import annotations

from typing import Any

from workflows.engine.armour import Armour, failed
from workflows.engine.definitions import (
    ARMED,
    CORRELATION,
    Cancel,
    Coded,
    Condition,
    Definition,
    Error,
    Message,
    Signal,
    Terminate,
    Timer,
    correlation_of,
    payload_of,
)
from workflows.engine.model import Data, OutMessage
from workflows.engine.scope import Instance, Scope
from workflows.engine.token import FUTURE, WAITING, Token
from workflows.engine.values import checked, copied


class Eventful(Armour):
    """A step with an event definition; None is an event that waits for nothing and throws nothing."""

    def __init__(self, wf_spec: Any, bpmn_id: str, event_definition: Any = None, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.event_definition: Definition | None = (
            event_definition if isinstance(event_definition, Definition) else None
        )


class Catch(Eventful):
    """Intermediate catch events and receive tasks."""

    interrupting = True

    @property
    def is_gate(self) -> bool:
        """Conditions are asked again when data change."""
        return isinstance(self.event_definition, Condition)

    def _update(self, token: Token) -> None:
        if not token.internal_data.keys() & {ARMED, CORRELATION, "due"}:
            self.enter(token)
            if self.event_definition is None:
                token._ready()
                return
            self.event_definition.arm(token)
            token._set_state(WAITING)
        if self._fires_by_itself(token):
            fire(token, {})

    def _fires_by_itself(self, token: Token) -> bool:
        definition = self.event_definition
        if isinstance(definition, Timer):
            return definition.is_due(token)
        return isinstance(definition, Condition) and definition.holds(token)

    def fired(self, token: Token, payload: Data) -> None:
        """Let the process go on from a waiting token of this step."""
        if isinstance(token.parent.task_spec, EventGateway):
            cancel_siblings(token)
        token.write(payload)
        token._ready()


class StartEvent(Catch):
    """A start event. The scope puts the token on it when it has fired, so it never waits."""


class EventGateway(Armour):
    """An event-based gateway: its events wait together, and the first to fire takes the others away."""

    keeps = True

    def __init__(self, wf_spec: Any, bpmn_id: str, event_definition: Any = None, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)


class Boundary(Catch):
    """An event on the edge of an activity."""

    attached = True

    def __init__(
        self,
        wf_spec: Any,
        bpmn_id: str,
        event_definition: Any = None,
        cancel_activity: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, event_definition, **kwargs)
        self.interrupting = cancel_activity

    def fired(self, token: Token, payload: Data) -> None:
        """Interrupt the activity, or send a token of its own and wait on."""
        if self.interrupting:
            cancel_siblings(token)
        elif waits_on(token):
            token = twin(token)
        token.write(payload)
        token._ready()


def twin(token: Token) -> Token:
    """Make a second token of the same step beside this one, with the same data."""
    second: Token = token.parent._add_child(token.task_spec, FUTURE)
    second.data, second.wrote = copied(token.data), token.wrote
    return second


def waits_on(token: Token) -> bool:
    """Tell whether a non-interrupting event waits for a next time after this one."""
    definition = token.task_spec.event_definition
    return definition.rewind(token) if isinstance(definition, Timer) else definition.repeats


def cancel_siblings(token: Token) -> None:
    """Cancel what is under way beside this token: the activity and its other events, or the other events."""
    for sibling in token.parent.children:
        if sibling is not token and not sibling.finished:
            sibling.cancel()


def fire(token: Token, payload: Data) -> None:
    """Let a waiting token have its event."""
    token.workflow.top.record(token, "fired")
    token.task_spec.fired(token, payload)


class Throw(Eventful):
    """Intermediate throw events and send tasks."""

    def _run_hook(self, token: Token) -> bool:
        if self.event_definition is not None:
            throw(self.event_definition, token)
        return True


class EndEvent(Throw):
    """An end event. Terminate, error and cancel ends take their scope with them."""


def throw(definition: Definition, token: Token) -> None:
    """Throw what an event throws."""
    top = token.workflow.top
    if isinstance(definition, Message):
        top.out.append(OutMessage(definition.name, correlation_of(token), copied(payload_of(token))))
    elif isinstance(definition, Signal):
        payload = copied(payload_of(token))
        top.out.append(OutMessage(definition.name, {}, payload, "signal"))
        broadcast(top, definition.name, payload)
    elif isinstance(definition, Coded):
        _throw_code(definition, token)
    elif isinstance(definition, Terminate):
        token.workflow.finish(token)
    if isinstance(definition, Message | Signal):
        top.record(token, "sent", name=definition.name)


def _throw_code(definition: Coded, token: Token) -> None:
    caught = raise_code(definition.kind, definition.code, token, payload_of(token))
    if not caught and isinstance(definition, Error):
        raise failed(f"Nothing catches the error {definition.code}.", "error-uncaught", token)
    if not caught and isinstance(definition, Cancel):
        token.workflow.finish(token)


def raise_code(kind: str, code: str | None, token: Token, data: Data) -> bool:
    """Let an error, escalation or cancellation go up from a token. Tell whether something caught it."""
    payload = {**checked(data), **({"error_code": code} if kind == "error" and code is not None else {})}
    at: Token | None = token
    while at is not None:
        if at.task_spec.around is not None:
            at = at.parent
            continue
        for catcher in _catchers(at, kind, code):
            fire(catcher, payload)
            return True
        at = at.workflow.owner
    return False


def _catchers(token: Token, kind: str, code: str | None) -> list[Token]:
    beside = token.parent.children if token.task_spec.guarded and token.parent is not None else []
    listening = [other for other in token.workflow.tasks.values() if other.task_spec.listens]
    attached = [other for other in beside if other.task_spec.attached]
    return _by_code(attached, kind, code) or _by_code(listening, kind, code)


def _by_code(tokens: list[Token], kind: str, code: str | None) -> list[Token]:
    found = [token for token in tokens if token._state == WAITING and _catches(token, kind, code)]
    # An event that names the code goes before one that catches all.
    return sorted(found, key=lambda token: token.task_spec.event_definition.code is None)


def _catches(token: Token, kind: str, code: str | None) -> bool:
    definition = token.task_spec.event_definition
    return isinstance(definition, Coded) and definition.kind == kind and definition.catches(code)


def waiting(scope: Scope) -> list[Token]:
    """Return the tokens of a scope that wait for an event."""
    return [
        token
        for token in scope.tasks.values()
        if token._state == WAITING and getattr(token.task_spec, "event_definition", None) is not None
    ]


def receive(top: Instance, message: OutMessage) -> bool:
    """Give a message to the token that has waited longest for it. Tell whether there was one."""
    takers = []
    for scope in top.scopes():
        for token in waiting(scope):
            definition = token.task_spec.event_definition
            if isinstance(definition, Message) and definition.name == message.name and agrees(token, message):
                takers.append(token)
    if takers:
        fire(min(takers, key=lambda token: token.id), checked(message.payload))
    return bool(takers)


def agrees(token: Token, message: OutMessage) -> bool:
    """Tell whether a message brings all values that the token asks for."""
    asked = token.internal_data.get(CORRELATION) or {}
    brought = {name: str(value) for name, value in message.correlation.items()}
    return bool(asked) and all(brought.get(name) == value for name, value in asked.items())


def broadcast(top: Instance, name: str, payload: Data) -> bool:
    """Give a signal to every token that waits for it. Tell whether there was one."""
    hit = False
    for scope in top.scopes():
        for token in waiting(scope):
            definition = token.task_spec.event_definition
            if isinstance(definition, Signal) and definition.name == name and token._state == WAITING:
                fire(token, copied(payload))
                hit = True
    return hit


def tick(top: Instance) -> int:
    """Fire the timers that are due, the earliest first, each once. Return how many fired."""
    due = []
    for scope in top.scopes():
        for token in waiting(scope):
            definition = token.task_spec.event_definition
            if isinstance(definition, Timer) and definition.is_due(token):
                due.append((token.internal_data["due"], token.id, token))
    fired = 0
    for _, _, token in sorted(due, key=lambda entry: entry[:2]):
        if token._state == WAITING and token.id in token.workflow.tasks:
            fire(token, {})
            fired += 1
    return fired
