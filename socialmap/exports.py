"""Write the map as HSDS 3.1, tabular or JSON, with our profile; importing it again changes nothing."""

import csv
import io
import json
import uuid
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.db import session
from socialmap import hsds
from socialmap.documents import CHILDREN, PARENTS
from socialmap.models.directory import Organization, Sector
from socialmap.tables import table
from socialmap.validation import EMAIL, FORMULA_STARTS, URI

VERSION = "3.1"
_PLAIN_NUMBER = frozenset("+-0123456789 ./()")
Row = dict[str, Any]


class Directory:
    """All records that may leave the house, as rows of HSDS by resource; read once, in source order.

    Left out: individual practitioners, and of a place that must stay secret all but its name and type.
    """

    def __init__(self, only: dict[str, set[uuid.UUID]] | None = None) -> None:
        """`only` limits the records to these ids per resource (organization, service, location,
        service_at_location) and to what belongs to them; terms are always all there."""
        self._only = only
        self._keep_out = self._hidden()
        self._secret = self._secret_places()
        self.rows: dict[str, list[Row]] = {}
        self._ids: dict[str, dict[uuid.UUID, str]] = {}
        for resource in hsds.RESOURCES:
            self.rows[resource.name] = self._read(resource)

    def shown(self, resource: str, ident: uuid.UUID) -> str | None:
        """The id under which a record of ours is shown; None when it stays inside."""
        return self._ids[resource].get(ident)

    def _hidden(self) -> dict[str, set[uuid.UUID]]:
        practitioners = sa.select(Organization.id).where(Organization.sector == Sector.PRACTITIONER)
        return {"organization": set(session.scalars(practitioners)), "service": set(), "location": set()}

    def _read(self, resource: hsds.Resource) -> list[Row]:
        t = table(resource.name)
        ids: dict[uuid.UUID, str] = {}
        self._ids[resource.name] = ids
        query = sa.select(t).where(self._scope(resource)).order_by(t.c.source, t.c.external_id)
        records = session.execute(query).mappings().all()
        for record in records:
            ids[record["id"]] = exported_id(record["external_id"], record["id"])
        rows = []
        for record in records:
            if self._is_of_secret(resource, record) or self._leaves_out(resource, record):
                ids.pop(record["id"], None)
                self._keep_out.setdefault(resource.name, set()).add(record["id"])
                continue
            rows.append(self._row(resource, record))
        return rows

    def _scope(self, resource: hsds.Resource) -> sa.ColumnElement[bool]:
        t = table(resource.name)
        if self._only is None or resource.name in ("taxonomy", "taxonomy_term"):
            return sa.true()
        if resource.name in self._only:
            return t.c.id.in_(self._only[resource.name])
        if resource.name in ("attribute", "metadata"):
            owner = t.c.link_id if resource.name == "attribute" else t.c.resource_id
            return owner.in_(set().union(*self._only.values()))
        rules = [t.c[name].in_(self._only.get(name.removesuffix("_id"), set())) for name in resource.owners]
        return sa.or_(sa.false(), *rules)

    def _secret_places(self) -> set[uuid.UUID]:
        """The places, and the services at them: what hangs on either stays inside."""
        t, at = table("location"), table("service_at_location")
        places = sa.select(t.c.id).where(t.c.confidential.is_(True))
        offers = sa.select(at.c.id).where(at.c.location_id.in_(places))
        return set(session.scalars(sa.union_all(places, offers)))

    def _is_of_secret(self, resource: hsds.Resource, record: Any) -> bool:
        """Whether a row belongs to a secret place; that a service is given there may be known."""
        owners = resource.owners if resource.name != "service_at_location" else ()
        return any(record[name] in self._secret for name in owners)

    def _leaves_out(self, resource: hsds.Resource, record: Any) -> bool:
        if record["id"] in self._keep_out.get(resource.name, ()):
            return True
        for column in resource.references:
            value = record[column.name]
            if value is None or column.target == resource.name:
                continue
            target = record[column.target] if column.kind == "poly" else column.target
            if value not in self._ids.get(target, {}):
                return True
        return False

    def _row(self, resource: hsds.Resource, record: Any) -> Row:
        row: Row = {"id": self._ids[resource.name][record["id"]]}
        for column in resource.columns:
            value = record[column.name]
            if value is not None and column.kind in ("ref", "poly"):
                target = record[column.target] if column.kind == "poly" else column.target
                value = self._ids[target].get(value)
            row[column.name] = _plain(value)
        if record["id"] in self._secret:
            shown = hsds.OF_SECRET[resource.name]
            row |= {column.name: None for column in resource.columns if column.name not in shown}
        gone = record.get("not_seen_since")
        row |= {"source": record["source"], "external_id": record["external_id"]}
        row["not_seen_since"] = gone.date().isoformat() if gone else None
        return row


