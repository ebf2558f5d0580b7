"""`flask rights`: load dated amounts, and check a household from a file with the tables the screens use."""

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from core.cli import json_option, show
from core.db import transaction
from intake import rights_sources
from intake.rights_documents import InvalidHousehold
from intake.rights_screening import check_household

group = AppGroup("rights", help="The rights review: amounts and checks.")
parameters_group = AppGroup("parameters", help="Dated amounts, ages and municipal rules.")
group.add_command(parameters_group)


@parameters_group.command("load")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def load_parameters(path: Path, as_json: bool) -> None:
    """Replace the parameters of the review by those of FILE."""
    document = _read(path)
    try:
        with transaction():
            count = rights_sources.load_parameters(document)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    version = str(document["version"])
    show({"version": version, "values": count}, as_json, f"{count} values, version {version}")


@group.command("check")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def check(path: Path, as_json: bool) -> None:
    """Screen the household of FILE for every right; exit 1 when the document is refused."""
    parameters, places = rights_sources.stored_parameters(), rights_sources.Municipalities()
    try:
        answer = check_household(_read(path), parameters=parameters, places=places)
    except InvalidHousehold as error:
        problems = [{"path": problem.path, "message": problem.message} for problem in error.problems]
        show({"problems": problems}, as_json, "\n".join(str(problem) for problem in error.problems))
        raise SystemExit(1) from error
    lines = [f"{right['right']}: {right['outcome']} ({right['rule']})" for right in answer["rights"]]
    show(answer, as_json, "\n".join(lines))


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path.name} is not JSON: {error}") from error
