"""From a normalised diagram to specs: the library's parser, with our class for every kind of step."""

from __future__ import annotations

from typing import Any, ClassVar

from SpiffWorkflow.bpmn.parser import event_parsers as library
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser, SubprocessParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.spiff.parser.event_parsers import SpiffEventDefinitionParser
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser, SpiffProcessParser
from SpiffWorkflow.spiff.parser.task_spec import CallActivityParser as SpiffCallActivityParser
from SpiffWorkflow.spiff.parser.task_spec import ScriptTaskParser as SpiffScriptTaskParser
from SpiffWorkflow.spiff.parser.task_spec import SpiffTaskParser
from SpiffWorkflow.spiff.parser.task_spec import UserTaskParser as SpiffUserTaskParser

from workflows.engine import definitions, events, gateways, subprocesses, tasks
from workflows.engine.own_forms import own_fields


class Repeating:
    """Task parsers make our loops and our event sub-processes."""

    STANDARD_LOOP_CLASS: ClassVar[Any] = tasks.StandardLoop
    PARALLEL_MI_CLASS: ClassVar[Any] = tasks.MultiInstance
    SEQUENTIAL_MI_CLASS: ClassVar[Any] = tasks.SequentialMultiInstance
    EVENT_SUBPROCESS_CLASS: ClassVar[Any] = subprocesses.EventScope


class TaskParser(Repeating, SpiffTaskParser):  # type: ignore[misc]
    """Manual and service tasks."""


class UserTaskParser(Repeating, SpiffUserTaskParser):  # type: ignore[misc]
    """User tasks."""

    def create_task(self) -> Any:
        """Make our user task, with the variable its answers go to and its own form."""
        variable = self.parse_extensions().get("variableName")
        made = self.spec_class(self.spec, self.bpmn_id, variable=variable, **self.bpmn_attributes)
        made.fields = own_fields(self.node)
        return made


class ScriptTaskParser(Repeating, SpiffScriptTaskParser):  # type: ignore[misc]
    """Script tasks."""


class CallActivityParser(Repeating, SpiffCallActivityParser):  # type: ignore[misc]
    """Call activities."""


class SubProcessParser(Repeating, SpiffTaskParser):  # type: ignore[misc]
    """Sub-processes; those that an event triggers get a class of their own."""

    def create_task(self) -> Any:
        """Make the sub-process and have its inside parsed."""
        name = SubprocessParser.get_subprocess_spec(self)
        by_event = self.node.get("triggeredByEvent") == "true"
        made = self.EVENT_SUBPROCESS_CLASS if by_event else self.spec_class
        return made(self.spec, self.bpmn_id, subworkflow_spec=name, **self.bpmn_attributes)


class DecisionParser(Repeating, SpiffTaskParser):  # type: ignore[misc]
    """Business rule tasks."""

    def create_task(self) -> Any:
        """Make the decision with its table. Raises ValidationException when the bundle lacks it."""
        known = self.parse_extensions()
        name = known.get("properties", {}).get("decision") or known.get("calledDecisionId") or ""
        tables = self.process_parser.parser.tables
        if name not in tables:
            raise ValidationException(f"No decision {name!r}", self.node, self.filename)
        files = tuple(dict.fromkeys([tables[name], *(tables[other] for other in sorted(tables))]))
        return self.spec_class(self.spec, self.bpmn_id, decision=name, tables=files, **self.bpmn_attributes)

    @staticmethod
    def get_decision_ref(node: Any) -> str | None:
        """Return what the library wants to know about the file beforehand."""
        return SpiffTaskParser._parse_extensions(node).get("calledDecisionId")  # type: ignore[no-any-return]


