"""`flask process`: check a file, deploy what the library or a file holds, move running instances."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from core.access import system_actor
from core.cli import Group, Refusal, json_option, refusing
from core.db import transaction
from workflows import decision_versions, decisions, definitions, migrations, task_forms
from workflows.engine import dmn
from workflows.engine.files import as_document
from workflows.engine.files import check_file as check_report
from workflows.engine.model import Blocker, Finding, FormField

process_group = Group("process", help="Process definitions: check, deploy, migrate.")


@process_group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.option("--locale", default="nl", type=click.Choice(["nl", "fr", "en", "de"]))
def check_file(file: Path, as_json: bool, locale: str) -> None:
    """Say everything about the BPMN or DMN FILE; exit 1 when it is not deployable. Needs no database."""
    report = check_report(file)
    if as_json:
        click.echo(json.dumps(as_document(report, locale), ensure_ascii=False))
    else:
        for found in report.findings:
            click.echo(f"{file}:{found.line or 1}: {found.level} {found.code}: {found.message(locale)}")
        click.echo(f"{report.kept}/{report.nodes} nodes, deployable: {'yes' if report.deployable else 'no'}")
    if not report.deployable:
        raise SystemExit(1)


@process_group.command("forms")
@json_option
def list_forms(as_json: bool) -> None:
    """The forms that a step may name as `formKey`, with their fields."""
    known = task_forms.registered()
    if as_json:
        click.echo(json.dumps({"forms": [_form(form) for form in known]}, ensure_ascii=False))
        return
    for form in known:
        click.echo(f"{form.key}: {form.title}")
        for each in form.fields:
            click.echo(f"  {each.name} ({each.kind}{'' if each.required else ', optional'})")


def _form(form: task_forms.TaskForm) -> dict[str, Any]:
    fields = [_field(each) for each in form.fields]
    return {"key": form.key, "title": str(form.title), "fields": fields}


def _field(field: FormField) -> dict[str, Any]:
    return {
        "name": field.name,
        "kind": field.kind,
        "label": str(field.label),
        "required": field.required,
        "choices": [code for code, _label in field.choices],
    }


@process_group.command("decide")
@click.argument("name")
@click.option(
    "--input", "given", multiple=True, metavar="NAME=VALUE", help="A word, a number, a day or JSON."
)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day of the values; without it today.")
@json_option
def decide(name: str, given: tuple[str, ...], on: datetime | None, as_json: bool) -> None:
    """Ask a decision of the product, or a DMN file, and print the answer with its reasons as JSON."""
    data = Path(name).read_bytes() if name.endswith(".dmn") else _table(name)
    try:
        inputs = {
            key: decisions.read_input(text) for key, _is, text in (each.partition("=") for each in given)
        }
        answer = decisions.try_out(data, inputs, on=on.date() if on else None)
    except dmn.InvalidTables as refusal:
        raise Refusal("\n".join(_lines(refusal.findings))) from None
    except (dmn.DecisionError, ValueError) as refusal:
        raise Refusal(str(refusal)) from None
    told = {"outputs": answer.outputs, **answer.explanation}
    click.echo(json.dumps(told, ensure_ascii=False, default=str))


def _table(name: str) -> bytes:
    try:
        return decisions.table(name)
    except decisions.UnknownDecision:
        raise Refusal(f"{name}: no such decision; there are {', '.join(decisions.titles())}") from None


@process_group.command("deploy")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@json_option
def deploy_folder(path: Path | None, as_json: bool) -> None:
    """Deploy a folder (`<key>/<key>.bpmn`, *.dmn, tests.yaml); without it, what is new in the library.

    A DMN file, or a folder without a diagram, replaces decisions such as the rules of a right.
    """
    with _said_in_full(), transaction():
        tables = _tables_at(path)
        done = _deploy_tables(tables) if tables else _deploy(path)
    text = "\n".join(f"{each['key']} {each['version']}" for each in done)
    click.echo(json.dumps({"deployed": done}) if as_json else text)


@contextmanager
def _said_in_full() -> Iterator[None]:
    """Say with a refusal everything that is wrong with the files."""
    try:
        yield
    except definitions.Refused as refusal:
        lines = _lines(refusal.findings)
        raise Refusal("\n".join([refusal.message, *lines, *refusal.failures])) from None


def _lines(findings: list[Finding]) -> list[str]:
    return [f"{found.line or 1}: {found.message('nl')}" for found in findings]


def _tables_at(path: Path | None) -> list[Path]:
    """The decision tables to deploy by themselves: a file, or what lies in a folder without a diagram."""
    if path is None or any(path.glob("*.bpmn")):
        return []
    return [path] if path.is_file() else sorted(path.glob("*.dmn"))


def _deploy_tables(paths: list[Path]) -> list[dict[str, Any]]:
    """What was deployed; a table that decides already is left out."""
    made = [decision_versions.deploy(path.stem, path.read_bytes(), by=system_actor()) for path in paths]
    return [{"key": one.name, "version": one.number, "hash": one.hash} for one in made if one is not None]


def _deploy(folder: Path | None) -> list[dict[str, Any]]:
    done = (
        definitions.sync_library()
        if folder is None
        else [definitions.deploy(definitions.Source.read(folder.resolve()), by=system_actor())]
    )
    return [{"key": one.key, "version": one.version, "hash": one.hash} for one in done]


@process_group.command("retire")
@click.argument("key")
@click.option("--reason", required=True, help="Goes into the trail.")
@json_option
def retire_process(key: str, reason: str, as_json: bool) -> None:
    """Let no new instance of KEY start; running ones go on."""
    with refusing(), transaction():
        definition = definitions.find_current(key)
        if definition is None:
            raise Refusal(f"{key}: no version is in use")
        definitions.retire(definition, reason=reason, by=system_actor())
        retired = {"key": definition.key, "version": definition.version}
    click.echo(json.dumps({"retired": retired}) if as_json else f"{key} {retired['version']} retired")


@process_group.command("migrate")
@click.argument("key")
@click.option("--to", "version", type=int, help="The version to move to; without it the one in use.")
@click.option("--instance", "wanted", multiple=True, type=click.UUID, help="Only this one; may be repeated.")
@click.option("--apply", is_flag=True, help="Move them; without it only the verdicts.")
@click.option("--accept-skip", is_flag=True, help="Also move instances that pass over new steps.")
@click.option("--back", is_flag=True, help="Undo: bring back those that moved here and were not used since.")
@json_option
def migrate_instances(
    key: str,
    version: int | None,
    wanted: tuple[uuid.UUID, ...],
    apply: bool,
    accept_skip: bool,
    back: bool,
    as_json: bool,
) -> None:
    """Move running instances of KEY to another version, each in its own transaction; or back."""
    with refusing():
        target = definitions.current(key) if version is None else definitions.version(key, version)
    found = migrations.returnable(target) if back else migrations.candidates(target)
    ids = [each for each in found if not wanted or each in wanted]
    if back:
        verdicts = migrations.move_each_back(ids, by=system_actor())
    elif apply:
        with _said_in_full():
            verdicts = migrations.move_each(ids, target, accept_skip=accept_skip, by=system_actor())
    else:
        verdicts = migrations.previews(ids, target)
    counts = dict(Counter(verdict.outcome for verdict in verdicts))
    if as_json:
        rows = [
            {
                "instance": str(v.instance_id),
                "outcome": v.outcome,
                "blockers": [_blocker(b) for b in v.blockers],
            }
            for v in verdicts
        ]
        click.echo(json.dumps({"counts": counts, "instances": rows}))
        return
    for verdict in verdicts:
        reasons = ", ".join(f"{blocker.code} {blocker.element_id}" for blocker in verdict.blockers)
        click.echo(f"{verdict.instance_id} {verdict.outcome} {reasons}".rstrip())
    total = ", ".join(f"{name}: {number}" for name, number in sorted(counts.items()))
    click.echo(total or "nothing to move")


def _blocker(blocker: Blocker) -> dict[str, str]:
    return {"code": blocker.code, "element": blocker.element_id, "kind": blocker.kind}
