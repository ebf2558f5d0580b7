"""Fixtures of all tests: databases of both kinds, the product on them, a client, a mail sink."""

from __future__ import annotations

import contextvars
import gc
import ipaddress
import json
import os
import re
import socket
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from email.message import Message
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa
from flask import Flask, g
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import event, orm

from tests import browser, postgres
from tests.databases import KINDS, Database, Databases, dispose, make_app

ROOT = Path(__file__).resolve().parent.parent
DEMO_PASSWORD = "draaischijf-demo"
LONGEST = {
    "test_setup.py", "test_kills.py", "test_every_form.py", "test_every_page.py", "test_projects.py",
    "test_intake_journey.py",
}  # fmt: skip


# ---------------------------------------------------------------- options and collection
def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("draaischijf")
    group.addoption("--without-pg", action="store_true", help="leave the PostgreSQL tests out")
    group.addoption("--without-browser", action="store_true", help="leave the browser journeys out")
    group.addoption("--long", action="store_true", help="run the campaigns in full: kill, steps, concurrency")


def pytest_configure(config: pytest.Config) -> None:
    # What is set on this machine must not decide a test; keys, mails and files go to a folder of the run.
    for name in [name for name in os.environ if name.startswith("DRAAISCHIJF_")]:
        if name not in {"DRAAISCHIJF_SHARED", "DRAAISCHIJF_TEST_REPORT"}:
            del os.environ[name]
    folder = tempfile.TemporaryDirectory(prefix="draaischijf-test-")
    config.add_cleanup(folder.cleanup)
    os.environ["DRAAISCHIJF_VAR"] = folder.name
    browser.prepare_driver()
    several = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")
    if not several:  # who only hands out the tests collects none
        gc.disable()  # till all is collected
    if several and not config.getoption("--without-pg") and "TEST_DATABASE_URL" not in os.environ:
        server = ExitStack()
        os.environ["TEST_DATABASE_URL"] = server.enter_context(postgres.server())  # one for all processes
        os.environ["TEST_DATABASE_ENDS"] = "1"
        config.add_cleanup(server.close)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Five thousand tests and all modules stay till the end: searching them for garbage took a tenth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Collect a test that touches the database once for each kind, or for the one kind that it names.

    A journey on one kind takes both with --long, and the other kind where its own is left out.
    """
    if "database" not in metafunc.fixturenames:
        return
    kinds = [kind for kind in KINDS if kind != "postgresql" or not metafunc.config.getoption("--without-pg")]
    find = metafunc.definition.get_closest_marker
    if marker := find("database"):
        kinds = [kind for kind in kinds if kind in marker.args]
    elif (marker := find("by_turns")) and not metafunc.config.getoption("--long"):
        kinds = [kind for kind in kinds if kind in marker.args] or kinds
    if kinds:  # else it is left out, see below
        metafunc.parametrize("database", kinds, indirect=True, scope="session")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A random identifier in a table of cases must not name a test: two processes would disagree."""
    return argname if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(val)) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for (without a word: it is not a skip), and note each test's kind."""
    left_out = []
    for item in list(items):
        kind = getattr(item, "callspec", None) and item.callspec.params.get("database")  # type: ignore[attr-defined]
        is_browser = "browser" in getattr(item, "fixturenames", ()) or "e2e" in item.path.parts
        impossible = kind not in KINDS and "database" in getattr(item, "fixturenames", ())
        if impossible or (is_browser and config.getoption("--without-browser")):
            items.remove(item)
            left_out.append(item)
        else:
            item.user_properties.append(("kind", "browser" if is_browser else kind or "plain"))
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    items.sort(key=lambda item: item.path.name not in LONGEST)  # begun last, they would keep one core waiting


