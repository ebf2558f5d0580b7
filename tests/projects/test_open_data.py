"""Open data: valid in the 360Giving standard with format checks, and without natural persons."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openpyxl import load_workbook
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from sqlalchemy import orm

from core import clock
from projects import awards, open_data
from projects.models.awards import Award
from projects.views import showing
from socialmap.models.directory import Organization, Sector
from tests.factories.projects import make_open_call, make_people, make_running


@pytest.fixture
def awarded(session: orm.Session) -> Any:
    people = make_people()
    project = make_running(people)
    project.application.title = "=SOM(1)"
    awards.close_decisions(project.application.call, by=people.officer)
    session.commit()
    return project


def validator(shared: Path) -> Draft202012Validator:
    """Both official schemas as data; the package refers to an older release of the other."""
    folder = shared / "data" / "360giving"
    schemas = {path.name: json.loads(path.read_text()) for path in folder.rglob("*.json")}
    grant = next(
        v for k, v in schemas.items() if "package" not in k and "properties" in v and "grants" not in v
    )
    package = next(v for k, v in schemas.items() if "package" in k)
    registry: Registry[Any] = Registry()
    reference = json.dumps(package)
    addresses = {part for part in reference.split('"') if part.endswith("360-giving-schema.json")}
    for address in {*addresses, grant.get("id", "grant"), grant.get("$id", "grant")}:
        registry = registry.with_resource(address, Resource(grant, DRAFT202012))
    package.pop("$schema", None)
    return Draft202012Validator(package, registry=registry, format_checker=FormatChecker())


def test_the_export_is_valid_with_format_checks(awarded: Any, cli: Any, tmp_path: Path, shared: Path) -> None:
    assert "date-time" in FormatChecker.checkers
    assert "date-time" in Draft202012Validator.FORMAT_CHECKER.checkers
    path = tmp_path / "awards.json"
    answer = cli.json("projects", "export", str(path), "--format", "360giving-json")
    assert answer["grants"] == 1
    package = json.loads(path.read_text())
    assert [error.message for error in validator(shared).iter_errors(package)] == []
    package["grants"][0]["awardDate"] = "gisteren"
    assert [error.message for error in validator(shared).iter_errors(package)] != []


def test_the_table_has_the_titles_of_the_standard(awarded: Any, cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "awards.csv"
    cli("projects", "export", str(path), "--format", "360giving-csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    core = {
        "Identifier", "Title", "Description", "Currency", "Amount Awarded", "Award Date",
        "Recipient Org:Identifier", "Recipient Org:Name", "Funding Org:Identifier", "Funding Org:Name",
    }  # fmt: skip
    assert core <= set(rows[0])
    assert all(rows[0][name] for name in core)
    assert rows[0]["Title"] == "'=SOM(1)"  # no spreadsheet takes it for a formula


def titles_of(schema: dict[str, Any], names: dict[str, Any]) -> dict[str, tuple[tuple[str, Any], ...]]:
    """The column titles that a schema of the standard defines, with the way to the value and its types."""
    found: dict[str, tuple[tuple[str, Any], ...]] = {}
    for name, part in schema.get("properties", {}).items():
        inner = part.get("items", part)
        if "$ref" in inner:
            inner = names[inner["$ref"].rsplit("/", 1)[-1]]
        title = part.get("title") or ("items" not in part and inner.get("title")) or name
        types = part.get("type")
        found[title] = ((name, types),)
        if "properties" in inner:
            for below, way in titles_of(inner, names).items():
                found[f"{title}:{below}"] = ((name, types), *way)
    return found


def unflatten(rows: list[dict[str, str]], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows back into objects of the standard, as its own tool reads a spreadsheet by titles."""
    ways = titles_of(schema, schema.get("definitions", schema.get("$defs", {})))
    made = []
    for row in rows:
        grant: dict[str, Any] = {}
        for title, text in row.items():
            if text == "":
                continue
            place: Any = grant
            *above, (last, types) = ways[title]  # a title the standard does not know fails here
            for name, kind in above:
                holder = place.setdefault(name, [{}] if kind == "array" else {})
                place = holder[0] if isinstance(holder, list) else holder
            place[last] = float(text) if "number" in (types or ()) else text
        made.append(grant)
    return made


