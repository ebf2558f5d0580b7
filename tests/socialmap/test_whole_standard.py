"""Every table and column of HSDS 3.1 is kept, and comes out of both exports as it went in."""

import csv
import io
import json

import pytest
from jsonschema import Draft202012Validator

from core.db import transaction
from socialmap import documents, exports, hsds, imports, packages
from tests.factories.socialmap import ident, table
from tests.socialmap.test_exports import registry

MAIL, WEB = "info@example.org", "https://example.org/x"
VALUES = {
    "number": "3.5", "integer": "3", "date": "2026-10-01", "moment": "2026-10-01T09:00:00+00:00",
    "time": "09:00:00", "email": MAIL, "uri": WEB,
}  # fmt: skip
SPECIAL = {
    "identifier": "0566988259", "extent": "44019", "extent_type": "nis", "byday": "MO,TU", "latitude": "51.1",
    "longitude": "3.7", "minimum_age": "12", "maximum_age": "18", "logo": WEB, "language": "nl",
    "code": "nl", "country": "BE", "currency": "EUR", "valid_to": "2026-12-31", "until": "2026-12-31",
    "updated_by": MAIL,
}  # fmt: skip


def value(resource, column):
    if column.kind == "ref":
        return "" if column.target == resource.name else ident(column.target)
    if column.choices:
        return column.choices[0]
    return SPECIAL.get(column.name) or VALUES.get(column.kind) or f"{column.name} van {resource.name}"


def rows_of(resource):
    """One row in which every column holds something, and of a tree one below it."""
    if resource.name in ("attribute", "metadata"):
        return [link(resource, kind) for kind in hsds.BY_NAME if resource.name in held_by(kind)]
    row = {"id": ident(resource.name)}
    row |= {hsds.RENAMED.get((resource.name, c.name), c.name): value(resource, c) for c in resource.columns}
    tree = next((c.name for c in resource.columns if c.target == resource.name), None)
    return [row, {**row, "id": ident(f"{resource.name} below"), tree: row["id"]}] if tree else [row]


def held_by(kind):
    return {child for child, _back in documents.CHILDREN[kind].values()}


def link(resource, kind):
    row = {"id": ident(f"{resource.name} of {kind}")}
    target = ident("attribute of service" if kind == "attribute" else kind)
    for column in resource.columns:
        is_kind = column.name in ("link_entity", "resource_type")
        row[column.name] = target if column.kind == "poly" else kind if is_kind else value(resource, column)
    return row


@pytest.fixture
def delivered(session):
    files = {resource.file: rows_of(resource) for resource in hsds.RESOURCES}
    content = {name: table(rows) for name, rows in files.items()}
    plan = imports.plan_package(packages._read_files("whole", content, None), source="whole")
    assert plan.report()["rejected"] == []
    assert plan.report()["notes"] == []
    with transaction():
        imports.apply(plan)
    return files


def changes(files):
    if isinstance(files, bytes):
        plan = imports.plan_upload("whole.json", files, source="whole")
    else:
        plan = imports.plan_package(packages._read_files("whole", files, None), source="whole")
    report = plan.report()
    return [report[kind] for kind in ("new", "changed", "missing")], report["rejected"], report["warnings"]


def test_the_tables_hold_every_column_of_the_standard(delivered, shared):
    official = json.loads((shared / "data" / "hsds-3.1" / "datapackage.json").read_text())
    wanted = {r["path"]: {f["name"] for f in r["schema"]["fields"]} for r in official["resources"]}
    assert set(wanted) == set(delivered)
    tables = exports.as_tables()
    for name, rows in delivered.items():
        assert wanted[name] <= set(rows[0]), name
        found = {row["id"]: row for row in csv.DictReader(io.StringIO(tables[name].decode()))}
        for row in rows:
            assert {column: found[row["id"]][column] for column in row} == row, name
    assert changes(tables) == ([0, 0, 0], [], [])


def test_the_document_is_valid_and_changes_nothing_when_it_comes_back(delivered, shared):
    content = exports.as_document()
    folder = shared / "data" / "hsds-3.1" / "schema"
    schema = json.loads((folder / "service.json").read_text())
    validator = Draft202012Validator(schema, registry=registry(folder))
    for service in json.loads(content)["contents"]:
        assert [error.message for error in validator.iter_errors(service)] == []
    assert changes(content)[:2] == ([0, 0, 0], [])
    plan = imports.plan_upload("whole.json", content, source="whole")
    kept = {name: len(records) for name, records in plan.checked.records.items()}
    reached = {hsds.BY_FILE[name].name: len(rows) for name, rows in delivered.items()}
    for name in ("service_capacity", "unit", "program", "schedule", "phone", "cost_option", "url"):
        assert kept[name] == reached[name], name
    assert kept["attribute"] == reached["attribute"] - len(NO_SERVICE)


# Belongs to no service, so a document of services does not hold it.
NO_SERVICE = ("meta_table_description",)
