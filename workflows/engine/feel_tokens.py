"""FEEL as a row of tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from workflows.engine.feel_values import FeelError

MAX_SOURCE = 4_000
KEYWORDS = frozenset(
    "and or if then else for in return some every satisfies between true false null function".split()  # noqa: SIM905
)
_BETWEEN = re.compile(r"(?:\s+|/\*.*?\*/|//[^\n]*)*", re.DOTALL)
_PATTERN = re.compile(
    r"""(?:
        (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<at>@"[^"]*")
      | (?P<name>[^\W\d]\w*)
      | (?P<operator>\*\*|\.\.|<=|>=|!=|[-+*/=<>()\[\]{},.:?])
    )""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token; `kind` is number, text, at, name, keyword, operator or end."""

    kind: str
    text: str
    at: int


def tokens(source: str, names: Iterable[str] = ()) -> list[Token]:
    """Return the tokens of a text. `names` are names of several words, found before their parts.

    Raises FeelError for a character that has no place in FEEL, or a text that is too long.
    """
    if len(source) > MAX_SOURCE:
        raise FeelError("longer than {limit} characters", limit=MAX_SOURCE)
    found: list[Token] = []
    position = _behind(source, 0)
    while position < len(source):
        match = _PATTERN.match(source, position)
        if match is None:
            raise FeelError("unexpected character {found}", found=repr(source[position]))
        kind = str(match.lastgroup)
        text = match[kind]
        kind = "keyword" if kind == "name" and text in KEYWORDS else kind
        found.append(Token(kind, text, match.start(match.lastgroup or 0)))
        position = _behind(source, match.end())
    found.append(Token("end", "", len(source)))
    return _joined(found, _by_first_word(tuple(names)))


@lru_cache(maxsize=64)
def _by_first_word(names: tuple[str, ...]) -> dict[str, list[tuple[str, ...]]]:
    """The words of names of several words, the longest first, by the first of them."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for words in sorted((tuple(name.split()) for name in names if " " in name), key=len, reverse=True):
        found.setdefault(words[0], []).append(words)
    return found


def _behind(source: str, position: int) -> int:
    """Return where the next token begins: blanks and comments, as in Java, say nothing."""
    match = _BETWEEN.match(source, position)
    return position if match is None else match.end()


def _joined(found: list[Token], long_names: dict[str, list[tuple[str, ...]]]) -> list[Token]:
    """Put the words of a long name together; the longest one wins."""
    if not any(token.text in long_names for token in found):
        return found
    result: list[Token] = []
    position = 0
    while position < len(found):
        begun = long_names.get(found[position].text, ())
        words = next((name for name in begun if _matches(found, position, name)), None)
        if words is None:
            result.append(found[position])
            position += 1
        else:
            result.append(Token("name", " ".join(words), found[position].at))
            position += len(words)
    return result


def _matches(found: list[Token], position: int, words: tuple[str, ...]) -> bool:
    part = found[position : position + len(words)]
    return len(part) == len(words) and all(
        token.kind in ("name", "keyword") and token.text == word
        for token, word in zip(part, words, strict=True)
    )


def unquote(text: str) -> str:
    """Return the contents of a quoted text."""
    return _ESCAPED.sub(_unescaped, text[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    if code is None:
        return _ESCAPES.get(match.group(3), match.group(3))
    number = int(code, 16)
    if number > 0x10FFFF or 0xD800 <= number < 0xE000:
        raise FeelError("no such character: {found}", found=match.group())
    return chr(number)
