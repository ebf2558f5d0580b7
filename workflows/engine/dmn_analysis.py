"""Gaps and overlaps of a decision table, found by cutting every column into the pieces its cells speak of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations, pairwise

from workflows.engine import feel_syntax as syntax
from workflows.engine.dmn_tables import Table
from workflows.engine.feel import Cell, Frame, compiled
from workflows.engine.feel_functions import Run
from workflows.engine.feel_names import free_names
from workflows.engine.feel_values import NULL, Duration, FeelError, Unknown, Value, duration_text
from workflows.engine.model import Finding

MAX_PATHS = 200_000
MAX_RULES = 300
MAX_FITS = 200_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a column in which all values fit the same cells; `sample` is one of them."""

    sample: Value
    text: str


def analysed(table: Table) -> list[Finding]:
    """Return the overlaps that the hit policy forbids, and cases that no row covers."""
    if not table.rules or not table.inputs:
        return []
    if len(table.rules) > MAX_RULES or any(
        not _constant(cell) for rule in table.rules for cell in rule.cells
    ):
        return [] if table.policy == "FIRST" else [_finding("dmn-not-analysed", table, "info")]
    columns = [_pieces(table, number) for number in range(len(table.inputs))]
    # The cells of a column repeat themselves: each text is looked at once.
    cells = [
        {rule.cells[number].text: rule.cells[number] for rule in table.rules}
        for number in range(len(columns))
    ]
    if sum(len(texts) * len(pieces) for texts, pieces in zip(cells, columns, strict=True)) > MAX_FITS:
        return [_finding("dmn-not-analysed", table, "info")]
    try:
        known = [
            {text: _cover(cell, pieces) for text, cell in texts.items()}
            for texts, pieces in zip(cells, columns, strict=True)
        ]
        covers = [
            [known[number][cell.text] for number, cell in enumerate(rule.cells)] for rule in table.rules
        ]
    except FeelError:
        return [_finding("dmn-not-analysed", table, "info")]
    return _overlaps(table, columns, covers) + _gaps(table, columns, covers)


def _finding(code: str, table: Table, level: str = "warning", **args: object) -> Finding:
    return Finding(
        code, "info" if level == "info" else "warning", table.id, table.line, {"name": table.name, **args}
    )


def _constant(cell: Cell) -> bool:
    """Tell whether a cell depends on nothing but the value it is asked about."""
    return not cell.names and all(_simple(test) for test in cell.tree.tests)


def _simple(node: syntax.Node) -> bool:
    if isinstance(node, syntax.Against):
        return _point(node.value) is not None
    if isinstance(node, syntax.Range):
        return _point(node.low) is not None and _point(node.high) is not None
    if isinstance(node, syntax.Items):
        return all(_simple(item) for item in node.items)
    return _point(node) is not None


def _point(node: syntax.Node) -> Value | None:
    """Return the constant that a node stands for, None when it is none."""
    if isinstance(node, syntax.Literal):
        return node.value
    if (isinstance(node, syntax.Call) and node.name in ("date", "duration")) or isinstance(
        node, syntax.Operation
    ):
        if free_names(node):
            return None
        try:
            value = compiled(node)(Frame(Run(date(2000, 1, 1)), _nothing))
        except FeelError:
            return None
        return None if isinstance(value, Unknown) else value
    return None


def _nothing(name: str) -> Value:
    raise KeyError(name)


def _points(node: syntax.Node) -> list[Value]:
    if isinstance(node, syntax.Against):
        return _points(node.value)
    if isinstance(node, syntax.Range):
        return _points(node.low) + _points(node.high)
    if isinstance(node, syntax.Items):
        return [point for item in node.items for point in _points(item)]
    value = _point(node)
    return [] if value is None else [value]


def _pieces(table: Table, number: int) -> list[Piece]:
    """Cut a column at every value its cells speak of."""
    cells = [rule.cells[number] for rule in table.rules]
    stated = table.inputs[number].values
    tests = [test for cell in cells for test in cell.tree.tests]
    stated_tests = [] if stated is None else list(stated.tree.tests)
    points = [point for test in tests + stated_tests for point in _points(test)]
    asks_null = any(isinstance(point, Unknown) for point in points)
    known = [point for point in points if not isinstance(point, Unknown)]
    pieces = _cut(known)
    if stated is not None:
        pieces = [piece for piece in pieces if _fits(stated, piece.sample)]
    if asks_null:
        pieces.append(Piece(NULL, "null"))
    return pieces or [Piece("", "…")]


