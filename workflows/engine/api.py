"""The engine: bytes in, `Turn` out. Pure: no database, no web, no clock but `now`; safe to share between
threads.

A turn is all or nothing: when it raises, the bytes that went in are still the state of the instance. Every
method raises EngineError (or a subclass named in its docstring) with the step of the diagram at fault in
`element_id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from workflows.engine import codec as codecs
from workflows.engine import events, loop, migrate
from workflows.engine.compile import check, compiled, compiled_again
from workflows.engine.definitions import Message
from workflows.engine.dmn import Decision, decide
from workflows.engine.model import (
    Blocker,
    BpmnError,
    Bundle,
    Compiled,
    Data,
    EngineError,
    Event,
    NotWaiting,
    OutMessage,
    Report,
    StaleTask,
    Turn,
)
from workflows.engine.scope import Instance, Parameters
from workflows.engine.scripts import SafeEngine
from workflows.engine.tasks import Step, UserTask
from workflows.engine.token import READY, STARTED, Token
from workflows.engine.values import checked
from workflows.engine.views import turn


class Engine:
    """Runs process instances. Has no state of its own but where dated amounts for decisions come from."""

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters

    def check(
        self,
        bundle: Bundle,
        *,
        deploying: bool = False,
        forms: frozenset[str] | None = None,
        steps: frozenset[str] | None = None,
    ) -> Report:
        """Check a bundle and return all findings at once; never raises on a bad file.

        `forms` and `steps` are the keys that exist, None when unknown here.
        """
        return check(bundle, deploying=deploying, forms=forms, steps=steps)

    def compile(self, bundle: Bundle) -> Compiled:
        """Make a bundle ready to run. Raises NotDeployable with all findings."""
        return compiled(bundle)

    def compile_again(self, bundle: Bundle) -> Compiled:
        """Make files that were deployed before ready to run, whatever stricter rules came since.

        Raises NotDeployable when they cannot be read.
        """
        return compiled_again(bundle)

    def start(
        self, compiled: Compiled, data: Data, now: datetime, *, message: OutMessage | None = None
    ) -> Turn:
        """Start an instance on its plain start event, or on the one that waits for `message`.

        Raises NotWaiting.
        """
        moment = _utc(now)
        top = Instance(compiled.spec, compiled.subspecs, SafeEngine(moment), moment)
        top.parameters = self.parameters
        with _turn(top):
            begin, payload = None, None
            if message is not None:
                # What the message correlates by is what the new instance will be found by.
                begin = _start_event(compiled, message)
                payload = checked({**message.correlation, **message.payload})
            top.events.append(Event("process.started"))
            top.begin(checked(data), begin, payload)
            return self._run(compiled, top)

    def complete(
        self, compiled: Compiled, state: bytes, codec: int, task_id: str, data: Data, now: datetime
    ) -> Turn:
        """Complete an open user task with what its form brought. Raises StaleTask when it is not open."""
        top = self._load(compiled, state, codec, now)
        with _turn(top):
            token = top.token(task_id)
            if token is None or token._state != READY or not isinstance(token.task_spec, UserTask):
                raise StaleTask("This task is not open.", code="stale-task")
            top.current = token
            token.task_spec.fill(token, data)
            token.run()
            return self._run(compiled, top)

    def deliver(
        self, compiled: Compiled, state: bytes, codec: int, message: OutMessage, now: datetime
    ) -> Turn:
        """Deliver a message to the one token, or a signal to all tokens, waiting for it.

        Raises NotWaiting.
        """
        top = self._load(compiled, state, codec, now)
        with _turn(top):
            if message.kind == "signal":
                taken = events.broadcast(top, message.name, checked(message.payload))
            else:
                taken = events.receive(top, message)
            if not taken:
                raise NotWaiting(f"Nothing waits for {message.name!r} here.", code="not-waiting")
            return self._run(compiled, top)

    def call_done(
        self,
        compiled: Compiled,
        state: bytes,
        codec: int,
        results: Mapping[str, Data | BpmnError | EngineError | None],
        now: datetime,
    ) -> Turn:
        """Feed the results of local steps back, in the order given, and run on.

        A result is data, None, a BpmnError for the process to catch, or an EngineError, which fails the turn.
        Raises StaleTask when a step does not wait any more before anything else has happened.
        """
        top = self._load(compiled, state, codec, now)
        with _turn(top):
            for task_id in results:
                self._step(top, task_id)
            for task_id, result in results.items():
                token = top.token(task_id)
                # An earlier result of this batch may have interrupted this step; then its result is moot.
                if token is not None and token._state == STARTED:
                    self._finish_step(token, result)
                    loop.run(top)
            return self._run(compiled, top)

    def job_done(
        self,
        compiled: Compiled,
        state: bytes,
        codec: int,
        task_id: str,
        result: Data | BpmnError | None,
        now: datetime,
    ) -> Turn:
        """Report the result of an external job.

        Raises StaleTask; an error that nothing catches is an EngineError.
        """
        top = self._load(compiled, state, codec, now)
        with _turn(top):
            self._finish_step(self._step(top, task_id), result)
            return self._run(compiled, top)

    def timers(self, compiled: Compiled, state: bytes, codec: int, now: datetime) -> Turn:
        """Fire what is due, each timer once, however long it is overdue."""
        top = self._load(compiled, state, codec, now)
        with _turn(top):
            events.tick(top)
            return self._run(compiled, top)

    def cancel(self, compiled: Compiled, state: bytes, codec: int, now: datetime) -> Turn:
        """Stop the instance where it is."""
        top = self._load(compiled, state, codec, now)
        with _turn(top):
            if not top.completed:
                top.result = top.variables()
                top.cancelled = True
                top.cancel()
                top.events.append(Event("process.cancelled"))
            return turn(compiled, top)

    def view(self, compiled: Compiled, state: bytes, codec: int, now: datetime) -> Turn:
        """Describe an instance without doing anything."""
        top = self._load(compiled, state, codec, now)
        with _turn(top):
            return turn(compiled, top)

    def verdict(self, old: Compiled, new: Compiled, state: bytes, codec: int) -> list[Blocker]:
        """Return why an instance cannot move from one definition to another; nothing when it can."""
        return migrate.verdict(old, new, state, codec)

    def migrate(self, old: Compiled, new: Compiled, state: bytes, codec: int, now: datetime) -> Turn:
        """Move an instance to another definition. Raises migrate.Blocked when a blocker refuses it."""
        top = migrate.moved(old, new, state, codec, _utc(now))
        top.parameters = self.parameters
        with _turn(top):
            return self._run(new, top)

    def decide(
        self,
        dmn: bytes,
        inputs: Data,
        *,
        as_of: date | None = None,
        parameters: Parameters | None = None,
        decision: str | None = None,
    ) -> Decision:
        """Evaluate a decision of a file: its main one, or the one named.

        Returns the outputs with the rules that matched and why. Raises dmn.InvalidTables, dmn.DecisionError.
        """
        given = parameters or self.parameters
        return decide(dmn, inputs, as_of=as_of, parameters=given, decision=decision)

    def _load(self, compiled: Compiled, state: bytes, codec: int, now: datetime) -> Instance:
        top = codecs.load(compiled, state, codec, _utc(now))
        top.parameters = self.parameters
        return top

    def _run(self, compiled: Compiled, top: Instance) -> Turn:
        was = top.completed
        loop.run(top)
        if top.completed and not was:
            top.events.append(Event("process.completed"))
        return turn(compiled, top)

    def _step(self, top: Instance, task_id: str) -> Token:
        token = top.token(task_id)
        if token is None or token._state != STARTED or not isinstance(token.task_spec, Step):
            raise StaleTask("This step does not wait for a result.", code="stale-task")
        return token

    def _finish_step(self, token: Token, result: Data | BpmnError | EngineError | None) -> None:
        top = token.workflow.top
        top.current = token
        if isinstance(result, EngineError):
            raise result
        if isinstance(result, BpmnError):
            if not events.raise_code("error", result.code, token, result.data):
                raise EngineError(f"Nothing catches the error {result.code}.", code="error-uncaught")
            return
        token.write(checked(result or {}))
        token.complete()


@contextmanager
def _turn(top: Instance) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        known = loop.located(error, top)
        if known is error:
            raise
        raise known from error


def _utc(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise EngineError("The moment of a turn has a time zone.", code="naive-now")
    return now.astimezone(UTC)


def _start_event(compiled: Compiled, message: OutMessage) -> Any:
    for start in compiled.spec.start.outputs:
        definition = start.event_definition
        if isinstance(definition, Message) and definition.name == message.name:
            return start
    raise NotWaiting(f"{compiled.key} does not start by {message.name!r}.", code="not-waiting")


engine = Engine()
