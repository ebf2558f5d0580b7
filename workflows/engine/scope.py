"""A scope: the process itself, or one running sub-process in it. Holds tokens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from workflows.engine.model import Data, EngineError, Event, OutMessage
from workflows.engine.token import COMPLETED, FUTURE, WAITING, Token, later, latest
from workflows.engine.values import copied, merged

if TYPE_CHECKING:
    from workflows.engine.scripts import SafeEngine

Parameters = Callable[[str, date], Any]
MAX_SCOPE_DEPTH = 20
MAX_TOKENS = 3_000
MAX_NEW = 20_000
MAX_MERGES = 20_000


class Scope:
    """Tokens of one (sub-)process. Offers what the library's specs expect from a workflow."""

    def __init__(self, top: Instance, spec: Any, owner: Token | None) -> None:
        self.top = top
        self.spec = spec
        self.owner = owner
        self.tasks: dict[int, Token] = {}
        self.gates: dict[int, Token] = {}
        self.arrived: dict[str, dict[int, Token]] = {}
        # What conditions came to while the gates are being asked: the same data give the same answer.
        self.answers: dict[str, bool] = {}
        self.data: Data = {"data_objects": dict.fromkeys(spec.data_objects)} if spec.data_objects else {}
        self.completed = False
        self.result: Data = {}
        self.wrote: dict[str, int] = {}

    @property
    def top_workflow(self) -> Instance:
        """The instance; a name of the library."""
        return self.top

    @property
    def parent_workflow(self) -> Scope | None:
        """The scope around this one; a name of the library."""
        return None if self.owner is None else self.owner.workflow

    @property
    def script_engine(self) -> SafeEngine:
        """What evaluates expressions; a name of the library."""
        return self.top.script_engine

    @property
    def data_objects(self) -> Data:
        """BPMN data objects of this scope."""
        objects: Data = self.data.get("data_objects", {})
        return objects

    @property
    def root(self) -> Token:
        """The first token."""
        return next(iter(self.tasks.values()))

    def begin(self, data: Data, start: Any = None, payload: Data | None = None) -> None:
        """Put the first token on a start event (`start`, or the plain one) and arm event sub-processes."""
        root = Token(self, self.spec.start)
        root.data = data
        root._state = COMPLETED
        for listener in self.spec.listeners:
            listener._update(root._add_child(listener, FUTURE))
        token = root._add_child(start or plain_start(self.spec), FUTURE)
        token._inherit_data()
        token.write(payload or {})
        token._ready()

    def unfinished(self) -> list[Token]:
        """Return the tokens that are not done, oldest first."""
        return [token for token in self.tasks.values() if not token.finished]

    def variables(self, *, aside: bool = True) -> Data:
        """Return the data of this scope as it stands: those of all tokens under way, brought together.

        Of a sub-process under way the data inside count; a called process that declares its data keeps them.
        Without `aside`, event sub-processes that run beside the rest are left out.
        """
        live = [
            token
            for token in self.unfinished()
            if not token.task_spec.listens or (aside and token._state != WAITING)
        ]
        if not live:
            return copied(self.root.data) if self.tasks else {}
        self.top.spend(len(live))
        data, wrote = self._inside(live[0]), live[0].wrote
        for token in live[1:]:
            base = common(live[0], token)
            data = merged(base.data, data, self._inside(token), later(base, wrote, token.wrote))
            wrote = latest(wrote, token.wrote)
        return copied(data)

    def _inside(self, token: Token) -> Data:
        scope = self.top.subprocesses.get(token.id)
        if scope is None or scope.spec.io_specification is not None:
            return token.data
        return scope.variables()

    def _task_completed_notify(self, token: Token) -> None:
        if token.task_spec.name == "End":
            self.finish(token)
        if not self.completed:
            self.ask_gates()

    def ask_gates(self, *, at_rest: bool = False) -> None:
        """Let what waits for the others in this scope look again.

        A join is asked once, however many tokens wait; conditions only when the process has come to rest.
        """
        asked = set()
        self.answers.clear()
        for gate in list(self.gates.values()):
            spec = gate.task_spec
            if gate._state == WAITING and spec not in asked and (spec.asks_once or at_rest):
                if spec.asks_once:
                    asked.add(spec)
                spec._update(gate)
        self.answers.clear()

    def finish(self, last: Token) -> None:
        """End this scope with the data of its last token; what goes on in it is cancelled."""
        self.completed = True
        self.result, self.wrote = last.data, last.wrote
        for token in self.unfinished():
            token.cancel()
        if self.owner is not None:
            self.owner.task_spec.returned(self.owner, self)

    def cancel(self) -> None:
        """Cancel everything that goes on in this scope."""
        self.completed = True
        for token in self.unfinished():
            token.cancel()

    def _remove_task(self, task_id: int) -> None:
        token = self.tasks.pop(task_id)
        for child in token._children:
            self._remove_task(child)
        self.gates.pop(task_id, None)
        self.arrived.get(token.task_spec.name, {}).pop(task_id, None)
        if (parent := token.parent) is not None:
            parent._children.remove(task_id)


