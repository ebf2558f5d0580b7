"""Something to run a process for, and small processes to run."""

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.access import Actor, Role, system_actor
from core.db import session, uuid7
from core.models.accounts import Tenant
from tests.factories.bpmn_files import chain, flow, node, process, properties
from tests.factories.core import make_actor, make_tenant
from workflows import definitions, instances
from workflows import steps as registry
from workflows.definitions import Source
from workflows.models.definitions import Definition
from workflows.models.instances import Instance
from workflows.parties import Party


@dataclass(frozen=True)
class Thing:
    """A subject of no package."""

    tenant_id: uuid.UUID
    subject_type: str = "thing"
    id: uuid.UUID = field(default_factory=uuid7)


def make_thing(tenant: Tenant | None = None, subject_type: str = "thing") -> Thing:
    return Thing((tenant or make_tenant()).id, subject_type)


def make_definition(bpmn: bytes, key: str = "main", tests: str | None = None) -> Definition:
    from core.access import system_actor

    return definitions.deploy(Source(key, bpmn, {}, tests), by=system_actor())


def make_definition_that_loses(step: str, bpmn: bytes) -> Definition:
    """A definition whose local step was there when it was deployed, and is not any more."""
    registry.register({step: lambda subject_type, subject_id, data, *, by: None})
    try:
        return make_definition(bpmn)
    finally:
        del registry._steps[step]


def start_thing(
    key: str,
    by: Actor | None = None,
    *,
    thing: Thing | None = None,
    data: dict[str, Any] | None = None,
    parties: dict[str, Party] | None = None,
) -> tuple[Thing, Instance]:
    """Start a process of the library, or one that `make_definition` deployed, for a thing of this actor."""
    by = by or make_actor(Role.INTAKE_WORKER)
    assert by.tenant_id is not None
    thing = thing or Thing(by.tenant_id)
    instance = instances.start(key, subject=thing, data=data or {}, by=by, parties=parties or {})
    session.flush()
    return thing, instance


def start_signal(by: Actor, **options: Any) -> tuple[Thing, Instance]:
    """A signal process whose receiver is the actor's own organization."""
    parties = {"receiver": Party(by.tenant_id, options.pop("queue", None), options.pop("assignee_id", None))}
    return start_thing("signal", by, parties=parties, **options)


def user_task(name: str, outcomes: str = "done", **more: str) -> str:
    return node("userTask", name, properties(outcomes=outcomes, role="desk", turn="us", **more))


def steps(*middle: str) -> bytes:
    """A process of one row of elements."""
    names = [part.split('id="', 1)[1].split('"', 1)[0] for part in middle]
    body = node("startEvent", "begin") + "".join(middle) + node("endEvent", "finish")
    return process(body + chain("begin", *names, "finish"))


def parallel(count: int) -> bytes:
    """A process with `count` tasks side by side, and one after them."""
    names = [f"side_{number}" for number in range(count)]
    body = node("startEvent", "begin") + node("parallelGateway", "split") + node("parallelGateway", "join")
    body += "".join(user_task(name, f"done_{number}") for number, name in enumerate(names))
    body += user_task("after") + node("endEvent", "finish") + flow("begin", "split")
    body += "".join(flow("split", name) + flow(name, "join") for name in names)
    return process(body + chain("join", "after", "finish"))


def timer(name: str, duration: str) -> str:
    after = f"<bpmn:timeDuration>{duration}</bpmn:timeDuration>"
    body = f"<bpmn:timerEventDefinition>{after}</bpmn:timerEventDefinition>"
    return node("intermediateCatchEvent", name, body)


def call_without_closing() -> bytes:
    """The process of a call as it was before it had a step for its closing."""
    return (Path(__file__).parents[1] / "projects" / "call_without_closing.bpmn").read_bytes()


def deploy_library(key: str) -> None:
    """A version of the process as the product brings it."""
    definitions.deploy(Source.read(definitions.LIBRARY / key), by=system_actor(), tested=False)
