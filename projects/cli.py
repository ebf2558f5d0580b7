"""`flask projects`: open data of awards."""

from pathlib import Path

import click

from core.cli import Group, json_option, refusing, show
from projects import open_data

group = Group("projects", help="Impulse projects: export of awards.")
FORMATS = ("360giving-json", "360giving-csv", "xlsx")


@group.command("export")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", "kind", type=click.Choice(FORMATS), default=FORMATS[0], show_default=True)
@json_option
def export_awards(path: Path, kind: str, as_json: bool) -> None:
    """Write every award to PATH, without natural persons."""
    with refusing():
        if kind == "xlsx":
            path.write_bytes(open_data.as_xlsx())
        else:
            text = open_data.as_json() if kind == "360giving-json" else open_data.as_csv()
            path.write_text(text, encoding="utf-8", newline="")
    count = len(open_data.grants())
    show({"path": str(path), "format": kind, "grants": count}, as_json, f"{count} awards -> {path}")
