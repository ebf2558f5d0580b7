"""A column of a decision table as pieces: parts in which all values fit the same cells, in their order.

A cell fits runs of pieces. Where the pieces lie on a line (numbers, days) or stand apart (texts), its runs
are looked up in the order of the pieces; only other kinds of columns ask each cell about each piece.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from workflows.engine import feel_syntax as syntax
from workflows.engine.dmn_tables import Table
from workflows.engine.feel import Cell, Frame, compiled
from workflows.engine.feel_functions import Run
from workflows.engine.feel_names import free_names
from workflows.engine.feel_values import NULL, Duration, FeelError, Unknown, Value, duration_text

MAX_FITS = 200_000  # how often cells may be asked about pieces, for a table
LAST_TEXT = chr(0x10FFFF)  # stands for all texts that a column does not name, after those that it does
A_DAY = timedelta(days=1)

Runs = tuple[tuple[int, int], ...]  # first piece and the one after the last, apart and in order


class NotAnalysed(Exception):
    """Cells of this table depend on more than the value they are asked about, or there is too much to ask."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a column in which all values fit the same cells; `sample` is one of them."""

    sample: Value
    text: str


class Column:
    """The pieces of a column and the rows that fit them; sets of rows are bits of a number."""

    def __init__(self, pieces: list[Piece], runs: list[Runs]) -> None:
        self.pieces = pieces
        self.runs = runs  # of the cell in each row
        starts, ends = [0] * (len(pieces) + 1), [0] * (len(pieces) + 1)
        for row, own in enumerate(runs):
            for first, after in own:
                starts[first] |= 1 << row
                ends[after] |= 1 << row
        self.fitting: list[int] = []  # the rows that fit each piece
        rows = 0
        for place in range(len(pieces)):
            rows = rows & ~ends[place] | starts[place]
            self.fitting.append(rows)
        self._started = _tree(starts)
        self._meeting: dict[Runs, int] = {}

    def meeting(self, row: int) -> int:
        """The rows that share a piece with this one."""
        own = self.runs[row]
        found = self._meeting.get(own)
        if found is None:
            found = 0
            for first, after in own:
                found |= self.fitting[first] | _within(self._started, first + 1, after)
            self._meeting[own] = found
        return found

    def shared(self, first: int, second: int) -> Piece:
        """The first piece that two rows share; there has to be one."""
        place = min(
            max(one[0], other[0])
            for one in self.runs[first]
            for other in self.runs[second]
            if max(one[0], other[0]) < min(one[1], other[1])
        )
        return self.pieces[place]

    def parts(self, rows: int) -> list[tuple[int, int]]:
        """Where other ones of these rows begin to fit: the place and those that fit from there."""
        count = rows.bit_count()
        places: Any = range(len(self.pieces))
        if count * 4 < len(self.pieces):
            edges = {edge for row in members(rows) for run in self.runs[row] for edge in run}
            places = sorted(edge for edge in edges | {0} if edge < len(self.pieces))
        found: list[tuple[int, int]] = []
        for place in places:
            fitting = self.fitting[place] & rows
            if not found or found[-1][1] != fitting:
                found.append((place, fitting))
        return found


def members(rows: int) -> list[int]:
    """The numbers of the rows in a set."""
    found = []
    while rows:
        lowest = rows & -rows
        found.append(lowest.bit_length() - 1)
        rows ^= lowest
    return found


def _tree(leaves: list[int]) -> list[int]:
    """A tree of unions over sets in a row; its root is at 1."""
    tree = [0] * len(leaves) + leaves
    for place in range(len(leaves) - 1, 0, -1):
        tree[place] = tree[2 * place] | tree[2 * place + 1]
    return tree


def _within(tree: list[int], first: int, after: int) -> int:
    """The union of the sets from `first` up to `after`."""
    half = len(tree) // 2
    first, after, found = first + half, after + half, 0
    while first < after:
        if first & 1:
            found |= tree[first]
            first += 1
        if after & 1:
            after -= 1
            found |= tree[after]
        first, after = first >> 1, after >> 1
    return found


# ---------------------------------------------------------------- columns of a table
def columns_of(table: Table) -> list[Column]:
    """The columns of conditions. Raises NotAnalysed, and FeelError for a cell that cannot be asked."""
    left = MAX_FITS
    found: list[Column] = []
    for number in range(len(table.inputs)):
        # The cells of a column repeat themselves: each text is looked at once.
        cells = {rule.cells[number].text: rule.cells[number] for rule in table.rules}
        if not all(_constant(cell) for cell in cells.values()):
            raise NotAnalysed
        pieces, order = _pieces(list(cells.values()), table.inputs[number].values)
        runs: dict[str, Runs] = {}
        for text, cell in cells.items():
            own = order.runs(cell) if order is not None else None
            if own is None:
                left -= len(pieces)
                if left < 0:
                    raise NotAnalysed
                own = _asked(cell, pieces)
            runs[text] = own
        found.append(Column(pieces, [runs[rule.cells[number].text] for rule in table.rules]))
    return found


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


def _fits(cell: Cell, value: Value) -> bool:
    return cell.code(Frame(Run(date(2000, 1, 1)), _nothing), value) is True


def _asked(cell: Cell, pieces: list[Piece]) -> Runs:
    """The runs of a cell, by asking it about every piece."""
    if cell.tree.anything:
        return ((0, len(pieces)),)
    return _joined([(place, place + 1) for place, piece in enumerate(pieces) if _fits(cell, piece.sample)])


def _joined(runs: list[tuple[int, int]]) -> Runs:
    """Runs in order and apart."""
    found: list[tuple[int, int]] = []
    for first, after in sorted(runs):
        if first >= after:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], after))
        else:
            found.append((first, after))
    return tuple(found)


