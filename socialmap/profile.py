"""Our profile of HSDS 3.1: what exports and the interface add to it, as merge patches (RFC 7386)."""

from typing import Any

from socialmap import hsds

VERSION = "1.0.0"
_ADDED: dict[str, dict[str, Any]] = {
    "source": {
        "type": "string", "description": "Who delivered the record; `local` when it was made here.",
    },
    "external_id": {
        "type": "string", "description": "The id of the record in its source; with `source` it identifies.",
    },
    "not_seen_since": {
        "type": "string", "format": "date",
        "description": "Since when the source no longer delivers it.",
    },
}  # fmt: skip


def patch(resource: hsds.Resource) -> dict[str, Any]:
    """What to merge into the schema of this resource in the standard."""
    taken = {new for (name, _old), new in hsds.RENAMED.items() if name == resource.name}
    added = {name: rule for name, rule in _ADDED.items() if name not in taken}
    return {"properties": added}
