"""Commands: schema, people, worker, trail, keys, backup, texts. With --json the output is one document."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import DBAPIError

from core import (
    accounts,
    backup,
    demo,
    keys,
    logs,
    metrics,
    people,
    rotation,
    scheduler,
    schema,
    seals,
    tenants,
)
from core.access import Role, system_actor
from core.config import ConfigError, Settings
from core.db import session, transaction
from core.errors import DomainError
from core.models.accounts import TenantKind

Loader = Callable[[], object]
F = TypeVar("F", bound=Callable[..., Any])

_reference: dict[Loader, int] = {}
_demo: dict[Loader, int] = {}


def register_reference(order: int, load: Loader) -> None:
    """Have `flask db upgrade` call `load()`, each in its own transaction, lowest order first. Repeatable."""
    _reference[load] = order


def register_demo(order: int, load: Loader) -> None:
    """Have `flask demo load` call `load()`, each in its own transaction. Core is 0. Repeatable."""
    _demo[load] = order


def _in_order(loaders: dict[Loader, int]) -> list[Loader]:
    return sorted(loaders, key=lambda load: loaders[load])


def show(data: dict[str, Any], as_json: bool, text: str) -> None:
    """The result of a command: one JSON document, or a sentence."""
    click.echo(json.dumps(data) if as_json else text)


def _report(data: dict[str, Any], as_json: bool, text: str) -> None:
    """What was done, where nothing was asked: to standard error, with --json to standard output."""
    click.echo(json.dumps(data) if as_json else text, err=not as_json)


class Refusal(click.ClickException):
    """Why a command could not be carried out: on standard error, and with --json as the document too."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        context = click.get_current_context(silent=True)
        self.as_json = bool(context and context.params.get("as_json"))

    def show(self, file: Any = None) -> None:
        super().show(file)
        if self.as_json:
            click.echo(json.dumps({"error": self.message}))


