"""A seam: the file for which somebody searches the map, so that each card offers to refer from there."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from core.access import Actor
from core.text import uuid_or_none


@dataclass(frozen=True)
class Referrer:
    """Where a search came from: its name, the way back, an address with {id} to refer to a service."""

    name: str
    back: str
    refer: str
    nis: str | None


Finder = Callable[[uuid.UUID, Actor], Referrer | None]
_finders: list[Finder] = []


def register(find: Finder) -> None:
    """Set who knows the files; safe to repeat. The finder applies its own access rules."""
    _finders[:] = [find]


def of(text: str, by: Actor) -> Referrer | None:
    """The file with this id, or None when there is none or it is not this actor's to refer."""
    ident = uuid_or_none(text)
    return _finders[0](ident, by) if ident is not None and _finders else None
