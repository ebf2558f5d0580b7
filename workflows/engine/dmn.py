"""Decisions by DMN tables: checked, evaluated and explained by ourselves.

`load` reads files once, `evaluate` asks a decision, `decide` does both, `check` says all there is to say
before deploying. A decision carries the rules that matched, the inputs it looked at and the version of the
tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from workflows.engine import feel_logic as logic
from workflows.engine.dmn_analysis import analysed
from workflows.engine.dmn_html import as_html
from workflows.engine.dmn_reader import read
from workflows.engine.dmn_tables import LIST_POLICIES, Definition, Model, Rule, Table
from workflows.engine.feel import Expression, Frame
from workflows.engine.feel_functions import FUNCTIONS, Parameters, Run
from workflows.engine.feel_values import (
    FeelError,
    Listing,
    Record,
    Unknown,
    Value,
    plain,
    wrap,
)
from workflows.engine.findings import at_level
from workflows.engine.model import Finding
from workflows.engine.said import Said

__all__ = ["Decision", "DecisionError", "InvalidTables", "as_html", "check", "decide", "evaluate", "load"]


class InvalidTables(Exception):
    """These files hold no tables that can be used; `findings` says why."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(", ".join(sorted({found.code for found in findings})))
        self.findings = findings


class DecisionError(Said):
    """A decision cannot be made: rules contradict each other, or an expression failed."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of a table.

    `outputs` is a dict by output name; RULE ORDER, OUTPUT ORDER and a COLLECT without aggregate give a list.
    `missing` are the inputs (and `parameters.KEY`) that the deciding row lacks, `unknown` says that there are
    any. `inputs` are the values that were looked at, `version` is the hash of the tables.
    """

    table: str
    version: str
    on: date
    outputs: Any
    matched: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()
    unknown: bool = False
    inputs: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def explanation(self) -> dict[str, Any]:
        """Return what a person may ask about this decision, as JSON types."""
        return {
            "table": self.table,
            "version": self.version,
            "on": self.on.isoformat(),
            "rules": list(self.matched),
            "notes": [note for note in self.notes if note],
            "missing": sorted(self.missing),
            "inputs": {key: _json(value) for key, value in sorted(self.inputs.items())},
            "outputs": _json(self.outputs),
        }


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str | float) else str(value)


def check(*files: bytes, deploying: bool = False) -> list[Finding]:
    """Return all findings on one or more DMN files that belong together. Never raises."""
    return at_level(_checked(files), deploying=deploying)


@lru_cache(maxsize=4)  # each keeps its files, which may be megabytes that somebody only tried
def _checked(files: tuple[bytes, ...]) -> tuple[Finding, ...]:
    """The same files are checked when they are sent, deployed and shown."""
    model, findings = read(files)
    if not any(found.level == "error" for found in findings):
        findings = findings + [
            found
            for item in model.definitions.values()
            if item.table is not None
            for found in analysed(item.table)
        ]
    return tuple(findings)


@lru_cache(maxsize=128)
def load(*files: bytes) -> Model:
    """Return the compiled model of one or more files that belong together. Raises InvalidTables."""
    model, findings = read(files)
    errors = [found for found in findings if found.level == "error"]
    if errors:
        raise InvalidTables(errors)
    return model


def decide(
    dmn: bytes,
    inputs: Mapping[str, Any],
    *,
    as_of: date | None = None,
    parameters: Parameters | None = None,
    decision: str | None = None,
) -> Decision:
    """Ask the main decision of a file, or the one that is named. Raises InvalidTables and DecisionError."""
    return evaluate(load(dmn), inputs, as_of=as_of, parameters=parameters, decision=decision)


