"""FEEL, the part of it that decision tables need, compiled once to closures, never handed to `eval`.

Differences from the standard, on purpose: a comparison with something that is not known is unknown and
remembers what is missing (see `feel_values.Unknown`); only a comparison with the word `null` asks whether a
value is there. An `if` on a condition that is unknown because inputs are missing is unknown too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import product

from workflows.engine import feel_logic as logic
from workflows.engine import feel_syntax as syntax
from workflows.engine.feel_functions import FUNCTIONS, Run
from workflows.engine.feel_names import free_names, uses_value
from workflows.engine.feel_syntax import Node
from workflows.engine.feel_values import (
    MAX_ITEMS,
    NULL,
    Duration,
    FeelError,
    Function,
    Listing,
    Member,
    Record,
    Unknown,
    Value,
)

MAX_CALLS = 40
MAX_COMPILED = (
    16_384  # more texts than one table may have: checking, deploying and showing it read each cell once
)


@dataclass(slots=True)
class Frame:
    """The names an expression sees: its own, then those outside, then what `look_up` knows."""

    run: Run
    look_up: Callable[[str], Value]
    names: Mapping[str, Value] = field(default_factory=dict)
    item: Value = None
    outer: Frame | None = None
    depth: int = 0

    def find(self, name: str) -> Value:
        """Return the value of a name; fields of the item that a filter looks at come first."""
        frame: Frame | None = self
        fallback: Value | None = None
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            if isinstance(frame.item, Record):
                if frame.item.data.get(name) is not None:
                    return frame.item.get(name)
                fallback = frame.item if fallback is None else fallback
            frame = frame.outer
        try:
            return self.look_up(name)
        except KeyError:
            # An input that was not given. Names that nothing declares are found when a table is checked.
            return fallback.get(name) if isinstance(fallback, Record) else Unknown(frozenset({name}))

    def inner(self, names: Mapping[str, Value], item: Value = None, *, deeper: bool = False) -> Frame:
        """Return a frame inside this one."""
        if self.depth + deeper > MAX_CALLS:
            raise FeelError("functions that call each other too deep")
        return Frame(self.run, self.look_up, names, item, self, self.depth + deeper)


Code = Callable[[Frame], Value]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression, its text, and the names it needs from outside."""

    text: str
    names: frozenset[str]
    code: Code = field(compare=False)
    tree: Node = field(compare=False, repr=False, default_factory=lambda: syntax.Literal(NULL))

    def evaluate(
        self, names: Mapping[str, Value], run: Run, *, look_up: Callable[[str], Value] | None = None
    ) -> Value:
        """Return the value. Raises FeelError for too much work; an unknown name is an absent input."""
        return self.code(Frame(run, look_up or _no_names, dict(names)))


@dataclass(frozen=True, slots=True)
class Cell:
    """A compiled cell: says of a value whether it fits, does not, or cannot be known."""

    text: str
    names: frozenset[str]
    code: Callable[[Frame, Value], bool | Unknown] = field(compare=False)
    tree: syntax.Tests = field(compare=False, repr=False, default_factory=syntax.Tests)


def _no_names(name: str) -> Value:
    raise KeyError(name)


@lru_cache(maxsize=MAX_COMPILED)
def _expression(text: str, names: tuple[str, ...]) -> Expression:
    tree = syntax.parse(text, names)
    return Expression(text.strip(), frozenset(free_names(tree)), compiled(tree), tree)


@lru_cache(maxsize=MAX_COMPILED)
def _cell(text: str, names: tuple[str, ...]) -> Cell:
    tree = syntax.parse_tests(text, names)
    return Cell(text.strip(), frozenset(free_names(tree)), compiled_tests(tree), tree)


def expression(text: str, names: Iterable[str] = ()) -> Expression:
    """Compile an expression. `names` are known names of several words. Raises FeelError."""
    return _expression(text, tuple(sorted(name for name in names if " " in name)))