# ---------------------------------------------------------------- counts for dev.py
_counts: Counter[str] = Counter()
_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _skipped.append(f"{report.nodeid}: {str(reason).removeprefix('Skipped: ')}")
    elif report.when == "call":
        _counts[str(dict(report.user_properties).get("kind", "plain"))] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = os.environ.get("DRAAISCHIJF_TEST_REPORT")
    if path and not hasattr(session.config, "workerinput"):
        left_out = [
            f"{option}: left out by choice"
            for option in ("--without-pg", "--without-browser")
            if session.config.getoption(option)
        ]
        numbers = {kind: _counts[kind] for kind in (*KINDS, "browser")}
        Path(path).write_text(json.dumps({**numbers, "skipped": sorted({*_skipped, *left_out})}))


# ---------------------------------------------------------------- no network
def _refuse_far(address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else None
    if isinstance(host, bytes):
        host = host.decode()
    if host is None or host in {"", "localhost"}:
        return  # a path of a local socket
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise RuntimeError(f"Tests stay on this machine: a connection to {host} was refused.")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_far(address)
        connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_far((host,))
        return look_up(host, *args, **kwargs)

    with (
        mock.patch.object(socket.socket, "connect", guarded_connect),
        mock.patch.object(socket, "getaddrinfo", guarded_look_up),
    ):
        yield


# ---------------------------------------------------------------- databases and the product
@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    own = tmp_path_factory.getbasetemp()
    made = Databases(own / "databases", own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)
    yield made
    made.close()


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, databases: Databases) -> Database:
    """The migrated database of this test's kind; see `pytest_generate_tests`."""
    return databases.template(request.param)


@pytest.fixture(scope="session")
def _shared_app(database: Database) -> Iterator[Flask]:
    copy = database.copy()
    app = make_app(copy.url, copy.folder, WTF_CSRF_ENABLED=False)
    yield app
    dispose(app)


@pytest.fixture
def app(_shared_app: Flask) -> Iterator[Flask]:
    """The product on a migrated database; whatever the test writes is rolled back."""
    with isolated(_shared_app):
        yield _shared_app


@pytest.fixture
def fresh_app(database: Database) -> Iterator[Flask]:
    """The product on a database of its own, for what really commits: threads, processes, locks."""
    copy = database.copy()
    app = make_app(copy.url, copy.folder, WTF_CSRF_ENABLED=False)
    yield app
    dispose(app)


def _keep_open() -> None:
    """What a test calls does not close the connection that the test will roll back."""


@contextmanager
def isolated(app: Flask) -> Iterator[None]:
    """Put all sessions and engines of `app` on one connection and one transaction, rolled back at the end.

    A commit inside becomes the release of a savepoint. Sessions are bound to the connection itself, since one
    that is bound to an engine ends the outer transaction. The reading engine of SQLite joins in: on a
    connection of its own it would not see what the test has written.
    """
    with app.app_context(), ExitStack() as stack:
        from core.db import RoutingSession, db

        stack.enter_context(
            mock.patch.dict(db.sessionmaker.kw, {"join_transaction_mode": "create_savepoint"})
        )
        connection = stack.enter_context(db.engine.connect())

        def on_connection(*_args: Any, **_named: Any) -> Any:  # not a mock: asked for every statement
            return connection

        stack.enter_context(mock.patch.object(connection, "close", _keep_open))
        transaction = connection.begin()
        stack.callback(transaction.rollback)
        stack.enter_context(mock.patch.object(connection, "begin", connection.begin_nested))
        stack.enter_context(mock.patch.object(RoutingSession, "get_bind", on_connection))
        for engine in db.engines.values():
            stack.enter_context(mock.patch.object(engine, "connect", return_value=connection))
        yield


@pytest.fixture
def session(app: Flask) -> Iterator[orm.Session]:
    """`core.db.session` inside an application context, as operations use it."""
    from core.db import session as proxy

    with app.app_context():
        g.locale = "en"  # operations speak their own words: a test names the rule, not its translation
        yield proxy


