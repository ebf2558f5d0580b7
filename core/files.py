"""Documents: checked by what they contain, sealed on disk before the commit, deleted after it (ADR 0005).

The bytes are sealed with the content key of the owner, so that purging a file makes its documents unreadable.
With a virus scanner (setting `clamd`, a socket of ClamAV's INSTREAM protocol) a document stays in quarantine
until it was scanned; without one the check of its type is the only check, and the settings page says so.
"""

import contextlib
import hashlib
import io
import os
import socket
import struct
import time
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import filetype
import sqlalchemy as sa
import structlog
from flask import current_app
from werkzeug.datastructures import FileStorage

from core import audit, crypto
from core.access import Actor, system_actor
from core.clock import now
from core.config import Settings
from core.db import after_commit, lock, reading, session, transaction, uuid7
from core.errors import DomainError, NotFound
from core.i18n import _
from core.models.files import FileState, StoredFile
from core.models.records import ContentKey

log = structlog.get_logger(__name__)

MEGABYTE = 1024 * 1024
MOST = 10 * MEGABYTE
# Bytes without a row: laid aside after an hour, for a transaction may be running; gone a month after that.
ORPHAN_SECONDS = 3600
ASIDE_SECONDS = 30 * 86_400
SCAN_BATCH = 20
PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCUMENTS = frozenset({PDF, "image/jpeg", "image/png", WORD, SHEET})
# What an office document contains beside other parts, and the most it may unpack to.
OFFICE_PARTS = {WORD: "word/document.xml", SHEET: "xl/workbook.xml"}
UNPACKED_MOST = 100 * MEGABYTE


