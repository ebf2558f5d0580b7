"""The form that says what the columns of a source are: fields that depend on its tables."""

from typing import Any

from werkzeug.datastructures import MultiDict

from core.forms import Form
from socialmap import hsds

MAX_TABLES = 30


class MappingForm(Form):
    """Carries the token; the fields of the tables are read by `parse`."""


def parse(sent: "MultiDict[str, str]") -> dict[str, Any]:
    """The mapping as it stands in the form: `file-0`, `resource-0`, `column-0-name`, `default-0-status`,
    `values-0-status` with a line `Yes = active` per value, `only-0`."""
    tables = []
    for number in range(MAX_TABLES):
        resource = hsds.BY_NAME.get(sent.get(f"resource-{number}", ""))
        if resource is None or sent.get(f"remove-{number}"):
            continue
        names = ["id", *resource.by_name]
        entry: dict[str, Any] = {
            "file": sent.get(f"file-{number}", "")[:200], "resource": resource.name,
            "columns": _given(sent, "column", number, names),
            "defaults": _given(sent, "default", number, names),
            "values": {
                name: found
                for name in names
                if (found := _values(sent.get(f"values-{number}-{name}", "")))
            },
        }  # fmt: skip
        only = [part.strip() for part in sent.get(f"only-{number}", "").split(",") if part.strip()]
        tables.append(entry | ({"only_with": only} if only else {}))
    if sent.get("add") and len(tables) < MAX_TABLES:
        tables.append(_empty(sent))
    return {"tables": tables}


def lines(values: dict[str, str]) -> str:
    """The values of a column as lines for the form."""
    return "\n".join(f"{old} = {new}" for old, new in values.items())


def _empty(sent: "MultiDict[str, str]") -> dict[str, Any]:
    resource = sent.get("new-resource", "")
    return {
        "file": sent.get("new-file", "")[:200], "columns": {}, "defaults": {}, "values": {},
        "resource": resource if resource in hsds.BY_NAME else "organization",
    }  # fmt: skip


def _given(sent: "MultiDict[str, str]", kind: str, number: int, names: list[str]) -> dict[str, str]:
    found = {name: sent.get(f"{kind}-{number}-{name}", "").strip()[:500] for name in names}
    return {name: text for name, text in found.items() if text}


def _values(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {old.strip(): new.strip() for old, _sign, new in pairs}
