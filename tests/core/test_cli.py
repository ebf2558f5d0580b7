"""Commands that operators and tests from outside use: people, demo, backup and restore."""

import json
import shutil
import uuid
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from core import audit, backup, demo
from core.access import Role, system_actor
from core.db import session as proxy
from core.db import transaction
from core.models.accounts import Membership, PartnershipMember, Tenant, User
from tests import postgres
from tests.databases import dispose, make_app
from tests.factories.core import PASSWORD, make_tenant

ACCOUNTS = {
    "onthaal@ocmw-evergem.example": {Role.INTAKE_WORKER},
    "teamlead@ocmw-evergem.example": {Role.TEAM_LEAD},
    "onthaal@caw-oost-vlaanderen.example": {Role.INTAKE_WORKER},
    "onthaal@dmw-cm.example": {Role.INTAKE_WORKER},
    "partner@de-brug.example": {Role.PARTNER_DESK, Role.APPLICANT},
    "coordinator@gbo-meetjesland.example": {Role.COORDINATOR},
    "stuurgroep@gbo-meetjesland.example": {Role.STEERING_GROUP},
    "provincie@oost-vlaanderen.example": {Role.OFFICER},
    "provincie2@oost-vlaanderen.example": {Role.OFFICER},
    "jury1@oost-vlaanderen.example": {Role.JUROR},
    "jury2@oost-vlaanderen.example": {Role.JUROR},
    "jury3@oost-vlaanderen.example": {Role.JUROR},
    "deputatie@oost-vlaanderen.example": {Role.DECIDER},
    "financien@oost-vlaanderen.example": {Role.FINANCE},
    "financien2@oost-vlaanderen.example": {Role.FINANCE},
    "zorgraad@meetjesland.example": {Role.OFFICER},
    "dpo@ocmw-evergem.example": {Role.DPO},
    "beheer@draaischijf.example": {Role.ADMINISTRATOR, Role.PROCESS_MANAGER, Role.MAP_EDITOR},
}


# ---------------------------------------------------------------- demo
@pytest.fixture
def loaded(session):
    demo.load()
    session.commit()


def test_the_demo_makes_the_accounts_that_are_promised(loaded, session):
    query = sa.select(User.email, Membership.roles).join(Membership.user)
    found = {email: {Role(role) for role in roles} for email, roles in session.execute(query)}
    assert set(found) == set(ACCOUNTS)
    assert all(ACCOUNTS[email] <= roles for email, roles in found.items())
    assert {email for email, _ in demo.listed_accounts()} == set(ACCOUNTS)


def test_every_demo_account_signs_in(loaded, client):
    for email in ACCOUNTS:
        assert client.sign_in(email).get("/account").status_code == 200, email
        client.post("/logout")


def test_loading_again_changes_nothing(loaded, session):
    session.execute(sa.update(User).where(User.email.startswith("dpo@")).values(name="Iemand anders"))
    counts = [
        session.scalar(sa.select(sa.func.count()).select_from(model)) for model in (User, Tenant, Membership)
    ]
    demo.load()
    session.flush()
    again = [
        session.scalar(sa.select(sa.func.count()).select_from(model)) for model in (User, Tenant, Membership)
    ]
    assert counts == again
    assert session.get_one(User, demo.user("dpo@ocmw-evergem.example")).name == "Iemand anders"


def test_the_demo_is_found_by_name(loaded, session):
    assert session.get_one(Tenant, demo.tenant("ocmw-evergem")).nis == "44019"
    members = session.scalars(
        sa.select(PartnershipMember.tenant_id).where(
            PartnershipMember.partnership_id == demo.partnership("gbo-meetjesland")
        )
    )
    assert set(members) == {demo.tenant(key) for key in ("ocmw-evergem", "caw-oost-vlaanderen", "dmw-cm")}
    with pytest.raises(KeyError):
        demo.tenant("ocmw-nergens")