def keep(
    upload: FileStorage,
    *,
    owner_id: uuid.UUID,
    tenant_id: uuid.UUID,
    by: Actor,
    allowed: frozenset[str] = DOCUMENTS,
    most: int = MOST,
    field: str = "file",
) -> StoredFile:
    """Check and store an upload for an owner; the row is part of the running transaction.

    Refuses an empty file, one over `most` bytes, and one whose content is none of the `allowed` types.
    """
    data = upload.stream.read(most + 1)
    if not data:
        raise DomainError(_("This file is empty."), field=field)
    if len(data) > most:
        raise DomainError(_("This file is larger than %(most)s MB.", most=most // MEGABYTE), field=field)
    media_type = kind_of(data)
    if media_type not in allowed:
        raise DomainError(
            _("This sort of file is not accepted. Use PDF, JPEG, PNG, Word or Excel."), field=field
        )
    if session.get(ContentKey, owner_id) is None:
        crypto.new_content_key(owner_id, tenant_id)
        session.flush()
    file_id = uuid7()
    name = Path((upload.filename or "file").replace("\\", "/")).name[:200]
    stored = StoredFile(
        id=file_id,
        tenant_id=tenant_id,
        owner_id=owner_id,
        name_sealed=crypto.seal_with(owner_id, f"stored_file.name_sealed.{file_id}", name),
        media_type=media_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        state=FileState.QUARANTINED if _settings().clamd else FileState.CHECKED,
        created_at=now(),
        created_by=by.user_id,
    )
    _write(file_id, crypto.seal_with(owner_id, f"stored_file.{file_id}", data))
    session.add(stored)
    session.flush()
    audit.record("file.kept", stored, by=by)
    return stored


def kind_of(data: bytes) -> str:
    """The media type by content; empty when it is none we know. Office documents are looked into."""
    guess = filetype.guess(data)
    if guess is None:
        return ""
    if guess.mime == "application/zip" or guess.mime in OFFICE_PARTS:
        return _office_kind(data)
    return str(guess.mime)


def _office_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > UNPACKED_MOST:
                return ""
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        return ""
    if any(name.endswith("vbaProject.bin") for name in names):
        return ""
    return next((kind for kind, part in OFFICE_PARTS.items() if part in names), "")


def name_of(stored: StoredFile) -> str:
    """The name it was uploaded under."""
    place = f"stored_file.name_sealed.{stored.id}"
    return crypto.open_with(stored.owner_id, place, stored.name_sealed).decode()


def read(stored: StoredFile, *, by: Actor) -> bytes:
    """The bytes, with the look in the trail. Raises NotFound for one in quarantine, refused or gone."""
    if stored.state != FileState.CHECKED:
        raise NotFound("not checked")
    try:
        data = _bytes_of(stored)
    except FileNotFoundError:
        raise NotFound("gone") from None
    audit.read(stored, by=by)
    return data


def remove(stored: StoredFile, *, by: Actor) -> None:
    """Delete row and bytes; the bytes go after the commit."""
    audit.record("file.removed", stored, by=by)
    session.delete(stored)
    for path in (_path(stored.id), _path(stored.id, _aside())):
        after_commit(f"file:{path}", partial(path.unlink, missing_ok=True))


class ScannerGone(OSError):
    """The scanner takes no calls: nothing can be judged now."""


def scan_quarantined() -> int:
    """Sweep: have the scanner look at what waits, the oldest first. Returns how many were judged.

    What gets no judgement waits for the next sweep, and does not hold up what came after it. Raises
    ScannerGone when the scanner takes no calls, and OSError when none of what waits could be judged.
    """
    if not _settings().clamd:
        return 0
    waiting = sa.select(StoredFile.id).where(StoredFile.state == FileState.QUARANTINED)
    with reading():
        file_ids = list(session.scalars(waiting.order_by(StoredFile.id)))
    judged = failed = 0
    for file_id in file_ids:
        try:
            _scan(file_id)
            judged += 1
        except ScannerGone:
            raise
        except Exception as error:
            failed += 1
            log.warning("files.not_judged", file_id=str(file_id), error=type(error).__name__)
        if judged == SCAN_BATCH:
            break
    if failed and not judged:
        raise OSError(f"none of {failed} documents could be judged")
    return judged


def _scan(file_id: uuid.UUID) -> None:
    """Judge one document. Raises OSError without its bytes: a worker may not see the folder of the web."""
    with reading():
        stored = session.get(StoredFile, file_id)
        if stored is None:
            return
        data = _bytes_of(stored)
    clean = _is_clean(data)  # after the read has ended: it may take half a minute
    with transaction():
        stored = lock(StoredFile, file_id)
        if stored is None or stored.state != FileState.QUARANTINED:
            return
        stored.state = FileState.CHECKED if clean else FileState.REFUSED
        audit.record(f"file.{stored.state}", stored, by=system_actor())


def sweep_orphans() -> int:
    """Sweep: lay aside bytes whose transaction never committed. Returns how many.

    They are not deleted at once: after a restore, or on another database with the same folder, bytes that
    are needed have no row. What a row asks for is put back; the rest goes when it lay aside for a month.
    """
    for lying in _lying_in(_aside()):
        _sort_out(lying)
    return sum(_lay_aside(lying) for lying in _lying_in(_folder()))


def _sort_out(lying: dict[uuid.UUID, Path]) -> None:
    wanted, edge = _with_row(lying), time.time() - ASIDE_SECONDS
    for file_id, path in lying.items():
        with contextlib.suppress(FileNotFoundError):  # another worker was first
            if file_id in wanted and not _path(file_id).exists():
                _move(path, _path(file_id))
            elif path.stat().st_mtime < edge:
                path.unlink()


def _lay_aside(lying: dict[uuid.UUID, Path]) -> int:
    moved, wanted, edge = 0, _with_row(lying), time.time() - ORPHAN_SECONDS
    for file_id in lying.keys() - wanted:
        with contextlib.suppress(FileNotFoundError):  # another worker was first
            if lying[file_id].stat().st_mtime < edge:
                os.utime(lying[file_id])  # the month begins now
                _move(lying[file_id], _path(file_id, _aside()))
                moved += 1
    return moved


def _lying_in(root: Path) -> Iterator[dict[uuid.UUID, Path]]:
    """The documents of each folder; what does not bear the name of one is none of ours."""
    for folder in root.glob("??/"):
        found = {}
        for path in folder.glob("*-*"):
            with contextlib.suppress(ValueError):
                found[uuid.UUID(path.name)] = path
        yield {file_id: path for file_id, path in found.items() if path == _path(file_id, root)}


def _with_row(file_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    with reading():
        return set(session.scalars(sa.select(StoredFile.id).where(StoredFile.id.in_(file_ids))))


def _move(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)


def _is_clean(data: bytes) -> bool:
    """Ask ClamAV (INSTREAM: chunks with their length, a zero ends). Raises OSError without a judgement."""
    host, _colon, port = _settings().clamd.rpartition(":")
    try:
        call = socket.create_connection((host, int(port)), timeout=30)
    except OSError as error:
        raise ScannerGone(str(error)) from error
    with call as link:
        link.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), 65_536):
            chunk = data[start : start + 65_536]
            link.sendall(struct.pack("!L", len(chunk)) + chunk)
        link.sendall(struct.pack("!L", 0))
        answer = link.makefile("rb").read().rstrip(b"\0").strip()
    if answer.endswith(b" FOUND"):
        return False
    if answer != b"stream: OK":  # nothing at all, an error, or larger than the scanner takes
        raise OSError(f"the scanner judged nothing: {answer[-60:]!r}")
    return True


def _write(file_id: uuid.UUID, sealed: bytes) -> None:
    path = _path(file_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sealed)


def _bytes_of(stored: StoredFile) -> bytes:
    """Opened; those that were laid aside are put back. Raises FileNotFoundError when they are gone."""
    path, aside = _path(stored.id), _path(stored.id, _aside())
    if not path.exists() and aside.exists():
        with contextlib.suppress(FileNotFoundError):  # the sweep was first
            _move(aside, path)
    return crypto.open_with(stored.owner_id, f"stored_file.{stored.id}", path.read_bytes())


def _path(file_id: uuid.UUID, root: Path | None = None) -> Path:
    # The end of a version 7 id is random; its beginning would put a whole month in one folder.
    return (root or _folder()) / file_id.hex[-2:] / str(file_id)


def _folder() -> Path:
    return Path(_settings().var) / "files"


def _aside() -> Path:
    return Path(_settings().var) / "orphans"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
