"""Start, await and end commands; say what goes on."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
STARTED = time.monotonic()


class Failure(Exception):
    """The work cannot go on; the message is one clear sentence with the remedy."""


def say(text: str) -> None:
    print(f"[{time.monotonic() - STARTED:6.1f}s] {text}", flush=True)


def _die_with_parent() -> None:
    """Linux: the child ends when this program does, even when it is killed outright."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def start(*command: object, **options: object) -> subprocess.Popen[str]:
    """Start a command in a group of its own, so that the whole group can be ended."""
    group: dict[str, object] = {"start_new_session": True} if not WINDOWS else {}
    if sys.platform == "linux":
        group["preexec_fn"] = _die_with_parent
    arguments = [str(part) for part in command]
    env = dict(options.pop("env", None) or os.environ)  # type: ignore[call-overload]
    # Locked packages come without bytecode: unless it is kept, every process compiles them again.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        arguments, **{"cwd": ROOT, "stdin": subprocess.DEVNULL, "text": True, "env": env, **group, **options}
    )


def end(process: subprocess.Popen[str], seconds: float = 15.0) -> None:
    """End a command and everything it started: asked first, forced when it does not listen."""
    _signal(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    if not WINDOWS:
        _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[str], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if WINDOWS:
            process.terminate()
        else:
            os.killpg(process.pid, number)


def end_all(processes: Iterable[subprocess.Popen[str]]) -> None:
    """End several commands: all are asked before one is awaited."""
    processes = list(processes)
    for process in processes:
        _signal(process, signal.SIGTERM)
    for process in processes:
        end(process)


def call(*command: object, quiet: bool = False, **options: object) -> tuple[int, str]:
    """Run a command to its end. With `quiet` its output is given back, else it goes to the terminal."""
    pipes: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if quiet else {}
    process = start(*command, **{**pipes, **options})
    try:
        output, _ = process.communicate()
    except BaseException:
        end(process)
        raise
    return process.returncode, output or ""


def must(failure: str, *command: object, env: dict[str, str] | None = None) -> str:
    """Run a command quietly; when it fails, show what it said and stop with `failure`."""
    code, output = call(*command, quiet=True, env=env)
    if code:
        print(output, flush=True)
        raise Failure(failure)
    return output
