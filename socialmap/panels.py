"""A seam: what packages above show on the page of an organization (design 3a.15)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.access import Actor
from socialmap.models.directory import Organization


@dataclass(frozen=True)
class Panel:
    """A block on the page: rows of (title, address, line); the maker applies its own access rules."""

    title: str
    rows: list[tuple[str, str, str]]


Maker = Callable[[Organization, Actor], Panel | None]
_makers: dict[str, tuple[int, Maker]] = {}


def register(key: str, make: Maker, *, order: int = 50) -> None:
    """Add a panel; safe to repeat."""
    _makers[key] = (order, make)


def of(organization: Organization, by: Actor) -> list[Any]:
    """The panels that this actor sees, in their order."""
    made = [make(organization, by) for _order, make in sorted(_makers.values(), key=lambda one: one[0])]
    return [panel for panel in made if panel is not None and panel.rows]
