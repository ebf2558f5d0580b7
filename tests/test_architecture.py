"""What holds for every route, form and module, read from the running application and from the code."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule
from wtforms import HiddenField
from wtforms.fields.core import UnboundField

from tests.access_table import ROUTES, declared
from tests.databases import make_app

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "socialmap", "workflows", "intake", "projects")
# An address of one record says what kind of key it takes; any text at all is none.
OPEN_CONVERTERS = {"default"}
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)?")


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rule]:
    """Every rule of the application by endpoint; it needs no database."""
    folder = tmp_path_factory.mktemp("routes")
    app = make_app(f"sqlite:///{folder / 'none.db'}", folder)
    return {rule.endpoint: rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"}


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("views")
    app: Flask = make_app(f"sqlite:///{folder / 'none.db'}", folder)
    return {name: view for name, view in app.view_functions.items() if name != "static"}


def modules(*packages: str) -> list[str]:
    """Names of all modules of the packages."""
    found = []
    for package in packages:
        root = importlib.import_module(package)
        found += [module.name for module in pkgutil.walk_packages(root.__path__, f"{package}.")]
    return found


# ---------------------------------------------------------------- routes
def test_every_route_says_who_may_enter(views):
    assert [name for name, view in views.items() if not hasattr(view, "access")] == []


def test_every_route_is_in_the_access_table(views):
    assert declared(views) == ROUTES


def test_addresses_are_kebab_case_with_typed_keys(routes):
    odd = []
    for rule in routes.values():
        for part in rule.rule.strip("/").split("/"):
            if part.startswith("<"):
                converter = part.strip("<>").rpartition(":")[0] or "default"
                if converter in OPEN_CONVERTERS:
                    odd.append(rule.rule)
            elif part and not KEBAB.fullmatch(part):
                odd.append(rule.rule)
    assert odd == []


def test_an_endpoint_carries_the_name_of_its_view(views):
    odd = [name for name, view in views.items() if name.rpartition(".")[2] != getattr(view, "__name__", "")]
    assert odd == []


def test_a_page_carries_the_name_of_its_endpoint(views):
    """Parts of pages begin with an underscore or live in `components` and `layouts`."""
    known = {name.replace(".", "/") for name in views}
    pages = []
    for package in PACKAGES:
        for path in (ROOT / "templates" / package).glob("**/*.html"):
            name = path.relative_to(ROOT / "templates").with_suffix("")
            if not path.name.startswith("_") and str(name) not in known:
                pages.append(str(name))
    assert sorted(pages) == []


# ---------------------------------------------------------------- forms
def test_every_form_field_has_a_label():
    from core.forms import Form

    for name in modules(*PACKAGES):
        if ".forms" in name:
            importlib.import_module(name)
    unlabelled = []
    for form in every_subclass(Form):
        for name, field in vars(form).items():
            if isinstance(field, UnboundField) and not issubclass(field.field_class, HiddenField):
                label = field.args[0] if field.args else field.kwargs.get("label")
                if not label:
                    unlabelled.append(f"{form.__module__}.{form.__name__}.{name}")
    assert unlabelled == []


def every_subclass(kind: type) -> set[type]:
    direct = set(kind.__subclasses__())
    return direct.union(*(every_subclass(each) for each in direct)) if direct else direct


# ---------------------------------------------------------------- modules
def imported(path: Path) -> set[str]:
    """Modules that a file imports anywhere, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("package", ["socialmap", "workflows", "intake", "projects"])
def test_operations_know_neither_forms_nor_views(package):
    """`wiring.py` is the seam where a package hands its views over; commands are an entry too."""
    upper = {"forms", "views", "wiring.py", "cli.py"}
    wrong = []
    for path in sorted((ROOT / package).rglob("*.py")):
        if path.relative_to(ROOT / package).parts[0] in upper or path.stem.endswith("_wiring"):
            continue
        above = [name for name in imported(path) if re.match(rf"{package}\.(forms|views)\b", name)]
        wrong += [f"{path.relative_to(ROOT)}: {name}" for name in above]
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_models_know_only_models(package):
    wrong = []
    for path in sorted((ROOT / package / "models").glob("*.py")):
        for name in imported(path):
            stem = name.split(".")
            if stem[0] == package and package != "core" and len(stem) > 1 and stem[1] not in {"models"}:
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert wrong == []


def test_importing_a_module_does_nothing(capsys):
    for name in [*modules(*PACKAGES), "wsgi"]:
        importlib.import_module(name)
    assert capsys.readouterr().out == ""
