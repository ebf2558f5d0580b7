"""Backup and restore: one file that holds the database, what it needs to open, and how to check it.

A backup is a zip with `manifest.json` (kind, migration, ids of the keys that it needs, never the keys) and
`database.sqlite` or `database.dump` (pg_dump, custom format).
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app

from core import schema
from core.clock import now
from core.config import Settings
from core.crypto import current_keys
from core.db import db, session

FORMAT = 1


class BackupError(RuntimeError):
    """Why a backup cannot be made or put back; for the operator."""


def make(path: Path) -> dict[str, Any]:
    """Write a backup of the database as it is at this moment; its manifest. Refuses to overwrite a file."""
    if path.exists():
        raise BackupError(f"{path} exists already.")
    name = "database.sqlite" if _is_sqlite() else "database.dump"
    with tempfile.TemporaryDirectory(dir=path.resolve().parent) as folder:
        copy = Path(folder) / name
        revision = schema.current()
        session.rollback()
        if _is_sqlite():
            _copy_sqlite(Path(db.engine.url.database or ""), copy)
        else:
            _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}")
        manifest = {
            "format": FORMAT,
            "made_at": now().isoformat(),
            "kind": db.engine.dialect.name,
            "migration": revision,
            "keys": sorted(current_keys().roots),
            "lookup": _lookup_mark(),
            "file": name,
            "sha256": _digest(copy),
        }
        packed = Path(folder) / "backup.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.json", json.dumps(manifest, indent=1))
            archive.write(copy, name)
        packed.chmod(0o600)
        os.replace(packed, path)
    return manifest


def restore(path: Path, *, force: bool = False) -> dict[str, Any]:
    """Put a backup back in place of the database of this installation; its manifest.

    Refuses a file that is damaged, of the other kind of database, newer than the code, or sealed with keys
    that this installation lacks, and, without `force`, a database that holds organizations already.
    """
    if not path.is_file():
        raise BackupError(f"There is no file {path}.")
    with tempfile.TemporaryDirectory(dir=path.resolve().parent) as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
                archive.extract(manifest["file"], folder)
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise BackupError(f"{path} is no backup: {type(error).__name__}.") from None
        copy = Path(folder) / manifest["file"]
        _check(manifest, copy)
        if not force and _is_filled():
            raise BackupError("This database holds data. Restore into an empty one, or say --force.")
        session.close()
        if _is_sqlite():
            _replace_sqlite(copy)
        else:
            _drop_all()
            _run(
                "pg_restore",
                "--no-owner",
                "--no-privileges",
                "--exit-on-error",
                "--single-transaction",
                str(copy),
            )
    return manifest


def _check(manifest: dict[str, Any], copy: Path) -> None:
    if manifest.get("format") != FORMAT or manifest["kind"] != db.engine.dialect.name:
        raise BackupError(
            f"This is a backup of {manifest.get('kind')}; the database here is {db.engine.dialect.name}."
        )
    if _digest(copy) != manifest["sha256"]:
        raise BackupError("The backup is damaged: its content is not what its manifest says.")
    missing = set(manifest["keys"]) - set(current_keys().roots)
    if missing or manifest["lookup"] != _lookup_mark():
        raise BackupError(
            f"The key file lacks the keys of this backup ({', '.join(sorted(missing)) or 'look-up'})."
        )
    if manifest["migration"] and not schema.knows(manifest["migration"]):
        raise BackupError(f"The backup comes from a newer version ({manifest['migration']}).")


def _lookup_mark() -> str:
    """Tells two look-up keys apart without telling the key."""
    return hashlib.sha256(b"backup" + current_keys().lookup_key("backup")).hexdigest()[:16]


def _is_filled() -> bool:
    if not sa.inspect(db.engine).has_table("tenant"):
        return False
    found = session.execute(sa.text("SELECT 1 FROM tenant LIMIT 1")).first()
    session.rollback()
    return found is not None


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own backup: a consistent copy while others write."""
    with sqlite3.connect(source) as origin, sqlite3.connect(target) as copy:
        origin.backup(copy)
    origin.close()
    copy.close()


def _replace_sqlite(copy: Path) -> None:
    """Write the copy into the database file through SQLite, so that its log and other readers stay right."""
    for engine in db.engines.values():
        engine.dispose()
    _copy_sqlite(copy, Path(db.engine.url.database or ""))


def _drop_all() -> None:
    for engine in db.engines.values():
        engine.dispose()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")


def _run(tool: str, *arguments: str) -> None:
    """Run a tool of PostgreSQL on this database; the password goes by the environment."""
    found = shutil.which(tool) or _beside_server(tool)
    if found is None:
        raise BackupError(f"{tool} is not on this machine: install the PostgreSQL client tools.")
    settings: Settings = current_app.extensions["settings"]
    url = sa.make_url(settings.database_url).set(drivername="postgresql")
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    address = url.set(password=None).render_as_string(hide_password=False)
    done = subprocess.run(
        [found, f"--dbname={address}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{tool} failed: {done.stderr.strip().splitlines()[-1:] or done.returncode}")


def _beside_server(tool: str) -> str | None:
    """Debian keeps the tools of a version in a folder of their own."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{tool}"), reverse=True)
    return str(found[0]) if found else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