# ---------------------------------------------------------------- client and commands
class Client(FlaskClient):
    """A browser without a screen. Each request has an application context of its own, as on a server."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        from core.db import session

        with_session = _in_app_context()
        if with_session:
            session.commit()  # a savepoint: what the test has made so far stays, whatever the request does
        answer = contextvars.Context().run(super().open, *args, **kwargs)
        if with_session:
            session.expire_all()
        return answer

    def sign_in(self, email: str, password: str = DEMO_PASSWORD) -> Client:
        """Sign in through the page, as a person does."""
        answer = self.post("/login", data={"email": email, "password": password})
        assert answer.status_code == 302, f"sign-in of {email} answered {answer.status}"
        return self


def _in_app_context() -> bool:
    from flask import has_app_context

    return has_app_context()


@pytest.fixture
def client(app: Flask, session: orm.Session) -> Client:
    """A client on the isolated database; `client.sign_in(email)` signs in through the page."""
    app.test_client_class = Client
    made = app.test_client()
    assert isinstance(made, Client)
    return made


class Cli:
    """Runs `flask` commands of the product in an application context of their own."""

    def __init__(self, app: Flask) -> None:
        self._runner = FlaskCliRunner(app)

    def __call__(self, *args: str, code: int | None = 0, **options: Any) -> Any:
        """Run a command; fails unless it ends with `code` (None: any). Gives output, stdout, stderr."""
        from core.db import session

        if _in_app_context():
            session.commit()
        result = contextvars.Context().run(self._runner.invoke, args=list(args), **options)
        if code is not None:
            assert result.exit_code == code, f"{' '.join(args)} -> {result.exit_code}\n{result.output}"
        if _in_app_context():
            session.expire_all()
        return result

    def json(self, *args: str, code: int | None = 0) -> Any:
        """Run a command with --json and read its standard output, which is one JSON document."""
        return json.loads(self(*args, "--json", code=code).stdout)


@pytest.fixture
def cli(app: Flask) -> Cli:
    return Cli(app)


# ---------------------------------------------------------------- measures and the world around
class Statements(list[str]):
    """The SQL statements that ran inside the block, without the savepoints of the test itself."""


@pytest.fixture
def statements() -> Callable[[], AbstractContextManager[Statements]]:
    """`with statements() as seen: ...` then `len(seen)`."""

    @contextmanager
    def watch() -> Iterator[Statements]:
        seen = Statements()

        def note(_c: Any, _cursor: Any, statement: str, _p: Any, _x: Any, _many: bool) -> None:
            if (
                not statement.lstrip()
                .upper()
                .startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT"))
            ):
                seen.append(statement)

        event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(sa.Engine, "before_cursor_execute", note)

    return watch


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of knowledge and data beside the checkout."""
    folder = Path(os.environ.get("DRAAISCHIJF_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent (set DRAAISCHIJF_SHARED)")
    return folder


class MailSink:
    """A real SMTP server on loopback that keeps what it receives."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.recipients: list[list[str]] = []
        self.refusals: list[str] = []  # answers to give instead of accepting, first one first
        self.refused: dict[str, str] = {}  # the answer to every MAIL or RCPT
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"smtp://127.0.0.1:{self.port}"

    async def handle_MAIL(
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.refused:
            return self.refused["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.refused:
            return self.refused["RCPT"]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        import email

        if self.refusals:
            return self.refusals.pop(0)
        self.messages.append(email.message_from_bytes(envelope.content))
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


@pytest.fixture
def smtp() -> Iterator[MailSink]:
    """A mail sink: `smtp.url` for the setting, `smtp.messages` that arrived, `smtp.refusals` to give."""
    from aiosmtpd.controller import Controller

    sink = MailSink()
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, ready_timeout=60)  # of a busy machine
    controller.start()
    yield sink
    controller.stop()


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether the campaigns run in full."""
    return bool(request.config.getoption("--long"))
