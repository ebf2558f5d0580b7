"""Expressions of other vendors: checked by our own rules, translated where the meaning is plain."""

from __future__ import annotations

import ast
import re

from workflows.engine import scripts

_WRAPPED = re.compile(r"^[$#]\{(.*)\}$", re.DOTALL)
_SINGLE_EQUALS = re.compile(r"(?<![=!<>])=(?!=)")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_WORDS = {"true": "True", "false": "False", "null": "None"}


def problems(text: str) -> list[str]:
    """Return what is wrong with an expression, nothing when the engine accepts it."""
    return scripts.check_expression(text)


def script_problems(text: str) -> list[str]:
    """Return what is wrong with a script, nothing when the engine accepts it."""
    return scripts.check_script(text)


def is_python(text: str) -> bool:
    """Tell whether a text is at least Python syntax, allowed or not."""
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


_HOSTILE_NAMES = frozenset(
    [
        "eval",
        "exec",
        "open",
        "compile",
        "getattr",
        "setattr",
        "delattr",
        "globals",
        "locals",
        "vars",
        "input",
        "breakpoint",
    ]
)
_HOSTILE_NODES = (
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.Await,
    ast.Yield,
    ast.Pow,
)


def is_dialect(text: str) -> bool:
    """Tell whether a refused expression is merely the dialect of a vendor, such as `order.amount > 10`.

    Anything that looks like a way out of the sandbox is no dialect: it stays, and the linter refuses it.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    for node in ast.walk(tree):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name.startswith("_") or name in _HOSTILE_NAMES or isinstance(node, _HOSTILE_NODES):
            return False
    return any(isinstance(node, ast.Attribute | ast.Call) for node in ast.walk(tree))


def usable(text: str) -> str | None:
    """Return an expression as ours: as it is, translated, or None when a person has to decide instead.

    Python that looks hostile comes back unchanged, for the linter to refuse.
    """
    if not text:
        return None
    if is_python(text):
        return text if not problems(text) or not is_dialect(text) else None
    return translate(text)


def translate(text: str) -> str | None:
    """Translate an expression of another vendor (JUEL `${..}`, FEEL `= ..`) to ours, or None.

    Only what has one meaning: wrapping, `&&`, `||`, single `=`, and the literals true, false and null.
    """
    inner = text.strip()
    wrapped = _WRAPPED.match(inner)
    if wrapped:
        inner = wrapped.group(1).strip()
    elif inner.startswith("="):
        inner = inner[1:].strip()
    parts: list[str] = []
    position = 0
    for literal in _STRING.finditer(inner):
        parts.append(_translate_code(inner[position : literal.start()]))
        parts.append(literal.group())
        position = literal.end()
    parts.append(_translate_code(inner[position:]))
    candidate = " ".join("".join(parts).split())
    if not candidate or problems(candidate):
        return None
    return candidate


def _translate_code(text: str) -> str:
    text = text.replace("&&", " and ").replace("||", " or ")
    text = re.sub(r"!(?!=)", " not ", text)
    text = _SINGLE_EQUALS.sub("==", text)
    return re.sub(r"\b(true|false|null)\b", lambda word: _WORDS[word.group()], text)
