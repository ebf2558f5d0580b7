"""Decision tables and expressions as they are after reading a DMN file: plain data with compiled cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from workflows.engine.feel import Cell, Expression
from workflows.engine.feel_syntax import Node

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

    def parts(self) -> Iterator[Cell | Expression]:
        """Walk everything in it that is worked out."""
        for column in self.inputs:
            yield column.expression
        for rule in self.rules:
            yield from rule.cells
            yield from rule.outputs
        for output in self.outputs:
            yield from (part for part in (output.default, output.unknown, *output.order) if part is not None)


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
        return frozenset().union(*(part.names for part in table.parts()))

    @property
    def trees(self) -> list[Node]:
        """The trees of all its expressions and cells."""
        if self.expression is not None:
            return [self.expression.tree]
        return [] if self.table is None else [part.tree for part in self.table.parts()]


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
