#!/usr/bin/env python3
"""Everything a developer does with the checkout; standard library only, Python 3.11 or newer.

    python3 dev.py run                  set up what is missing, serve the demo, run the worker
    python3 dev.py test [options]       style and all tests: SQLite, PostgreSQL, a real browser
    python3 dev.py setup [test]         only the set-up of one of the two
    python3 dev.py check                only the style
    python3 dev.py bench [NAME] [--quick]
    python3 dev.py i18n                 bring the catalogues of all languages up to date

Tests: --without-pg, --without-browser, --long; anything else goes to pytest. PORT (8000), NO_BROWSER=1.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import webbrowser
from pathlib import Path

from tooling.assets import assets
from tooling.environment import digest, environment, one_at_a_time
from tooling.processes import BIN, PYTHON, ROOT, VAR, WINDOWS, Failure, call, end_all, must, say, start

FLASK = (PYTHON, "-m", "flask", "--app", "wsgi")
SHOWN = 60  # lines of a failed check
CATALOGUES = (PYTHON, "-m", "translations.catalogues")
ACCOUNTS = [
    ("onthaal@ocmw-evergem.example", "intake worker, OCMW Evergem"),
    ("teamlead@ocmw-evergem.example", "team lead, OCMW Evergem"),
    ("onthaal@caw-oost-vlaanderen.example", "intake worker, CAW Oost-Vlaanderen"),
    ("partner@de-brug.example", "partner desk, vzw De Brug"),
    ("provincie@oost-vlaanderen.example", "provincial officer"),
    ("beheer@draaischijf.example", "administrator, process manager, social-map editor"),
]


class Stopped(BaseException):
    """Someone asked this program to end; the number of the signal."""


# ---------------------------------------------------------------- set-up
def set_up(*, tests: bool) -> None:
    """All that is needed before the first page, or before the first test."""
    with one_at_a_time():
        environment({"dev"} if tests else {"run"})
        assets(tests=tests)
        compile_translations()
        if tests:
            find_database_and_browser()
        else:
            prepare_database()


def find_database_and_browser() -> None:
    """Say now what is missing, rather than in a thousand failed tests."""
    for module, option in (("tests.postgres", "--without-pg"), ("tests.browser", "--without-browser")):
        if option not in sys.argv:
            code, output = call(PYTHON, "-c", f"import {module} as wanted; wanted.find()", quiet=True)
            if code:
                raise Failure(output.strip().splitlines()[-1].split(": ", 1)[-1])


def compile_translations() -> None:
    stamp = VAR / ".translations"
    sources = sorted((ROOT / "translations").glob("*/LC_MESSAGES/*.po"))
    key = digest(sources)
    compiled = all(source.with_suffix(".mo").exists() for source in sources)
    if not compiled or not stamp.exists() or stamp.read_text() != key:
        say("compiling translations")
        must("The translations could not be compiled (see above).", *CATALOGUES, "compile")
        stamp.write_text(key)


def prepare_database() -> None:
    """Schema and reference data, the sample social map, the demo: what is there already stays."""
    var = Path(os.environ.get("DRAAISCHIJF_VAR", VAR))
    stamp, own = var / ".database.json", var / "draaischijf.db"
    packages = ("migrations", "core", "socialmap", "workflows", "intake", "projects")
    sources = [path for package in packages for path in sorted((ROOT / package).rglob("*"))]
    key = digest(path for path in sources if "__pycache__" not in path.parts)
    elsewhere = "DRAAISCHIJF_DATABASE_URL" in os.environ
    if not elsewhere and own.exists() and stamp.exists():
        if json.loads(stamp.read_text()) == {"key": key, "file": own.stat().st_ino}:
            return
    failure = "The database could not be made (see above). To start with an empty one, remove var/."
    say("database: schema and reference data")
    must(failure, *FLASK, "db", "upgrade")
    say("database: sample social map, demo accounts and cases")
    must(failure, *FLASK, "demo", "load")
    if own.exists() and not elsewhere:
        stamp.write_text(json.dumps({"key": key, "file": own.stat().st_ino}))


# ---------------------------------------------------------------- run
def run() -> int:
    port = chosen_port()
    check_port(port)
    set_up(tests=False)
    check_port(port)
    url = f"http://127.0.0.1:{port}/"
    env = {"DRAAISCHIJF_BASE_URL": url.rstrip("/"), **os.environ}
    processes: dict[str, subprocess.Popen[str]] = {}
    try:
        say("starting web server and worker")
        processes["web server"] = start(*web_server(port), env=env)
        processes["worker"] = start(*FLASK, "worker", env=env)
        wait_for(url + "health/live", processes)
        welcome(url)
        while not ended(processes):
            time.sleep(0.5)
        raise Failure(f"The {ended(processes)} ended, and so does the rest. The reason is above.")
    finally:
        end_all(processes.values())
        if processes:
            say("stopped")


def web_server(port: int) -> list[object]:
    if WINDOWS:
        return [PYTHON, "-m", "waitress", f"--listen=127.0.0.1:{port}", "--call", "wsgi:create_app"]
    size = ("--workers", "2", "--threads", "4")
    quiet = ("--no-control-socket", "--log-level", "warning")
    return [PYTHON, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", *size, *quiet, "wsgi:create_app()"]


def chosen_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Failure(f"PORT={text} is no port. Use a number up to 65535: PORT=8001 python3 dev.py run")
    return int(text)


def check_port(port: int) -> None:
    with socket.socket() as attempt:
        if not WINDOWS:  # there it would let two servers share a port
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise Failure(f"Port {port} is not for this user. Try PORT=8000 python3 dev.py run") from error
        except OSError as error:
            free = port + 1 if port < 65535 else 8000
            remedy = f"Stop what uses it, or choose another: PORT={free} python3 dev.py run"
            raise Failure(f"Port {port} is taken. {remedy}") from error


def ended(processes: dict[str, subprocess.Popen[str]]) -> str:
    """The name of a process that is no more."""
    return next((name for name, process in processes.items() if process.poll() is not None), "")


def wait_for(url: str, processes: dict[str, subprocess.Popen[str]]) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(600):
        if ended(processes):
            raise Failure(f"The {ended(processes)} did not start. The reason is above.")
        try:
            direct.open(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Failure(f"No answer from {url} within a minute.")


def welcome(url: str) -> None:
    say(f"Draaischijf runs on {url}   (Ctrl-C stops it)")
    print("\nDemo accounts, all with password draaischijf-demo (the sign-in page lists every one):")
    for email, role in ACCOUNTS:
        print(f"  {email:<40} {role}")
    print(flush=True)
    screen = sys.platform == "darwin" or WINDOWS or {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)
    if screen and not os.environ.get("NO_BROWSER"):
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


# ---------------------------------------------------------------- check and test
def check() -> int:
    """Run every check of style; gives the number of failures."""
    return style_failures(start_style())


def start_style() -> dict[str, subprocess.Popen[str]]:
    """Every check of style at once."""
    checks: dict[str, tuple[object, ...]] = {
        "ruff": (PYTHON, "-m", "ruff", "check", "."),
        "format": (PYTHON, "-m", "ruff", "format", "--check", "."),
        "types": (PYTHON, "-m", "mypy"),
        "imports": (BIN / "lint-imports", "--cache-dir", VAR / "import-linter"),
        "templates": (PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"),
        "translations": (*CATALOGUES, "check"),
    }
    say("style: " + ", ".join(checks))
    pipes: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return {name: start(*command, **pipes) for name, command in checks.items()}


def style_failures(running: dict[str, subprocess.Popen[str]]) -> int:
    """Wait for the checks and show what those say that fail; gives their number."""
    failed = []
    try:
        for name, process in running.items():
            output, _ = process.communicate()
            if process.returncode:
                failed.append(name)
                lines = output.strip().splitlines()
                more = [f"… and {len(lines) - SHOWN} lines more"] if len(lines) > SHOWN else []
                print("\n".join([f"--- {name}", *lines[:SHOWN], *more, ""]), flush=True)
    finally:
        end_all(process for process in running.values() if process.poll() is None)
    say(f"style: these fail: {', '.join(failed)}" if failed else "style: all well")
    return len(failed)


def test(arguments: list[str]) -> int:
    set_up(tests=True)
    report = VAR / f"test-report-{os.getpid()}.json"
    whole = all(argument.startswith("-") for argument in arguments)
    # Three on two cores: while one waits for a browser, a database or a process to end, another works.
    workers = ["-n", "3", "--dist", "worksteal", "--durations", "10"] if whole else []
    env = {**os.environ, "DRAAISCHIJF_TEST_REPORT": str(report)}
    style = start_style()  # beside the tests: alone, one check of one core would keep the other waiting
    say("tests")
    try:
        code, _ = call(PYTHON, "-m", "pytest", *workers, *arguments, env=env)
        counts = json.loads(report.read_text()) if report.exists() else {}
        failures = style_failures(style)
    finally:
        end_all(process for process in style.values() if process.poll() is None)
        report.unlink(missing_ok=True)
    if failures:
        say("style failed, see above; the tests " + ("failed too" if code else "passed"))
    print(json.dumps({"sqlite": 0, "postgresql": 0, "browser": 0, "skipped": [], **counts}), flush=True)
    return code or (1 if failures else 0)


def in_environment(group: str, *command: object) -> int:
    with one_at_a_time():
        environment({group})
    return call(*command)[0]


# ---------------------------------------------------------------- the command line
def main(arguments: list[str]) -> int:
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if verb not in {"run", "test", "setup", "bench", "check", "i18n"}:
        print(__doc__)
        return 0 if verb in {"-h", "--help", "help"} else 2
    if sys.version_info < (3, 11):  # noqa: UP036 - this sentence is for whoever has an older one
        version = ".".join(map(str, sys.version_info[:3]))
        raise Failure(f"Python 3.11 or newer is needed and this is {version}. Try python3.12 dev.py {verb}")
    if verb == "run":
        return run()
    if verb == "test":
        return test(rest)
    if verb == "bench":
        return in_environment("dev", PYTHON, "-m", "benchmarks", *rest)
    if verb == "i18n":
        return in_environment("run", *CATALOGUES, "update")
    if verb == "check":
        with one_at_a_time():
            environment({"dev"})
        return min(check(), 1)
    set_up(tests="test" in rest)
    say("ready")
    return 0


def _stop(number: int, _frame: object) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):  # once is enough: the clean-up is not to be broken off
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)


if __name__ == "__main__":
    for _number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(_number, _stop)
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        sys.stdout.flush()
        sys.exit(f"\n{failure}")
    except Stopped as stopped:
        # To be stopped is how a served demo ends; anything else was broken off.
        sys.exit(0 if sys.argv[1:2] == ["run"] else 128 + int(stopped.args[0]))
