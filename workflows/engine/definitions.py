"""What events wait for and throw: messages, signals, timers, errors, escalations, conditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from workflows.engine.armour import failed
from workflows.engine.model import Data
from workflows.engine.times import iso, parse_cycle, parse_duration, parse_moment
from workflows.engine.token import Token

DUE, LEFT, EVERY, CORRELATION, ARMED = "due", "left", "every", "corr", "armed"


@dataclass(frozen=True)
class Definition:
    """Base. `repeats`: a non-interrupting event may fire more than once."""

    kind: ClassVar[str] = ""
    repeats: ClassVar[bool] = True

    def arm(self, token: Token) -> None:
        """Note at the token what it waits for, when it begins to wait."""
        token.internal_data[ARMED] = 1


@dataclass(frozen=True)
class Message(Definition):
    """A message by name.

    Property `correlation` lists the data that must agree, `payload` the data that go along.
    """

    name: str = ""
    kind: ClassVar[str] = "message"

    def arm(self, token: Token) -> None:
        """Keep the values that an incoming message must bring."""
        token.internal_data[CORRELATION] = correlation_of(token)


@dataclass(frozen=True)
class Signal(Definition):
    """A signal by name: everyone who waits gets it."""

    name: str = ""
    kind: ClassVar[str] = "signal"


@dataclass(frozen=True)
class Coded(Definition):
    """An error or escalation; without a code it catches all."""

    code: str | None = None

    def catches(self, code: str | None) -> bool:
        """Tell whether this event catches that code."""
        return self.code is None or self.code == code


@dataclass(frozen=True)
class Error(Coded):
    """A BPMN error: goes up to the nearest boundary event or event sub-process that catches it."""

    kind: ClassVar[str] = "error"
    repeats: ClassVar[bool] = False


@dataclass(frozen=True)
class Escalation(Coded):
    """An escalation: like an error, but nobody has to catch it."""

    kind: ClassVar[str] = "escalation"


@dataclass(frozen=True)
class Cancel(Coded):
    """The cancellation of a transaction."""

    kind: ClassVar[str] = "cancel"
    repeats: ClassVar[bool] = False


@dataclass(frozen=True)
class Terminate(Definition):
    """An end that stops everything in its scope."""

    kind: ClassVar[str] = "terminate"


@dataclass(frozen=True)
class Condition(Definition):
    """An expression over the data of the scope that becomes true."""

    expression: str = ""
    kind: ClassVar[str] = "condition"
    repeats: ClassVar[bool] = False

    def holds(self, token: Token) -> bool:
        """Evaluate the expression over the data of all branches."""
        scope = token.workflow
        if self.expression not in scope.answers:
            value = scope.script_engine.value(self.expression, scope.variables(), scope.data_objects)
            scope.answers[self.expression] = bool(value)
        return bool(scope.answers[self.expression])


@dataclass(frozen=True)
class Timer(Definition):
    """A moment (`date`), a period from arrival (`duration`) or a repetition (`cycle`), by expression."""

    form: str = "duration"
    expression: str = ""
    kind: ClassVar[str] = "timer"

    def arm(self, token: Token) -> None:
        """Work out the first moment, once. Raises EngineError when the expression gives no time."""
        top, notes = token.workflow.top, token.internal_data
        value = token.workflow.script_engine.evaluate(token, self.expression)
        if self.form == "date":
            notes[DUE] = iso(parse_moment(value))
        elif self.form == "duration":
            notes[DUE] = iso(parse_duration(value).after(top.now))
        else:
            cycle = parse_cycle(value)
            notes[LEFT], notes[EVERY] = cycle.times, cycle.every
            notes[DUE] = iso(cycle.first or parse_duration(cycle.every).after(top.now))

    def is_due(self, token: Token) -> bool:
        """Tell whether the moment has come."""
        return due_at(token) <= token.workflow.top.now

    def rewind(self, token: Token) -> bool:
        """Set a cycle to its next moment after now; periods slept through are used up.

        False when none is left.
        """
        notes, now = token.internal_data, token.workflow.top.now
        if LEFT not in notes or notes[LEFT] == 1:
            return False
        period, due, used = parse_duration(notes[EVERY]), due_at(token), 1
        if not period.months and not period.days and period.passing > timedelta(0):
            used = int((now - due) / period.passing) + 1
            due += used * period.passing
        else:
            due = period.after(due)
            while due <= now:
                due, used = period.after(due), used + 1
        if 0 < notes[LEFT] <= used:
            return False
        notes[DUE] = iso(due)
        notes[LEFT] = notes[LEFT] - used if notes[LEFT] > 0 else notes[LEFT]
        return True


def due_at(token: Token) -> datetime:
    """Return the moment a waiting timer is due."""
    return datetime.fromisoformat(token.internal_data[DUE])


def listed(token: Token, name: str) -> list[str]:
    """Return the data names in a comma-separated property of the step."""
    return [part.strip() for part in token.task_spec.properties.get(name, "").split(",") if part.strip()]


def correlation_of(token: Token) -> dict[str, str]:
    """Return what tells this instance's messages from those of others. Raises EngineError without it."""
    names = listed(token, "correlation")
    if not names:
        raise failed("A message without correlation.", "correlation-missing", token)
    if missing := [name for name in names if token.data.get(name) in (None, "")]:
        raise failed(f"The data hold no {', '.join(missing)} to correlate by.", "correlation-missing", token)
    return {name: str(token.data[name]) for name in names}


def payload_of(token: Token) -> Data:
    """Return the data that go along with what this step throws."""
    return {name: token.data[name] for name in listed(token, "payload") if name in token.data}
