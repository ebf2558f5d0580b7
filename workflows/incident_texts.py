"""What went wrong, in the words of whoever has to deal with it; the code itself stays beside it."""

from core.i18n import _l

TEXTS = {
    "bad-state": _l("What was kept of this process cannot be read"),
    "bad-time": _l("A term or clock is no valid time"),
    "call-unresolved": _l("A process that is called is not there"),
    "error-uncaught": _l("An error was raised that no step catches"),
    "expression-failed": _l("An expression in the diagram could not be computed"),
    "expression-refused": _l("An expression in the diagram is not allowed"),
    "failed": _l("The worker could not do it"),
    "not-json": _l("An answer has data that a process may not keep"),
    "not-waiting": _l("A message came for which no step waits"),
    "state-too-large": _l("This process keeps too much data"),
    "step-budget": _l("Too many steps in one go: does the process run in circles?"),
    "step-failed": _l("A step of the product failed"),
    "too-deep": _l("The data of this process are nested too deep"),
    "too-many-calls": _l("Too many steps of the product in one go"),
    "too-many-tokens": _l("Too many branches at the same time"),
    "unknown-step": _l("The diagram names a step that the product does not have"),
    "worker-lost": _l("Every worker that took it stopped"),
}


def text(code: str) -> str:
    """What the code of an incident means; the code itself when it has no text yet."""
    return str(TEXTS.get(code, code))