def evaluate(
    model: Model,
    inputs: Mapping[str, Any],
    *,
    as_of: date | None = None,
    parameters: Parameters | None = None,
    decision: str | None = None,
    from_json: bool = False,
) -> Decision:
    """Ask a decision of a model; `inputs` are JSON values, dates may be dates. Raises DecisionError.

    With `from_json` a text is a day where a cell tests it against one.
    """
    wanted = model.find(decision or model.main)
    if wanted is None:
        raise DecisionError("there is no decision {name}", name=repr(decision or model.main))
    run = Run(as_of or datetime.now(UTC).date(), parameters, from_json=from_json)
    evaluation = _Evaluation(model, inputs, run)
    try:
        return evaluation.decision(wanted)
    except FeelError as error:
        raise DecisionError("{name}: {error}", name=wanted.label, error=error) from error
    except RecursionError:
        raise DecisionError("{name}: decisions that ask each other too deeply", name=wanted.label) from None


class _Evaluation:
    """One question to a model: decisions are worked out when another one asks for them, once."""

    def __init__(self, model: Model, inputs: Mapping[str, Any], run: Run) -> None:
        self.model = model
        self.run = run
        self.inputs = inputs
        self.known: dict[str, Value] = {}
        self.under_way: set[str] = set()

    def look_up(self, name: str) -> Value:
        """Return a decision or an input. Raises KeyError when it is neither."""
        if name in self.known:
            return self.known[name]
        if name in self.model.definitions:
            value = self.value_of(self.model.definitions[name])
        elif name in self.inputs or name in self.model.inputs:
            record = Record(self.inputs, "", True, self.run.inputs.__setitem__)
            value = record.get(name)
        elif name == "on":
            value = self.run.on
        else:
            raise KeyError(name)
        self.known[name] = value
        return value

    def value_of(self, definition: Definition) -> Value:
        if definition.name in self.under_way:
            raise FeelError("{name} depends on itself", name=definition.label)
        self.under_way.add(definition.name)
        try:
            if definition.expression is not None:
                return self.value(definition.expression)
            return self.table_value(definition)
        finally:
            self.under_way.discard(definition.name)

    def value(self, expression: Expression) -> Value:
        return expression.code(Frame(self.run, self.look_up))

    def table_value(self, definition: Definition) -> Value:
        """Return the answer of a table inside another decision: its one output, or a context of them."""
        answer = self.decision(definition)
        if answer.unknown and not answer.outputs:
            return Unknown(answer.missing)
        table = definition.table
        if table is not None and len(table.outputs) == 1:
            name = table.outputs[0].name
            if isinstance(answer.outputs, list):
                return wrap([row[name] for row in answer.outputs])
            return wrap(answer.outputs.get(name))
        return wrap(answer.outputs, tracked=False)

    def decision(self, definition: Definition) -> Decision:
        """Return the decision with its explanation."""
        table = definition.table
        if table is None:
            value = self.value_of(definition)
            missing = value.missing if isinstance(value, Unknown) else frozenset()
            outputs = {definition.name: plain(value)}
            return self._answer(definition, outputs, (), missing, bool(missing))
        columns = [self.value(column.expression) for column in table.inputs]
        if table.policy == "FIRST":
            return self._first(definition, table, columns)
        rows = [(rule, self.row(rule, columns)) for rule in table.rules]
        matched = [rule for rule, fits in rows if fits is True]
        missing = frozenset().union(*(fits.missing for _, fits in rows if isinstance(fits, Unknown)))
        if table.policy in LIST_POLICIES:
            return self._answer(definition, self._many(table, matched), tuple(matched), missing)
        chosen = self._single(table, matched)
        outputs = self._defaults(table) if chosen is None else self.outputs(table, chosen)
        if chosen is None:
            return self._answer(definition, outputs, (), missing)
        return self._answer(
            definition, outputs, tuple(matched) if table.policy == "ANY" else (chosen,), missing
        )

    def row(self, rule: Rule, columns: list[Value]) -> bool | Unknown:
        """Tell whether a row fits."""
        self.run.tick(len(columns) + 1)
        frame = Frame(self.run, self.look_up)
        parts: list[Value] = []
        for cell, value in zip(rule.cells, columns, strict=True):
            fits = cell.code(frame, value)
            if fits is False:
                return False
            parts.append(fits)
        return logic.both(parts)

    def _first(self, definition: Definition, table: Table, columns: list[Value]) -> Decision:
        """Return the first row that fits; in a three-valued table, the first that is not false."""
        passed: frozenset[str] = frozenset()
        for rule in table.rules:
            fits = self.row(rule, columns)
            if fits is True:
                return self._answer(definition, self.outputs(table, rule), (rule,), passed)
            if isinstance(fits, Unknown):
                if table.three_valued:
                    outputs = {
                        output.name: plain(self.value(output.unknown))
                        for output in table.outputs
                        if output.unknown is not None
                    }
                    return self._answer(definition, outputs, (rule,), fits.missing, True)
                passed |= fits.missing
        return self._answer(definition, self._defaults(table), (), passed)

    def outputs(self, table: Table, rule: Rule) -> dict[str, Any]:
        """Return the results of a row."""
        return {
            output.name: plain(self.value(cell))
            for output, cell in zip(table.outputs, rule.outputs, strict=True)
        }

    def _defaults(self, table: Table) -> dict[str, Any]:
        return {
            output.name: None if output.default is None else plain(self.value(output.default))
            for output in table.outputs
        }

    def _single(self, table: Table, matched: list[Rule]) -> Rule | None:
        if len(matched) < 2:
            return matched[0] if matched else None
        names = ", ".join(rule.id for rule in matched)
        if table.policy == "UNIQUE":
            raise DecisionError("{name}: rules {rules} match together", name=table.name, rules=names)
        if table.policy == "ANY":
            results = [self.outputs(table, rule) for rule in matched]
            if any(result != results[0] for result in results):
                raise DecisionError(
                    "{name}: rules {rules} give different results", name=table.name, rules=names
                )
            return matched[0]
        return min(matched, key=lambda rule: self._rank(table, rule))

    def _rank(self, table: Table, rule: Rule) -> tuple[int, ...]:
        """Return the place of a row's results among the values that the table lists."""
        ranks: list[int] = []
        for output, cell in zip(table.outputs, rule.outputs, strict=True):
            listed = [item for part in output.order for item in self._listed(part)]
            value = self.value(cell)
            places = [place for place, item in enumerate(listed) if logic.equal(item, value) is True]
            ranks.append(places[0] if places else len(listed))
        return tuple(ranks)

    def _listed(self, part: Expression) -> list[Value]:
        value = self.value(part)
        return value.certain if isinstance(value, Listing) else []

    def _many(self, table: Table, matched: list[Rule]) -> Any:
        if table.policy == "OUTPUT ORDER":
            matched.sort(key=lambda rule: self._rank(table, rule))
        if table.policy != "COLLECT" or table.aggregation is None:
            return [self.outputs(table, rule) for rule in matched]
        totals: dict[str, Any] = {}
        for position, output in enumerate(table.outputs):
            values = [self.value(rule.outputs[position]) for rule in matched]
            if table.aggregation == "COUNT":
                totals[output.name] = plain(Fraction(len(values)))
            elif not values:
                totals[output.name] = None
            else:
                totals[output.name] = plain(
                    FUNCTIONS[table.aggregation.lower()](self.run, [Listing.of(values)])
                )
        return totals

    def _answer(
        self,
        definition: Definition,
        outputs: Any,
        rules: tuple[Rule, ...],
        missing: frozenset[str],
        unknown: bool = False,
    ) -> Decision:
        return Decision(
            definition.id,
            self.model.hash,
            self.run.on,
            outputs,
            tuple(rule.id for rule in rules),
            missing,
            unknown,
            dict(self.run.inputs),
            tuple(rule.note for rule in rules),
        )
