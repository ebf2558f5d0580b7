"""Activities: people's tasks, scripts, local steps and external jobs, decisions, and repetition."""

from __future__ import annotations

from typing import Any

from workflows.engine import dmn
from workflows.engine.armour import Armour, failed
from workflows.engine.definitions import listed
from workflows.engine.model import Data, FormField
from workflows.engine.scripts import assigned_in
from workflows.engine.times import BRUSSELS
from workflows.engine.token import FUTURE, NOTHING, READY, STARTED, Token, latest
from workflows.engine.values import MISSING, checked, checked_value, copied, copied_value, merged

MAX_INSTANCES = 500
BASE, DONE, TOTAL, RESULTS, INDEX = "base", "done", "total", "results", "index"


class UserTask(Armour):
    """A task for a person."""

    def __init__(self, wf_spec: Any, bpmn_id: str, variable: str | None = None, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = True
        self.variable = variable
        self.fields: tuple[FormField, ...] = ()

    def fill(self, token: Token, data: Data) -> None:
        """Put what a form brought into the data: names replace names, under `variableName` if any.

        A task that names its outcomes is completed with one of them, so that no gateway ever tests the
        outcome of an earlier task; where there is but one, it is understood.
        """
        answer = checked(data)
        if outcomes := listed(token, "outcomes"):
            if len(outcomes) == 1:
                answer.setdefault("outcome", outcomes[0])
            if answer.get("outcome") not in outcomes:
                said = answer.get("outcome")
                raise failed(f"{said!r} is not one of {', '.join(outcomes)}.", "unknown-outcome", token)
        token.write({self.variable: answer} if self.variable else answer)


class ScriptTask(Armour):
    """A script in our safe language."""

    def __init__(self, wf_spec: Any, bpmn_id: str, script: str | None = None, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.script = script or "pass"

    def _run_hook(self, token: Token) -> bool:
        done = token.workflow.script_engine.execute(token, self.script, token.workflow.data_objects)
        token.write({name: token.data[name] for name in assigned_in(self.script) if name in token.data})
        return done


class Step(Armour):
    """A service task: a local step (property `call`) or an external job (property `job`).

    It waits for its result.
    """

    @property
    def call(self) -> str | None:
        """Name of the local step."""
        return self.properties.get("call")

    @property
    def job(self) -> str | None:
        """Name of the external job."""
        return self.properties.get("job")

    def _run_hook(self, token: Token) -> bool | None:
        if not self.call and not self.job:
            raise failed("A service task without call or job.", "needs-implementation", token)
        return None


class Decision(Armour):
    """A business rule task: a decision table of the bundle, evaluated over the data."""

    def __init__(
        self, wf_spec: Any, bpmn_id: str, decision: str, tables: tuple[bytes, ...], **kwargs: Any
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.decision = decision
        self.tables = tables

    def _run_hook(self, token: Token) -> bool:
        answer = self._asked(token)
        outputs = checked_value(answer.explanation["outputs"])
        variable = self.properties.get("result")
        if variable or not isinstance(outputs, dict):
            outputs = {variable or self.decision: outputs}
        token.write(outputs)
        how = {"table": answer.table, "version": answer.version, "rules": list(answer.matched)}
        token.workflow.top.record(token, "decided", **how)
        return True

    def _asked(self, token: Token) -> dmn.Decision:
        top = token.workflow.top
        day = top.now.astimezone(BRUSSELS).date()
        try:
            model = dmn.load(*self.tables)
            return dmn.evaluate(
                model,
                copied(token.data),
                as_of=day,
                parameters=top.parameters,
                decision=self.decision,
                from_json=True,
            )
        except (dmn.DecisionError, dmn.InvalidTables) as error:
            raise failed(str(error), "decision-failed", token) from error


class StandardLoop(Armour):
    """An activity that is repeated while a condition holds, at most a number of times."""

    def __init__(
        self,
        wf_spec: Any,
        bpmn_id: str,
        task_spec: str,
        maximum: int | None,
        condition: str | None,
        test_before: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.task_spec = task_spec
        self.maximum = maximum
        self.condition = condition
        self.test_before = test_before

    def _update_hook(self, token: Token) -> bool:
        self.enter(token)
        token.internal_data[DONE] = 0
        if self.test_before and self._complete(token):
            return True
        token._set_state(STARTED)
        self._begin(token)
        return False

    def _begin(self, token: Token) -> None:
        child = token._add_child(self._wf_spec.task_specs[self.task_spec], FUTURE)
        child.task_spec._update(child)

    def returned_child(self, token: Token, child: Token) -> None:
        """Take over what one round did, and begin the next one or end."""
        token.data, token.wrote = copied(child.data), child.wrote
        token.internal_data[DONE] += 1
        if self._complete(token):
            token._set_state(READY)
        else:
            self._begin(token)

    def _complete(self, token: Token) -> bool:
        if self.maximum is not None and token.internal_data[DONE] >= self.maximum:
            return True
        if self.condition is None:
            return False
        counter = {"loopCounter": token.internal_data[DONE]}
        return not token.workflow.script_engine.evaluate(token, self.condition, counter)


class MultiInstance(Armour):
    """An activity done once for every item of a list, or a number of times; all at once or one after the
    other.

    Results come in the order of the items, whoever is ready first. Without an output list, what each
    instance changed comes together by the rule of joins.
    """

    sequential = False

    def __init__(
        self,
        wf_spec: Any,
        bpmn_id: str,
        task_spec: str,
        cardinality: str | None = None,
        data_input: Any = None,
        data_output: Any = None,
        input_item: Any = None,
        output_item: Any = None,
        condition: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.task_spec = task_spec
        self.cardinality = cardinality
        self.data_input, self.data_output = data_input, data_output
        self.input_item, self.output_item = input_item, output_item
        self.condition = condition

    def _update_hook(self, token: Token) -> bool:
        self.enter(token)
        total = self._total(token)
        if total > MAX_INSTANCES:
            raise failed(f"More than {MAX_INSTANCES} instances of one task.", "too-many-instances", token)
        token.internal_data.update({BASE: copied(token.data), TOTAL: total, DONE: 0, RESULTS: {}})
        if not total:
            self._finish(token)
            return True
        token._set_state(STARTED)
        for index in range(1 if self.sequential else total):
            self._begin(token, index)
        return False

    def _items(self, token: Token) -> Any:
        items = token.data.get(self.data_input.bpmn_id)
        if not isinstance(items, list | dict):
            raise failed(f"The data hold no list {self.data_input.bpmn_id}.", "data-missing", token)
        return items

    def _total(self, token: Token) -> int:
        if self.data_input is not None:
            return len(self._items(token))
        total = token.workflow.script_engine.evaluate(token, self.cardinality or "0")
        if not isinstance(total, int) or isinstance(total, bool) or total < 0:
            raise failed("The number of instances is not a whole number.", "bad-cardinality", token)
        return total

    def _begin(self, token: Token, index: int) -> None:
        child = token._add_child(self._wf_spec.task_specs[self.task_spec], FUTURE)
        child.internal_data[INDEX] = index
        # Every instance starts from the data the whole started with, not from what the others made of them.
        child.data = copied(token.internal_data[BASE])
        if self.input_item is not None:
            child.data[self.input_item.bpmn_id] = self._item(token, index)
        child.task_spec._update(child)
        child.wrote = NOTHING

    def _item(self, token: Token, index: int) -> Any:
        if self.data_input is None:
            return index
        items = token.internal_data[BASE][self.data_input.bpmn_id]
        return copied_value(items[index] if isinstance(items, list) else items[list(items)[index]])

    def returned_child(self, token: Token, child: Token) -> None:
        """Take over what one instance did; end when all are done or the completion condition holds."""
        notes = token.internal_data
        notes[DONE] += 1
        self._gather(token, child)
        if notes[DONE] >= notes[TOTAL] or self._enough(token, child):
            for other in token.children:
                if other.task_spec.around is self and not other.finished:
                    other.cancel()
            self._finish(token)
            token._set_state(READY)
        elif self.sequential:
            self._begin(token, notes[DONE])

    def _gather(self, token: Token, child: Token) -> None:
        if self.data_output is not None and self.output_item is not None:
            result = child.data.get(self.output_item.bpmn_id, MISSING)
            if result is MISSING:
                raise failed(f"An instance gave no {self.output_item.bpmn_id}.", "data-missing", child)
            token.internal_data[RESULTS][str(child.internal_data[INDEX])] = checked_value(result)
            return
        own = {item.bpmn_id for item in (self.input_item, self.output_item) if item is not None}
        theirs = {name: value for name, value in child.data.items() if name not in own}
        wrote = {name: at for name, at in child.wrote.items() if name in theirs}
        since = {name: at >= token.wrote.get(name, 0) for name, at in wrote.items()}
        token.data = merged(token.internal_data[BASE], token.data, theirs, since)
        token.wrote = latest(token.wrote, wrote)

    def _enough(self, token: Token, child: Token) -> bool:
        if self.condition is None:
            return False
        total, done = token.internal_data[TOTAL], token.internal_data[DONE]
        active = total - done if not self.sequential else 0
        counts = {
            "numberOfInstances": total, "numberOfCompletedInstances": done, "numberOfActiveInstances": active,
            "nrOfInstances": total, "nrOfCompletedInstances": done, "nrOfActiveInstances": active,
        }  # fmt: skip
        return bool(token.workflow.script_engine.evaluate(child, self.condition, counts))

    def _finish(self, token: Token) -> None:
        results = token.internal_data.pop(RESULTS)
        base = token.internal_data.pop(BASE)
        if self.data_output is None:
            return
        name = self.data_output.bpmn_id
        source = base.get(self.data_input.bpmn_id) if self.data_input is not None else None
        if isinstance(source, dict):
            keys = list(source)
            before = base.get(name) if isinstance(base.get(name), dict) else {}
            made = {keys[int(index)]: results[index] for index in sorted(results, key=int)}
            token.data[name] = {**copied_value(before), **made}
        elif self.data_input is not None and name == self.data_input.bpmn_id:
            token.data[name] = [results.get(str(at), item) for at, item in enumerate(source or [])]
        else:
            token.data[name] = [results[index] for index in sorted(results, key=int)]


class SequentialMultiInstance(MultiInstance):
    """One after the other."""

    sequential = True


class ManualTask(UserTask):
    """A manual task, and a task of no kind: someone says that it is done."""
