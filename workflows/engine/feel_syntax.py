"""The grammar of our FEEL: expressions and unary tests, as a tree of small nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from workflows.engine.feel_functions import FUNCTIONS
from workflows.engine.feel_tokens import Token, tokens, unquote
from workflows.engine.feel_values import NULL, FeelError, Value, parse_date, parse_duration, parse_moment

MAX_NESTING = 40
MAX_ROW = 150
COMPARISONS = ("<=", ">=", "!=", "=", "<", ">")
SIGNS = ("operator", "keyword")
AFTER_A_VALUE = (",", "..", "]", ")", "}")


def _unexpected(text: str, token: Token, **values: str) -> FeelError:
    """An error about a token that has no place here, or about the text that ends before it is whole."""
    if token.kind != "end":
        return FeelError(text, found=repr(token.text), **values)
    ends = {"did not expect {found}": "it ends too soon"}
    return FeelError(ends.get(text, text.replace("found {found}", "it ends here")), **values)


class Node:
    """A node of the tree."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value in the text itself."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable, input or decision; `?` is the value that a unary test is about."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`base.name`."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`base[condition]`, or `base[3]`."""

    base: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`name(arguments)`."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation(Node):
    """`and`, `or`, comparison or arithmetic over parts."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if .. then .. else ..`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """`for`, `some` or `every` over one or more lists."""

    kind: str
    variables: tuple[tuple[str, Node], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Definition(Node):
    """`function(a, b) body`."""

    parameters: tuple[str, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Items(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Context(Node):
    """`{a: 1}`."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Range(Node):
    """`[a..b]` with either end in or out."""

    low: Node
    high: Node
    low_in: bool
    high_in: bool


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`value in tests`."""

    value: Node
    tests: Tests


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """The tests of a cell: any of them; `negated` for `not(..)`, `anything` for `-`."""

    tests: tuple[Node, ...] = ()
    negated: bool = False
    anything: bool = False


@dataclass(frozen=True, slots=True)
class Against(Node):
    """`< value`, `>= value` and so on, in a cell."""

    operator: str
    value: Node


def parse(source: str, names: Iterable[str] = ()) -> Node:
    """Return the tree of an expression. Raises FeelError."""
    return _Parser(source, names).whole_expression()


def parse_tests(source: str, names: Iterable[str] = ()) -> Tests:
    """Return the tree of a cell of a decision table. Raises FeelError."""
    if source.strip() in ("", "-"):
        return Tests(anything=True)
    return _Parser(source, names).whole_tests()


class _Parser:
    """Recursive descent, one method per level of binding."""

    def __init__(self, source: str, names: Iterable[str]) -> None:
        self.tokens = tokens(source, [*names, *FUNCTIONS])
        self.position = 0
        self.depth = 0

    # ------------------------------------------------------------------ tokens
    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def advance(self) -> Token:
        token = self.token
        self.position += token.kind != "end"
        return token

    def at(self, text: str, offset: int = 0) -> bool:
        return self.at_any((text,), offset)

    def at_any(self, texts: tuple[str, ...], offset: int = 0) -> bool:
        position = min(self.position + offset, len(self.tokens) - 1)
        token = self.tokens[position]
        return token.text in texts and token.kind in SIGNS

    def take(self, text: str) -> bool:
        if self.at(text):
            self.advance()
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise _unexpected("expected {wanted} but found {found}", self.token, wanted=repr(text))

    def word(self) -> str:
        token = self.advance()
        if token.kind not in ("name", "keyword"):
            raise _unexpected("expected a name but found {found}", token)
        return token.text

    def end(self) -> None:
        if self.token.kind != "end":
            raise _unexpected("did not expect {found}", self.token)

    # ------------------------------------------------------------------ whole texts
    def whole_expression(self) -> Node:
        node = self.expression()
        self.end()
        return node

    def whole_tests(self) -> Tests:
        if self.token.text == "not" and self.at("(", 1):
            start = self.position
            self.advance()
            self.advance()
            tests = self.tests()
            self.expect(")")
            if self.token.kind == "end":
                return Tests(tests, negated=True)
            self.position = start
        tests = self.tests()
        self.end()
        return Tests(tests)

    def tests(self) -> tuple[Node, ...]:
        found = [self.test()]
        while self.take(","):
            found.append(self.test())
        return tuple(found)

    def test(self) -> Node:
        if self.at_any(COMPARISONS):
            return Against(self.advance().text, self.sum())
        return self.expression()

    # ------------------------------------------------------------------ expressions
    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise FeelError("nested too deep")
        node = self._expression()
        self.depth -= 1
        return node

    def _expression(self) -> Node:
        if self.token.kind != "keyword":
            return self.disjunction()
        if self.take("if"):
            condition = self.expression()
            self.expect("then")
            yes = self.expression()
            self.expect("else")
            return If(condition, yes, self.expression())
        for kind, last in (("for", "return"), ("some", "satisfies"), ("every", "satisfies")):
            if self.take(kind):
                return self.loop(kind, last)
        if self.at("function"):
            return self.definition()
        return self.disjunction()

    def disjunction(self) -> Node:
        return self.chain("or", self.conjunction)

    def conjunction(self) -> Node:
        return self.chain("and", self.comparison)

    def loop(self, kind: str, last: str) -> Node:
        variables: list[tuple[str, Node]] = []
        while True:
            name = self.word()
            self.expect("in")
            source = self.expression()
            if self.take(".."):
                source = Range(source, self.expression(), True, True)
            variables.append((name, source))
            if not self.take(","):
                break
        self.expect(last)
        return Loop(kind, tuple(variables), self.expression())

    def definition(self) -> Node:
        self.advance()
        self.expect("(")
        names: list[str] = []
        while not self.at(")"):
            names.append(self.word())
            if not self.take(","):
                break
        self.expect(")")
        return Definition(tuple(names), self.expression())

    def chain(self, operator: str, below: Callable[[], Node]) -> Node:
        parts = [below()]
        while self.take(operator):
            parts.append(below())
        return parts[0] if len(parts) == 1 else Operation(operator, tuple(parts))

    def comparison(self) -> Node:
        left = self.sum()
        if self.at_any(COMPARISONS):
            return Operation(self.advance().text, (left, self.sum()))
        if self.take("between"):
            low = self.sum()
            self.expect("and")
            return Operation("between", (left, low, self.sum()))
        if self.take("in"):
            return Member(left, self.membership())
        return left

    def membership(self) -> Tests:
        if self.at("("):
            start = self.position
            self.advance()
            tests = self.tests()
            if self.take(")"):
                return Tests(tests)
            self.position = start
        return Tests((self.test() if self.at_any(COMPARISONS) else self.sum(),))

    def sum(self) -> Node:
        if self.stands_alone():
            return self.primary()
        node = self.product()
        for _ in self.row("+", "-"):
            node = Operation(self.advance().text, (node, self.product()))
        return node

    def stands_alone(self) -> bool:
        """Tell whether a literal follows that nothing is done with, as in most cells of large tables."""
        if self.token.kind not in ("number", "text"):
            return False
        behind = self.tokens[self.position + 1]
        return behind.kind == "end" or behind.text in AFTER_A_VALUE

    def product(self) -> Node:
        node = self.power()
        for _ in self.row("*", "/"):
            node = Operation(self.advance().text, (node, self.power()))
        return node

    def row(self, *signs: str) -> Iterator[int]:
        """Go on while one of these signs follows; a tree that is too deep to walk is refused here."""
        count = 0
        while self.at_any(signs):
            count += 1
            if count > MAX_ROW:
                raise FeelError("too many operations in a row")
            yield count

    def power(self) -> Node:
        node = self.negative()
        for _ in self.row("**"):
            node = Operation(self.advance().text, (node, self.negative()))
        return node

    def negative(self) -> Node:
        count = 0
        while self.take("-"):
            count += 1
        node = self.postfix()
        return Operation("-", (Literal(Fraction(0)), node)) if count % 2 else node

    def postfix(self) -> Node:
        node = self.primary()
        for _ in self.row(".", "["):
            if self.take("."):
                node = Path(node, self.word())
            elif self.closes_range():
                break
            else:
                self.expect("[")
                condition = self.expression()
                self.expect("]")
                node = Filter(node, condition)
        return node

    def closes_range(self) -> bool:
        """Tell whether this bracket ends a range like `]1..5[`: there is nothing behind it to filter by."""
        behind = self.tokens[min(self.position + 1, len(self.tokens) - 1)]
        return behind.kind == "end" or behind.text in (",", ")")

    def primary(self) -> Node:
        token = self.advance()
        if token.kind == "number":
            return Literal(Fraction(token.text))
        if token.kind == "text":
            return Literal(unquote(token.text))
        if token.kind == "at":
            return Literal(_at_literal(token.text[2:-1]))
        if token.kind == "keyword" and token.text in ("true", "false", "null"):
            return Literal({"true": True, "false": False, "null": NULL}[token.text])
        if token.kind == "name":
            return self.call(token.text) if self.at("(") else Name(token.text)
        if token.text == "?" and token.kind == "operator":
            return Name("?")
        return self.bracketed(token)

    def call(self, name: str) -> Node:
        self.expect("(")
        arguments: list[Node] = []
        while not self.at(")"):
            arguments.append(self.expression())
            if not self.take(","):
                break
        self.expect(")")
        return Call(name, tuple(arguments))

    def bracketed(self, token: Token) -> Node:
        if token.text == "(":
            node = self.expression()
            if self.take(".."):
                return self.range(node, low_in=False)
            self.expect(")")
            return node
        if token.text == "]":
            low = self.expression()
            self.expect("..")
            return self.range(low, low_in=False)
        if token.text == "[":
            return self.list_or_range()
        if token.text == "{":
            return self.context()
        raise _unexpected("did not expect {found}", token)

    def list_or_range(self) -> Node:
        items: list[Node] = []
        while not self.at("]"):
            items.append(self.expression())
            if len(items) == 1 and self.take(".."):
                return self.range(items[0], low_in=True)
            if not self.take(","):
                break
        self.expect("]")
        return Items(tuple(items))

    def range(self, low: Node, *, low_in: bool) -> Node:
        high = self.expression()
        if self.take("]"):
            return Range(low, high, low_in, True)
        if self.take(")") or self.take("["):
            return Range(low, high, low_in, False)
        raise FeelError("a range without its end")

    def context(self) -> Node:
        entries: list[tuple[str, Node]] = []
        while not self.at("}"):
            key = unquote(self.advance().text) if self.token.kind == "text" else self.word()
            self.expect(":")
            entries.append((key, self.expression()))
            if not self.take(","):
                break
        self.expect("}")
        return Context(tuple(entries))


def _at_literal(text: str) -> Value:
    for read in (parse_date, parse_duration, parse_moment):
        value = read(text)
        if value != NULL:
            return value
    raise FeelError("{found} is no date, moment or duration", found=repr(text))
