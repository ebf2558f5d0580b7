"""From an instance to bytes and back: codec 1.

State holds no spec: it is read against the definition the instance is pinned to, by the names of steps. A
state is

    [version, uid, serial, cancelled, names, datas, scopes]

`names` lists the steps that occur. `datas` lists the data objects, each once: either the data, or `[base,
changes, removed]` against an earlier one. A scope is `[owner, spec, done, objects, result, tokens]` and a
token `[id - id of the one before, parent (steps back in the list, 0 for none), step, state, data, notes]`,
notes left out when empty. Order is position; no key of process data has a meaning here (trap T6), and
nothing depends on the order of keys in data (trap T4). A step that the definition does not have raises
UnknownStep, before anything has run (trap T9).
"""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from typing import Any

from workflows.engine.model import Compiled, Data, EngineError
from workflows.engine.scope import Instance, Scope
from workflows.engine.scripts import SafeEngine
from workflows.engine.token import NOTHING, READY, WAITING, Token
from workflows.engine.values import copied, same

CODEC = 1
WROTE = "wrote"
MAX_BYTES = 1_000_000
MAX_PLAIN = 20_000_000
LEVEL = 1
_text = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode


class BadState(EngineError):
    """Bytes that are no state of ours."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="bad-state")


class UnknownStep(BadState):
    """A state of a definition with other steps."""


def dump(top: Instance) -> bytes:
    """Write an instance. Raises EngineError when it is too large to keep."""
    writer = _Writer()
    scopes = [writer.scope(scope) for scope in top.scopes()]
    uid = f"{top.uid >> 32:x}"
    state = [CODEC, uid, top.serial, int(top.cancelled), writer.names, writer.datas, scopes]
    data = zlib.compress(_text(state).encode(), LEVEL)
    if len(data) > MAX_BYTES:
        raise EngineError(f"The state of this instance is over {MAX_BYTES} bytes.", code="state-too-large")
    return data


class _Writer:
    def __init__(self) -> None:
        self.names: list[str] = []
        self.datas: list[Any] = []
        self._numbers: dict[str, int] = {}
        self._seen: list[Data] = []

    def scope(self, scope: Scope) -> list[Any]:
        rows = []
        places: dict[int, int] = {}
        data_at: dict[int, int] = {}
        last = 0
        for place, (number, token) in enumerate(scope.tasks.items()):
            parent = token._parent
            back = 0 if parent is None else place - places[parent]
            data_at[number] = self._data(token.data, None if parent is None else data_at[parent])
            row = [number - last, back, self._name(token.task_spec.name), token._state, data_at[number]]
            notes = {**token.internal_data, WROTE: token.wrote} if token.wrote else token.internal_data
            rows.append([*row, notes] if notes else row)
            places[number] = place
            last = number
        owner = 0 if scope.owner is None else scope.owner.id
        result = scope.result if scope.completed else 0
        return [owner, self._name(scope.spec.name), int(scope.completed), scope.data or 0, result, rows]

    def _name(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
        return number

    def _data(self, data: Data, base: int | None) -> int:
        """Store data once, as a difference with those of the parent where that is shorter.

        Returns their number.
        """
        if base is not None:
            before = self._seen[base]
            changes = {
                name: value
                for name, value in data.items()
                if name not in before or not same(before[name], value)
            }
            removed = [name for name in before if name not in data]
            if not changes and not removed:
                return base
            if len(changes) + len(removed) < len(data):
                return self._add([base, changes, removed] if removed else [base, changes], data)
        return self._add(data, data)

    def _add(self, stored: Any, data: Data) -> int:
        self.datas.append(stored)
        self._seen.append(data)
        return len(self.datas) - 1


def load(compiled: Compiled, state: bytes, codec: int, now: datetime) -> Instance:
    """Read an instance. Raises BadState for other bytes, UnknownStep for another definition."""
    if codec != CODEC:
        raise BadState(f"Codec {codec} is unknown.")
    try:
        return _read(compiled, _plain(state), now)
    except EngineError:
        raise
    except (ValueError, TypeError, LookupError, zlib.error, RecursionError) as error:
        raise BadState(f"The state cannot be read: {type(error).__name__}.") from error


def _plain(state: bytes) -> list[Any]:
    machine = zlib.decompressobj()
    text = machine.decompress(state, MAX_PLAIN)
    if machine.unconsumed_tail or not machine.eof:
        raise BadState("The state is cut off or too large.")
    plain = json.loads(text)
    if not isinstance(plain, list) or len(plain) != 7 or plain[0] != CODEC:
        raise BadState("The state has another form.")
    return plain


def _read(compiled: Compiled, plain: list[Any], now: datetime) -> Instance:
    _, uid, serial, cancelled, names, stored, scopes = plain
    top = Instance(compiled.spec, compiled.subspecs, SafeEngine(now), now, int(uid, 16) << 32, serial)
    top.cancelled = bool(cancelled)
    datas = _datas(stored)
    owners: dict[int, Token] = {}
    for owner, name, done, objects, result, rows in scopes:
        scope: Scope = top
        if owner:
            spec = compiled.subspecs.get(names[name])
            if spec is None:
                raise UnknownStep(f"The definition has no process {names[name]!r}.")
            scope = top.subprocesses[owner] = Scope(top, spec, owners[owner])
        elif names[name] != compiled.spec.name:
            raise UnknownStep(f"The state is of process {names[name]!r}.")
        scope.completed = bool(done)
        scope.data = objects or {}
        scope.result = result or {}
        _tokens(scope, rows, names, datas)
        owners.update(scope.tasks)
    return top


def _datas(stored: list[Any]) -> list[Data]:
    datas: list[Data] = []
    for entry in stored:
        if isinstance(entry, dict):
            datas.append(entry)
            continue
        base, changes, *removed = entry
        data = {**datas[base], **changes}
        for name in removed[0] if removed else ():
            del data[name]
        datas.append(data)
    return datas


def _tokens(scope: Scope, rows: list[Any], names: list[str], datas: list[Data]) -> None:
    steps = scope.spec.task_specs
    tasks = scope.tasks
    order: list[Token] = []
    number = 0
    for row in rows:
        delta, back, name, state, data = row[:5]
        number += delta
        spec = steps.get(names[name])
        if spec is None:
            raise UnknownStep(f"The definition has no step {names[name]!r}.")
        token = Token.__new__(Token)
        token.id = number
        token.workflow = scope
        token._children = []
        token._parent = None
        token._state = state
        token.triggered = False
        token.task_spec = spec
        token.thread_id = 0
        token.data = copied(datas[data])
        token.internal_data = row[5] if len(row) > 5 else {}
        token.wrote = token.internal_data.pop(WROTE, NOTHING)
        token.last_state_change = 0.0
        if back:
            parent = order[-back]
            token._parent = parent.id
            parent._children.append(number)
        tasks[number] = token
        order.append(token)
        if state == WAITING:
            spec.await_again(token)
        elif state == READY and not spec.manual:
            scope.top.ready.append(token)
