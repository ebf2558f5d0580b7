"""The one search box: every package above adds what it can find, and shows only what one may see."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import LazyString

from core.access import Actor
from core.i18n import _


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
    things: tuple[LazyString, ...] = ()  # what one may type, as the search box names it: "a file"


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


def invitation(by: Actor) -> str:
    """What the search box says can be found: only what this actor may search."""
    sources = sorted((one for one in _sources.values() if one.shown_to(by)), key=lambda one: one.order)
    things = [str(thing) for source in sources for thing in source.things]
    if len(things) < 2:
        return _("Search %(what)s", what=things[0]) if things else _("Search")
    return _("Search %(what)s or %(last)s", what=", ".join(things[:-1]), last=things[-1])


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
