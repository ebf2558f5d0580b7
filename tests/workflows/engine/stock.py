"""The library as it comes, to show what it does without us and to compare with where it is right."""

from __future__ import annotations

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState

from tests.workflows.engine.diagrams import document


class Stock:
    """A plain in-memory workflow, driven by the names of its tasks."""

    def __init__(self, xml: bytes, key: str = "process", data: dict[str, Any] | None = None) -> None:
        parser = SpiffBpmnParser()
        parser.add_bpmn_xml(etree.fromstring(xml))
        self.workflow = BpmnWorkflow(parser.get_spec(key), parser.get_subprocess_specs(key))
        self.workflow.task_tree.data.update(data or {})
        self.workflow.do_engine_steps()

    def tasks(self) -> list[Any]:
        return [task for task in self.workflow.get_tasks(state=TaskState.READY) if task.task_spec.manual]

    @property
    def open(self) -> list[str]:
        return sorted(task.task_spec.bpmn_id for task in self.tasks())

    @property
    def completed(self) -> bool:
        return bool(self.workflow.completed)

    def finish(self, name: str, **data: Any) -> None:
        task = next(task for task in self.tasks() if task.task_spec.bpmn_id == name)
        task.data.update(data)
        task.run()
        self.workflow.do_engine_steps()

    def tick(self) -> None:
        self.workflow.refresh_timers()
        self.workflow.do_engine_steps()


def stock_workflow(nodes: list[str], flow: str, **kwargs: Any) -> Stock:
    return Stock(document(nodes, flow), **kwargs)