def cell(text: str, names: Iterable[str] = ()) -> Cell:
    """Compile the unary tests of a cell. Raises FeelError."""
    return _cell(text, tuple(sorted(name for name in names if " " in name)))


def compiled(node: Node) -> Code:
    """Return the closure of a tree."""
    return _COMPILERS[type(node)](node)


def _literal(node: syntax.Literal) -> Code:
    value = node.value
    return lambda frame: value


def _name(node: syntax.Name) -> Code:
    name = node.name
    return lambda frame: frame.find(name)


def _path(node: syntax.Path) -> Code:
    base, name = compiled(node.base), node.name

    def code(frame: Frame) -> Value:
        return field_of(base(frame), name)

    return code


def field_of(value: Value, name: str) -> Value:
    """Return `value.name`; over a list, of each item."""
    if isinstance(value, Record):
        return value.get(name)
    if isinstance(value, Listing):
        return Listing(
            tuple(Member(field_of(member.value, name), member.doubt) for member in value.members), value.open
        )
    if isinstance(value, Duration) and name in ("years", "months", "days"):
        amounts = {
            "years": value.months // 12,
            "months": value.months % 12,
            "days": int(value.seconds // 86_400),
        }
        return Fraction(amounts[name])
    if name in ("year", "month", "day") and hasattr(value, name):
        return Fraction(getattr(value, name))
    return value if isinstance(value, Unknown) else NULL


def _filter(node: syntax.Filter) -> Code:
    base, condition = compiled(node.base), compiled(node.condition)

    def code(frame: Frame) -> Value:
        items = base(frame)
        if isinstance(items, Unknown):
            return items
        if not isinstance(items, Listing):
            items = Listing.of([items])
        if isinstance(node.condition, syntax.Literal | syntax.Operation):
            index = _index(node.condition)
            if index is not None:
                return _at(items, index)
        frame.run.tick(len(items.members))
        kept: list[Member] = []
        for member in items.members:
            fits = logic.truth(condition(frame.inner({"item": member.value}, member.value)))
            if fits is False:
                continue
            doubt = member.doubt
            if isinstance(fits, Unknown):
                doubt = (doubt or frozenset()) | fits.missing
            kept.append(Member(member.value, doubt))
        return Listing(tuple(kept), items.open)

    return code


def _index(node: Node) -> int | None:
    """Return the number in `[3]` or `[-1]`."""
    if isinstance(node, syntax.Literal) and isinstance(node.value, Fraction):
        return int(node.value)
    if isinstance(node, syntax.Operation) and node.operator == "-" and len(node.parts) == 2:
        zero, number = node.parts
        if zero == syntax.Literal(Fraction(0)) and isinstance(number, syntax.Literal):
            return -int(number.value) if isinstance(number.value, Fraction) else None
    return None


def _at(items: Listing, index: int) -> Value:
    certain = items.certain
    position = index - 1 if index > 0 else len(certain) + index
    if index != 0 and 0 <= position < len(certain):
        return certain[position]
    return items.uncertainty or NULL


def _call(node: syntax.Call) -> Code:
    arguments = [compiled(part) for part in node.arguments]
    name = node.name
    builtin = FUNCTIONS.get(name)

    def code(frame: Frame) -> Value:
        frame.run.tick()
        values = [argument(frame) for argument in arguments]
        if builtin is not None:
            return builtin(frame.run, values)
        function = frame.find(name)
        if not isinstance(function, Function):
            return function if isinstance(function, Unknown) else NULL
        return function.call([frame.depth, *values])

    return code


def _definition(node: syntax.Definition) -> Code:
    body, parameters = compiled(node.body), node.parameters

    def code(frame: Frame) -> Value:
        def call(values: list[Value]) -> Value:
            depth, *arguments = values
            if len(arguments) != len(parameters):
                raise FeelError(
                    "a function of {wanted} parameters got {found}",
                    wanted=len(parameters),
                    found=len(arguments),
                )
            if depth >= MAX_CALLS:
                raise FeelError("functions that call each other too deep")
            inner = Frame(
                frame.run,
                frame.look_up,
                dict(zip(parameters, arguments, strict=True)),
                None,
                frame,
                depth + 1,
            )
            return body(inner)

        return Function(parameters, call)

    return code


def _operation(node: syntax.Operation) -> Code:
    parts = [compiled(part) for part in node.parts]
    operator = node.operator
    if operator in ("and", "or"):
        return _junction(parts, decisive=operator == "or")
    if operator == "between":
        value, low, high = parts
        return lambda frame: logic.within(value(frame), low(frame), high(frame), low_in=True, high_in=True)
    left, right = parts
    if operator in syntax.COMPARISONS:
        if operator in ("=", "!=") and syntax.Literal(NULL) in node.parts:
            other = left if node.parts[1] == syntax.Literal(NULL) else right
            wanted = operator == "="
            return lambda frame: logic.is_null(other(frame)) is wanted
        return lambda frame: logic.compare(operator, left(frame), right(frame))
    return lambda frame: logic.calculate(operator, left(frame), right(frame))


def _junction(parts: list[Code], *, decisive: bool) -> Code:
    """And, or: the first part that settles it ends the work; what is missing is asked of all others."""

    def code(frame: Frame) -> Value:
        values: list[Value] = []
        for part in parts:
            value = part(frame)
            if value is decisive:
                return decisive
            values.append(value)
        return logic.either(values) if decisive else logic.both(values)

    return code


def _if(node: syntax.If) -> Code:
    condition, yes, no = compiled(node.condition), compiled(node.yes), compiled(node.no)

    def code(frame: Frame) -> Value:
        known = logic.truth(condition(frame))
        if isinstance(known, Unknown) and known.missing:
            return known
        return yes(frame) if known is True else no(frame)

    return code


def _loop(node: syntax.Loop) -> Code:
    names = [name for name, _ in node.variables]
    sources = [compiled(source) for _, source in node.variables]
    body = compiled(node.body)
    kind = node.kind

    def code(frame: Frame) -> Value:
        combined = _combined([_items(source(frame)) for source in sources])
        if isinstance(combined, Unknown):
            return combined
        frame.run.tick(len(combined.members))
        results: list[Value] = []
        for member in combined.members:
            if kind == "for" and member.doubt is not None:
                # A value is asked only of items that belong to the list for sure.
                results.append(NULL)
                continue
            results.append(body(frame.inner(dict(zip(names, member.value, strict=True)))))
        if kind == "some":
            return logic.some(combined, results)
        if kind == "every":
            return logic.every(combined, results)
        return Listing(
            tuple(
                Member(value, member.doubt) for value, member in zip(results, combined.members, strict=True)
            ),
            combined.open,
        )

    return code


def _items(value: Value) -> Value:
    if isinstance(value, Listing | Unknown):
        return value
    return Listing.of([value])


def _combined(lists: list[Value]) -> Value:
    """Return the list of all combinations of items of several lists, each a tuple."""
    unknown = [items for items in lists if isinstance(items, Unknown)]
    if unknown:
        return Unknown(frozenset().union(*(value.missing for value in unknown)))
    size = 1
    for items in lists:
        size *= len(items.members)
    if size > MAX_ITEMS:
        raise FeelError("a list of more than {limit} items", limit=MAX_ITEMS)
    members: list[Member] = []
    for combination in product(*(items.members for items in lists)):
        doubts = [member.doubt for member in combination if member.doubt is not None]
        members.append(
            Member(
                tuple(member.value for member in combination), frozenset().union(*doubts) if doubts else None
            )
        )
    opens = [items.open for items in lists if items.open is not None]
    return Listing(tuple(members), frozenset().union(*opens) if opens else None)


def _list(node: syntax.Items) -> Code:
    items = [compiled(item) for item in node.items]
    return lambda frame: Listing.of([item(frame) for item in items])


def _context(node: syntax.Context) -> Code:
    entries = [(name, compiled(part)) for name, part in node.entries]

    def code(frame: Frame) -> Value:
        values: dict[str, Value] = {}
        for name, part in entries:
            values[name] = part(frame.inner(values))
        return Record(values, tracked=False)

    return code


def _range(node: syntax.Range) -> Code:
    """A range outside a test is the list of whole numbers in it."""
    low, high = compiled(node.low), compiled(node.high)

    def code(frame: Frame) -> Value:
        first, last = low(frame), high(frame)
        if isinstance(first, Unknown) or isinstance(last, Unknown):
            return logic.both([first, last])
        if not isinstance(first, Fraction) or not isinstance(last, Fraction):
            return NULL
        begin, end = int(first) + (not node.low_in), int(last) - (not node.high_in)
        if abs(end - begin) > MAX_ITEMS:
            raise FeelError("a list of more than {limit} items", limit=MAX_ITEMS)
        frame.run.tick(abs(end - begin))
        step = 1 if end >= begin else -1
        return Listing.of([Fraction(number) for number in range(begin, end + step, step)])

    return code


def _member(node: syntax.Member) -> Code:
    value, tests = compiled(node.value), compiled_tests(node.tests)
    return lambda frame: tests(frame, value(frame))


def compiled_tests(node: syntax.Tests) -> Callable[[Frame, Value], bool | Unknown]:
    """Return the closure of the tests of a cell."""
    if node.anything:
        return lambda frame, value: True
    tests = [_one_test(test) for test in node.tests]

    def code(frame: Frame, value: Value) -> bool | Unknown:
        inner = frame.inner({"?": value})
        result = logic.either([test(inner, value) for test in tests])
        return logic.negate(result) if node.negated else result

    return code


def _one_test(node: Node) -> Callable[[Frame, Value], bool | Unknown]:
    if isinstance(node, syntax.Against):
        against, operator = compiled(node.value), node.operator
        if node.value == syntax.Literal(NULL) and operator in ("=", "!="):
            wanted = operator == "="
            return lambda frame, value: logic.is_null(value) is wanted
        return lambda frame, value: logic.compare(operator, *_alike(frame, value, against(frame)))
    if isinstance(node, syntax.Range):
        return _between(node)
    if node == syntax.Literal(NULL):
        return lambda frame, value: logic.is_null(value)
    inner = compiled(node)
    if uses_value(node):
        return lambda frame, value: logic.truth(inner(frame))

    is_literal = isinstance(node, syntax.Literal)

    def code(frame: Frame, value: Value) -> bool | Unknown:
        expected = inner(frame)
        if isinstance(expected, Listing) and not isinstance(value, Listing):
            return logic.contains(expected, value)
        if isinstance(expected, bool) and not is_literal and not isinstance(value, bool | Unknown):
            return expected  # a condition on other names, beside a value that is none
        return logic.equal(*_alike(frame, value, expected))

    return code


def _alike(frame: Frame, value: Value, beside: Value) -> tuple[Value, Value]:
    return logic.alike(value, beside) if frame.run.from_json else (value, beside)


def _between(node: syntax.Range) -> Callable[[Frame, Value], bool | Unknown]:
    low, high = compiled(node.low), compiled(node.high)
    low_in, high_in = node.low_in, node.high_in

    def code(frame: Frame, value: Value) -> bool | Unknown:
        first, last = low(frame), high(frame)
        asked, _ = _alike(frame, value, first)
        return logic.within(asked, first, last, low_in=low_in, high_in=high_in)

    return code


_COMPILERS: dict[type[Node], Callable[..., Code]] = {
    syntax.Literal: _literal,
    syntax.Name: _name,
    syntax.Path: _path,
    syntax.Filter: _filter,
    syntax.Call: _call,
    syntax.Operation: _operation,
    syntax.If: _if,
    syntax.Loop: _loop,
    syntax.Definition: _definition,
    syntax.Items: _list,
    syntax.Context: _context,
    syntax.Range: _range,
    syntax.Member: _member,
}
