"""Documents on disk: looked at by a scanner, and swept when their transaction never committed."""

import contextlib
import dataclasses
import io
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm
from structlog.testing import capture_logs
from werkzeug.datastructures import FileStorage

from core import files, scheduler
from core.access import system_actor
from core.db import transaction, uuid7
from core.errors import NotFound
from core.models.files import FileState, StoredFile
from core.models.trail import AuditEntry
from tests.factories.core import make_tenant

SYSTEM = system_actor()
PDF = b"%PDF-1.7\n%%EOF\n"
INFECTED, CUT_OFF, TOO_LARGE = PDF + b"virus", PDF + b"cut off", PDF + b"too large"
ANSWERS = {
    INFECTED: b"stream: Eicar FOUND\0",
    CUT_OFF: b"",
    TOO_LARGE: b"INSTREAM size limit exceeded. ERROR\0",
}


@pytest.fixture
def scanner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A server that speaks INSTREAM as ClamAV does, with what it answers to some of `ANSWERS`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        clamd = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setitem(
            app.extensions, "settings", dataclasses.replace(app.extensions["settings"], clamd=clamd)
        )
        threading.Thread(target=_answer, args=[server], daemon=True).start()
        yield server
        stop(server)


def _answer(server: socket.socket) -> None:
    while True:
        try:
            link, _address = server.accept()
        except OSError:
            return
        with link, link.makefile("rb") as sent:
            assert sent.read(10) == b"zINSTREAM\0"
            data = b""
            while size := int.from_bytes(sent.read(4)):
                data += sent.read(size)
            link.sendall(ANSWERS.get(data, b"stream: OK\0"))


def stop(server: socket.socket) -> None:
    with contextlib.suppress(OSError):  # stopped already
        server.shutdown(socket.SHUT_RDWR)
    server.close()


def keep(data: bytes = PDF) -> StoredFile:
    with transaction():
        tenant_id = make_tenant().id
        upload = FileStorage(io.BytesIO(data), "brief.pdf")
        return files.keep(upload, owner_id=uuid7(), tenant_id=tenant_id, by=SYSTEM)


def sweep(app: Flask, name: str) -> None:
    assert scheduler.run_once(app, name) == []


def test_a_document_waits_for_the_scanner_and_may_then_be_read(
    app: Flask, session: orm.Session, scanner: socket.socket
) -> None:
    clean, infected = keep(), keep(INFECTED)
    with pytest.raises(NotFound):
        files.read(clean, by=SYSTEM)
    sweep(app, "files.scan")
    session.expire_all()
    assert files.read(clean, by=SYSTEM) == PDF
    assert infected.state == FileState.REFUSED
    entries = sa.select(AuditEntry.action).where(AuditEntry.subject_id.in_([str(clean.id), str(infected.id)]))
    trail = session.scalars(entries.order_by(AuditEntry.id)).all()
    assert list(trail) == ["file.kept", "file.kept", "file.checked", "file.refused", "file.read"]


def test_without_an_answer_of_the_scanner_documents_wait_on(
    app: Flask, session: orm.Session, scanner: socket.socket
) -> None:
    waits = keep()
    stop(scanner)
    assert scheduler.run_once(app, "files.scan") == ["files.scan"]
    session.expire_all()
    assert waits.state == FileState.QUARANTINED


def lay(file_id: uuid.UUID, seconds_ago: int = 0, root: Path | None = None) -> Path:
    """Bytes as of some time ago, under a name in the folder of documents or another."""
    path = files._path(file_id, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sealed")
    os.utime(path, (time.time() - seconds_ago,) * 2)
    return path


@pytest.mark.parametrize("data", [CUT_OFF, TOO_LARGE])
def test_only_a_virus_that_was_found_refuses_a_document(
    app: Flask, session: orm.Session, scanner: socket.socket, data: bytes
) -> None:
    waits = keep(data)
    assert scheduler.run_once(app, "files.scan") == ["files.scan"]
    session.expire_all()
    assert waits.state == FileState.QUARANTINED


def test_documents_that_cannot_be_judged_hold_up_no_others(
    app: Flask, session: orm.Session, scanner: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that this worker does not see wait on too: the web server may keep them elsewhere."""
    monkeypatch.setattr(files, "SCAN_BATCH", 1)
    lost, large, good, late = keep(), keep(TOO_LARGE), keep(), keep()
    files._path(lost.id).unlink()
    with capture_logs() as logs:
        sweep(app, "files.scan")
    session.expire_all()
    assert [each.state for each in (lost, large, good, late)] == [
        *[FileState.QUARANTINED] * 2,
        FileState.CHECKED,
        FileState.QUARANTINED,
    ]
    assert [entry["file_id"] for entry in logs if entry["event"] == "files.not_judged"] == [
        str(lost.id),
        str(large.id),
    ]


def test_bytes_without_a_row_are_laid_aside_after_an_hour(app: Flask, session: orm.Session) -> None:
    kept, fresh, orphan_id = keep(), lay(uuid7()), uuid7()
    hours = 2 * files.ORPHAN_SECONDS
    orphan = lay(orphan_id, hours)
    os.utime(files._path(kept.id), (time.time() - hours,) * 2)
    strange = [orphan.with_name(".nfs0001"), orphan.with_name(f"{orphan_id.hex}"), files._folder() / "note"]
    for path in strange:
        path.write_bytes(b"not ours")
        os.utime(path, (0, 0))
    sweep(app, "files.orphans")
    assert [path.exists() for path in (files._path(kept.id), fresh, orphan)] == [True, True, False]
    assert files._path(orphan_id, files._aside()).read_bytes() == b"sealed"
    assert all(path.exists() for path in strange)
    sweep(app, "files.orphans")
    assert files._path(orphan_id, files._aside()).exists()  # its month began when it was laid aside


def test_what_lies_aside_is_put_back_for_its_row_and_goes_after_a_month(
    app: Flask, session: orm.Session
) -> None:
    """As after the restore of a backup without the rows, and then of a newer one with them."""
    read, swept, gone = keep(), keep(), lay(uuid7(), files.ASIDE_SECONDS + 60, files._aside())
    for stored in (read, swept):
        files._move(files._path(stored.id), files._path(stored.id, files._aside()))
    assert files.read(read, by=SYSTEM) == PDF
    sweep(app, "files.orphans")
    assert files.read(swept, by=SYSTEM) == PDF
    assert not gone.exists()
    files._move(files._path(swept.id), files._path(swept.id, files._aside()))
    with transaction():
        files.remove(session.get_one(StoredFile, swept.id), by=SYSTEM)
    assert not files._path(swept.id, files._aside()).exists()
