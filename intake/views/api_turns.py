"""Whose turn it is, as the interface for programs tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from core.shapes import Told
from intake import turns


@dataclass(frozen=True)
class Turn:
    """The party at turn, seen by the account behind the token."""

    state: Annotated[str, Told("me, us, partner, citizen or nobody.")]
    name: Annotated[str, Told("The person or organization.")]
    since: datetime | None


def turn_of(found: turns.Turn) -> Turn:
    return Turn(found.state, str(found.name), found.since)