class Instance(Scope):
    """A whole running process: the outermost scope, its sub-processes, and what happens in one turn."""

    def __init__(
        self,
        spec: Any,
        subspecs: dict[str, Any],
        scripts: SafeEngine,
        now: datetime,
        uid: int = 0,
        serial: int = 0,
    ) -> None:
        self.subprocess_specs = subspecs
        self.subprocesses: dict[int, Scope] = {}
        self._scripts = scripts
        self.now = now
        # Dated amounts for decision tables; the engine that runs the turn sets it.
        self.parameters: Parameters | None = None
        self.serial = serial
        self.most = serial + MAX_NEW
        self.merges = 0
        # The first 96 bits of the public ids of its tokens; the last 32 are their numbers.
        self.uid = uid or uuid4().int >> 32 << 32
        self.ready: deque[Token] = deque()
        self.current: Token | None = None
        self.out: list[OutMessage] = []
        self.events: list[Event] = []
        self.cancelled = False
        super().__init__(self, spec, None)

    @property
    def script_engine(self) -> SafeEngine:
        """What evaluates expressions; a name of the library."""
        return self._scripts

    def scopes(self) -> list[Scope]:
        """Return the instance and its running sub-processes."""
        return [self, *self.subprocesses.values()]

    def open_scope(self, owner: Token, name: str) -> Scope:
        """Make the scope of a sub-process that `owner` starts. Raises EngineError when nested too deep."""
        spec = self.subprocess_specs.get(name)
        if spec is None:
            raise EngineError(f"Process {name!r} is not part of this definition.", code="call-unresolved")
        depth, around = 1, owner.workflow
        while around.owner is not None:
            depth, around = depth + 1, around.owner.workflow
        if depth > MAX_SCOPE_DEPTH:
            raise EngineError(
                f"Processes call each other deeper than {MAX_SCOPE_DEPTH} levels.", code="too-deep"
            )
        scope = self.subprocesses[owner.id] = Scope(self, spec, owner)
        return scope

    def close_scope(self, owner: Token) -> Scope | None:
        """Forget the scope of a sub-process that has ended."""
        return self.subprocesses.pop(owner.id, None)

    def public_id(self, token: Token) -> str:
        """Return the id of a token for the world: unique over instances, the same in every turn."""
        text = f"{self.uid | token.id:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def token(self, public_id: str) -> Token | None:
        """Return the token with this public id, or None."""
        try:
            number = UUID(public_id).int
        except (ValueError, AttributeError, TypeError):
            return None
        if number >> 32 << 32 != self.uid:
            return None
        return next(
            (scope.tasks[at] for scope in self.scopes() if (at := number - self.uid) in scope.tasks), None
        )

    def record(self, token: Token, what: str, **data: Any) -> None:
        """Note for the history what happened to a step of the diagram."""
        spec = token.task_spec
        if spec.element_id is not None:
            kind = "task" if spec.manual else "element"
            self.events.append(Event(f"{kind}.{what}", spec.element_id, self.public_id(token), data))

    def next_id(self) -> int:
        """Return the number of a new token. Raises EngineError when a turn makes too many."""
        self.serial += 1
        if self.serial > self.most:
            raise EngineError(f"More than {MAX_NEW} tokens in one turn.", code="too-many-tokens")
        return self.serial

    def spend(self, merges: int) -> None:
        """Count what bringing data together costs. Raises EngineError when a turn does too much of it."""
        self.merges += merges
        if self.merges > MAX_MERGES:
            raise EngineError("Too many branches under way at once.", code="step-budget")

    def count(self) -> int:
        """Return how many tokens there are."""
        return sum(len(scope.tasks) for scope in self.scopes())


def plain_start(spec: Any) -> Any:
    """Return the start event that needs nothing, or the only one there is."""
    starts = spec.start.outputs
    plain = [start for start in starts if start.event_definition is None]
    if not plain and len(starts) != 1:
        raise EngineError("This process starts by a message.", code="start-needs-message")
    return (plain or starts)[0]


def common(one: Token, other: Token) -> Token:
    """Return the nearest common ancestor of two tokens of a scope."""
    above = {one.id}
    at = one
    while at._parent is not None:
        at = at.parent
        above.add(at.id)
    at = other
    while at.id not in above:
        at = at.parent
    return at