class DefinitionParser(Repeating, SpiffEventDefinitionParser):  # type: ignore[misc]
    """Reads event definitions into ours."""

    # Every kind at every place: what may not stand somewhere is the linter's business, and it says so.
    ALL: ClassVar[list[str]] = [
        library.CANCEL_EVENT_XPATH,
        library.CONDITIONAL_EVENT_XPATH,
        library.ERROR_EVENT_XPATH,
        library.ESCALATION_EVENT_XPATH,
        library.MESSAGE_EVENT_XPATH,
        library.SIGNAL_EVENT_XPATH,
        library.TERMINATION_EVENT_XPATH,
        library.TIMER_EVENT_XPATH,
    ]

    def definition(self) -> definitions.Definition | None:
        """Return the one definition of this event, None for a plain event.

        Raises ValidationException for more.
        """
        found = self.get_event_definition(self.ALL)
        if isinstance(found, definitions.Definition):
            return found
        if getattr(found, "event_definitions", None):
            raise ValidationException("An event with several definitions", self.node, self.filename)
        return None

    def make(self, **more: Any) -> Any:
        """Make the step of this event."""
        return self.spec_class(
            self.spec, self.bpmn_id, event_definition=self.definition(), **self.bpmn_attributes, **more
        )

    def parse_message_event(self, message_event: Any) -> definitions.Message:
        """Read a message by reference."""
        return definitions.Message(self._named("message", message_event, "messageRef"))

    def parse_signal_event(self, signal_event: Any) -> definitions.Signal:
        """Read a signal by reference."""
        return definitions.Signal(self._named("signal", signal_event, "signalRef"))

    def parse_error_event(self, error_event: Any) -> definitions.Error:
        """Read an error by its code."""
        return definitions.Error(self._code("error", error_event, "errorRef", "errorCode"))

    def parse_escalation_event(self, escalation_event: Any) -> definitions.Escalation:
        """Read an escalation by its code."""
        return definitions.Escalation(
            self._code("escalation", escalation_event, "escalationRef", "escalationCode")
        )

    def parse_cancel_event(self, event: Any) -> definitions.Cancel:
        """Read a cancellation."""
        return definitions.Cancel()

    def parse_terminate_event(self, event: Any) -> definitions.Terminate:
        """Read a termination."""
        return definitions.Terminate()

    def parse_conditional_event(self, event: Any) -> definitions.Condition:
        """Read a condition."""
        return definitions.Condition(self._text(event, "condition"))

    def parse_timer_event(self, event: Any) -> definitions.Timer:
        """Read a timer of one of three forms."""
        for form, name in (("date", "timeDate"), ("duration", "timeDuration"), ("cycle", "timeCycle")):
            if self._xpath(event, f"./bpmn:{name}"):
                return definitions.Timer(form, self._text(event, name))
        raise ValidationException("A timer without a time", self.node, self.filename)

    def _text(self, event: Any, name: str) -> str:
        found = self._xpath(event, f"./bpmn:{name}")
        text = (found[0].text or "").strip() if found else ""
        if not text:
            raise ValidationException(f"An empty {name}", self.node, self.filename)
        return text

    def _referred(self, kind: str, event: Any, reference: str) -> Any:
        name = event.get(reference)
        found = self.doc_xpath(f".//bpmn:{kind}[@id=$name]".replace("$name", f"'{name}'")) if name else []
        return found[0] if found else None

    def _named(self, kind: str, event: Any, reference: str) -> str:
        element = self._referred(kind, event, reference)
        name = element.get("name") if element is not None else None
        if not name:
            raise ValidationException(f"A {kind} event without a {kind}", self.node, self.filename)
        return str(name)

    def _code(self, kind: str, event: Any, reference: str, attribute: str) -> str | None:
        element = self._referred(kind, event, reference)
        return None if element is None else element.get(attribute) or element.get("name") or None


class StartEventParser(DefinitionParser):
    """Start events."""

    def create_task(self) -> Any:
        """Make the start and hang it after the beginning of its process."""
        task = self.make()
        task.interrupting = self.node.get("isInterrupting", "true").lower() != "false"
        self.spec.start.connect(task)
        return task