# ---------------------------------------------------------------- people
def test_a_user_is_made_with_a_membership(client, cli, session):
    tenant = make_tenant()
    session.commit()
    made = cli(
        "user", "create", "New@Example.org", "--name", "Nieuw", "--tenant", str(tenant.id), "--role", "dpo",
        "--password", PASSWORD, "--json",
    )  # fmt: skip
    user = session.get_one(User, uuid.UUID(json.loads(made.stdout)["id"]))
    assert user.email == "new@example.org"
    assert client.sign_in("new@example.org")


@pytest.mark.parametrize(("email", "tenant"), [("a@example.org", "x"), ("a@example.org", str(uuid.uuid4()))])
def test_a_user_needs_an_organization_that_exists(client, cli, email, tenant):
    cli("user", "create", email, "--name", "N", "--tenant", tenant, "--password", PASSWORD, code=1)


def test_a_token_needs_an_account(client, cli):
    assert "Error" in cli("token", "create", "nobody@example.org", code=1).output


def test_the_state_of_the_schema_can_be_asked(client, cli):
    found = cli.json("db", "current")
    assert found["current"] == found["head"]


def test_a_new_key_file_can_be_printed(client, cli):
    from core import keys

    assert keys.parse(cli("keys", "new").stdout).current


# ---------------------------------------------------------------- backup and restore
@pytest.fixture
def tools(monkeypatch, database):
    """The client tools of PostgreSQL beside the server that the tests found."""
    if database.kind == "postgresql" and shutil.which("pg_dump") is None:
        folder, _ = postgres.find()
        monkeypatch.setenv("PATH", str(folder), prepend=":")


def fill(app) -> None:
    with app.app_context(), transaction():
        make_tenant("OCMW Evergem")


def names(app) -> list[str]:
    with app.app_context():
        return list(proxy.scalars(sa.select(Tenant.name)))


def other_app(app, database, **keys):
    """A second installation with an empty database and the same key file."""
    copy = database.copy()
    shutil.copy(Path(app.extensions["settings"].var) / "keys.json", copy.folder / "keys.json")
    return make_app(copy.url, copy.folder, **keys)


def triggers_came_along() -> None:
    with transaction():
        audit.record("x.done", None, by=system_actor())
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        proxy.execute(sa.text("DELETE FROM audit"))
    proxy.rollback()


def run(app, *args, code: int = 0):
    result = app.test_cli_runner().invoke(args=list(args))
    assert result.exit_code == code, result.output
    return result


def test_what_is_backed_up_comes_back_elsewhere(fresh_app, database, tools, tmp_path):
    fill(fresh_app)
    path = tmp_path / "backup.zip"
    manifest = json.loads(run(fresh_app, "backup", str(path), "--json").stdout)
    assert manifest["kind"] == database.kind
    assert path.stat().st_mode & 0o777 == 0o600
    other = other_app(fresh_app, database)
    run(other, "restore", str(path))
    assert names(other) == ["OCMW Evergem"]
    run(other, "db", "upgrade")
    assert run(other, "audit", "verify").exit_code == 0
    with other.app_context():
        triggers_came_along()
    dispose(other)


def test_a_backup_overwrites_no_file(fresh_app, tools, tmp_path):
    path = tmp_path / "backup.zip"
    path.write_text("precious")
    assert "exists already" in run(fresh_app, "backup", str(path), code=1).output
    assert path.read_text() == "precious"


