"""Make parsed specs fit to be shared: complete before anything runs, and never changed after.

The library connects steps while instances run (trap T3); here everything that could be connected is
connected, or taken apart, once.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit

from workflows.engine.armour import Armour, End, Split, Start
from workflows.engine.gateways import EndJoin, Inclusive, reach_of
from workflows.engine.model import EngineError
from workflows.engine.subprocesses import EventScope
from workflows.engine.tasks import MultiInstance, StandardLoop


def seal(spec: Any, subspecs: dict[str, Any]) -> None:
    """Seal a process and everything in it. Raises EngineError for a step that has none of our classes."""
    for process in [spec, *subspecs.values()]:
        _own_classes(process)
        _drop_boundary_joins(process)
    for process in [spec, *subspecs.values()]:
        _listeners(process, subspecs)
        _marks(process)


def _own_classes(process: Any) -> None:
    process.start.__class__ = Start
    process.end.__class__ = EndJoin
    process.task_specs["End"].__class__ = End
    for step in process.task_specs.values():
        if isinstance(step, BoundaryEventSplit):
            step.__class__ = Split
        elif not isinstance(step, Armour | BoundaryEventJoin):
            raise EngineError(
                f"{type(step).__name__} is not supported.", element_id=step.bpmn_id, code="unsupported"
            )
        # What the library gives its own control steps only in part.
        for name in ("prescript", "postscript"):
            step.__dict__.setdefault(name, None)


def _drop_boundary_joins(process: Any) -> None:
    joins = {name for name, step in process.task_specs.items() if isinstance(step, BoundaryEventJoin)}
    for step in process.task_specs.values():
        step._outputs = [name for name in step._outputs if name not in joins]
    for name in joins:
        del process.task_specs[name]


def _listeners(process: Any, subspecs: dict[str, Any]) -> None:
    """Lead event sub-processes to the end of their scope, and tell them what they wait for."""
    process.listeners = [step for step in process.task_specs.values() if isinstance(step, EventScope)]
    for step in process.listeners:
        start = subspecs[step.spec].start.outputs[0]
        step.inner_start = start
        step.event_definition = start.event_definition
        step.interrupting = start.interrupting
        step._inputs = [process.start.name]
        step._outputs = [process.end.name]
        process.end._inputs.append(step.name)


def _marks(process: Any) -> None:
    for step in process.task_specs.values():
        if isinstance(step, StandardLoop | MultiInstance):
            process.task_specs[step.task_spec].around = step
        if isinstance(step, Split):
            process.task_specs[step._outputs[0]].guarded = True
        if isinstance(step, Inclusive):
            step.reach = reach_of(step)
