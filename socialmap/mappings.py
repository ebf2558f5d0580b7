"""Read raw CSV of a source through the mapping that is saved with it.

A mapping is `{"tables": [{"file": "agencies.csv", "resource": "organization", "columns": {"id": "Agency ID",
"name": "Title"}, "defaults": {"status": "active"}, "values": {"status": {"Yes": "active"}}}]}`. One file may
feed several resources. A column is the name of one in the file, or a text with `{names}` in braces.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from socialmap import hsds
from socialmap.packages import Package, Refused, Rejection, Table, open_csv

DATA = Path(__file__).parent / "data" / "mappings"
_NAME = re.compile(r"\{([^{}]+)\}")


def check(mapping: Any) -> list[str]:
    """What is wrong with a mapping, in sentences; empty when it can be used."""
    tables = mapping.get("tables") if isinstance(mapping, dict) else None
    if not isinstance(tables, list) or not tables:
        return ["a mapping has a list `tables`"]
    problems = []
    for number, entry in enumerate(tables, 1):
        resource = hsds.BY_NAME.get(str(entry.get("resource"))) if isinstance(entry, dict) else None
        if resource is None or not isinstance(entry.get("file"), str):
            problems.append(f"table {number}: name a `file` and a `resource` of HSDS")
            continue
        columns = entry.get("columns")
        known = {"id", *resource.by_name}
        if not isinstance(columns, dict) or "id" not in columns:
            problems.append(f"table {number}: `columns` must at least say where `id` comes from")
            continue
        unknown = sorted(set(columns) | set(entry.get("defaults") or {}) - known)
        problems += [f"table {number}: {resource.name} has no column {c}" for c in unknown if c not in known]
    return problems


def load(text: str) -> dict[str, Any]:
    """A mapping from JSON text; raises `Refused` that says what is wrong with it."""
    try:
        mapping: dict[str, Any] = json.loads(text)
    except ValueError as error:
        reason = f"this is no JSON: {error}"
        raise Refused(Rejection("mapping", None, None, None, reason)) from error
    if problems := check(mapping):
        raise Refused(*(Rejection("mapping", None, None, None, problem) for problem in problems))
    return mapping


@cache
def _shipped() -> tuple[dict[str, Any], ...]:
    return tuple(load(path.read_text(encoding="utf-8")) for path in sorted(DATA.glob("*.json")))


def fitting(files: dict[str, bytes]) -> dict[str, Any] | None:
    """The mapping that comes with the product and fits all the headers of a delivery, if any."""
    for mapping in _shipped():
        wanted: dict[str, set[str]] = {}
        for entry in mapping["tables"]:
            wanted.setdefault(entry["file"], set()).update(_used(entry["columns"]))
        if set(wanted) <= set(files) and all(
            columns <= set(open_csv(file, files[file])[1]) for file, columns in wanted.items()
        ):
            return mapping
    return None


def _used(columns: dict[str, str]) -> set[str]:
    return {inner for text in columns.values() for inner in (_NAME.findall(text) or [text])}


def read(name: str, files: dict[str, bytes], mapping: dict[str, Any]) -> Package:
    """Tables of HSDS from the columns of a source, in the order in which they point at each other."""
    problems = check(mapping)
    if problems:
        raise Refused(*(Rejection("mapping", None, None, None, problem) for problem in problems))
    package = Package(name, [], full=True, mapping=mapping)
    order = {resource.name: i for i, resource in enumerate(hsds.RESOURCES)}
    entries = sorted(mapping["tables"], key=lambda entry: order[entry["resource"]])
    for entry in entries:
        file = entry["file"]
        if file not in files and len(files) == 1 and len({e["file"] for e in entries}) == 1:
            file = next(iter(files))  # a single file may bear any name
        if file not in files:
            reason = "the mapping of this source names this file, but it is not there"
            raise Refused(Rejection(file, None, None, None, reason))
        package.tables.append(_table(file, files[file], entry))
    return package


def _table(file: str, content: bytes, entry: dict[str, Any]) -> Table:
    rows, header = open_csv(file, content)
    columns: dict[str, str] = entry["columns"]
    missing = sorted(_used(columns) - set(header))
    if missing:
        reason = "this column is missing"
        raise Refused(*(Rejection(file, 1, column, None, reason) for column in missing))
    resource = hsds.BY_NAME[entry["resource"]]
    names = ["id", *resource.by_name]
    return Table(resource, file, names, _rows(rows, header, names, entry))


def _rows(
    rows: Iterator[tuple[int, list[str]]], header: list[str], names: list[str], entry: dict[str, Any]
) -> Iterator[tuple[int, list[str]]]:
    columns: dict[str, str] = entry["columns"]
    defaults: dict[str, str] = entry.get("defaults") or {}
    values: dict[str, dict[str, str]] = entry.get("values") or {}
    needs: list[str] = entry.get("only_with") or []
    for line, raw in rows:
        if len(raw) != len(header):
            yield line, raw  # the check of widths reports it
            continue
        given = dict(zip(header, raw, strict=True))
        if not all(given.get(column, "").strip() for column in needs):
            continue
        made = []
        for name in names:
            text = _filled(columns[name], given) if name in columns else ""
            text = values.get(name, {}).get(text, text)
            made.append(text or defaults.get(name, ""))
        yield line, made


def _filled(text: str, given: dict[str, str]) -> str:
    if text in given:
        return given[text].strip()
    return _NAME.sub(lambda match: given[match.group(1)].strip(), text)
