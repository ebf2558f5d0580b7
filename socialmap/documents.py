"""Read HSDS JSON (one service, a list, or the page envelope) into the same tables as the tabular form."""

import json
from collections.abc import Iterator
from typing import Any

from socialmap import hsds
from socialmap.packages import Package, Refused, Rejection, Table
from socialmap.reasons import Reason

# What may be nested in what: key of the document -> resource, and the column that points back.
CHILDREN: dict[str, dict[str, tuple[str, str]]] = {
    "service": {
        "service_areas": ("service_area", "service_id"), "phones": ("phone", "service_id"),
        "schedules": ("schedule", "service_id"), "languages": ("language", "service_id"),
        "cost_options": ("cost_option", "service_id"), "contacts": ("contact", "service_id"),
        "required_documents": ("required_document", "service_id"), "funding": ("funding", "service_id"),
        "service_at_locations": ("service_at_location", "service_id"),
        "additional_urls": ("url", "service_id"), "capacities": ("service_capacity", "service_id"),
    },
    "organization": {
        "organization_identifiers": ("organization_identifier", "organization_id"),
        "phones": ("phone", "organization_id"), "contacts": ("contact", "organization_id"),
        "locations": ("location", "organization_id"), "programs": ("program", "organization_id"),
        "funding": ("funding", "organization_id"),
        "additional_websites": ("url", "organization_id"),
    },
    "service_at_location": {
        "phones": ("phone", "service_at_location_id"), "contacts": ("contact", "service_at_location_id"),
        "schedules": ("schedule", "service_at_location_id"),
        "service_areas": ("service_area", "service_at_location_id"),
    },
    "location": {
        "addresses": ("address", "location_id"), "phones": ("phone", "location_id"),
        "contacts": ("contact", "location_id"), "schedules": ("schedule", "location_id"),
        "languages": ("language", "location_id"), "accessibility": ("accessibility", "location_id"),
    },
    "contact": {"phones": ("phone", "contact_id")},
    "phone": {"languages": ("language", "phone_id")},
}  # fmt: skip
# Any record may have terms and a history of its source, but for these.
_NO_TERMS = frozenset({"taxonomy", "taxonomy_term", "attribute", "metadata"})
for _kind in hsds.BY_NAME:
    _held = CHILDREN.setdefault(_kind, {})
    if _kind not in _NO_TERMS:
        _held["attributes"] = ("attribute", "link_id")
    if _kind != "metadata":
        _held["metadata"] = ("metadata", "resource_id")
# A single nested document, and the column that points to it.
PARENTS = {
    "service": {"organization": ("organization", "organization_id"), "program": ("program", "program_id")},
    "service_at_location": {"location": ("location", "location_id")},
    "attribute": {"taxonomy_term": ("taxonomy_term", "taxonomy_term_id")},
    "service_capacity": {"unit": ("unit", "unit_id")},
    "taxonomy_term": {"taxonomy_detail": ("taxonomy", "taxonomy_id")},
}


def read(name: str, content: bytes) -> Package:
    """Services with all they hold; a page never says what is gone, so it is no full delivery."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        line = getattr(error, "lineno", None)
        reason = Reason("this is no JSON: %(error)s", error=str(error))
        raise Refused(Rejection(name, line, None, None, reason)) from error
    services = _services(document)
    if services is None:
        reason = Reason(
            "there is no list of services in it (an object with `contents`, a list, or one service)"
        )
        raise Refused(Rejection(name, None, None, None, reason))
    flat = _Flat(name)
    for position, service in enumerate(services, 1):
        if isinstance(service, dict):
            flat.take("service", service, position)
        else:
            reason = Reason("this is no object")
            flat.package.rejections.append(Rejection(name, position, None, str(service), reason))
    return flat.finish()


def _services(document: Any) -> list[Any] | None:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        contents = document.get("contents")
        if isinstance(contents, list):
            return contents
        if "name" in document and "status" in document:
            return [document]
    return None


class _Flat:
    """Collects rows per resource; a record that comes back, such as an organization, counts once."""

    def __init__(self, name: str) -> None:
        self.package = Package(name, [], full=False)
        self.rows: dict[str, list[tuple[int, list[str]]]] = {r.name: [] for r in hsds.RESOURCES}
        self.seen: set[tuple[str, str]] = set()

    def take(self, kind: str, document: dict[str, Any], line: int, **given: str) -> None:
        key = str(document.get("id") or "")
        if (kind, key) in self.seen and key:
            return
        self.seen.add((kind, key))
        given |= self._parents(kind, document, line)
        resource = hsds.BY_NAME[kind]
        values = [key]
        for column in resource.columns:
            value = given.get(column.name, document.get(hsds.RENAMED.get((kind, column.name), column.name)))
            values.append(_as_text(value))
        taken = {
            new for (of, _old), new in hsds.RENAMED.items() if of == kind
        }  # of funding `source` is its own
        values += ["" if c in taken else _as_text(document.get(c)) for c in hsds.PROFILE_COLUMNS]
        self.rows[kind].append((line, values))
        for name, (child, back) in CHILDREN.get(kind, {}).items():
            for item in document.get(name) or ():
                if isinstance(item, dict):
                    self.take(child, item, line, **_back(child, back, kind, key))

    def _parents(self, kind: str, document: dict[str, Any], line: int) -> dict[str, str]:
        found = {}
        for name, (parent, column) in PARENTS.get(kind, {}).items():
            inner = document.get(name)
            if isinstance(inner, dict):
                self.take(parent, inner, line)
                found[column] = str(inner.get("id") or "")
        return found

    def finish(self) -> Package:
        for resource in hsds.RESOURCES:
            header = ["id", *(c.name for c in resource.columns), *hsds.PROFILE_COLUMNS]
            if self.rows[resource.name]:
                table = Table(resource, self.package.name, header, _each(self.rows[resource.name]))
                self.package.tables.append(table)
        return self.package


def _back(child: str, column: str, kind: str, key: str) -> dict[str, str]:
    if child == "attribute":
        return {"link_id": key, "link_entity": kind}
    if child == "metadata":
        return {"resource_id": key, "resource_type": kind}
    return {column: key}


def _each(rows: list[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    yield from rows


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return (
        value
        if isinstance(value, str)
        else json.dumps(value)
        if isinstance(value, dict | list)
        else str(value)
    )