def test_a_filled_database_is_not_overwritten_without_force(fresh_app, tools, tmp_path):
    path = tmp_path / "backup.zip"
    run(fresh_app, "backup", str(path))
    fill(fresh_app)
    assert "--force" in run(fresh_app, "restore", str(path), code=1).output
    assert names(fresh_app) == ["OCMW Evergem"]
    run(fresh_app, "restore", str(path), "--force")
    assert names(fresh_app) == []


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "oracle"}, "backup of oracle"),
        ({"sha256": "0"}, "damaged"),
        ({"keys": ["k-elsewhere"]}, "lacks the keys"),
        ({"lookup": "x"}, "lacks the keys"),
        ({"migration": "9999_future"}, "newer version"),
        ({"format": 2}, "backup of"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused(fresh_app, tools, tmp_path, change, reason):
    made, spoiled = tmp_path / "backup.zip", tmp_path / "spoiled.zip"
    run(fresh_app, "backup", str(made))
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(spoiled, "w") as target:
        manifest = {**json.loads(source.read("manifest.json")), **change}
        target.writestr("manifest.json", json.dumps(manifest))
        target.writestr(manifest["file"], source.read(manifest["file"]))
    assert reason in run(fresh_app, "restore", str(spoiled), "--force", code=1).output


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("content", [b"", b"no zip at all"])
def test_a_file_that_is_no_backup_is_refused(fresh_app, tmp_path, content):
    path = tmp_path / "other.zip"
    path.write_bytes(content)
    assert "no backup" in run(fresh_app, "restore", str(path), code=1).output


def test_a_backup_without_tools_says_what_is_missing(fresh_app, database, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(backup, "_beside_server", lambda tool: None)
    if database.kind == "postgresql":
        assert "client tools" in run(fresh_app, "backup", str(tmp_path / "b.zip"), code=1).output
    else:
        run(fresh_app, "backup", str(tmp_path / "b.zip"))


# ---------------------------------------------------------------- an empty installation, and --json
def test_an_empty_installation_gets_its_first_organization_and_administrator(session, cli, client):
    made = cli.json("tenant", "create", "Zorgraad Leiestreek", "--kind", "platform")
    assert cli.json("tenant", "list")["tenants"] == [
        {"id": made["id"], "name": "Zorgraad Leiestreek", "kind": "platform"}
    ]
    arguments = ("user", "create", "eerste@leiestreek.example", "--name", "An", "--role", "administrator")
    cli.json(*arguments, "--tenant", "zorgraad leiestreek", "--password", PASSWORD)
    client.sign_in("eerste@leiestreek.example")
    assert client.get("/admin/people").status_code == 200


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("tenant", "create", "  ", "--kind", "caw"), "naam"),
        (("tenant", "create", "OCMW Deinze", "--kind", "ocmw", "--nis", "9999"), "NIS"),
        (("user", "create", "a@b.be", "--name", "A", "--tenant", "x", "--password", PASSWORD), "organisatie"),
        (("token", "create", "niemand@nergens.example"), "account"),
    ],
)
def test_a_refused_command_says_why_in_its_one_document(session, cli, arguments, word):
    result = cli(*arguments, "--json", code=1)
    assert word in json.loads(result.stdout)["error"]
    assert word in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [("socialmap", "search"), ("process", "migrate"), ("process", "frobnicate"), ("backup", "--frob", "x")],
)
def test_a_command_called_wrongly_says_so_in_its_one_document(cli, arguments):
    result = cli(*arguments, "--json", code=2)
    assert json.loads(result.stdout)["error"] in result.stderr


def test_the_password_is_asked_for_beside_the_document(session, cli):
    make_tenant("OCMW Deinze")
    session.commit()
    arguments = ("user", "create", "a@deinze.example", "--name", "A", "--tenant", "OCMW Deinze", "--json")
    result = cli(*arguments, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert set(json.loads(result.stdout)) == {"id"}


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("audit", "seal"), "sealed"),
        (("audit", "verify"), "ok"),
        (("db", "current"), "head"),
        (("i18n", "check"), "ok"),
    ],
)
def test_with_json_the_output_is_one_document(session, cli, arguments, key):
    assert key in cli.json(*arguments)


EMPTY = ["tenant list", "audit verify", "demo load", "rights check {file}", "socialmap search schuld"]


def test_on_an_empty_database_every_command_says_what_to_run_first(tmp_path):
    app = make_app(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path)
    file = tmp_path / "household.json"
    file.write_text("{}", encoding="utf-8")
    for command in EMPTY:
        done = app.test_cli_runner().invoke(args=[*command.format(file=file).split(), "--json"])
        assert done.exit_code == 1, command
        assert "db upgrade" in json.loads(done.stdout)["error"], command
    dispose(app)
