"""Who may enter where: every route of the product, by endpoint, with the rule it declares.

Each package keeps its part in `tests/<package>/access.py`: `ROUTES = {"intake.show_case": "can_see_case"}`.
The word is `public`, `signed_in`, or the name of the rule of `@requires`. A route that is missing here fails
`test_architecture.py`; the walk over roles and organisations reads the same table. What the application
declares now: `.venv/bin/python -m tests.access_table PACKAGE`.
"""

import importlib
import importlib.util
import sys
import tempfile
from pathlib import Path

PACKAGES = ("core", "socialmap", "workflows", "intake", "projects")


def _table() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in PACKAGES:
        if (Path(__file__).parent / package / "access.py").exists():
            found |= importlib.import_module(f"tests.{package}.access").ROUTES
    return found


ROUTES: dict[str, str] = _table()


def declared(views: dict[str, object]) -> dict[str, str]:
    """What the views of an application declare, in the words of the table."""
    access = {name: getattr(view, "access", None) for name, view in views.items() if name != "static"}
    return {
        name: "undeclared" if each is None else each.rule if each.kind == "rule" else each.kind
        for name, each in access.items()
    }


def main(package: str) -> None:
    from tests.databases import make_app

    with tempfile.TemporaryDirectory() as folder:
        app = make_app(f"sqlite:///{folder}/none.db", Path(folder))
    lines = [
        f'    "{name}": "{rule}",'
        for name, rule in sorted(declared(app.view_functions).items())
        if name.split(".")[0] == package
    ]
    sys.stdout.write("\n".join(["ROUTES = {", *lines, "}", ""]))


if __name__ == "__main__":
    main(sys.argv[1])
