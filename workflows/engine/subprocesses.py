"""Processes in a process: sub-processes, called processes, transactions and event sub-processes."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import TransactionSubprocess as LibraryTransaction

from workflows.engine.armour import Armour, failed
from workflows.engine.definitions import ARMED, CORRELATION, Condition, Definition, Timer
from workflows.engine.events import fire, waits_on
from workflows.engine.model import Data
from workflows.engine.scope import Scope
from workflows.engine.token import FUTURE, READY, STARTED, WAITING, Token
from workflows.engine.values import copied, copied_value


class SubProcess(Armour, SubWorkflowTask):  # type: ignore[misc]
    """An embedded sub-process: works on a copy of the data, which comes back when it ends."""

    def _update_hook(self, token: Token) -> bool:
        self.enter(token)
        self._launch(token, copied(token.data))
        return False

    def _launch(self, token: Token, data: Data, start: Any = None, payload: Data | None = None) -> None:
        scope = token.workflow.top.open_scope(token, self.spec)
        token._set_state(STARTED)
        scope.begin(data, start, payload)

    def returned(self, token: Token, scope: Scope) -> None:
        """Take over the data of a scope that has ended, and go on."""
        token.workflow.top.close_scope(token)
        token.data = copied(scope.result)
        token.wrote = {**token.wrote, **scope.wrote}
        token._set_state(READY)

    def _on_cancel(self, token: Token) -> None:
        scope = token.workflow.top.close_scope(token)
        if scope is not None:
            scope.cancel()


class CallActivity(SubProcess):
    """A called process: gets and gives back what it declares, or everything."""

    def _update_hook(self, token: Token) -> bool:
        self.enter(token)
        self._launch(token, self._given(token))
        return False

    def _called(self, token: Token) -> Any:
        return token.workflow.top.subprocess_specs.get(self.spec)

    def _given(self, token: Token) -> Data:
        called = self._called(token)
        inputs = called.io_specification.data_inputs if called and called.io_specification else []
        return self._selected(inputs, token.data, token) if inputs else copied(token.data)

    def returned(self, token: Token, scope: Scope) -> None:
        """Take over what the called process declares as its outputs, or everything."""
        outputs = scope.spec.io_specification.data_outputs if scope.spec.io_specification else []
        if outputs:
            scope.result = {**token.data, **self._selected(outputs, scope.result, token)}
        super().returned(token, scope)

    def _selected(self, references: list[Any], data: Data, token: Token) -> Data:
        for reference in references:
            if reference.bpmn_id not in data:
                raise failed(f"The data hold no {reference.bpmn_id}.", "data-missing", token)
        return {reference.bpmn_id: copied_value(data[reference.bpmn_id]) for reference in references}


class Transaction(SubProcess, LibraryTransaction):  # type: ignore[misc]
    """A transaction: a sub-process that can be cancelled from inside."""


class EventScope(SubProcess):
    """An event sub-process. A token waits for its event from the start of its scope on.

    Interrupting, it ends all else in the scope. Otherwise it runs beside it, each time its event comes.
    """

    listens = True
    # Taken from the start event inside when the spec is sealed.
    event_definition: Definition | None = None
    interrupting: bool = True
    inner_start: Any = None

    @property
    def is_gate(self) -> bool:
        """Conditions are asked again when data change."""
        return isinstance(self.event_definition, Condition)

    def _update(self, token: Token) -> None:
        if token._state == FUTURE and self.event_definition is not None:
            token._inherit_data()
            self._arm(token)
            token._set_state(WAITING)
        definition = self.event_definition
        if token._state != WAITING:
            return
        if (isinstance(definition, Timer) and definition.is_due(token)) or (
            isinstance(definition, Condition) and definition.holds(token)
        ):
            fire(token, {})

    def _arm(self, token: Token) -> None:
        # Properties of the event stand on the start event inside.
        stand_in = token._add_child(self.inner_start, FUTURE)
        stand_in.data = token.data
        if self.event_definition is not None:
            self.event_definition.arm(stand_in)
        token.internal_data.update(stand_in.internal_data)
        token.workflow._remove_task(stand_in.id)

    def fired(self, token: Token, payload: Data) -> None:
        """Run the sub-process on the data as they are now, without those of others that run aside."""
        scope = token.workflow
        data = scope.variables(aside=False)
        if self.interrupting:
            for other in scope.unfinished():
                if other is not token:
                    other.cancel()
        elif waits_on(token):
            token = token.parent._add_child(self, FUTURE)
        for note in (ARMED, CORRELATION):
            token.internal_data.pop(note, None)
        token.data = data
        self._launch(token, copied(data), self.inner_start, payload)