def test_the_table_reads_back_as_valid_objects_of_the_standard(
    awarded: Any, cli: Any, tmp_path: Path, shared: Path
) -> None:
    path = tmp_path / "awards.csv"
    cli("projects", "export", str(path), "--format", "360giving-csv")
    schema = json.loads((shared / "data" / "360giving" / "360-giving-schema.json").read_text())
    grants = unflatten(list(csv.DictReader(io.StringIO(path.read_text()))), schema)
    assert [error.message for error in validator(shared).iter_errors({"grants": grants})] == []
    assert grants[0]["recipientOrganization"][0]["name"]
    assert grants[0]["amountAwarded"] == 45_000


def test_the_workbook_opens_with_the_same_columns(awarded: Any, cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "awards.xlsx"
    cli("projects", "export", str(path), "--format", "xlsx")
    sheet = load_workbook(path).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == [title for title, _path in open_data.COLUMNS]
    assert sheet.max_row == 2


def test_nothing_is_public_before_the_decisions_are_closed(session: orm.Session) -> None:
    make_running(make_people())
    assert open_data.grants() == []


def test_no_person_is_in_the_export(awarded: Any) -> None:
    text = open_data.as_json()
    assert awarded.application.signatory_name not in text
    assert "@" not in text


def test_who_works_alone_is_a_person_and_stays_out(awarded: Any, client: Any, session: orm.Session) -> None:
    call = awarded.application.call
    session.get_one(Organization, awarded.organization_id).sector = Sector.PRACTITIONER
    session.commit()
    assert open_data.grants() == []
    for page in ("/register", f"/calls/{call.id}/decisions", "/register/awards.csv"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert "SOM(1)" not in answer.text


def test_the_public_register_shows_awards_of_decided_calls_only(
    awarded: Any, client: Any, session: orm.Session, statements: Any
) -> None:
    people = make_people()
    hidden = make_open_call(people)
    for _more in range(5):
        make_open_call(people)
    session.commit()
    page = client.get("/register").text
    assert "=SOM(1)" in page
    with statements() as seen:
        assert hidden.title in client.get("/calls").text
    assert len(seen) <= 6, seen  # however many calls, each with its rounds
    assert client.get("/register/awards.json").json["grants"][0]["id"].startswith("360G-")


def test_an_export_without_tables_says_what_to_run_first(tmp_path: Path) -> None:
    target = tmp_path / "awards.json"
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "projects", "export", str(target), "--json"]
    world = {k: v for k, v in os.environ.items() if not k.startswith("DRAAISCHIJF_")}
    result = subprocess.run(
        command,
        env={**world, "DRAAISCHIJF_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert result.returncode == 1
    assert "db upgrade" in json.loads(result.stdout)["error"]
    assert "Traceback" not in result.stderr
    assert not target.exists()


def test_the_register_goes_on_after_a_page_newest_first(
    client: Any, session: orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "PAGE", 2)
    people = make_people()
    for days in (1, 3, 2):
        project = make_running(people)
        project.application.title = f"Decided {days} days ago"
        award = session.get_one(Award, project.award_id)
        award.decided_on = clock.today() - timedelta(days=days)
        awards.close_decisions(project.application.call, by=people.officer)
    session.commit()
    first = client.get("/register").text
    assert first.index("Decided 1 days") < first.index("Decided 2 days")
    assert "Decided 3 days" not in first
    following = re.search(r'href="(/register\?after=[^"]+)"', first)
    assert following
    last = client.get(following[1]).text
    assert "Decided 3 days" in last
    assert "Decided 2 days" not in last