class _Order:
    """Pieces whose samples are in order: what a test fits follows from where its values stand.

    `kind` is the type of all values; `on_a_line` says that they may be compared by more than being equal.
    What it cannot tell it leaves to asking. A piece for null may stand behind the others.
    """

    def __init__(self, kind: type, pieces: list[Piece], *, on_a_line: bool, asks_null: bool) -> None:
        self.kind, self.on_a_line, self.asks_null = kind, on_a_line, asks_null
        self.samples: list[Any] = [piece.sample for piece in pieces]
        self.places = {sample: place for place, sample in enumerate(self.samples)}

    def runs(self, cell: Cell) -> Runs | None:
        """The runs of a cell, None when that takes asking."""
        count = len(self.samples)
        if cell.tree.anything:
            return ((0, count + self.asks_null),)
        found: list[tuple[int, int]] = []
        for test in cell.tree.tests:
            own = self._test(test)
            if own is None:
                return None
            found += own
        runs = _joined(found)
        if cell.tree.negated:
            edges = [0, *(edge for run in runs for edge in run), count]
            runs = _joined(list(zip(edges[::2], edges[1::2], strict=True)))
        return _joined([*runs, (count, count + 1)]) if self.asks_null and _fits(cell, NULL) else runs

    def _test(self, node: syntax.Node) -> list[tuple[int, int]] | None:
        if isinstance(node, syntax.Against):
            return self._against(node.operator, _point(node.value))
        if isinstance(node, syntax.Range):
            low, high = _point(node.low), _point(node.high)
            if not self.on_a_line or type(low) is not self.kind or type(high) is not self.kind:
                return None
            return [(self._edges(low)[not node.low_in], self._edges(high)[node.high_in])]
        if isinstance(node, syntax.Items):
            found = [self._against("=", _point(item)) for item in node.items]
            return None if None in found else [run for runs in found for run in runs or ()]
        value = _point(node)
        return [] if isinstance(value, Unknown) else self._against("=", value)

    def _against(self, operator: str, value: Value | None) -> list[tuple[int, int]] | None:
        if type(value) is not self.kind or (operator not in ("=", "!=") and not self.on_a_line):
            return None
        count = len(self.samples)
        low, high = self._edges(value)
        fits = {
            "=": [(low, high)],
            "!=": [(0, low), (high, count)],
            "<": [(0, low)],
            "<=": [(0, high)],
            ">": [(high, count)],
            ">=": [(low, count)],
        }
        return fits[operator]

    def _edges(self, value: Any) -> tuple[int, int]:
        """How many pieces lie before a value, and how many before what follows it."""
        place = self.places.get(value)
        if place is None:  # the column states that it does not occur
            return bisect_left(self.samples, value), bisect_right(self.samples, value)
        return place, place + 1


# ---------------------------------------------------------------- pieces
def _pieces(cells: list[Cell], stated: Cell | None) -> tuple[list[Piece], _Order | None]:
    """Cut a column at every value its cells speak of; with their order, where they have one."""
    stated_tests = [] if stated is None else list(stated.tree.tests)
    tests = [test for cell in cells for test in cell.tree.tests] + stated_tests
    points = [point for test in tests for point in _points(test)]
    asks_null = any(isinstance(point, Unknown) for point in points)
    known = [point for point in points if not isinstance(point, Unknown)]
    compares = any(_compares(test) for test in tests)
    pieces = _cut(known, compares=compares)
    if stated is not None:
        pieces = [piece for piece in pieces if _fits(stated, piece.sample)]
    kinds = {type(point) for point in known}
    order = None
    if kinds in ({Fraction}, {date}, {str}):
        kind = kinds.pop()
        order = _Order(kind, pieces, on_a_line=kind is not str or compares, asks_null=asks_null)
        order = order if order.samples and order.samples == sorted(order.samples) else None
    if asks_null:
        pieces.append(Piece(NULL, "null"))
    return pieces or [Piece("", "…")], order


def _compares(node: syntax.Node) -> bool:
    """Tell whether a test asks for more than being equal."""
    return isinstance(node, syntax.Range) or (
        isinstance(node, syntax.Against) and node.operator not in ("=", "!=")
    )


def _cut(points: list[Value], *, compares: bool) -> list[Piece]:
    if not points:
        return []
    if all(isinstance(point, bool) for point in points):
        return [Piece(True, "true"), Piece(False, "false")]
    if all(isinstance(point, str) for point in points):
        if compares:
            return _alphabet(sorted(set(points)))
        return [*(Piece(text, f'"{text}"') for text in sorted(set(points))), Piece(LAST_TEXT, "…")]
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


def _alphabet(points: list[str]) -> list[Piece]:
    """Texts, with what stands between them: the first text after one is that text with a zero behind it."""
    pieces = [Piece("", f'< "{points[0]}"')] if points[0] else []
    for low, high in pairwise([*points, None]):
        pieces.append(Piece(low, f'"{low}"'))
        after = f"{low}\0"
        if high is None:
            pieces.append(Piece(after, f'> "{low}"'))
        elif after != high:
            pieces.append(Piece(after, f'"{low}" < … < "{high}"'))
    return pieces


def _days(points: list[date]) -> list[Piece]:
    """The days themselves, one between each two that do not follow each other, and one at both ends."""
    days = [points[0] - A_DAY] if points[0] > date.min else []
    for day, following in pairwise(points):
        days += [day] if following - day == A_DAY else [day, day + (following - day) // 2]
    days.append(points[-1])
    if points[-1] < date.max:
        days.append(points[-1] + A_DAY)
    return [Piece(day, day.isoformat()) for day in days]


def _shown(value: Value) -> str:
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else str(float(value))
    return value.isoformat() if isinstance(value, date) else str(value)
