"""Documents on disk: looked at by a scanner, and swept when their transaction never committed."""

import contextlib
import dataclasses
import io
import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import orm
from werkzeug.datastructures import FileStorage

from core import files, scheduler
from core.access import system_actor
from core.db import transaction, uuid7
from core.errors import NotFound
from core.models.files import FileState, StoredFile
from tests.factories.core import make_tenant

SYSTEM = system_actor()
PDF = b"%PDF-1.7\n%%EOF\n"
INFECTED = PDF + b"virus"


@pytest.fixture
def scanner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A server that speaks INSTREAM as ClamAV does, and finds a virus in `INFECTED`."""
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
            link.sendall(b"stream: Eicar FOUND\0" if data == INFECTED else b"stream: OK\0")


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
    clean, infected, lost = keep(), keep(INFECTED), keep()
    files._path(lost.id).unlink()
    with pytest.raises(NotFound):
        files.read(clean, by=SYSTEM)
    sweep(app, "files.scan")
    session.expire_all()
    assert files.read(clean, by=SYSTEM) == PDF
    assert [infected.state, lost.state] == [FileState.REFUSED, FileState.REFUSED]


def test_without_an_answer_of_the_scanner_documents_wait_on(
    app: Flask, session: orm.Session, scanner: socket.socket
) -> None:
    waits = keep()
    stop(scanner)
    assert scheduler.run_once(app, "files.scan") == ["files.scan"]
    session.expire_all()
    assert waits.state == FileState.QUARANTINED


def test_bytes_without_a_row_are_swept_after_an_hour(app: Flask, session: orm.Session) -> None:
    kept, fresh, orphan = files._path(keep().id), files._path(uuid7()), files._path(uuid7())
    for path in (fresh, orphan):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sealed")
    before = time.time() - 2 * files.ORPHAN_SECONDS
    for path in (kept, orphan):
        os.utime(path, (before, before))
    sweep(app, "files.orphans")
    assert [path.exists() for path in (kept, fresh, orphan)] == [True, True, False]
