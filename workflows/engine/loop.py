"""Run an instance on until it waits for somebody or something.

The library walks its tree of tasks for what is ready, and stops seeing at depth 1,000 (trap T2). Here every
token that becomes ready queues up, so a turn costs what happens in it; a budget of steps catches processes
that run in circles.
"""

from __future__ import annotations

from SpiffWorkflow.exceptions import SpiffWorkflowException

from workflows.engine.model import EngineError
from workflows.engine.prune import prune
from workflows.engine.scope import MAX_TOKENS, Instance
from workflows.engine.token import READY

MAX_STEPS = 5_000
PRUNE_EVERY = 200


def run(top: Instance, budget: int = MAX_STEPS) -> int:
    """Run everything that is ready. Returns the number of steps.

    Raises EngineError with the step at fault.
    """
    steps = _run_ready(top, budget)
    # What happened in one scope may have made true what another scope waits for.
    while _ask_again(top):
        steps += _run_ready(top, budget - steps)
    return steps


def _ask_again(top: Instance) -> bool:
    for scope in top.scopes():
        if not scope.completed:
            scope.ask_gates(at_rest=True)
    return bool(top.ready)


def _run_ready(top: Instance, budget: int) -> int:
    steps = 0
    while top.ready:
        token = top.ready.popleft()
        if token._state != READY or token.id not in token.workflow.tasks:
            continue
        top.current = token
        steps += 1
        if steps > budget:
            raise EngineError(
                f"More than {MAX_STEPS} steps in one turn.",
                element_id=token.task_spec.element_id,
                code="step-budget",
            )
        token.run()
        if steps % PRUNE_EVERY == 0:
            prune(top)
            if top.count() > MAX_TOKENS:
                raise EngineError(f"More than {MAX_TOKENS} tokens.", code="too-many-tokens")
    return steps


def located(error: Exception, top: Instance) -> EngineError:
    """Return the error as ours, with the place in the diagram where it happened."""
    place = top.current.task_spec.element_id if top.current is not None else None
    if isinstance(error, EngineError):
        error.element_id = error.element_id or place
        return error
    code = "library-error" if isinstance(error, SpiffWorkflowException) else "engine-error"
    return EngineError(f"{type(error).__name__}: {error}", element_id=place, code=code)
