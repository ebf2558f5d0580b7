"""Read raw CSV of a source through the mapping that is saved with it.

A mapping is `{"tables": [{"file": "agencies.csv", "resource": "organization", "columns": {"id": "Agency ID",
"name": "Title"}, "defaults": {"status": "active"}, "values": {"status": {"Yes": "active"}}}]}`. One file may
feed several resources. A column is the name of one in the file, or a text with `{names}` in braces.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from socialmap import hsds, words
from socialmap.packages import Package, Refused, Rejection, Table, open_csv
from socialmap.reasons import Reason

DATA = Path(__file__).parent / "data" / "mappings"
SHOWN = 5
# What columns of lists are called in Flanders, and elsewhere; other headers are tried as they are.
_GUESSES = {
    "naam": "name", "organisatie": "name", "dienst": "name", "title": "name", "titel": "name",
    "omschrijving": "description", "beschrijving": "description", "mail": "email", "e_mail": "email",
    "emailadres": "email", "e_mailadres": "email", "web": "website", "url": "website", "site": "website",
    "telefoon": "number", "tel": "number", "phone": "number", "gsm": "number",
    "telefoonnummer": "number", "straat": "address_1", "adres": "address_1", "address": "address_1",
    "straat_en_nummer": "address_1", "gemeente": "city", "plaats": "city", "stad": "city",
    "postcode": "postal_code", "zip": "postal_code", "provincie": "state_province",
    "land": "country", "breedtegraad": "latitude", "lengtegraad": "longitude", "lat": "latitude",
    "lon": "longitude", "lng": "longitude", "nummer": "id", "code": "id", "sleutel": "id",
    "nr": "id", "volgnummer": "id",
    "doelgroep": "eligibility_description", "aanmelden": "application_process",
    "prijs": "fees_description", "kostprijs": "fees_description", "organisatie_id": "organization_id",
    "dienst_id": "service_id", "ondernemingsnummer": "identifier", "kbo": "identifier",
}  # fmt: skip
_NAME = re.compile(r"\{([^{}]+)\}")


def check(mapping: Any) -> list[Reason]:
    """What is wrong with a mapping, in sentences; empty when it can be used."""
    tables = mapping.get("tables") if isinstance(mapping, dict) else None
    if not isinstance(tables, list) or not tables:
        return [Reason("a mapping has a list `tables`")]
    problems: list[Reason] = []
    for number, entry in enumerate(tables, 1):
        resource = hsds.BY_NAME.get(str(entry.get("resource"))) if isinstance(entry, dict) else None
        if resource is None or not isinstance(entry.get("file"), str):
            problems.append(Reason("table %(n)s: name a `file` and a `resource` of HSDS", n=number))
            continue
        columns = entry.get("columns")
        known = {"id", *resource.by_name}
        if not isinstance(columns, dict) or "id" not in columns:
            problems.append(
                Reason("table %(n)s: `columns` must at least say where `id` comes from", n=number)
            )
            continue
        unknown = sorted(set(columns) | set(entry.get("defaults") or {}) - known)
        problems += [
            Reason(
                "table %(n)s: %(target)s has no column %(column)s", n=number, target=resource.name, column=c
            )
            for c in unknown
            if c not in known
        ]
    return problems


def load(text: str) -> dict[str, Any]:
    """A mapping from JSON text; raises `Refused` that says what is wrong with it."""
    try:
        mapping: dict[str, Any] = json.loads(text)
    except ValueError as error:
        reason = Reason("this is no JSON: %(error)s", error=str(error))
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
            wanted.setdefault(entry["file"], set()).update(_used(entry))
        if set(wanted) <= set(files) and all(
            columns <= set(open_csv(file, files[file])[1]) for file, columns in wanted.items()
        ):
            return mapping
    return None


def _used(entry: dict[str, Any]) -> set[str]:
    """The columns of a file that a table is made of, with those that must hold something."""
    columns: dict[str, str] = entry["columns"]
    named = {inner for text in columns.values() for inner in (_NAME.findall(text) or [text])}
    return named | set(entry.get("only_with") or ())


def read(name: str, files: dict[str, bytes], mapping: dict[str, Any]) -> Package:
    """Tables of HSDS from the columns of a source, in the order in which they point at each other."""
    problems = check(mapping)
    if problems:
        refusals = (Rejection("mapping", None, None, None, problem) for problem in problems)
        raise Refused(*refusals, can_be_mapped=True)
    package = Package(name, [], full=True, mapping=mapping)
    order = {resource.name: i for i, resource in enumerate(hsds.RESOURCES)}
    entries = sorted(mapping["tables"], key=lambda entry: order[entry["resource"]])
    for entry in entries:
        file = entry["file"]
        if file not in files and len(files) == 1 and len({e["file"] for e in entries}) == 1:
            file = next(iter(files))  # a single file may bear any name
        if file not in files:
            reason = Reason("the mapping of this source names this file, but it is not there")
            raise Refused(Rejection(file, None, None, None, reason), can_be_mapped=True)
        package.tables.append(_table(file, files[file], entry))
    return package


@dataclass(frozen=True)
class Sample:
    """The first rows of a file, or of a table made from it, to look at."""

    title: str
    header: list[str]
    rows: list[list[str]]
    problem: str = ""


def samples(files: dict[str, bytes], limit: int = SHOWN) -> list[Sample]:
    """The first rows of each raw file as they came."""
    found = []
    for file, content in files.items():
        try:
            rows, header = open_csv(file, content)
            found.append(Sample(file, header, [row for _line, row in islice(rows, limit)]))
        except Refused as refused:
            found.append(Sample(file, [], [], refused.rejections[0].reason))
    return found


def preview(files: dict[str, bytes], mapping: dict[str, Any], limit: int = SHOWN) -> list[Sample]:
    """The first rows of each table as a mapping makes them, without the columns that stay empty."""
    found = []
    for entry in mapping["tables"]:
        title = f"{entry['file']}: {entry['resource']}"
        try:
            table = _table(entry["file"], files.get(entry["file"], b""), entry)
            rows = [row for _line, row in islice(table.rows, limit)]
        except Refused as refused:
            first = refused.rejections[0]
            title = ": ".join(filter(None, (title, first.column)))
            found.append(Sample(title, [], [], first.reason))
            continue
        used = [n for n, name in enumerate(table.header) if name in _set(entry)]
        kept = [[row[n] if n < len(row) else "" for n in used] for row in rows]
        found.append(Sample(title, [table.header[n] for n in used], kept))
    return found


def _set(entry: dict[str, Any]) -> set[str]:
    return set(entry["columns"]) | set(entry.get("defaults") or {})


def suggest(files: dict[str, bytes]) -> dict[str, Any]:
    """A first mapping to mend: per file the table of HSDS whose columns its headers look like most, and of a
    flat list of organizations or services also their addresses and telephone numbers."""
    tables: list[dict[str, Any]] = []
    for file, content in files.items():
        try:
            _rows_of, header = open_csv(file, content)
        except Refused:
            continue
        names = {_GUESSES.get(_key(column), _key(column)): column for column in reversed(header)}
        named = [hsds.BY_NAME[name] for name in ("organization", "service") if "name" in names]
        best = max(named or hsds.RESOURCES, key=lambda resource: len(names.keys() & resource.by_name.keys()))
        tables.append(_guess(file, best.name, names))
        if named and "id" in names:
            tables += _guess_parts(file, best.name, names)
    return {"tables": tables}


def _guess(file: str, resource: str, names: dict[str, str], **more: Any) -> dict[str, Any]:
    known = ("id", *hsds.BY_NAME[resource].by_name)
    columns = {name: names[name] for name in known if name in names} | more.pop("columns", {})
    defaults = {"status": "active"} if resource == "service" else {}
    defaults |= more.pop("defaults", {})
    return {
        "file": file, "resource": resource, "columns": columns, "values": {}, **more,
        "defaults": {name: text for name, text in defaults.items() if name not in columns},
    }  # fmt: skip


def _guess_parts(file: str, owner: str, names: dict[str, str]) -> list[dict[str, Any]]:
    ident = names["id"]
    parts = []
    if "address_1" in names and owner == "organization":
        place = {"defaults": {"location_type": "physical"}, "columns": {"organization_id": ident}}
        address = {
            "defaults": {"address_type": "physical", "country": "BE"},
            "columns": {"location_id": ident},
        }
        parts += [
            _guess(file, "location", names, only_with=[names["address_1"]], **place),
            _guess(file, "address", names, only_with=[names["address_1"]], **address),
        ]
    if "number" in names:
        to_owner = {"columns": {f"{owner}_id": ident}}
        parts.append(_guess(file, "phone", names, only_with=[names["number"]], **to_owner))
    return parts


def _key(column: str) -> str:
    return "_".join(words.split(column))


def _table(file: str, content: bytes, entry: dict[str, Any]) -> Table:
    rows, header = open_csv(file, content)
    missing = sorted(_used(entry) - set(header))
    if missing:
        reason = Reason("the mapping of this source names this column, but it is not there")
        raise Refused(*(Rejection(file, 1, column, None, reason) for column in missing), can_be_mapped=True)
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
