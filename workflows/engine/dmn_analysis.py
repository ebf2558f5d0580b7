"""Gaps and overlaps of a decision table, found with the rows that fit each piece of its columns."""

from __future__ import annotations

from collections import defaultdict

from workflows.engine.dmn_columns import Column, NotAnalysed, Piece, columns_of, members
from workflows.engine.dmn_tables import Table
from workflows.engine.feel_values import FeelError
from workflows.engine.model import Finding

MAX_STEPS = 100_000  # of the search for gaps, which may double with every column
MAX_OVERLAPS = 20
MAX_GAPS = 5


def analysed(table: Table) -> list[Finding]:
    """Return the overlaps that the hit policy forbids, and cases that no row covers."""
    if not table.rules or not table.inputs:
        return []
    try:
        columns = columns_of(table)
    except (FeelError, NotAnalysed):
        return [] if table.policy == "FIRST" else [_finding("dmn-not-analysed", table, "info")]
    return _overlaps(table, columns) + _gaps(table, columns)


def _finding(code: str, table: Table, level: str = "warning", **args: object) -> Finding:
    return Finding(
        code, "info" if level == "info" else "warning", table.id, table.line, {"name": table.name, **args}
    )


def _overlaps(table: Table, columns: list[Column]) -> list[Finding]:
    """Pairs of rows that share a piece in every column; ANY allows those with the same results."""
    if table.policy not in ("UNIQUE", "ANY"):
        return []
    alike: dict[tuple[str, ...], int] = defaultdict(int)
    results = [tuple(cell.text for cell in rule.outputs) for rule in table.rules]
    if table.policy == "ANY":
        for row, result in enumerate(results):
            alike[result] |= 1 << row
    found: list[Finding] = []
    for first, rule in enumerate(table.rules):
        others = -1 << (first + 1)
        for column in columns:
            others &= column.meeting(first)
        for second in members(others & ~alike[results[first]])[: MAX_OVERLAPS - len(found)]:
            example = _example(table, [column.shared(first, second) for column in columns])
            other = table.rules[second].id
            found.append(_finding("dmn-overlap", table, first=rule.id, second=other, example=example))
        if len(found) == MAX_OVERLAPS:
            break
    return found


def _example(table: Table, pieces: list[Piece]) -> str:
    return ", ".join(
        f"{column.label or column.expression.text}: {piece.text}"
        for column, piece in zip(table.inputs, pieces, strict=False)
    )


def _gaps(table: Table, columns: list[Column]) -> list[Finding]:
    """Look for a combination of pieces that no row covers; tables that may stay silent are left alone."""
    if table.policy == "COLLECT" or any(output.default is not None for output in table.outputs):
        return []
    found: list[list[Piece]] = []
    seen: set[tuple[int, int]] = set()
    stack: list[tuple[int, int, list[Piece]]] = [(0, (1 << len(table.rules)) - 1, [])]
    rest: list[Finding] = []
    steps = 0
    while stack and len(found) < MAX_GAPS:
        number, rows, path = stack.pop()
        if not rows:
            found.append(path)
            continue
        if number == len(columns) or (number, rows) in seen:
            continue
        seen.add((number, rows))
        column = columns[number]
        parts = column.parts(rows)
        steps += len(parts)
        if steps > MAX_STEPS:
            rest = [_finding("dmn-not-analysed", table, "info")]
            break
        ends = [place for place, _rows in parts[1:]] + [len(column.pieces)]
        for (place, left), end in zip(reversed(parts), reversed(ends), strict=True):
            # All pieces of a part go on alike; only where no row is left does each tell a case of its own.
            last = min(end, place + MAX_GAPS) if not left else place + 1
            for each in range(last - 1, place - 1, -1):
                stack.append((number + 1, left, [*path, column.pieces[each]]))
    return [_finding("dmn-gap", table, example=_example(table, path)) for path in found] + rest