class Command(click.Command):
    """A command that says also as a document what is wrong with how it was called."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _called_wrongly(as_json="--json" in args):
            return super().make_context(info_name, args, parent, **extra)


@contextlib.contextmanager
def _called_wrongly(*, as_json: bool) -> Iterator[None]:
    """Say also as a document that there is no such command, option or argument."""
    try:
        yield
    except click.UsageError as error:
        if as_json:
            click.echo(json.dumps({"error": error.format_message()}))
        raise


class Group(AppGroup):
    """Commands of one subject."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        with _called_wrongly(as_json="--json" in args):
            return super().resolve_command(ctx, args)


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Say in words what may not be done, which file cannot be read or written, or that tables are missing."""
    try:
        yield
    except DomainError as error:
        raise Refusal(error.message) from None
    except OSError as error:
        raise Refusal(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from None
    except DBAPIError:
        session.rollback()
        if schema.is_current():
            raise
        raise Refusal("The database is empty or old. First run: flask --app wsgi db upgrade") from None


def json_option(command: F) -> F:
    """Give a command `--json`, and have what it refuses said in words, in either form."""

    @wraps(command)
    def carry_out(*args: Any, **kwargs: Any) -> Any:
        with refusing():
            return command(*args, **kwargs)

    option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
    return cast(F, option(with_appcontext(carry_out)))


# ---------------------------------------------------------------- db
db_group = Group("db", help="The schema of the database, and reference data.")


@db_group.command("upgrade")
@click.argument("revision", default="head")
@json_option
def upgrade_db(revision: str, as_json: bool) -> None:
    """Bring the schema up to date, then load reference data."""
    schema.upgrade(revision)
    if schema.is_current():
        for load in _in_order(_reference):
            with transaction():
                load()
    _report({"current": schema.current()}, as_json, f"schema: {schema.current()}")


@db_group.command("downgrade")
@click.argument("revision")
@json_option
def downgrade_db(revision: str, as_json: bool) -> None:
    """Take the schema back to REVISION (`base` for nothing at all)."""
    schema.downgrade(revision)
    _report({"current": schema.current()}, as_json, f"schema: {schema.current()}")


@db_group.command("current")
@json_option
def current_db(as_json: bool) -> None:
    """Tell which migration the database is at; exit 1 when it is not the newest."""
    found = schema.current()
    show({"current": found, "head": schema.head()}, as_json, f"{found or 'empty'} (newest: {schema.head()})")
    if found != schema.head():
        raise SystemExit(1)


# ---------------------------------------------------------------- people
user_group = Group("user", help="People who sign in.")


@user_group.command("create")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--tenant", required=True, help="Id or name of the organization (see `tenant list`).")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]))
@click.option("--password", help="Asked for when left out.")
@json_option
def create_user(
    email: str, name: str, tenant: str, roles: tuple[str, ...], password: str | None, as_json: bool
) -> None:
    """Make an account with one membership."""
    if password is None:  # asked on standard error: the other one is for the result
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        password_hash = accounts.new_password_hash(password)
        with transaction():
            made = accounts.create_user(
                email,
                name,
                password_hash,
                tenants.find(tenant).id,
                [Role(role) for role in roles],
                by=system_actor(),
            )
            made_id = made.id
    except DomainError as error:
        raise Refusal(error.message) from None
    show({"id": str(made_id)}, as_json, f"Account {made_id} was made.")


tenant_group = Group("tenant", help="Organizations that keep files, and the platform itself.")


@tenant_group.command("create")
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in TenantKind]))
@click.option("--nis", help="Municipality, for an OCMW.")
@json_option
def create_tenant(name: str, kind: str, nis: str | None, as_json: bool) -> None:
    """Make an organization; people are added to it with `user create` or by an administrator."""
    try:
        with transaction():
            made = tenants.create_tenant(name, TenantKind(kind), nis=nis, by=system_actor())
            made_id = made.id
    except DomainError as error:
        raise Refusal(error.message) from None
    show({"id": str(made_id)}, as_json, f"Organization {made_id} was made.")


@tenant_group.command("list")
@json_option
def list_tenants(as_json: bool) -> None:
    """Tell which organizations there are, with their ids."""
    found = [{"id": str(one.id), "name": one.name, "kind": str(one.kind)} for one in people.tenants()]
    lines = [f"{one['id']}  {one['kind']:<13} {one['name']}" for one in found]
    show({"tenants": found}, as_json, "\n".join(lines))


token_group = Group("token", help="Tokens for the HTTP API.")


@token_group.command("create")
@click.argument("email")
@click.option("--name", default="command line")
@click.option("--days", default=90, help="Days that the token holds.")
@json_option
def create_token(email: str, name: str, days: int, as_json: bool) -> None:
    """Make a token for the account with EMAIL. It is shown once; only its hash is kept."""
    try:
        with transaction():
            token = accounts.create_token(email, name=name, valid=timedelta(days=days), by=system_actor())
    except DomainError as error:
        raise Refusal(error.message) from None
    show({"token": token}, as_json, token)


# ---------------------------------------------------------------- demo, worker
demo_group = Group("demo", help="Fictional organizations, people and files.")


@demo_group.command("load")
@json_option
def load_demo(as_json: bool) -> None:
    """Load the demo; what is there already stays as it is."""
    settings: Settings = current_app.extensions["settings"]
    if settings.production and not settings.demo:
        raise Refusal("This is production. Set DRAAISCHIJF_DEMO=1 to load a demo here all the same.")
    for load in _in_order(_demo):
        with transaction():
            load()
    _report({"loaded": True}, as_json, "The demo is loaded.")


@click.command("worker", cls=Command)
@click.option("--once", is_flag=True, help="Run every sweep once and stop.")
@json_option
@with_appcontext
def run_worker(once: bool, as_json: bool) -> None:
    """Do what is due: messages, terms, retention. Ends cleanly on SIGTERM."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = app.extensions["settings"]
    if once:
        failed = scheduler.run_once(app)
        _report({"failed": failed}, as_json, f"These failed: {', '.join(failed)}" if failed else "Done.")
        raise SystemExit(1 if failed else 0)
    logs.route_libraries()
    metrics.serve(settings.metrics_port, settings.metrics_bind)
    scheduler.run(app)


