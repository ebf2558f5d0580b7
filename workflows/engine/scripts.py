"""Expressions and scripts of diagrams: a small, safe part of Python.

What is not on the list below does not compile: no attributes, imports, loops, functions, comprehensions,
powers or formatting. Operators and displays are rewritten into guarded functions, so that values stay
small. The same check runs when a definition is deployed and before anything is run.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from types import CodeType
from typing import Any

from workflows.engine import functions
from workflows.engine.guards import OPERATORS, size
from workflows.engine.model import Data, EngineError
from workflows.engine.values import MAX_BITS, checked, copied_value

MAX_SOURCE = 4_000
MAX_PARTS = 500
MAX_NESTING = 30
MAX_COPIED = 1_000_000  # entries of lists and objects, by all scripts of one turn

OPERATOR_NAMES: dict[type[ast.operator], str] = {
    ast.Add: "_add",
    ast.Sub: "_sub",
    ast.Mult: "_mul",
    ast.Div: "_div",
    ast.FloorDiv: "_floor",
    ast.Mod: "_mod",
}
EXPRESSION: tuple[type[ast.AST], ...] = (
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, *OPERATOR_NAMES,
    ast.IfExp, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
    ast.In, ast.NotIn, ast.Is, ast.IsNot,
    ast.Call, ast.Constant, ast.Name, ast.Load, ast.Subscript, ast.List, ast.Tuple, ast.Dict,
)  # fmt: skip
SCRIPT: tuple[type[ast.AST], ...] = (
    *EXPRESSION, ast.Assign, ast.AugAssign, ast.If, ast.Pass, ast.Expr, ast.Delete, ast.Store, ast.Del,
)  # fmt: skip

# Names of ours in every evaluation; no data can take their place.
OWN = frozenset(["_copy", "__builtins__", *OPERATORS])


class ScriptError(EngineError):
    """An expression or script that cannot be run, or that failed."""

    def __init__(self, message: str, *, source: str = "") -> None:
        super().__init__(
            f"{message} ({source.strip()[:80]})" if source else message, code="expression-failed"
        )


def check_expression(text: str) -> list[str]:
    """Return what is wrong with an expression, in English; nothing when it may be deployed."""
    return list(_check(text, False, functions.names()))


def check_script(text: str) -> list[str]:
    """Return what is wrong with a script, in English; nothing when it may be deployed."""
    return list(_check(text, True, functions.names()))


def names_in(text: str) -> frozenset[str]:
    """Return the data names that an expression or script reads. Raises ScriptError when it is not safe."""
    tree = _parsed(text, script=True)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    loads = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return frozenset(node.id for node in loads if id(node) not in called)


@lru_cache(maxsize=4096)
def assigned_in(text: str) -> frozenset[str]:
    """Return the data names that a script sets."""
    stores = (node for node in ast.walk(_parsed(text, script=True)) if isinstance(node, ast.Name))
    return frozenset(node.id for node in stores if isinstance(node.ctx, ast.Store))


@lru_cache(maxsize=4096)
def _check(text: str, script: bool, _known: frozenset[str]) -> tuple[str, ...]:
    """Normaliser and linter ask the same several times; other known functions make it another question."""
    try:
        tree = _parsed(text, script=script)
    except ScriptError as error:
        return (str(error),)
    return (*_problems(tree, SCRIPT if script else EXPRESSION), *_mistaken(tree))


def _mistaken(tree: ast.AST) -> list[str]:
    """What runs but is never meant: two equal texts are seldom one, so `outcome is "yes"` never holds."""
    compared = (node for node in ast.walk(tree) if isinstance(node, ast.Compare))
    found = any(
        isinstance(operator, ast.Is | ast.IsNot) and not (_is_one(left) or _is_one(right))
        for node in compared
        for left, operator, right in zip(
            [node.left, *node.comparators], node.ops, node.comparators, strict=False
        )
    )
    return ["“is” asks for None, True or False; compare with ==."] if found else []


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _parsed(text: str, *, script: bool) -> ast.Module | ast.Expression:
    if not isinstance(text, str) or not text.strip():
        raise ScriptError("An empty expression.")
    if len(text) > MAX_SOURCE:
        raise ScriptError(f"More than {MAX_SOURCE} characters.")
    try:
        return ast.parse(text.strip(), mode="exec") if script else ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise ScriptError(
            f"Not an expression: {getattr(error, 'msg', None) or type(error).__name__}."
        ) from None


def _problems(tree: ast.AST, allowed: tuple[type[ast.AST], ...]) -> list[str]:
    out: dict[str, None] = {}
    todo = [(tree, 0)]
    parts = 0
    while todo:
        node, depth = todo.pop()
        parts += 1
        if parts > MAX_PARTS or depth > MAX_NESTING:
            out["Too long or nested too deeply."] = None
            break
        if not isinstance(node, ast.Module | ast.Expression) and (problem := _problem(node, allowed)):
            out[problem] = None
        todo.extend((child, depth + 1) for child in _inside(node))
    return list(out)


def _inside(node: ast.AST) -> Iterable[ast.AST]:
    """The parts of a node; the name that a call calls is looked at with the call."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return [*node.args, *node.keywords]
    return ast.iter_child_nodes(node)


