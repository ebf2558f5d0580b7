"""`flask rights`: dated amounts, a household checked with the tables of the screens; `flask retention`."""

import json
import uuid
from pathlib import Path
from typing import Any, NoReturn

import click
import sqlalchemy as sa

from core.access import Actor, system_actor
from core.cli import Group, json_option, show
from core.db import session, transaction
from core.errors import DomainError
from core.models.accounts import Tenant
from intake import retention, rights_sources
from intake.models.cases import Case
from intake.rights_documents import InvalidHousehold, Problem
from intake.rights_parameter_files import InvalidParameters
from intake.rights_screening import RIGHTS, check_household
from workflows import decision_versions

group = Group("rights", help="The rights review: amounts and checks.")
parameters_group = Group("parameters", help="Dated amounts, ages and municipal rules.")
group.add_command(parameters_group)
retention_group = Group("retention", help="Files that a selection rule says to erase.")


@parameters_group.command("load")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
def load_parameters(path: Path, as_json: bool) -> None:
    """Replace the parameters of the review by those of FILE."""
    document = _read(path, as_json)
    try:
        with transaction():
            count = rights_sources.load_parameters(document)
    except InvalidParameters as error:
        _refuse(error.problems, as_json, error)
    except ValueError as error:
        _refuse([Problem("", str(error))], as_json, error)
    version, remarks = str(document["version"]), rights_sources.remarks(document)
    told = {"version": version, "values": count, "warnings": [_plain(problem) for problem in remarks]}
    show(told, as_json, f"{count} values, version {version}")
    if not as_json and remarks:
        click.echo("\n".join(str(problem) for problem in remarks), err=True)


@group.command("check")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
def check(path: Path, as_json: bool) -> None:
    """Screen the household of FILE for every right; exit 1 when the document is refused."""
    parameters, places = rights_sources.stored_parameters(), rights_sources.Municipalities()
    tables = decision_versions.in_use(RIGHTS)
    try:
        answer = check_household(_read(path, as_json), parameters=parameters, places=places, tables=tables)
    except InvalidHousehold as error:
        _refuse(error.problems, as_json, error)
    lines = [f"{right['right']}: {right['outcome']} ({right['rule']})" for right in answer["rights"]]
    show(answer, as_json, "\n".join(lines))


class Twice(ValueError):
    """A name stands twice in one object: which of the two was meant, nobody can tell."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        raise Twice(next(name for name in names if names.count(name) > 1))
    return found


@retention_group.command("erase")
@click.option("--tenant", "name", required=True, help="The organization, by its name.")
@click.option("--apply", is_flag=True, help="Erase; without it only what would be erased.")
@json_option
def erase_files(name: str, apply: bool, as_json: bool) -> None:
    """Erase the files of an organization that its selection rule says to erase; only counts remain."""
    tenant = session.scalars(sa.select(Tenant).where(Tenant.name == name)).first()
    if tenant is None:
        raise click.ClickException(f"{name}: no such organization")
    rule, files = retention.rule_of(tenant), retention.due(tenant)
    report = [{"number": case.number, "closed_on": str(case.closed_at)[:10]} for case in files]
    numbers = {case.id: case.number for case in files}
    left = _erase_each(numbers, system_actor(tenant.id)) if apply else []
    told = {"rule": rule.id if rule else None, "files": report, "erased": apply, "left": left}
    lines = [f"{one['number']}: closed on {one['closed_on']}" for one in report]
    lines += [f"{one['number']}: NOT ERASED, {one['why']}" for one in left]
    show(told, as_json, "\n".join([f"rule: {told['rule'] or 'none, so nothing is erased'}", *lines]))
    if left:
        raise SystemExit(1)


def _erase_each(numbers: dict[uuid.UUID, str], by: Actor) -> list[dict[str, str]]:
    """Erase files one by one; those that could not be erased, and why. One of them stops no other."""
    left = []
    for case_id, number in numbers.items():
        try:
            with transaction():
                retention.erase(session.get_one(Case, case_id), by=by)
        except DomainError as refusal:
            left.append({"number": number, "why": refusal.message})
        except (OSError, sa.exc.SQLAlchemyError) as fault:  # its words may hold what the file holds
            left.append({"number": number, "why": type(fault).__name__})
    return left


def _read(path: Path, as_json: bool) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_once)
    except OSError as error:
        _refuse([Problem("", f"{path.name}: {error.strerror}")], as_json, error)
    except Twice as error:
        _refuse([Problem(str(error), "is given twice")], as_json, error)
    except (ValueError, RecursionError) as error:
        _refuse([Problem("", f"{path.name} is not JSON: {error}")], as_json, error)


def _plain(problem: Problem) -> dict[str, str]:
    return {"path": problem.path, "message": problem.message}


def _refuse(problems: list[Problem], as_json: bool, cause: Exception) -> NoReturn:
    """Say every fault, as one JSON document or on standard error, and exit 1."""
    if as_json:
        show({"problems": [_plain(problem) for problem in problems]}, as_json, "")
    else:
        click.echo("\n".join(str(problem) for problem in problems), err=True)
    raise SystemExit(1) from cause
