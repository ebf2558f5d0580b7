"""Small BPMN diagrams for tests, written as Python.

`bundle(nodes, flows)`: nodes are made by the functions below; flows are lines `a > b > c`, with `if
CONDITION` or `default` after a single flow.
"""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from lxml import etree

from workflows.engine.api import Engine
from workflows.engine.compile import built, hash_of
from workflows.engine.model import Bundle, Compiled, OutMessage, Turn

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="defs" targetNamespace="http://x">'
)
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
engine = Engine()


def node(
    tag: str, name: str, inside: str = "", properties: dict[str, str] | None = None, **attributes: str
) -> str:
    """One element with properties and attributes."""
    given = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    values = "".join(
        f'<spiffworkflow:property name="{key}" value="{escape(value)}"/>'
        for key, value in (properties or {}).items()
    )
    more = ""
    if values:
        more = (
            "<bpmn:extensionElements><spiffworkflow:properties>"
            + values
            + "</spiffworkflow:properties></bpmn:extensionElements>"
        )
    return f'<bpmn:{tag} id="{name}" name="{name}"{given}>{more}{inside}</bpmn:{tag}>'


def start(name: str = "start", inside: str = "", **kwargs: Any) -> str:
    return node("startEvent", name, inside, **kwargs)


def end(name: str = "end", inside: str = "", **kwargs: Any) -> str:
    return node("endEvent", name, inside, **kwargs)


def user(name: str, inside: str = "", **properties: str) -> str:
    return node("userTask", name, inside, properties)


def script(name: str, code: str, inside: str = "") -> str:
    return node("scriptTask", name, f"<bpmn:script>{escape(code)}</bpmn:script>{inside}")


def call(name: str, step: str, inside: str = "") -> str:
    return node("serviceTask", name, inside, {"call": step})


def job(name: str, step: str, inside: str = "") -> str:
    return node("serviceTask", name, inside, {"job": step})


def xor(name: str, **kwargs: Any) -> str:
    return node("exclusiveGateway", name, **kwargs)


def both(name: str) -> str:
    return node("parallelGateway", name)


def some(name: str, **kwargs: Any) -> str:
    return node("inclusiveGateway", name, **kwargs)


def first(name: str) -> str:
    return node("eventBasedGateway", name)


def timer(text: str, form: str = "Duration") -> str:
    inside = f"<bpmn:time{form}>{escape(text)}</bpmn:time{form}>"
    return f"<bpmn:timerEventDefinition>{inside}</bpmn:timerEventDefinition>"


