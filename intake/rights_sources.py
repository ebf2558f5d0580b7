"""Where the rights review gets amounts and municipalities: dated parameters, the geography."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from core import parameters
from core.db import session
from core.models.records import Parameter
from intake import rights_parameter_files
from intake.rights_parameter_files import InvalidParameters
from intake.rights_screening import DatedParameters
from socialmap import geography

PREFIX = "rights."
VERSION = "rights.version"
UNIT = "rights parameters"


class Municipalities:
    """Merged municipalities and regions, from the geography of the social map."""

    def successor(self, nis: str, on: date) -> str:
        """The municipality that `nis` belongs to on a day. `valid_to` is the first day of the merger."""
        found = geography.municipality(nis)
        if found is None or not found.successors or found.valid_to is None or on < found.valid_to:
            return nis
        return self.successor(found.successors[0], on)

    def is_flemish(self, nis: str) -> bool | None:
        found = geography.municipality(nis)
        return None if found is None else found.region == geography.FLANDERS


def stored_parameters() -> DatedParameters:
    """Every amount and rule of the review with its dates, in one statement."""
    rows = session.scalars(
        sa.select(Parameter).where(Parameter.key.startswith(PREFIX), Parameter.tenant_id.is_(None))
    )
    values: dict[str, list[tuple[date, date | None, Any]]] = {}
    version = "none"
    for row in rows:
        if row.key == VERSION:
            version = str(row.value)
        else:
            name = row.key.removeprefix(PREFIX)
            values.setdefault(name, []).append((row.valid_from, row.valid_to, row.value))
    return DatedParameters(version, {key: tuple(entries) for key, entries in values.items()})


def load_parameters(document: Mapping[str, Any]) -> int:
    """Replace the amounts and rules by those of a file, in the running transaction; how many values.

    Raises ValueError (InvalidParameters) for a document of another shape, and for periods that overlap.
    """
    faults = rights_parameter_files.problems(document)
    if faults:
        raise InvalidParameters(faults)
    read = DatedParameters.from_document(document)
    _refuse_overlaps(read)
    sources = _sources(document)
    session.execute(
        sa.delete(Parameter).where(Parameter.key.startswith(PREFIX), Parameter.tenant_id.is_(None))
    )
    count = 0
    for key, entries in read.values.items():
        for first, last, value in entries:
            source = sources.get((key, first), "")
            parameters.put(f"{PREFIX}{key}", value, valid_from=first, valid_to=last, source=source)
            count += 1
    parameters.put(VERSION, read.version, valid_from=date(2000, 1, 1), source=UNIT)
    return count


def _sources(document: Mapping[str, Any]) -> dict[tuple[str, date], str]:
    found = {}
    for parameter in document["parameters"]:
        for entry in parameter["values"]:
            found[parameter["id"], date.fromisoformat(entry["valid_from"])] = str(entry.get("source") or "")
    return found


def _refuse_overlaps(read: DatedParameters) -> None:
    for key, entries in read.values.items():
        ordered = sorted(entries, key=lambda entry: entry[0])
        for (_first, last, _value), (following, _last, _other) in pairwise(ordered):
            if last is None or following <= last:
                raise ValueError(f"{key}: two values hold on {following}")
            if following < last + timedelta(days=1):
                raise ValueError(f"{key}: periods overlap on {following}")
