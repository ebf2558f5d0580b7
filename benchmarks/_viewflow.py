"""django-viewflow beside us: in an environment of its own under `var/`, from a lock file of its own.

It is AGPL and only measured, never part of the product or of its image.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks._measure import Times, say
from tooling.environment import caches, digest
from tooling.processes import BIN, ROOT, VAR

LOCK = ROOT / "requirements" / "viewflow.txt"
HOME = VAR / "viewflow"
SITE = Path(__file__).parent / "peers" / "viewflow"


class Peer:
    """The running site; one call does whole cases."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.version = str(json.loads(self._line())["ready"])

    def completions(self, cases: int) -> list[list[float]]:
        """Milliseconds of assign and of execute, for every completion."""
        assert self._process.stdin
        self._process.stdin.write(f"{cases}\n")
        self._process.stdin.flush()
        found: list[list[float]] = json.loads(self._line())
        return found

    def times(self, cases: int) -> Times:
        """Both together: what one completion takes."""
        return [assign + execute for assign, execute in self.completions(cases)]

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the viewflow site ended; its reason is above")
        return line


@contextlib.contextmanager
def site(url: str) -> Iterator[Peer]:
    """A site on this PostgreSQL database; it ends with the block."""
    process = subprocess.Popen(
        [str(_python()), str(SITE / "serve.py"), url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=SITE,
    )  # fmt: skip
    try:
        yield Peer(process)
    finally:
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _python() -> Path:
    """The interpreter of that environment, made from the lock file when that changed."""
    python, stamp = HOME / "bin" / "python", HOME / ".stamp"
    key = digest([LOCK])
    if not python.exists() or not stamp.exists() or stamp.read_text() != key:
        say("an environment for django-viewflow (once)")
        VAR.mkdir(exist_ok=True)
        uv = BIN / "uv"
        if uv.exists():
            _run(uv, "venv", "-q", "--clear", "--python", sys.executable, HOME)
            _run(uv, "pip", "sync", "-q", "--require-hashes", "--python", python, LOCK)
        else:
            _run(sys.executable, "-m", "venv", "--clear", HOME)
            _run(python, "-m", "pip", "install", "-q", "--require-hashes", "-r", LOCK)
        stamp.write_text(key)
    return python


def _run(*command: object) -> None:
    done = subprocess.run([str(part) for part in command], env={**os.environ, **caches()}, check=False)
    if done.returncode:
        raise RuntimeError("django-viewflow could not be installed (see above)")
