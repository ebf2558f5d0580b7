"""What forms send besides what people type, what a page puts first, and how an act is refused."""

import uuid
from collections.abc import Callable

import pytest

from core.errors import DomainError


def command() -> str:
    """The id of one sending, which a double click repeats."""
    return str(uuid.uuid4())


def once(**more: object) -> dict[str, object]:
    """What a one-button form sends."""
    return {"command_id": command(), **more}


def task_card(page: str) -> str:
    """What a page asks of who reads it now."""
    return page.split('aria-labelledby="task"')[1].split("</section>")[0]


def refused(act: Callable[[], object], *, field: str | None = None, says: str = "") -> DomainError:
    """The refusal of an act; its field is where the user looks."""
    with pytest.raises(DomainError) as refusal:
        act()
    assert refusal.value.field == field
    assert says in refusal.value.message
    return refusal.value