def _problem(node: ast.AST, allowed: tuple[type[ast.AST], ...]) -> str | None:
    if not isinstance(node, allowed):
        return f"{type(node).__name__} is not part of our language."
    if isinstance(node, ast.Name):
        return _name_problem(node)
    if isinstance(node, ast.Call):
        return _call_problem(node)
    if isinstance(node, ast.Constant):
        return _constant_problem(node.value)
    if isinstance(node, ast.Assign) and len(node.targets) != 1:
        return "One name is assigned at a time."
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
        targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
        return next((problem for target in targets if (problem := _target_problem(target))), None)
    if isinstance(node, ast.Dict) and None in node.keys:
        return "Objects are written out."
    return None


def _name_problem(node: ast.Name) -> str | None:
    if node.id.startswith("_"):
        return f"{node.id} is not a name of data."
    if node.id in functions.names():
        return f"{node.id} is the name of a function."
    return None


def _call_problem(node: ast.Call) -> str | None:
    if not isinstance(node.func, ast.Name):
        return "Only named functions are called."
    if node.func.id not in functions.names():
        return f"{node.func.id}() is not a function of our language."
    if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
        return "Functions take plain arguments."
    return None


def _constant_problem(value: object) -> str | None:
    if isinstance(value, int):
        return f"A number of more than {MAX_BITS} bits." if value.bit_length() > MAX_BITS else None
    if isinstance(value, float):
        return None if math.isfinite(value) else "A number that is not finite."
    return (
        None if value is None or isinstance(value, str) else f"{type(value).__name__} is not a kind of data."
    )


def _target_problem(target: ast.AST) -> str | None:
    while isinstance(target, ast.Subscript):
        target = target.value
    return None if isinstance(target, ast.Name) else "Only names and their entries are assigned."


class _Guard(ast.NodeTransformer):
    """Rewrites operators and displays into calls of their guarded functions."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return _call(OPERATOR_NAMES[type(node.op)], [node.left, node.right], node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        read = ast.parse(ast.unparse(node.target), mode="eval").body
        value = _call(OPERATOR_NAMES[type(node.op)], [self.visit(read), node.value], node)
        return ast.copy_location(self._assigned(node.target, value), node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        return ast.copy_location(self._assigned(node.targets[0], node.value), node)

    def _assigned(self, target: ast.expr, value: ast.expr) -> ast.Assign:
        # The copy keeps two names from sharing a value, and an entry from holding the object it is in.
        return ast.Assign(targets=[target], value=_call("_copy", [value], value))

    def visit_List(self, node: ast.List) -> ast.AST:
        self.generic_visit(node)
        return _call("_list", node.elts, node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        self.generic_visit(node)
        return _call("_list", node.elts, node)

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        self.generic_visit(node)
        pairs = [
            part for key, value in zip(node.keys, node.values, strict=True) if key for part in (key, value)
        ]
        return _call("_dict", pairs, node)


def _call(name: str, arguments: list[ast.expr], at: ast.AST) -> ast.Call:
    return ast.copy_location(
        ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=arguments, keywords=[]), at
    )


@lru_cache(maxsize=4096)
def _code(text: str, script: bool, version: int) -> CodeType:
    """Compile a checked source; `version` makes a new function known to a source compiled before."""
    tree = _parsed(text, script=script)
    if problems := _problems(tree, SCRIPT if script else EXPRESSION):
        raise ScriptError(problems[0], source=text)
    guarded = ast.fix_missing_locations(_Guard().visit(tree))
    return compile(guarded, "<diagram>", "exec" if script else "eval")


class SafeEngine:
    """Evaluates the expressions of one turn, always against the moment of that turn."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.copied = 0

    def evaluate(self, task: Any, expression: str, external_context: Data | None = None) -> Any:
        """Return the value of an expression over the data of a token."""
        return self.value(expression, task.data, external_context)

    def value(self, expression: str, data: Data, more: Data | None = None) -> Any:
        """Return the value of an expression over data. Raises ScriptError."""
        names = self._names(data, more)
        try:
            return eval(_code(expression, False, len(functions.TABLE)), names)  # noqa: S307 - checked by _code
        except EngineError:
            raise
        except Exception as error:
            raise ScriptError(_reason(error), source=expression) from error

    def execute(self, task: Any, script: str, external_context: Data | None = None) -> bool:
        """Run a script over a copy of the data of a token; the copy becomes its data when all went well."""
        self._count(task.data)
        before = {name: copied_value(value) for name, value in task.data.items()}
        names = self._names(before, external_context)
        fixed = names.keys() - before.keys() | functions.names() | OWN
        try:
            exec(_code(script, True, len(functions.TABLE)), names)  # noqa: S102 - checked by _code
        except EngineError:
            raise
        except Exception as error:
            raise ScriptError(_reason(error), source=script) from error
        kept = {name: before[name] for name in before.keys() & fixed}
        task.data = checked({name: value for name, value in names.items() if name not in fixed} | kept)
        return True

    def _count(self, data: Data) -> None:
        """Every script copies the data, so long lists in a loop cost more than the steps that are counted."""
        self.copied += sum(
            size(value, MAX_COPIED) for value in data.values() if isinstance(value, list | dict)
        )
        if self.copied > MAX_COPIED:
            raise ScriptError(f"Scripts of one turn copy more than {MAX_COPIED} entries.")

    def _names(self, data: Data, more: Data | None) -> Data:
        # Functions come last: no data can take their place; data named after one are read with get("name").
        return {
            **data,
            **(more or {}),
            **functions.TABLE,
            **functions.of_the_turn(data, self.now),
            **OPERATORS,
            "_copy": copied_value,
            "__builtins__": {},
        }


def _reason(error: Exception) -> str:
    if isinstance(error, NameError):
        return f"The data hold no {error.name}"
    if isinstance(error, KeyError):
        return f"There is no entry {error}"
    return f"{type(error).__name__}: {error}"
