"""Decision tables and expressions as they are after reading a DMN file: plain data with compiled cells."""

from __future__ import annotations

from dataclasses import dataclass, field

from workflows.engine.feel import Cell, Expression

HIT_POLICIES = frozenset(
    ["UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"],
)
LIST_POLICIES = frozenset(["COLLECT", "RULE ORDER", "OUTPUT ORDER"])
AGGREGATIONS = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}


@dataclass(frozen=True, slots=True)
class Input:
    """A column of conditions: what is asked, and the values it may have (None when not stated)."""

    label: str
    expression: Expression
    values: Cell | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A column of results. `unknown` is its value when the deciding row cannot be known."""

    name: str
    label: str
    order: tuple[Expression, ...] = ()
    default: Expression | None = None
    unknown: Expression | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row."""

    id: str
    cells: tuple[Cell, ...]
    outputs: tuple[Expression, ...]
    note: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table. `three_valued`: the first row that is not false decides (data/rights/README.md)."""

    id: str
    name: str
    policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    three_valued: bool = False
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A decision: a table, or one expression; `name` is how other expressions speak of it."""

    id: str
    name: str
    label: str
    table: Table | None = None
    expression: Expression | None = None
    requires: tuple[str, ...] = ()
    line: int | None = None

    @property
    def uses(self) -> frozenset[str]:
        """The names that its expressions and cells need."""
        if self.expression is not None:
            return self.expression.names
        if self.table is None:
            return frozenset()
        table = self.table
        parts: list[frozenset[str]] = [column.expression.names for column in table.inputs]
        for rule in table.rules:
            parts += [cell.names for cell in rule.cells] + [output.names for output in rule.outputs]
        for output in table.outputs:
            parts += [
                part.names for part in (output.default, output.unknown, *output.order) if part is not None
            ]
        return frozenset().union(*parts)


@dataclass(frozen=True, slots=True)
class Model:
    """All decisions of one or more files; `hash` is the version of what they say together."""

    definitions: dict[str, Definition] = field(default_factory=dict)
    inputs: frozenset[str] = frozenset()
    hash: str = ""
    main: str = ""

    def find(self, key: str) -> Definition | None:
        """Return a decision by name or id."""
        found = self.definitions.get(key)
        if found is not None:
            return found
        return next((item for item in self.definitions.values() if item.id == key), None)
