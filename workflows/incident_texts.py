"""What went wrong, in the words of whoever has to deal with it; the code itself stays beside it."""

from core.i18n import _l

TEXTS = {
    "bad-cardinality": _l("How often a step repeats is not a whole number"),
    "bad-state": _l("What was kept of this process cannot be read"),
    "bad-time": _l("A term or clock is no valid time"),
    "call-unresolved": _l("A process that is called is not there"),
    "correlation-missing": _l("A message does not say for which file it is"),
    "data-missing": _l("A step needs data that this process does not have"),
    "decision-failed": _l("A decision table could not give an answer"),
    "engine-error": _l("The step could not be computed"),
    "error-uncaught": _l("An error was raised that no step catches"),
    "expression-failed": _l("An expression in the diagram could not be computed"),
    "expression-refused": _l("An expression in the diagram is not allowed"),
    "failed": _l("The worker could not do it"),
    "library-error": _l("The step could not be computed"),
    "needs-implementation": _l("The diagram has a step without an action"),
    "no-flow": _l("No condition holds: there is no way on"),
    "not-json": _l("An answer has data that a process may not keep"),
    "not-waiting": _l("A message came for which no step waits"),
    "start-needs-message": _l("This process only starts when a message comes"),
    "state-too-large": _l("This process keeps too much data"),
    "step-budget": _l("Too many steps in one go: does the process run in circles?"),
    "step-failed": _l("A step of the product failed"),
    "too-deep": _l("The data of this process are nested too deep"),
    "too-many-calls": _l("Too many steps of the product in one go"),
    "too-many-instances": _l("A step repeats too often"),
    "too-many-tokens": _l("Too many branches at the same time"),
    "unknown-outcome": _l("A step was given an answer that the diagram does not know"),
    "unknown-step": _l("The diagram names a step that the product does not have"),
    "worker-lost": _l("Every worker that took it stopped"),
}


def text(code: str) -> str:
    """What the code of an incident means; the code itself when it has no text yet."""
    return str(TEXTS.get(code, code))
