"""What forms send besides what people type."""

import uuid


def command() -> str:
    """The id of one sending, which a double click repeats."""
    return str(uuid.uuid4())


def once(**more: object) -> dict[str, object]:
    """What a one-button form sends."""
    return {"command_id": command(), **more}
