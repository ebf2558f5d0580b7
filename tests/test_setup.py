"""`dev.py`: what goes wrong is said in one clear sentence with the remedy, and nothing is left running."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("dev.py", "tooling", "requirements", "package.json", "package-lock.json")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which nothing is set up."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / part)
    return tmp_path


@pytest.fixture
def no_venv_module(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a Debian without python3-venv and without uv."""
    shadow = tmp_path_factory.mktemp("shadow")
    (shadow / "ensurepip.py").write_text("raise ImportError('no ensurepip')\n")
    return {**os.environ, "PYTHONPATH": str(shadow), "PATH": "/usr/bin:/bin"}


def dev(*arguments: str, folder: Path = ROOT, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(folder / "dev.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)  # type: ignore[call-overload, no-any-return]


def test_without_a_verb_it_tells_what_it_can():
    assert "dev.py run" in dev("help").stdout
    assert dev("no-such-verb").returncode == 2


def test_a_taken_port_is_said_before_anything_is_done(checkout: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = dev("run", folder=checkout, env={**os.environ, "PORT": str(port)})
    assert answer.returncode == 1
    assert answer.stderr.strip() == (
        f"Port {port} is taken. Stop what uses it, or choose another: PORT={port + 1} python3 dev.py run"
    )
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("port", ["web", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(checkout: Path, port: str):
    answer = dev("run", folder=checkout, env={**os.environ, "PORT": port})
    assert answer.returncode == 1
    assert f"PORT={port} is no port." in answer.stderr


def test_a_missing_venv_module_leaves_no_half_environment(checkout: Path, no_venv_module: dict[str, str]):
    answer = dev("setup", folder=checkout, env=no_venv_module)
    assert answer.returncode == 1
    assert "apt-get install -y python3-venv" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("state", ["empty", "unfinished", "no interpreter"])
def test_a_half_made_environment_is_made_anew(checkout: Path, no_venv_module: dict[str, str], state: str):
    """Seen here by its first step: the old one is gone, and the next obstacle is the missing module."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    if state == "unfinished":
        (checkout / ".venv" / ".unfinished").touch()
    if state == "no interpreter":
        (checkout / ".venv" / "pyvenv.cfg").write_text("home = /nowhere\n")
        (checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
    answer = dev("setup", folder=checkout, env=no_venv_module)
    assert "making the environment anew" in answer.stdout
    assert "apt-get install -y python3-venv" in answer.stderr
    assert not (checkout / ".venv").exists()


def test_an_old_python_is_named(checkout: Path):
    script = (
        "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); sys.argv = ['dev.py', 'run']; "
        "runpy.run_path('dev.py', run_name='__main__')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=checkout, capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.returncode == 1
    assert (
        answer.stderr.strip() == "Python 3.11 or newer is needed and this is 3.9.2. Try python3.12 dev.py run"
    )


def family(mark: str) -> list[int]:
    """The processes of this machine that carry `mark` in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                if (
                    mark.encode() in (folder / "environ").read_bytes()
                    and "Z" not in (folder / "stat").read_text()
                ):
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def test_a_stopped_run_leaves_no_process_behind(tmp_path: Path):
    """Also while it starts, and when it is killed outright: then its children notice. The second start finds
    all that it needs."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        said, code = run_and_stop(tmp_path, number, serves=number != signal.SIGINT)
        assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0), said
        if number != signal.SIGINT:  # stopped while it starts: how far it came is a matter of time
            assert "onthaal@ocmw-evergem.example" in said
        assert ("demo accounts and cases" in said) == (number == signal.SIGTERM)
        wait_until(lambda: not family(f"DRAAISCHIJF_VAR={tmp_path}"), 30)
        assert family(f"DRAAISCHIJF_VAR={tmp_path}") == []


def run_and_stop(folder: Path, number: signal.Signals, *, serves: bool) -> tuple[str, int]:
    """Serve, look at a page or do not wait for it, send the signal; gives what was said and the exit code."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {**os.environ, "PORT": str(port), "NO_BROWSER": "1", "DRAAISCHIJF_VAR": str(folder)}
    log_file = folder / "log"
    with log_file.open("w") as log:
        command = [sys.executable, str(ROOT / "dev.py"), "run"]
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        stage = "runs on" if serves else "starting web server"
        wait_until(lambda: stage in log_file.read_text() or process.poll() is not None, 300)
        assert process.poll() is None, log_file.read_text()
        if serves:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=60) as page:
                assert page.status == 200
        # dev.py, gunicorn with two workers, the worker
        least = 5 if serves else 2
        wait_until(lambda: len(family(f"DRAAISCHIJF_VAR={folder}")) >= least, 30)
        assert len(family(f"DRAAISCHIJF_VAR={folder}")) >= least
    finally:
        process.send_signal(number)
        code = process.wait(60)
    return log_file.read_text(), code


def wait_until(condition: object, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.1)


def test_front_end_files_are_free_of_the_british_governments_own():
    manifest = json.loads((ROOT / "static" / "vendor" / "manifest.json").read_text())
    assert {entry["file"] for entry in manifest["files"]} >= {"govuk-frontend.min.css", "htmx.min.js"}
    css = (ROOT / "static" / "vendor" / "govuk-frontend.min.css").read_text()
    for own in ("GDS Transport", "@font-face", "crest", "crown"):
        assert own not in css
