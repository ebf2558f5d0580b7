"""A seam: what packages above show on the page of an organization (ADR 0016)."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.access import Actor


@dataclass(frozen=True)
class Panel:
    """A block on the page: rows of (title, address, line); the maker applies its own access rules."""

    title: str
    rows: list[tuple[str, str, str]]


# The entry itself and the doubles that it stands for.
Maker = Callable[[Sequence[uuid.UUID], Actor], Panel | None]
_makers: dict[str, tuple[int, Maker]] = {}


def register(key: str, make: Maker, *, order: int = 50) -> None:
    """Add a panel; safe to repeat."""
    _makers[key] = (order, make)


def of(organization_ids: Sequence[uuid.UUID], by: Actor) -> list[Panel]:
    """The panels that this actor sees of an entry and its doubles, in their order."""
    made = [make(organization_ids, by) for _order, make in sorted(_makers.values(), key=lambda one: one[0])]
    return [panel for panel in made if panel is not None and panel.rows]
