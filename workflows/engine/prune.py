"""Forget what is done: after a turn, only what is under way and what it still needs remains.

Kept are unfinished tokens, the first token of each scope as an anchor, steps whose events wait together,
and the points where the branches under way parted (their data tell at the next join what each branch
changed).
"""

from __future__ import annotations

from workflows.engine.scope import Instance, Scope
from workflows.engine.token import NOTHING, Token


def prune(top: Instance) -> int:
    """Drop finished tokens of all scopes. Returns how many were dropped."""
    before = top.count()
    parted = [_prune(scope) for scope in top.scopes()]
    if not any(parted):
        # No join can come that would ask who wrote what.
        for scope in top.scopes():
            for token in scope.tasks.values():
                token.wrote = NOTHING
    return before - top.count()


def _prune(scope: Scope) -> bool:
    """Drop finished tokens of a scope. Tells whether branches are under way in it."""
    tasks = scope.tasks
    kept = {number for number, token in tasks.items() if not token.finished}
    root = scope.root
    if not kept:
        kept = {root.id}
    forks = _forks(scope, kept)
    parted = root.id in forks or root.id in kept
    kept |= forks
    kept.add(root.id)
    if len(tasks) > len(kept):
        _relink(scope, kept)
    if not parted:
        root.data = {}
    return parted or bool(forks)


def _forks(scope: Scope, live: set[int]) -> set[int]:
    """Return the finished tokens that stay: forks of live branches, and what keeps its direct children."""
    tasks = scope.tasks
    forks: set[int] = set()
    seen = set(live)
    for number in live:
        at = tasks[number]._parent
        if at is not None and at not in live and tasks[at].task_spec.keeps:
            forks.add(at)
        while at is not None:
            if at in seen:
                if at not in live:
                    forks.add(at)
                break
            seen.add(at)
            at = tasks[at]._parent
    return forks


def _relink(scope: Scope, kept: set[int]) -> None:
    tasks = scope.tasks
    remaining: dict[int, Token] = {number: token for number, token in tasks.items() if number in kept}
    for token in remaining.values():
        token._children = []
    for number, token in remaining.items():
        at = token._parent
        while at is not None and at not in kept:
            at = tasks[at]._parent
        token._parent = at
        if at is not None:
            remaining[at]._children.append(number)
    scope.tasks = remaining
