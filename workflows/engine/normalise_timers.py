"""Timer texts: literals are quoted (the engine evaluates expressions), what says nothing waits for ever."""

from __future__ import annotations

import json

from lxml import etree

from workflows.engine import bpmn, expressions, times, timetexts
from workflows.engine.bpmn import Element
from workflows.engine.draft import Draft

NEVER = "P36500D"
"""A timer that nobody defined: the skeleton waits a hundred years rather than fire by surprise."""


def timer(draft: Draft, node: Element, definition: Element) -> None:
    """Leave one timer text on a timer event, as an expression."""
    texts = bpmn.children(definition, times.READERS)
    for extra in texts[1:]:
        definition.remove(extra)
    text = bpmn.text_of(texts[0]) if texts else ""
    usable = _expression(text)
    if usable is None:
        draft.note("timer-undefined", node, text=text[:200])
        for part in list(definition):
            definition.remove(part)
        never = etree.SubElement(definition, bpmn.tag("timeDuration"))
        never.text = json.dumps(NEVER)
        return
    part = texts[0]
    for inner in list(part):
        part.remove(inner)
    part.text = usable


def _expression(text: str) -> str | None:
    """Return a timer text as an expression; a literal that is wrong is left for the linter to name."""
    if not text:
        return None
    if timetexts.is_meant(text):
        return json.dumps(text)
    return expressions.usable(text)
