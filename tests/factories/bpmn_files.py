"""BPMN texts for tests: a process around a body, and elements with our properties."""

from __future__ import annotations

from itertools import pairwise

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="defs" targetNamespace="test">\n'
)


def properties(**values: str) -> str:
    """Return extension elements with these properties."""
    items = "".join(
        f'<spiffworkflow:property name="{name}" value="{value}"/>' for name, value in values.items()
    )
    return (
        f"<bpmn:extensionElements><spiffworkflow:properties>{items}</spiffworkflow:properties>"
        "</bpmn:extensionElements>"
    )


def node(kind: str, name: str, body: str = "", *, label: str | None = None, **attributes: str) -> str:
    """Return one element; its name is its id unless a label is given."""
    rest = "".join(f' {key}="{value}"' for key, value in attributes.items())
    text = name if label is None else label
    named = f' name="{text}"' if text else ""
    return f'<bpmn:{kind} id="{name}"{named}{rest}>{body}</bpmn:{kind}>\n'


def flow(
    source: str, target: str, condition: str | None = None, *, name: str | None = None, label: str = ""
) -> str:
    """Return a sequence flow, with a condition when one is given."""
    own = name or f"{source}_{target}"
    title = f' name="{label}"' if label else ""
    test = "" if condition is None else f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>"
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<bpmn:sequenceFlow id="{own}" {ends}{title}>{test}</bpmn:sequenceFlow>\n'


def chain(*names: str) -> str:
    """Return flows from each name to the next."""
    return "".join(flow(first, second) for first, second in pairwise(names))


def process(body: str, *, top: str = "", key: str = "main", more: str = "") -> bytes:
    """Return a file with one process; `top` stands before it (messages, signals), `more` after it."""
    inside = f'<bpmn:process id="{key}" isExecutable="true">\n{body}</bpmn:process>'
    return f"{HEAD}{top}{inside}\n{more}</bpmn:definitions>".encode()


def line(*middle: str) -> bytes:
    """Return a process start - ... - end around one or more elements, in a row."""
    names = [part.split('id="', 1)[1].split('"', 1)[0] for part in middle]
    body = node("startEvent", "start") + "".join(middle) + node("endEvent", "end")
    return process(body + chain("start", *names, "end"))
