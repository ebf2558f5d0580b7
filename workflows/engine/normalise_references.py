"""References in their plain form: an id of the file, without the prefix of the namespace that it is in.

The standard makes most references qualified names, so `tns:step` is as right as `step`. Within one file the
prefix says nothing that the id does not. A call may lead to another file of the bundle.
"""

from __future__ import annotations

from workflows.engine import bpmn
from workflows.engine.draft import Draft

_ATTRIBUTES = (
    "attachedToRef", "sourceRef", "targetRef", "default",
    "messageRef", "signalRef", "errorRef", "escalationRef",
)  # fmt: skip
_ELEMENTS = ("flowNodeRef", "eventDefinitionRef")


def plain_references(draft: Draft) -> None:
    """Write every reference as the id it means, where the file has that id."""
    for element in draft.root.iter(f"{{{bpmn.BPMN}}}*"):
        for name in _ATTRIBUTES:
            written = element.get(name)
            if written is not None:
                element.set(name, _plain(written, draft.ids))
    known = draft.ids | (draft.called or frozenset())
    for activity in draft.root.iter(bpmn.tag("callActivity")):
        if target := bpmn.called_process(activity, known):
            activity.set("calledElement", target)
    for element in draft.root.iter(*(bpmn.tag(name) for name in _ELEMENTS)):
        element.text = _plain(bpmn.text_of(element), draft.ids)


def _plain(written: str, ids: set[str]) -> str:
    """Return the id that is meant; what means nothing here stays as it was written."""
    meant = written.strip()
    if meant in ids:
        return meant
    without_prefix = meant.rpartition(":")[2]
    return without_prefix if without_prefix in ids else written
