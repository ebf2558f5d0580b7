"""Small HSDS packages and records of the map."""

import csv
import io
import uuid
from pathlib import Path
from typing import Any

SPACE = uuid.UUID("5d1c0a52-1111-4222-8333-944455566677")


def ident(name: str) -> str:
    """A stable UUID by name."""
    return str(uuid.uuid5(SPACE, name))


def table(rows: list[dict[str, Any]], *, delimiter: str = ",") -> bytes:
    """Rows as CSV; the header is what the first row holds."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def make_files(**changed: list[dict[str, Any]]) -> dict[str, bytes]:
    """A valid package of one organization with two services in Evergem; `services=[...]` replaces a table."""
    rows: dict[str, list[dict[str, Any]]] = {
        "organizations": [{"id": ident("org"), "name": "vzw De Lantaarn", "description": "Buurtwerk."}],
        "services": [
            {"id": ident("one"), "organization_id": ident("org"), "name": "Taalcafé", "status": "active",
             "description": "Nederlands oefenen.", "assured_date": "2026-10-01"},
            {"id": ident("two"), "organization_id": ident("org"), "name": "Fietsherstel", "status": "active",
             "description": "Samen fietsen maken.", "assured_date": "2026-10-01"},
        ],
        "service_areas": [
            {"id": ident("area"), "service_id": ident("one"), "extent": "44019", "extent_type": "nis"}
        ],
    }  # fmt: skip
    rows |= changed
    return {f"{name}.csv": table(content) for name, content in rows.items() if content}


def write_package(folder: Path, files: dict[str, bytes]) -> Path:
    """The files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
