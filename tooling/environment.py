"""The environment in `.venv`: locked packages, checked against their hashes; made, mended or left alone."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tooling.processes import BIN, PYTHON, ROOT, VAR, VENV, WINDOWS, Failure, call, must, say

PIP = ("-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input")


def environment(groups: set[str]) -> None:
    """Make or mend `.venv` so that it holds the locked packages of `groups` (run, build, dev)."""
    stamp = VENV / ".stamp.json"
    damage = _damage()
    if damage:
        say(f"{damage}: making the environment anew")
        shutil.rmtree(VENV, ignore_errors=True)
    have = json.loads(stamp.read_text()) if stamp.exists() else {}
    key = digest(ROOT / "requirements" / f"{name}.txt" for name in ("run", "build", "dev", "uv"))
    installed = set(have.get("groups", [])) or _made_by_hand()
    if have.get("key") == key and (groups <= installed or "dev" in installed):
        return
    groups = {"dev"} if "dev" in groups | installed else groups | installed
    uv = shutil.which("uv")
    if not VENV.exists():
        _make_venv(uv)
    unfinished = VENV / ".unfinished"
    unfinished.touch()
    locks = [ROOT / "requirements" / f"{name}.txt" for name in sorted(groups)]
    uv = uv or _own_uv()
    say(f"installing locked packages ({', '.join(sorted(groups))})")
    _install(uv, locks)
    stamp.write_text(json.dumps({"key": key, "groups": sorted(groups)}))
    unfinished.unlink()


def _damage() -> str:
    """What is wrong with the environment, or nothing. A half-made one is better made anew than mended."""
    if not VENV.exists():
        return ""
    if (VENV / ".unfinished").exists():
        return "The last set-up was broken off"
    if not PYTHON.exists() or not (VENV / "pyvenv.cfg").exists():
        return "The environment in .venv is half made"
    code, output = call(PYTHON, "-c", "import sys; print(sys.version_info >= (3, 11))", quiet=True)
    if code or output.strip() != "True":
        return "The Python of .venv does not run"
    if not (VENV / ".stamp.json").exists() and not _can_install():
        return "The environment in .venv has nothing to install packages with"
    missing = _missing_file()
    return f"{missing} is gone from .venv" if missing else ""


def _made_by_hand() -> set[str]:
    """An environment without our stamp that runs tests keeps what tests need."""
    return {"dev"} if any(VENV.glob("lib/python*/site-packages/pytest-*.dist-info")) else set()


def _can_install() -> bool:
    return bool(shutil.which("uv")) or call(PYTHON, "-m", "pip", "--version", quiet=True)[0] == 0


def _missing_file() -> str:
    """A file that an installed package should have and has not."""
    for record in VENV.glob("lib/python*/site-packages/*.dist-info/RECORD"):
        site = record.parent.parent
        for line in record.read_text().splitlines():
            name = line.split(",")[0]
            inside = name.endswith((".py", ".so")) and not name.startswith(("..", "/", '"'))
            if inside and not (site / name).exists():
                return name
    return ""


def _make_venv(uv: str | None) -> None:
    say("making .venv")
    try:
        if uv:
            must("uv could not make .venv.", uv, "venv", "-q", "--python", sys.executable, VENV)
            return
        remedy = (
            "This Python has no complete venv module. On Debian or Ubuntu: apt-get install -y python3-venv"
            "   (or install uv), then run the same command again."
        )
        code, _ = call(sys.executable, "-c", "import venv, ensurepip", quiet=True)
        if code:
            raise Failure(remedy)
        must(remedy, sys.executable, "-m", "venv", VENV)
    except BaseException:
        shutil.rmtree(VENV, ignore_errors=True)
        raise


def _own_uv() -> str | None:
    """uv inside `.venv`, checked against its hashes; None where it cannot be had (then pip does the work)."""
    own = BIN / ("uv.exe" if WINDOWS else "uv")
    if not own.exists():
        say("installing uv")
        lock = ROOT / "requirements" / "uv.txt"
        code, _ = call(PYTHON, *PIP, "--require-hashes", "--no-deps", "-r", lock, quiet=True)
        if code:
            return None
    return str(own)


def _install(uv: str | None, locks: list[Path]) -> None:
    failure = (
        "The locked packages could not be installed (see above). Check network, proxy and room on the "
        "disk, then run the same command again."
    )
    if uv:
        code, output = call(
            uv, "pip", "sync", "-q", "--require-hashes", "--python", PYTHON, *locks, quiet=True, env=caches()
        )
        if code == 0:
            return
        if call(PYTHON, "-m", "pip", "--version", quiet=True)[0]:
            print(output, flush=True)
            raise Failure(failure)
        say("uv could not; pip tries")
    arguments = [part for lock in locks for part in ("-r", lock)]
    must(failure, PYTHON, *PIP, "--require-hashes", *arguments, env=caches())


def caches() -> dict[str, str]:
    """The environment of the package tools, with caches in var/ for a user without a home."""
    env = dict(os.environ)
    if not os.access(Path.home(), os.W_OK):
        env.setdefault("UV_CACHE_DIR", str(VAR / "cache" / "uv"))
        env.setdefault("npm_config_cache", str(VAR / "cache" / "npm"))
        env.setdefault("PIP_CACHE_DIR", str(VAR / "cache" / "pip"))
    # Hard links from a cache on another disk are not possible; uv need not say so each time.
    env.setdefault("UV_LINK_MODE", "copy")
    return env


def digest(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        if file.is_file():
            total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups in one checkout wait for each other."""
    try:
        VAR.mkdir(exist_ok=True)
        with (VAR / ".setup.lock").open("w") as lock:
            if not WINDOWS:
                import fcntl

                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    say("another dev.py is setting up this checkout: waiting for it")
                    fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except PermissionError as error:
        remedy = "Use a checkout that is yours, or change its owner (chown)."
        raise Failure(f"No right to write {error.filename}. {remedy}") from error


if __name__ == "__main__":  # the image: only the packages that the product runs on
    environment({"run"})
