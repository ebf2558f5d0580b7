"""The one search box: every package above adds what it can find, and shows only what one may see."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import LazyString

from core.access import Actor


@dataclass(frozen=True)
class Found:
    """One line of the results. `kind` and `id` serve tests and links, `meta` is a second line."""

    title: str
    url: str
    meta: str = ""
    icon: str = ""
    kind: str = ""
    id: uuid.UUID | None = None


@dataclass(frozen=True)
class Source:
    """What can be searched: `find(text, by, limit)` applies its own access rules; `more` is its own page."""

    key: str
    label: LazyString
    find: Callable[[str, Actor, int], list[Found]]
    shown_to: Callable[[Actor], bool]
    more: Callable[[str, Actor], str] | None = None
    order: int = 50


@dataclass(frozen=True)
class Group:
    """The results of one source."""

    label: LazyString
    found: list[Found]
    more: str | None


_sources: dict[str, Source] = {}
PER_SOURCE = 8
MAX_LENGTH = 200


def register(source: Source) -> None:
    """Add a source; safe to repeat."""
    _sources[source.key] = source


def find(text: str, *, by: Actor) -> list[Group]:
    """What the words give in every source this actor may search, sources without a result left out."""
    words = " ".join(text.split())[:MAX_LENGTH]
    if not words:
        return []
    groups = []
    for source in sorted(_sources.values(), key=lambda one: one.order):
        found = source.find(words, by, PER_SOURCE) if source.shown_to(by) else []
        if found:
            groups.append(Group(source.label, found, source.more(words, by) if source.more else None))
    return groups
