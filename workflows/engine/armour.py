"""What every step has in common: how it starts, ends and hands on, whatever its class in the library does."""

from __future__ import annotations

from typing import Any, ClassVar

from SpiffWorkflow.spiff.specs.spiff_task import SpiffBpmnTask

from workflows.engine.model import Data, EngineError
from workflows.engine.token import CANCELLED, FUTURE, READY, STARTED, WAITING, Token
from workflows.engine.values import copied_value


class Armour(SpiffBpmnTask):  # type: ignore[misc]
    """Base of all our steps. Specs are shared by instances and threads, hence nothing here changes a spec.

    `expands`: completing gives a token to every flow out. `gate`: asked again after every completion in its
    scope. `attached`: a boundary event. `listens`: an event sub-process. `keeps`: its token stays while
    tokens directly under it are under way.
    """

    expands: ClassVar[bool] = True
    gate: ClassVar[bool] = False
    asks_once: ClassVar[bool] = False
    attached: ClassVar[bool] = False
    listens: ClassVar[bool] = False
    keeps: ClassVar[bool] = False
    # Set when the spec is sealed: the repetition around this step, and whether boundary events hang on it.
    around: Any = None
    guarded: bool = False

    @property
    def is_gate(self) -> bool:
        """Whether a waiting token of this step is asked again after every completion in its scope."""
        return self.gate

    @property
    def element_id(self) -> str | None:
        """Id in the diagram; None for a step that the library put in."""
        return self.bpmn_id  # type: ignore[no-any-return]

    @property
    def properties(self) -> dict[str, str]:
        """The spiffworkflow:property values of the element."""
        return getattr(self, "extensions", {}).get("properties", {})  # type: ignore[no-any-return]

    def moved(self, token: Token, before: int, after: int) -> None:
        """Keep the queue, the gates and the history right when a token of this step changes state."""
        top = token.workflow.top
        if after == READY:
            if self.manual:
                top.record(token, "opened")
            else:
                top.ready.append(token)
        elif after == CANCELLED and (self.manual or before == STARTED):
            top.record(token, "cancelled")
        elif after == STARTED:
            top.record(token, "started")
        if self.is_gate:
            if after == WAITING:
                token.workflow.gates[token.id] = token
            elif before == WAITING:
                token.workflow.gates.pop(token.id, None)

    def await_again(self, token: Token) -> None:
        """Put a waiting token where it was when its state was written."""
        if self.is_gate:
            token.workflow.gates[token.id] = token

    def test(self) -> None:
        """Nothing to do: sealed specs were checked when they were compiled."""

    def _predict(self, token: Token, *_: Any, **__: Any) -> None:
        """Predict nothing: see Token."""

    def _update(self, token: Token) -> None:
        if self._update_hook(token):
            token._ready()

    def _update_hook(self, token: Token) -> bool:
        self.enter(token)
        return True

    def enter(self, token: Token) -> None:
        """Give an arriving token its data: those of the step before, data objects and declared inputs."""
        token.workflow.top.current = token
        token._inherit_data()
        for reference in self.data_input_associations:
            reference.get(token)
        if self.io_specification is not None and self.io_specification.data_inputs:
            token.data = declared(self.io_specification.data_inputs, token)
        if self.prescript is not None:
            token.workflow.script_engine.execute(token, self.prescript)

    def leave(self, token: Token) -> None:
        """Bring the data of a step that is done where they belong."""
        if self.postscript is not None:
            token.workflow.script_engine.execute(token, self.postscript)
        if self.io_specification is not None and self.io_specification.data_outputs:
            token.data = declared(self.io_specification.data_outputs, token)
        for reference in self.data_output_associations:
            reference.set(token)
        for reference in self.data_input_associations:
            token.data.pop(reference.bpmn_id, None)

    def _on_ready(self, token: Token) -> None:
        pass

    def _on_cancel(self, token: Token) -> None:
        pass

    def _run(self, token: Token) -> bool | None:
        token.workflow.top.current = token
        return self._run_hook(token)  # type: ignore[no-any-return]

    def _run_hook(self, token: Token) -> bool | None:
        return True

    def _on_complete(self, token: Token) -> None:
        self.leave(token)
        token.workflow.top.record(token, "completed")
        if self.guarded:
            release_guards(token)
        if self.around is not None:
            self.around.returned_child(token.parent, token)
        elif self.expands:
            for spec in self.outputs:
                token._add_child(spec, FUTURE)
        for child in token.children:
            if not child.finished:
                child.task_spec._update(child)
        token.workflow._task_completed_notify(token)


def release_guards(token: Token) -> None:
    """Take the boundary events off an activity that is done."""
    for sibling in token.parent.children:
        if sibling is not token and sibling._state == WAITING and sibling.task_spec.attached:
            sibling._set_state(CANCELLED)


def declared(references: list[Any], token: Token) -> Data:
    """Return only the data that a step declares. Raises EngineError when one is missing."""
    for reference in references:
        if not reference.exists(token):
            raise failed(f"The data hold no {reference.bpmn_id}.", "data-missing", token)
    return {reference.bpmn_id: copied_value(reference.get(token)) for reference in references}


def failed(message: str, code: str, token: Token) -> EngineError:
    """Make the error that names the step at fault."""
    return EngineError(message, element_id=token.task_spec.element_id, code=code)


class Start(Armour):
    """The point before the start events. Its token is made done, so it never runs."""


class End(Armour):
    """The point after the last step of a scope."""


class Split(Armour):
    """The point before an activity with boundary events: a token goes to it and one to each event."""

    keeps = True
