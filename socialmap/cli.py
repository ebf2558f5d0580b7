"""`flask socialmap`: deliveries in, exports out, search, duplicates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from core.cli import Group, json_option, refusing, show
from core.db import session, transaction
from core.errors import DomainError
from socialmap import (
    boundaries,
    duplicates,
    exports,
    imports,
    index_version,
    indexing,
    mappings,
    packages,
    previews,
    search,
)
from socialmap.models.directory import ServiceAreaNis

SHOWN_REJECTIONS = 50
ATTEMPTS = 3  # so often an import that others overtake compares anew

cli = Group("socialmap", help="The social map: deliveries, search, duplicates, exports.")


@cli.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--source", default=imports.DEFAULT_SOURCE, show_default=True, help="Who delivers this.")
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@click.option("--confirm", is_flag=True, help="Apply although more than a tenth vanishes.")
@click.option("--full/--delta", default=None, help="Whether what is not in it is gone at the source.")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="JSON that maps raw CSV; kept with the source.",
)
@json_option
def import_delivery(
    path: Path, source: str, dry_run: bool, confirm: bool, full: bool | None, mapping: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Take in the delivery at PATH: an HSDS folder or zip, HSDS JSON, or CSV with the mapping of its source.

    Exit 1 when rows were rejected, when nothing could be read, or when it waits for confirmation.
    """
    click.echo(f"reading {path}", err=True)
    try:
        columns = mappings.load(mapping.read_text(encoding="utf-8-sig")) if mapping else None

        def compare() -> imports.Plan:
            return imports.plan(path, source=source, full=full, mapping=columns, told=_tell)

        report = _look(compare()) if dry_run else _carry_out(compare, confirm)
    except packages.Refused as refused:
        report = _nothing([rejection.as_dict() for rejection in refused.rejections])
    except (DomainError, OSError, UnicodeDecodeError) as error:
        name = Path(error.filename).name if isinstance(error, OSError) and error.filename else path.name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        report = _nothing([{"file": name, "line": None, "column": None, "value": None, "reason": reason}])
    if len(report["rejected"]) > SHOWN_REJECTIONS:
        for why in previews.reasons(report["rejected"])[:SHOWN_REJECTIONS]:
            where = ":".join(part for part in (why["file"], why["column"]) if part)
            click.echo(f"{why['rows']} rows of {where}: {why['reason']}", err=True)
    for row in report["rejected"][:SHOWN_REJECTIONS]:
        where = ":".join(str(row[key]) for key in ("file", "line", "column") if row[key] is not None)
        click.echo(f"rejected {where}: {row['reason']}", err=True)
    show(report, as_json, f"{report['state']}: {_counted(report)}, {len(report['rejected'])} rejected")
    waits = bool(report["waits"]) and not confirm
    if waits:
        names = ", ".join(report["waits"])
        click.echo(f"More than a tenth of {names} would vanish. Use --confirm when that is right.", err=True)
    if waits or report["rejected"]:
        raise SystemExit(1)


def _tell(step: str, done: int, total: int) -> None:
    click.echo(f"  {step}{f' {done}/{total}' if total else ''}", err=True)


def _written(what: str, done: int, total: int) -> None:
    click.echo(f"  write {what} {done}/{total} ({100 * done // max(total, 1)} %)", err=True)


def _look(plan: imports.Plan) -> dict[str, Any]:
    report = {**plan.report(), "preview": previews.of(plan), "state": "planned"}
    session.rollback()
    return report


def _carry_out(compare: Callable[[], imports.Plan], confirm: bool) -> dict[str, Any]:
    """Compare and apply; again when another import came on the map in between."""
    for attempt in range(1, ATTEMPTS + 1):
        plan = compare()
        report = plan.report()
        session.rollback()
        for name, counts in report["by_type"].items():
            click.echo(f"  {name}: {_counted(counts)}", err=True)
        try:
            with transaction():
                made = imports.apply(plan, confirmed=confirm, by="flask socialmap import", written=_written)
            return report | {"state": made.state.value}
        except imports.Overtaken as refusal:
            if attempt == ATTEMPTS:
                raise
            click.echo(refusal.message, err=True)
    raise AssertionError