# ---------------------------------------------------------------- trail, keys
audit_group = Group("audit", help="The trail of acts and looks.")


@audit_group.command("verify")
@json_option
def verify_audit(as_json: bool) -> None:
    """Compute all seals again; exit 1 when the trail was tampered with."""
    report = seals.verify()
    data = {
        "ok": report.is_sound, "seals": report.seals, "entries": report.entries, "unsealed": report.unsealed,
        "faults": report.faults,
    }  # fmt: skip
    lines = [
        f"{report.entries} entries under {report.seals} seals, {report.unsealed} not sealed yet.",
        *report.faults,
    ]
    show(data, as_json, "\n".join(lines))
    if not report.is_sound:
        raise SystemExit(1)


@audit_group.command("seal")
@json_option
def seal_audit(as_json: bool) -> None:
    """Seal what is not sealed yet, without waiting for the worker."""
    sealed = seals.seal_all()
    _report({"sealed": sealed}, as_json, f"{sealed} entries sealed.")


keys_group = Group("keys", help="The keys that seal personal data.")


@keys_group.command("new")
def new_keys() -> None:
    """Print a key file for a new installation. Keep it apart from the database and its backups."""
    click.echo(keys.new_keys().to_json())


@keys_group.command("rotate")
@json_option
def rotate_keys(as_json: bool) -> None:
    """Seal everything with a new root key. With the keys in a variable: put the new one there first."""
    try:
        counts = rotation.rotate(current_app.extensions["settings"])
    except ConfigError as error:
        raise Refusal(str(error)) from None
    done = f"{counts['tenants']} tenant keys wrapped, {counts['values']} values sealed"
    text = f"Key {counts['key']} is in use: {done}."
    show(counts, as_json, text)


# ---------------------------------------------------------------- backup, texts
@click.command("backup", cls=Command)
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@with_appcontext
def make_backup(path: Path, as_json: bool) -> None:
    """Write a backup of the database to PATH. The key file is not in it: keep that elsewhere."""
    try:
        manifest = backup.make(path)
    except backup.BackupError as error:
        raise Refusal(str(error)) from None
    show(
        manifest,
        as_json,
        f"{path}: {manifest['kind']}, {manifest['migration']}, needs {', '.join(manifest['keys'])}",
    )


@click.command("restore", cls=Command)
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Also over a database that holds data.")
@json_option
@with_appcontext
def restore_backup(path: Path, force: bool, as_json: bool) -> None:
    """Put the backup at PATH back. Stop web and worker first."""
    try:
        manifest = backup.restore(path, force=force)
    except backup.BackupError as error:
        raise Refusal(str(error)) from None
    show(
        manifest,
        as_json,
        f"Restored what was made at {manifest['made_at']}. Now run: flask --app wsgi db upgrade",
    )


@click.command("i18n", cls=Command)
@click.argument("verb", type=click.Choice(["update", "compile", "check"]), default="check")
@json_option
def run_i18n(verb: str, as_json: bool) -> None:
    """Bring the catalogues of all languages up to date, compile or check them."""
    from translations import catalogues

    if not as_json:
        raise SystemExit(catalogues.main(verb))
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        code = catalogues.main(verb)
    show({"ok": code == 0, "findings": told.getvalue().splitlines()}, as_json, "")
    raise SystemExit(code)


def init_app(app: Flask) -> None:
    register_demo(0, demo.load)
    groups = (db_group, tenant_group, user_group, token_group, demo_group, audit_group, keys_group)
    for command in (*groups, run_worker, make_backup, restore_backup, run_i18n):
        app.cli.add_command(command)