def _cut(points: list[Value]) -> list[Piece]:
    if not points:
        return []
    if all(isinstance(point, bool) for point in points):
        return [Piece(True, "true"), Piece(False, "false")]
    if all(isinstance(point, str) for point in points):
        texts = sorted(set(points))
        return [Piece(text, f'"{text}"') for text in texts] + [Piece("\0", "…")]
    if all(isinstance(point, Fraction) for point in points):
        return _line(sorted(set(points)), Fraction(1))
    if all(type(point) is date for point in points):
        return _days(sorted(set(points)))
    if all(isinstance(point, Duration) for point in points):
        return [Piece(point, duration_text(point)) for point in dict.fromkeys(points)]
    return [Piece(point, _shown(point)) for point in points]


def _line(points: list[Fraction], step: Fraction) -> list[Piece]:
    """Return the points of a line, the stretches between them and both ends."""
    pieces = [Piece(points[0] - step, f"< {_shown(points[0])}")]
    for low, high in pairwise(points):
        pieces.append(Piece(low, _shown(low)))
        pieces.append(Piece((low + high) / 2, f"{_shown(low)} < … < {_shown(high)}"))
    pieces.append(Piece(points[-1], _shown(points[-1])))
    return [*pieces, Piece(points[-1] + step, f"> {_shown(points[-1])}")]


def _days(points: list[date]) -> list[Piece]:
    line = _line([Fraction(point.toordinal()) for point in points], Fraction(1))
    pieces: list[Piece] = []
    for piece in line:
        if piece.sample.denominator == 1 or points:
            ordinal = int(piece.sample)
            sample = date.fromordinal(ordinal)
            if piece.sample.denominator != 1 and sample in points:
                continue  # two days in a row: there is nothing between them
            pieces.append(Piece(sample, sample.isoformat()))
    return list(dict.fromkeys(pieces))


def _shown(value: Value) -> str:
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else str(float(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _fits(cell: Cell, value: Value) -> bool:
    return cell.code(Frame(Run(date(2000, 1, 1)), _nothing), value) is True


def _cover(cell: Cell, pieces: list[Piece]) -> int:
    """Return the pieces that a cell fits, as bits."""
    if cell.tree.anything:
        return (1 << len(pieces)) - 1
    return sum(1 << place for place, piece in enumerate(pieces) if _fits(cell, piece.sample))


def _first_bit(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _overlaps(table: Table, columns: list[list[Piece]], covers: list[list[int]]) -> list[Finding]:
    if table.policy not in ("UNIQUE", "ANY"):
        return []
    found: list[Finding] = []
    for first, second in combinations(range(len(covers)), 2):
        shared = [one & other for one, other in zip(covers[first], covers[second], strict=True)]
        if not all(shared):
            continue
        one, other = table.rules[first], table.rules[second]
        if table.policy == "ANY" and [cell.text for cell in one.outputs] == [
            cell.text for cell in other.outputs
        ]:
            continue
        example = [columns[number][_first_bit(bits)] for number, bits in enumerate(shared)]
        found.append(
            _finding("dmn-overlap", table, first=one.id, second=other.id, example=_example(table, example))
        )
        if len(found) == 20:
            break
    return found


def _example(table: Table, pieces: list[Piece]) -> str:
    return ", ".join(
        f"{column.label or column.expression.text}: {piece.text}"
        for column, piece in zip(table.inputs, pieces, strict=False)
    )


def _gaps(table: Table, columns: list[list[Piece]], covers: list[list[int]]) -> list[Finding]:
    """Look for a combination of pieces that no row covers; tables that may stay silent are left alone."""
    if table.policy == "COLLECT" or any(output.default is not None for output in table.outputs):
        return []
    fitting = [
        [_rows_fitting(covers, number, place) for place in range(len(pieces))]
        for number, pieces in enumerate(columns)
    ]
    found: list[list[Piece]] = []
    seen: set[tuple[int, int]] = set()
    stack: list[tuple[int, int, list[Piece]]] = [(0, (1 << len(covers)) - 1, [])]
    work = 0
    while stack and len(found) < 5:
        number, rows, path = stack.pop()
        if not rows:
            found.append(path)
            continue
        if number == len(columns) or (number, rows) in seen:
            continue
        seen.add((number, rows))
        work += len(columns[number])
        if work > MAX_PATHS:
            return [_finding("dmn-not-analysed", table, "info")]
        for place in range(len(columns[number]) - 1, -1, -1):
            left = rows & fitting[number][place]
            stack.append((number + 1, left, [*path, columns[number][place]]))
    return [_finding("dmn-gap", table, example=_example(table, path)) for path in found]


def _rows_fitting(covers: list[list[int]], number: int, place: int) -> int:
    """Return the rows that fit one piece of a column, as bits."""
    return sum(1 << row for row, cover in enumerate(covers) if cover[number] >> place & 1)