def exported_id(external_id: str, ident: uuid.UUID) -> str:
    """The source's own id where that is a UUID, as HSDS wants; else ours."""
    try:
        return external_id if str(uuid.UUID(external_id)) == external_id.lower() else str(ident)
    except ValueError:
        return str(ident)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value == int(value):
        return int(value)
    return value.value if hasattr(value, "value") else value


# ---------------------------------------------------------------- tabular
def as_tables(directory: Directory | None = None) -> dict[str, bytes]:
    """The tabular package: one CSV per table that holds anything, and the description of the package."""
    directory = directory or Directory()
    files = {}
    held = [r for r in hsds.RESOURCES if directory.rows[r.name]]
    for resource in held:
        files[resource.file] = _csv(resource, directory.rows[resource.name])
    files["datapackage.json"] = json.dumps(_description(held), ensure_ascii=False, indent=1).encode()
    return files


def _csv(resource: hsds.Resource, rows: list[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    columns = ["id", *(c.name for c in resource.columns)]
    header = [hsds.RENAMED.get((resource.name, c), c) for c in columns]
    profile = [c for c in hsds.PROFILE_COLUMNS if c not in header]
    writer.writerow([*header, *profile])
    for row in rows:
        writer.writerow([_cell(row[column]) for column in (*columns, *profile)])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    """A value as a cell, with a quote before what a spreadsheet would run as a formula."""
    if value is None:
        return ""
    text = str(value)
    if isinstance(value, str) and text.startswith(FORMULA_STARTS):
        is_number = text[0] in "+-" and set(text) <= _PLAIN_NUMBER
        is_quote = text[0] == "'" and text[1:2] not in FORMULA_STARTS
        return text if is_number or is_quote else f"'{text}"
    return text


_TYPES = {"number": "number", "integer": "number", "date": "date", "moment": "datetime", "time": "time"}


def _description(resources: Iterable[hsds.Resource]) -> Row:
    described = []
    for resource in resources:
        fields: list[Row] = [_field("id", "string", required=True, unique=True, form="uuid")]
        for column in resource.columns:
            name = hsds.RENAMED.get((resource.name, column.name), column.name)
            form = "uuid" if column.kind in ("ref", "poly") else None
            kind = _TYPES.get(column.kind, "string")
            may_be_empty = column.name in ("description", "state_province")
            fields.append(_field(name, kind, required=column.required and not may_be_empty, form=form))
        taken = {entry["name"] for entry in fields}
        fields += [_field(name, "string") for name in hsds.PROFILE_COLUMNS if name not in taken]
        described.append({
            "name": resource.name, "path": resource.file, "profile": "tabular-data-resource",
            "encoding": "utf-8", "schema": {"fields": fields, "primaryKey": "id"},
        })  # fmt: skip
    return {
        "name": "sociale-kaart", "title": "Sociale kaart (HSDS 3.1)", "profile": "tabular-data-package",
        "version": VERSION, "hsds_profile": hsds.PROFILE_URI, "resources": described,
    }  # fmt: skip


def _field(
    name: str, kind: str, *, required: bool = False, unique: bool = False, form: str | None = None
) -> Row:
    field: Row = {"name": name, "type": kind}
    if form:
        field["format"] = form
    constraints = {key: True for key, on in (("required", required), ("unique", unique)) if on}
    return field | ({"constraints": constraints} if constraints else {})


# ---------------------------------------------------------------- JSON
class Nested:
    """Turns the rows of a directory into nested HSDS documents."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.by_id = {name: {row["id"]: row for row in rows} for name, rows in directory.rows.items()}
        self._served: dict[str, list[Row]] = defaultdict(list)
        self._children: dict[tuple[str, str], dict[str, list[Row]]] = {}
        for kinds in CHILDREN.values():
            for child, back in kinds.values():
                if (child, back) not in self._children:
                    index: dict[str, list[Row]] = defaultdict(list)
                    for row in directory.rows[child]:
                        index[row[back] or ""].append(row)
                    self._children[child, back] = index

    def service(self, row: Row) -> Row:
        """A service with its organization, places, hours, areas and terms, as the API gives it."""
        return self.document("service", row)

    def document(self, kind: str, row: Row, *, skip: tuple[str, ...] = ()) -> Row:
        """A record with what belongs to it; `skip` names keys that would lead back to where we came from."""
        made = _clean(kind, row)
        for name, (parent, column) in PARENTS.get(kind, {}).items():
            if name not in skip and row[column] in self.by_id[parent]:
                inner = self.by_id[parent][row[column]]
                made[name] = self.document(parent, inner, skip=("services", "locations"))
                if column != "taxonomy_id":
                    made.pop(column, None)
        for name, (child, back) in CHILDREN.get(kind, {}).items():
            if name in skip:
                continue
            rows = [r for r in self._children[child, back].get(row["id"], ()) if _belongs(child, kind, r)]
            if rows:
                made[name] = [self._child(child, r, back) for r in rows]
        return made

    def with_services(self, row: Row) -> Row:
        """An organization with all of its services, each as a whole (`full_service` of the standard)."""
        if not self._served:
            for service in self.directory.rows["service"]:
                self._served[service["organization_id"]].append(service)
        services = [
            self.document("service", service, skip=("organization",)) for service in self._served[row["id"]]
        ]
        return self.document("organization", row) | {"services": services}

    def at_location(self, row: Row, *, full: bool) -> Row:
        """A service at a place with the service itself, as the lists and records of the standard give it."""
        service = self.by_id["service"][row["service_id"]]
        if full:
            made = self.document("service_at_location", row)
            inner = self.document("service", service, skip=("service_at_locations",))
        else:
            made = self.brief("service_at_location", row)
            inner = self.brief("service", service)
        made.pop("service_id", None)
        return made | {"service": inner}

    def brief(self, kind: str, row: Row) -> Row:
        """A record for a list: its own values, its organization and place by name, nothing below."""
        made = _clean(kind, row)
        for name, (parent, column) in PARENTS.get(kind, {}).items():
            inner = self.by_id[parent].get(row[column])
            if inner is not None:
                made[name] = _clean(parent, inner)
                made.pop(column, None)
        return made

    def _child(self, kind: str, row: Row, back: str) -> Row:
        made = self.document(kind, row, skip=("service",))
        if back not in ("link_id", "resource_id"):
            made.pop(back, None)
        return made


def _belongs(child: str, kind: str, row: Row) -> bool:
    column = {"attribute": "link_entity", "metadata": "resource_type"}.get(child)
    return column is None or row[column] == kind


def _clean(kind: str, row: Row) -> Row:
    """Only what is there, and only addresses that are well formed; the standard checks their form."""
    resource = hsds.BY_NAME[kind]
    made: Row = {"id": row["id"]}
    for column in resource.columns:
        value = row[column.name]
        if value is None or (value == "" and not column.required):
            continue
        if column.kind == "email" and not EMAIL.fullmatch(value):
            continue
        if column.kind == "uri" and not URI.fullmatch(value):
            continue
        made[hsds.RENAMED.get((kind, column.name), column.name)] = value
    for name in hsds.PROFILE_COLUMNS:
        if row[name] is not None and name not in made:
            made[name] = row[name]
    return made


def page(contents: list[Row], *, number: int = 1, size: int | None = None, total: int | None = None) -> Row:
    """The page envelope of the HSDS API."""
    total = len(contents) if total is None else total
    size = max(size or len(contents), 1)
    pages = max((total + size - 1) // size, 1)
    return {
        "total_items": total, "total_pages": pages, "page_number": number, "size": len(contents),
        "first_page": number == 1, "last_page": number >= pages, "empty": not contents, "contents": contents,
    }  # fmt: skip


def as_document(directory: Directory | None = None) -> bytes:
    """All services with everything of theirs, in one page envelope."""
    nested = Nested(directory or Directory())
    contents = [nested.service(row) for row in nested.directory.rows["service"]]
    return json.dumps(page(contents), ensure_ascii=False, separators=(",", ":")).encode()


def write(path: Path, kind: str) -> int:
    """Write the export to a file (hsds-json, or a .zip for hsds-csv) or folder; returns how many services."""
    directory = Directory()
    writers: dict[str, Callable[[], None]] = {
        "hsds-json": lambda: _write_document(path, directory),
        "hsds-csv": lambda: _write_tables(path, directory),
    }
    writers[kind]()
    return len(directory.rows["service"])


def _write_document(path: Path, directory: Directory) -> None:
    path.write_bytes(as_document(directory))


def _write_tables(path: Path, directory: Directory) -> None:
    files = as_tables(directory)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return
    path.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (path / name).write_bytes(content)
