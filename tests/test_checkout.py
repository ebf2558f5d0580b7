"""Rules for the files of the checkout: sizes, names, locks, blank space, no secret, no registry named."""

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from translations import catalogues
from translations.typography import typeset
from workflows.engine import findings, said

ROOT = Path(__file__).resolve().parent.parent
OURS = ("core", "socialmap", "workflows", "intake", "projects")
CODE = {".py", ".html", ".css", ".js"}
TEXT = CODE | {".md", ".toml", ".yml", ".yaml", ".cfg", ".in", ".service", ".svg", ".bpmn", ".dmn"}
# Put together here, so that this file does not name what it forbids.
HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "npm" + "js.org",
    "deb." + "debian.org",
]
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}|xox[bp]-[0-9]|eyJhbGciOi[\w-]{20}"
)


def files() -> list[Path]:
    """What is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    return [ROOT / name for name in names if (ROOT / name).is_file()]


FILES = files()


def relative(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def pages() -> list[Path]:
    return [path for path in FILES if path.suffix == ".html" and "email" not in path.parts]


def our_code() -> list[Path]:
    return [path for path in FILES if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in OURS]


def test_no_file_is_longer_than_500_lines():
    """Style sheets may be longer, since each is a request before the first page; a migration is one step."""
    limits = {suffix: 1000 if suffix == ".css" else 500 for suffix in CODE}
    judged = [path for path in FILES if path.suffix in limits and "migrations" not in path.parts]
    assert relative([path for path in judged if text(path).count("\n") > limits[path.suffix]]) == []


def test_a_file_is_named_for_its_noun():
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert relative([path for path in FILES if path.suffix == ".py" and path.stem in vague]) == []


def test_no_file_names_a_package_registry():
    found = [path for path in FILES if any(host in text(path) for host in HOSTS)]
    assert relative(found) == []


def test_nothing_secret_is_committed():
    assert relative([path for path in FILES if path.suffix != ".pyc" and SECRETS.search(text(path))]) == []


def test_lines_end_without_blanks_and_files_with_a_line_end():
    checked = [
        path for path in FILES if path.suffix in TEXT and path.stat().st_size and "data" not in path.parts
    ]
    untidy = [
        path
        for path in checked
        if not text(path).endswith("\n") or re.search(r"[ \t]+$|^(<<<<<<<|>>>>>>>) ", text(path), re.M)
    ]
    assert relative(untidy) == []


def test_nothing_is_put_off():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|mark\.(skip|xfail)\b|pytest\.xfail")
    here = Path(__file__)
    unfinished = [path for path in FILES if path.suffix in CODE and path != here and marks.search(text(path))]
    assert relative(unfinished) == []


def test_a_decision_that_code_names_is_written_down():
    written = {path.name[:4] for path in (ROOT / "docs" / "adr").glob("[0-9]*.md")}
    named = {number for path in our_code() for number in re.findall(r"ADR (\d+)", text(path))}
    assert named <= written


def test_only_core_db_commits_and_only_core_engines_says_how_a_connection_does():
    for pattern, place in ((r"\.commit\(\)", "db.py"), (r"autocommit|isolation_level\s*=", "engines.py")):
        found = [path for path in our_code() if re.search(pattern, text(path))]
        assert relative([path for path in found if path != ROOT / "core" / place]) == []


def test_templates_hold_no_inline_style_or_script():
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=\"|javascript:", re.I)
    pages = [
        path
        for path in FILES
        if path.suffix == ".html" and "email" not in path.parts and "docs" not in path.parts
    ]
    assert relative([path for path in pages if inline.search(text(path))]) == []


def test_templates_load_nothing_from_another_host():
    far = re.compile(r"(src|href|action)=\"(https?:)?//", re.I)
    loaded = re.compile(r"<(script|link|img|iframe|source|form)[^>]*", re.I)
    pages = [path for path in FILES if path.suffix == ".html" and "email" not in path.parts]
    assert (
        relative([path for path in pages if any(far.search(tag[0]) for tag in loaded.finditer(text(path)))])
        == []
    )


@pytest.mark.parametrize("name", ["run", "dev", "build", "uv"])
def test_locks_carry_a_hash_for_every_package_and_no_address(name: str):
    lock = text(ROOT / "requirements" / f"{name}.txt")
    assert "://" not in lock
    assert not re.search(r"^\s*--(index|extra-index|find-links)", lock, re.M)
    entries = re.split(r"^(?=[a-zA-Z0-9])", lock, flags=re.M)[1:]
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", ["run", "dev", "build", "uv"])
def test_locks_hold_every_package_that_is_asked_for(name: str):
    def wanted(file: Path) -> set[str]:
        found: set[str] = set()
        for line in text(file).splitlines():
            if line.startswith("-r "):
                found |= wanted(file.parent / line[3:].strip())
            elif line.strip() and not line.startswith("#"):
                found.add(re.split(r"[\[<>=!~;\s]", line.strip())[0].lower().replace("_", "-"))
        return found

    locked = {line.split("==")[0].split("[")[0] for line in re.findall(r"^[a-zA-Z0-9].*==", text(ROOT / "requirements" / f"{name}.txt"), re.M)}  # fmt: skip  # noqa: E501
    assert wanted(ROOT / "requirements" / f"{name}.in") - locked == set()


def test_the_running_product_imports_only_what_it_asks_for():
    """What only the tests bring along would be missing in production."""
    asked = re.findall(r"^[a-z][a-z0-9-]*", text(ROOT / "requirements" / "run.in"), re.M)
    # These come with one that is asked for, and are part of what it promises.
    promised = {"werkzeug", "jinja2", "markupsafe", "click", "itsdangerous"}
    homes = importlib.metadata.packages_distributions()
    wanted = set()
    for path in our_code():
        for node in ast.walk(ast.parse(text(path))):
            names = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            wanted |= {str(name).split(".")[0] for name in names if name}
    foreign = wanted - set(sys.stdlib_module_names) - {*OURS, "wsgi", "translations"}
    homeless = {
        name
        for name in foreign
        if not {home.lower().replace("_", "-") for home in homes.get(name, [])} & {*asked, *promised}
    }
    assert homeless == set()


def test_front_end_lock_carries_integrity_and_no_address():
    lock = json.loads(text(ROOT / "package-lock.json"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "integrity" not in entry or "resolved" in entry] == []
    asked = json.loads(text(ROOT / "package.json"))
    for name, version in {**asked["dependencies"], **asked["devDependencies"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_the_product_has_one_version():
    version = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]["version"]
    assert f"softwareVersion: {version}" in text(ROOT / "publiccode.yml")


def test_a_new_text_is_translated_in_no_language_by_another_one():
    template = Catalog()
    template.add("Een nieuwe tekst", context="somewhere")
    of = {locale: catalogues.updated("process", locale, template) for locale in ("nl", "fr")}
    assert of["nl"].get("Een nieuwe tekst", "somewhere").string == "Een nieuwe tekst"
    assert not of["fr"].get("Een nieuwe tekst", "somewhere").string


@pytest.mark.parametrize(
    ("locale", "typed", "printed"),
    [
        ("fr", "L'aide \"%(name)s\" : d'accord ?", "L’aide «\u00a0%(name)s\u00a0»\u00a0: d’accord\u00a0?"),
        ("fr", "« {name} »: à 10:30 ; voir /a?b=1...", "«\u00a0{name}\u00a0»: à 10:30\u00a0; voir /a?b=1…"),
        ("nl", 'Nota\'s van "{name}"', "Nota’s van “{name}”"),
        ("en", 'Press ? for each other\'s "keys"', "Press ? for each other’s “keys”"),
        ("de", 'Die Datei "{name}"', "Die Datei „{name}“"),
        ("nl", '"<a href="/x">Nota\'s</a>" en `a\'b...`', '“<a href="/x">Nota’s</a>” en `a\'b...`'),
    ],
)
def test_signs_are_set_as_a_printer_sets_them(locale, typed, printed):
    assert typeset(typed, locale) == printed
    assert typeset(printed, locale) == printed


def test_catalogues_take_what_is_typed_and_set_it():
    template = Catalog()
    template.add("It's theirs")
    template.add(("One", "Many"))
    made = catalogues.updated("messages", "en", template)
    assert made.get("It's theirs").string == "It’s theirs"
    assert made.get("One").string == ("One", "Many")


def test_every_text_on_screen_has_the_signs_of_its_language():
    shown = [
        (locale, form)
        for domain in catalogues.DOMAINS
        for locale in catalogues.LOCALES
        for message in catalogues.texts(catalogues.load(domain, locale))
        for form in ([message.string] if isinstance(message.string, str) else message.string)
    ]
    for row in findings.TEXTS.values():
        shown += zip(("nl", "fr", "en", "de"), row, strict=True)
    for row in said.TEXTS.values():
        shown += zip(("nl", "fr", "de"), row, strict=True)
    assert [(locale, form) for locale, form in shown if typeset(form, locale) != form] == []
