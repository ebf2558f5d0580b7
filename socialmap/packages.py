"""Read a delivery into tables, whatever its form: HSDS tabular (folder or zip), HSDS JSON, or mapped CSV."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from socialmap import hsds
from socialmap.reasons import Reason

MAX_FILE = 300 * 1024 * 1024
MAX_TOTAL = 800 * 1024 * 1024
MAX_RATIO = 200  # a zip member that grows more than this is a bomb; our own tables grow about 6 times
SMALL = 5 * 1024 * 1024  # a small file of one letter does no harm
MAX_FIELD = 100_000
csv.field_size_limit(50 * 1024 * 1024)


@dataclass(frozen=True)
class Rejection:
    """Why a row, a file or a field was not taken. `line` counts from 1 and includes the header."""

    file: str
    line: int | None
    column: str | None
    value: str | None
    reason: str

    def as_dict(self) -> dict[str, Any]:
        value = None if self.value is None else self.value[:200]
        return {
            "file": self.file, "line": self.line, "column": self.column, "value": value,
            "reason": self.reason,
        }  # fmt: skip


class Refused(Exception):
    """The delivery cannot be read as a whole; nothing of it is taken.

    `can_be_mapped`: it is readable CSV, but nobody said what its columns are.
    """

    def __init__(self, *rejections: Rejection, can_be_mapped: bool = False) -> None:
        super().__init__("; ".join(f"{r.file}: {r.reason}" for r in rejections))
        self.rejections = rejections
        self.can_be_mapped = can_be_mapped


@dataclass
class Table:
    """The raw rows of one resource: (line, values in the order of `header`)."""

    resource: hsds.Resource
    file: str
    header: list[str]
    rows: Iterator[tuple[int, list[str]]]


@dataclass
class Package:
    """A delivery as tables. `full`: what is not in it is gone at the source."""

    name: str
    tables: list[Table]
    full: bool
    notes: list[str] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    mapping: dict[str, Any] | None = None  # the one it was read through, kept with the source


def read(path: Path, *, mapping: dict[str, Any] | None = None) -> Package:
    """Open a delivery: a folder, a zip, a JSON file, or a CSV file with the mapping of its source.

    Raises `Refused` with file and reason when it is damaged, incomplete or dangerous.
    """
    if not path.exists():
        raise Refused(Rejection(path.name, None, None, None, Reason("there is no such file or folder")))
    if path.is_dir():
        return _read_files(path.name, _folder_files(path), mapping)
    return read_bytes(path.name, path.read_bytes(), mapping=mapping)


def read_bytes(name: str, content: bytes, *, mapping: dict[str, Any] | None = None) -> Package:
    """The same for a file that was uploaded."""
    if content[:4] == b"PK\x03\x04" or name.endswith(".zip"):
        return _read_files(name, _zip_files(name, content), mapping)
    if len(content) > MAX_FILE:
        raise Refused(Rejection(name, None, None, None, Reason("the file is too big")))
    if name.endswith(".json") or content.lstrip()[:1] in (b"{", b"["):
        from socialmap import documents

        return documents.read(name, content)
    return _read_files(name, {name: content}, mapping)


def raw_files(name: str, content: bytes) -> dict[str, bytes]:
    """The CSV files of an upload by name, to say what their columns are."""
    files = _zip_files(name, content) if content[:4] == b"PK\x03\x04" else {name: content}
    return {file: data for file, data in files.items() if file.endswith(".csv")}


def _folder_files(path: Path) -> dict[str, bytes]:
    inner = path / "csv"
    if inner.is_dir() and not any((path / file).exists() for file in hsds.BY_FILE):
        path = inner
    files = {p.name: p for p in sorted(path.iterdir()) if p.suffix in (".csv", ".json") and p.is_file()}
    if sum(p.stat().st_size for p in files.values()) > MAX_TOTAL:
        raise Refused(Rejection(path.name, None, None, None, Reason("the folder is too big")))
    return {name: p.read_bytes() for name, p in files.items()}


def _zip_files(name: str, content: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            total = 0
            for info in archive.infolist():
                base = info.filename.rsplit("/", 1)[-1]
                if info.is_dir() or not base.endswith((".csv", ".json")) or base.startswith("."):
                    continue
                total += info.file_size
                grows = info.file_size / max(info.compress_size, 1)
                is_bomb = grows > MAX_RATIO and info.file_size > SMALL
                if info.file_size > MAX_FILE or total > MAX_TOTAL or is_bomb:
                    reason = Reason("the file grows too much when unpacked")
                    raise Refused(Rejection(base, None, None, None, reason))
                with archive.open(info) as member:
                    data = member.read(info.file_size + 1)
                if len(data) > info.file_size:
                    reason = Reason("the file is bigger than the archive says")
                    raise Refused(Rejection(base, None, None, None, reason))
                files[base] = data
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        reason = Reason("the archive is damaged; was the upload cut off? (%(error)s)", error=str(error))
        raise Refused(Rejection(name, None, None, None, reason)) from error
    return files


def _read_files(name: str, files: dict[str, bytes], mapping: dict[str, Any] | None) -> Package:
    from socialmap import mappings

    package = Package(name, [], full=True)
    mapping = mapping or mappings.fitting(files)
    if mapping:
        return mappings.read(name, files, mapping)
    known = {file: content for file, content in files.items() if file in hsds.BY_FILE}
    if not known:
        reason = Reason("there is no HSDS table in it, and this source has no mapping for its columns")
        raw = any(file.endswith(".csv") for file in files)
        raise Refused(Rejection(name, None, None, None, reason), can_be_mapped=raw)
    _check_complete(files)
    for file in sorted(set(files) - set(known) - {"datapackage.json"}):
        package.notes.append(Reason("not an HSDS table that is kept here, left out: %(file)s", file=file))
    for resource in hsds.RESOURCES:
        if resource.file in known:
            package.tables.append(_table(resource, known[resource.file], package))
    return package


def _check_complete(files: dict[str, bytes]) -> None:
    """A table that the package itself lists but that is not there means a half upload."""
    if "datapackage.json" not in files:
        return
    try:
        listed = json.loads(files["datapackage.json"].decode("utf-8-sig")).get("resources", [])
        paths = [str(entry.get("path", "")) for entry in listed if isinstance(entry, dict)]
    except (ValueError, AttributeError) as error:
        reason = Reason("this is no JSON: %(error)s", error=str(error))
        raise Refused(Rejection("datapackage.json", None, None, None, reason)) from error
    gone = [path for path in paths if path in hsds.BY_FILE and path not in files]
    if gone:
        reason = Reason("the package lists this table, but it is not there; was the upload cut off?")
        raise Refused(*(Rejection(path, None, None, None, reason) for path in gone))


def _table(resource: hsds.Resource, content: bytes, package: Package) -> Table:
    file = resource.file
    reader, header = open_csv(file, content)
    renamed = {old: new for (name, new), old in hsds.RENAMED.items() if name == resource.name}
    if renamed and "source_of_funds" not in header:
        header = [renamed.get(column, column) for column in header]
    missing = [c.name for c in resource.columns if c.required and c.name not in header]
    if "id" not in header:
        missing.insert(0, "id")
    if missing:
        reason = Reason("this column is missing")
        raise Refused(*(Rejection(file, 1, column, None, reason) for column in missing))
    extra = [c for c in header if c not in resource.by_name and c not in ("id", *hsds.PROFILE_COLUMNS)]
    if extra:
        left = ", ".join(extra)
        package.notes.append(
            Reason("columns of %(file)s that are left out: %(columns)s", file=file, columns=left)
        )
    return Table(resource, file, header, reader)


def open_csv(file: str, content: bytes) -> tuple[Iterator[tuple[int, list[str]]], list[str]]:
    """Rows with their line, and the header; takes a BOM, UTF-16, commas, semicolons and tabs."""
    text = _decode(file, content)
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count) if head else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [column.strip() for column in next(reader)]
    except StopIteration:
        raise Refused(Rejection(file, 1, None, None, Reason("the file is empty"))) from None
    except csv.Error as error:
        reason = Reason("the header cannot be read: %(error)s", error=str(error))
        raise Refused(Rejection(file, 1, None, None, reason)) from error
    doubled = sorted({column for column in header if column and header.count(column) > 1})
    if doubled:
        reason = Reason("this column is there twice")
        raise Refused(*(Rejection(file, 1, column, None, reason) for column in doubled))
    return _lines(file, reader), header


def _lines(file: str, reader: Any) -> Iterator[tuple[int, list[str]]]:
    start = reader.line_num + 1
    try:
        for row in reader:
            if row:
                yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        reason = Reason(
            "the file cannot be read from here: %(error)s; was the upload cut off?", error=str(error)
        )
        raise Refused(Rejection(file, start, None, None, reason)) from error


def _decode(file: str, content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        value = content[max(0, error.start - 20) : error.start + 20].decode("latin-1")
        reason = Reason("this is not UTF-8; save the file as UTF-8 and deliver it again")
        raise Refused(Rejection(file, line, None, value, reason)) from error