def _nothing(rejected: list[dict[str, Any]]) -> dict[str, Any]:
    counts: dict[str, Any] = {"new": 0, "changed": 0, "unchanged": 0, "missing": 0}
    return counts | {"rejected": rejected, "warnings": [], "reasons": {}, "notes": [], "by_type": {},
                     "waits": [], "state": "refused"}  # fmt: skip


def _counted(counts: dict[str, Any]) -> str:
    return ", ".join(f"{counts[kind]} {kind}" for kind in ("new", "changed", "unchanged", "missing"))


@cli.command("search")
@click.argument("text")
@click.option("--nis", help="NIS code of the citizen's municipality.")
@click.option("--limit", default=20, show_default=True)
@json_option
def search_services(text: str, nis: str | None, limit: int, as_json: bool) -> None:
    """Find services for TEXT, best first; the place may be in the text."""
    results = search.find(text, nis=nis, limit=limit, with_facets=False)
    ids = [hit.service.id for hit in results.hits]
    areas: dict[Any, list[str]] = {ident: [] for ident in ids}
    query = sa.select(ServiceAreaNis.service_id, ServiceAreaNis.nis).where(ServiceAreaNis.service_id.in_(ids))
    for ident, code in session.execute(query.order_by(ServiceAreaNis.nis)):
        areas[ident].append(code)
    hits: list[dict[str, Any]] = [
        {
            "organization": hit.organization.name, "service": hit.service.name,
            "categories": [code for code, _name in hit.service.categories], "nis": areas[hit.service.id],
            "service_id": str(hit.service.id), "organization_id": str(hit.organization.id),
            "reason": hit.reason, "distance_km": hit.distance_km,
        }
        for hit in results.hits
    ]  # fmt: skip
    found = {"hits": hits, "nis": results.nis, "total": results.total, "corrections": results.corrections}
    lines = [f"{hit['service']} - {hit['organization']} ({', '.join(hit['categories'])})" for hit in hits]
    show(found, as_json, "\n".join(lines) or "nothing found")


@cli.command("duplicates")
@json_option
def list_duplicates(as_json: bool) -> None:
    """Propose organizations that may be the same; decides nothing."""
    pairs = [
        {"a": pair.a.external_id, "b": pair.b.external_id, "reason": pair.reason,
         "name_a": pair.a.name, "name_b": pair.b.name}
        for pair in duplicates.propose()
    ]  # fmt: skip
    lines = [f"{pair['name_a']} = {pair['name_b']} ({pair['reason']})" for pair in pairs]
    show({"pairs": pairs}, as_json, "\n".join(lines) or "no proposals")


@cli.command("export")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--format", "kind", type=click.Choice(["hsds-json", "hsds-csv"]), default="hsds-json")
@json_option
def export_map(path: Path, kind: str, as_json: bool) -> None:
    """Write the whole map to PATH: one JSON file, or a folder (or .zip) of tables."""
    with refusing():
        count = exports.write(path, kind)
    show({"path": str(path), "format": kind, "services": count}, as_json, f"{count} services in {path}")


@cli.command("reindex")
@json_option
def reindex_map(as_json: bool) -> None:
    """Write the search entries of all services anew, in one transaction; searching goes on meanwhile."""
    with transaction():
        count = indexing.rebuild()
        index_version.keep()
    show({"services": count}, as_json, f"{count} services to find")


@cli.command("boundaries")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def load_boundaries(path: Path, as_json: bool) -> None:
    """Keep the outlines of municipalities from the GeoJSON file at PATH, to draw the map with."""
    try:
        with transaction():
            report = boundaries.load(path)
    except DomainError as error:
        raise click.ClickException(error.message) from error
    show(
        {"municipalities": report.kept, "points": report.points, "unknown": report.unknown},
        as_json, f"{report.kept} boundaries, {report.points} points",
    )  # fmt: skip