class EndEventParser(DefinitionParser):
    """End events."""

    def create_task(self) -> Any:
        """Make the end and lead it to the end of its process."""
        task = self.make()
        task.connect(self.spec.end)
        return task


class EventParser(DefinitionParser):
    """Intermediate events, thrown or caught."""

    def create_task(self) -> Any:
        """Make the event."""
        return self.make()


class BoundaryEventParser(DefinitionParser):
    """Events on the edge of an activity."""

    def create_task(self) -> Any:
        """Make the event; `cancelActivity` is true unless it says otherwise."""
        return self.make(cancel_activity=self.node.get("cancelActivity", "true").lower() == "true")


class MessageTaskParser(DefinitionParser):
    """Send and receive tasks: the message is named on the task itself."""

    def definition(self) -> definitions.Definition | None:
        """Return the message of the task."""
        return self.parse_message_event(self.node) if self.node.get("messageRef") else super().definition()


class EventGatewayParser(DefinitionParser):
    """Event-based gateways."""

    def create_task(self) -> Any:
        """Make the gateway; it has no definition, its events have."""
        return self.spec_class(self.spec, self.bpmn_id, **self.bpmn_attributes)

    def handles_multiple_outgoing(self) -> bool:
        """Yes: one flow for each event."""
        return True


class ProcessParser(SpiffProcessParser):  # type: ignore[misc]
    """Processes: all starts side by side, event sub-processes apart."""

    def add_tasks(self) -> None:
        """Parse from every start event on, then the event sub-processes.

        Raises ValidationException without start.
        """
        starts = self.xpath("./bpmn:startEvent")
        if not starts:
            raise ValidationException("No start event", self.node, self.filename)
        for node in starts:
            self.parse_node(node)
        for node in self.xpath("./bpmn:subProcess[@triggeredByEvent='true']"):
            self.parse_node(node)


def _parsers() -> dict[str, tuple[Any, Any]]:
    pairs = {
        "task": (TaskParser, tasks.ManualTask),
        "manualTask": (TaskParser, tasks.ManualTask),
        "userTask": (UserTaskParser, tasks.UserTask),
        "scriptTask": (ScriptTaskParser, tasks.ScriptTask),
        "serviceTask": (TaskParser, tasks.Step),
        "businessRuleTask": (DecisionParser, tasks.Decision),
        "sendTask": (MessageTaskParser, events.Throw),
        "receiveTask": (MessageTaskParser, events.Catch),
        "subProcess": (SubProcessParser, subprocesses.SubProcess),
        "transaction": (SubProcessParser, subprocesses.Transaction),
        "callActivity": (CallActivityParser, subprocesses.CallActivity),
        "startEvent": (StartEventParser, events.StartEvent),
        "endEvent": (EndEventParser, events.EndEvent),
        "intermediateCatchEvent": (EventParser, events.Catch),
        "intermediateThrowEvent": (EventParser, events.Throw),
        "boundaryEvent": (BoundaryEventParser, events.Boundary),
        "exclusiveGateway": (ConditionalGatewayParser, gateways.Exclusive),
        "inclusiveGateway": (ConditionalGatewayParser, gateways.Inclusive),
        "parallelGateway": (GatewayParser, gateways.Parallel),
        "eventBasedGateway": (EventGatewayParser, events.EventGateway),
    }
    return {full_tag(name): pair for name, pair in pairs.items()}


class Parser(SpiffBpmnParser):  # type: ignore[misc]
    """Parses the files of one bundle. Kinds of steps that are not in our list are refused."""

    PROCESS_PARSER_CLASS = ProcessParser
    PARSER_CLASSES: ClassVar[dict[str, tuple[Any, Any]]] = _parsers()
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, tuple[Any, Any]]] = {}

    def __init__(self, tables: dict[str, bytes]) -> None:
        super().__init__()
        self.tables = tables
