"""Where the rights review gets amounts and municipalities: dated parameters, the geography."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from core import parameters
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.records import Parameter
from intake import rights_parameter_files
from intake.models.rights import RULE_LENGTH
from intake.rights_documents import Problem
from intake.rights_parameter_files import InvalidParameters
from intake.rights_screening import OUTCOMES, RIGHTS, DatedParameters, library_tables, screen
from socialmap import geography
from workflows import decision_versions
from workflows.definitions import Refused
from workflows.engine import dmn, dmn_tables

PREFIX = "rights."
VERSION = "rights.version"
UNIT = "rights parameters"
ASKED = re.compile(r"parameter\((?:&quot;|\")([\w.]+)")
# What stands there itself, rather than a formula; and which of it is an amount.
LITERAL = re.compile(r'"[^"]*"|-?[\d.]+|true|false|[\[{@].*', re.S)
AMOUNT = re.compile(r"\d{1,7}(\.0+)?")
TRIAL = {"on": "2026-05-01", "persons": [{"relation": "head", "birth_date": "1956-01-01"}]}


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


def parameters_asked() -> set[str]:
    """The amounts, ages and terms that the tables in use ask for, by id."""
    tables = decision_versions.in_use(RIGHTS).values()
    found = {name for data in tables for name in ASKED.findall(data.decode(errors="replace"))}
    return {name for name in found if not name.startswith("uitpas.")}


def remarks(document: Mapping[str, Any]) -> list[Problem]:
    """What a loaded file brought for nothing, or left out."""
    return rights_parameter_files.warnings(
        document, parameters_asked(), lambda nis: geography.municipality(nis) is not None
    )


def load_parameters(document: Mapping[str, Any]) -> int:
    """Replace the amounts and rules by those of a file, in the running transaction; how many values.

    Raises InvalidParameters, a ValueError, with every fault: another shape, periods that overlap.
    """
    faults = rights_parameter_files.problems(document)
    if faults:
        raise InvalidParameters(faults)
    read = DatedParameters.from_document(document)
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


def try_table(right: str, data: bytes) -> None:
    """Look a new table of a right over, and screen with it once.

    Raises DomainError when it cannot decide, Refused with every rule that gives what a review cannot hold.
    """
    model = dmn.load(data)
    table = model.definitions[model.main].table
    names = [column.name for column in table.outputs] if table else []
    if table is None or "outcome" not in names or not table.three_valued:
        raise DomainError(
            _("The rules of a right are a table with an outcome, whose first row that is not false decides.")
        )
    faults = [fault for rule in table.rules for fault in _faults(rule, names)]
    if faults:
        raise Refused(_("This table has mistakes. Nothing was changed."), [], faults)
    tables = {**library_tables(), right: data}
    try:
        screen(TRIAL, parameters=stored_parameters(), places=Municipalities(), tables=tables)
    except dmn.DecisionError as error:
        raise DomainError(_("This table does not decide: %(why)s", why=str(error))) from error


def _faults(rule: dmn_tables.Rule, names: list[str]) -> Iterator[str]:
    """What a review cannot hold of one rule: its id, its outcome, its amount where that stands there."""
    if len(rule.id) > RULE_LENGTH:
        yield _("%(rule)s: the id of a rule has %(most)s characters at most.", rule=rule.id, most=RULE_LENGTH)
    given = rule.outputs[names.index("outcome")].text.strip().strip('"')
    if given not in OUTCOMES:
        told = {"rule": rule.id, "words": ", ".join(OUTCOMES), "given": given}
        yield _("%(rule)s: an outcome is one of %(words)s, not %(given)s.", **told)
    if "euro_per_year" not in names:
        return
    euro = rule.outputs[names.index("euro_per_year")].text.strip()
    if LITERAL.fullmatch(euro) and not AMOUNT.fullmatch(euro):
        told = {"rule": rule.id, "given": euro}
        yield _("%(rule)s: an amount per year is a whole number of euro, not %(given)s.", **told)


def _sources(document: Mapping[str, Any]) -> dict[tuple[str, date], str]:
    found = {}
    for parameter in document["parameters"]:
        for entry in parameter["values"]:
            found[parameter["id"], date.fromisoformat(entry["valid_from"])] = str(entry.get("source") or "")
    return found