def message(name: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="message_{name}"/>'


def signal(name: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="signal_{name}"/>'


def error(code: str | None = None) -> str:
    return f'<bpmn:errorEventDefinition errorRef="error_{code}"/>' if code else "<bpmn:errorEventDefinition/>"


def escalation(code: str) -> str:
    return f'<bpmn:escalationEventDefinition escalationRef="escalation_{code}"/>'


def condition(text: str) -> str:
    inside = f"<bpmn:condition>{escape(text)}</bpmn:condition>"
    return f"<bpmn:conditionalEventDefinition>{inside}</bpmn:conditionalEventDefinition>"


def catch(name: str, inside: str, **properties: str) -> str:
    return node("intermediateCatchEvent", name, inside, properties)


def throw(name: str, inside: str, **properties: str) -> str:
    return node("intermediateThrowEvent", name, inside, properties)


def edge(name: str, on: str, inside: str, *, interrupting: bool = True, **properties: str) -> str:
    """A boundary event."""
    cancel = "true" if interrupting else "false"
    return node("boundaryEvent", name, inside, properties, attachedToRef=on, cancelActivity=cancel)


def each(
    items: str, item: str, *, output: str = "", result: str = "", sequential: bool = False, until: str = ""
) -> str:
    """Multi-instance over a list."""
    parts = [f"<bpmn:loopDataInputRef>{items}</bpmn:loopDataInputRef>"]
    if output:
        parts.append(f"<bpmn:loopDataOutputRef>{output}</bpmn:loopDataOutputRef>")
    parts.append(f'<bpmn:inputDataItem id="{item}" name="{item}"/>')
    if result:
        parts.append(f'<bpmn:outputDataItem id="{result}" name="{result}"/>')
    if until:
        parts.append(f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>")
    kind = "true" if sequential else "false"
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{kind}">{"".join(parts)}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def times(count: str, *, sequential: bool = False) -> str:
    """Multi-instance by number."""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopCardinality>{count}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )


def sub(
    name: str, nodes: list[str], flow: str, *, tag: str = "subProcess", inside: str = "", **attributes: Any
) -> str:
    return node(tag, name, inside + "".join(nodes) + flows(flow, name), **attributes)


def flows(text: str, prefix: str = "f") -> str:
    """Sequence flows from lines."""
    out: list[str] = []
    for line in text.strip().splitlines():
        path, _, guard = line.partition(" if ")
        inside = ""
        if guard:
            inside = f"<bpmn:conditionExpression>{escape(guard.strip())}</bpmn:conditionExpression>"
        names = [part.strip() for part in path.split(">")]
        for one, other in itertools.pairwise(names):
            identity = f"{prefix}_{one}_{other}_{len(out)}"
            out.append(
                f'<bpmn:sequenceFlow id="{identity}" sourceRef="{one}" targetRef="{other}">'
                f"{inside}</bpmn:sequenceFlow>"
            )
    return "".join(out)


def document(nodes: list[str], flow: str, key: str = "process") -> bytes:
    """A whole file. Messages, signals, errors and escalations are declared as far as they are used."""
    body = "".join(nodes) + flows(flow)
    declared = []
    for kind, attribute in (
        ("message", "name"),
        ("signal", "name"),
        ("error", "errorCode"),
        ("escalation", "escalationCode"),
    ):
        for name in dict.fromkeys(re.findall(rf'{kind}Ref="{kind}_(\w+)"', body)):
            declared.append(f'<bpmn:{kind} id="{kind}_{name}" {attribute}="{name}"/>')
    process = f'<bpmn:process id="{key}" isExecutable="true">{body}</bpmn:process>'
    return f"{HEAD}{''.join(declared)}{process}</bpmn:definitions>".encode()


def bundle(nodes: list[str], flow: str, key: str = "process", **kwargs: Any) -> Bundle:
    return Bundle(key, document(nodes, flow, key), **kwargs)


def compiled(nodes: list[str], flow: str, key: str = "process", **kwargs: Any) -> Compiled:
    return engine.compile(bundle(nodes, flow, key, **kwargs))


def unchecked(nodes: list[str], flow: str, key: str = "process", **kwargs: Any) -> Compiled:
    """A definition that skips normaliser and linter: to test the engine itself."""
    made = bundle(nodes, flow, key, **kwargs)
    return built({key: made}, hash_of(made), [etree.fromstring(made.bpmn)], [])


class Case:
    """An instance under test: every step goes through bytes."""

    def __init__(
        self, definition: Compiled, data: dict[str, Any] | None = None, now: datetime = NOW, **kwargs: Any
    ):
        self.definition = definition
        self.now = now
        self.turn: Turn = engine.start(definition, data or {}, now, **kwargs)

    @property
    def open(self) -> list[str]:
        return sorted(task.element_id for task in self.turn.open_tasks)

    @property
    def data(self) -> dict[str, Any]:
        return self.turn.variables

    @property
    def status(self) -> str:
        return self.turn.status

    def _do(self, verb: str, *arguments: Any) -> Case:
        self.turn = getattr(engine, verb)(
            self.definition, self.turn.state, self.turn.codec, *arguments, self.now
        )
        return self

    def task(self, element: str) -> str:
        return next(task.id for task in self.turn.open_tasks if task.element_id == element)

    def complete(self, element: str, **data: Any) -> Case:
        return self._do("complete", self.task(element), data)

    def deliver(self, name: str, correlation: dict[str, str] | None = None, **payload: Any) -> Case:
        return self._do("deliver", OutMessage(name, correlation or {}, payload))

    def signal(self, name: str, **payload: Any) -> Case:
        return self._do("deliver", OutMessage(name, {}, payload, "signal"))

    def called(self, **results: Any) -> Case:
        by_name = {item.name: item.task_id for item in self.turn.calls}
        return self._do("call_done", {by_name[name]: result for name, result in results.items()})

    def job(self, result: Any, name: str | None = None) -> Case:
        waiting = next(item for item in self.turn.jobs if name is None or item.name == name)
        return self._do("job_done", waiting.task_id, result)

    def wait(self, **period: float) -> Case:
        self.now += timedelta(**period)
        return self._do("timers")
