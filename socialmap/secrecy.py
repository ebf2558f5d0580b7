"""Which places are secret, and what of them is never kept: where they are (ADR 0005).

A refuge stands on the map by name, so that one can refer to it; its address is in no table, history or
report here. What a source delivers of it is covered before anything else sees the row, so that the same
delivery compares as the same and a rejected row does not give it away.
"""

import re
from collections.abc import Callable

from socialmap import hsds, words

COVER = "geheim"
# Words that say so of a place of any kind; of one that is nowhere to be visited, the word alone is enough.
_SAID = re.compile(r"\bgeheime? (?:adres|adressen|locatie|plaats|plek)\b")

# In which columns of what hangs on a place it may stand where that is.
COVERED: dict[str, frozenset[str]] = {
    "location": frozenset({
        "url", "alternate_name", "description", "transportation", "latitude", "longitude",
        "external_identifier", "external_identifier_type",
    }),
    "service_at_location": frozenset({"description"}),
    "address": frozenset({
        "attention", "address_1", "address_2", "city", "region", "state_province", "postal_code",
    }),
    "contact": frozenset({"department"}),
    "phone": frozenset({"description"}),
    "schedule": frozenset({"description", "notes", "schedule_link"}),
    "language": frozenset({"note"}),
    "accessibility": frozenset({"description", "details", "url"}),
    "metadata": frozenset({"previous_value", "replacement_value"}),
}  # fmt: skip


def is_secret(kind: str | None, name: str | None, description: str | None) -> bool:
    """Whether what a source says of a place means that nobody may know where it is."""
    text = words.fold(f"{name or ''} {description or ''}")
    return bool(_SAID.search(text)) or (kind == "virtual" and COVER in text)


def covered(resource: hsds.Resource, name: str) -> str | None:
    """What stands in a column instead; nothing where that may be."""
    if resource.name == "location" and name == "description":
        return "Geheim adres"  # says by itself that the place is secret
    if resource.name == "metadata":
        return ""
    column = resource.by_name[name]
    return COVER if column.required and column.kind == "text" else None


class Veil:
    """Covers the raw rows of one delivery. Places come before what hangs on them."""

    def __init__(self, is_held_secret: Callable[[str, str], bool] = lambda _resource, _ident: False) -> None:
        """`is_held_secret(resource, id)` tells it of a place that this delivery does not hold."""
        self._is_held_secret = is_held_secret
        self._delivered: dict[tuple[str, str], bool] = {}
        self.ids: set[tuple[str, str]] = set()  # of the covered rows: resource, id in the delivery

    def over(self, resource: hsds.Resource, header: list[str], raw: list[str]) -> list[str]:
        """The row as it may be kept."""
        if resource.name not in COVERED:
            return raw
        row = dict(zip(header, raw, strict=True))
        ident = row["id"].strip()
        secret = self._is_of_secret(resource, row)
        if resource.name in ("location", "service_at_location"):
            self._delivered[resource.name, ident] = secret
        if not secret:
            return raw
        self.ids.add((resource.name, ident))
        names = COVERED[resource.name]
        return [
            covered(resource, name) or "" if name in names else text
            for name, text in zip(header, raw, strict=True)
        ]

    def _is_of_secret(self, resource: hsds.Resource, row: dict[str, str]) -> bool:
        if resource.name == "location":
            return is_secret(row.get("location_type", "").strip(), row.get("name"), row.get("description"))
        if resource.name == "metadata":
            return (row.get("resource_type", "").strip(), row.get("resource_id", "").strip()) in self.ids
        return any(
            self._hides(owner, row.get(f"{owner}_id", "").strip())
            for owner in ("location", "service_at_location")
        )

    def _hides(self, owner: str, ident: str) -> bool:
        if not ident:
            return False
        if (owner, ident) in self._delivered:
            return self._delivered[owner, ident]
        return self._is_held_secret(owner, ident)
