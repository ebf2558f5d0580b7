"""Catalogues of all languages. Run as `python -m translations.catalogues update|compile|check`.

Two domains. `messages` holds the texts of code and templates: its message ids are English. `process` holds
the labels of the process library: its ids are the Dutch labels of the diagrams, in the context `key/element`
(ADR 0016). Catalogues carry no line numbers and a fixed date, so that a change of code does not change
every catalogue.
"""

import sys
from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_from_file
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from lxml import etree

from translations.typography import typeset

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(__file__).resolve().parent
LOCALES = ("nl", "fr", "de", "en")
DOMAINS = ("messages", "process")
SOURCE_LANGUAGE = {"messages": "en", "process": "nl"}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "Reason": None,
    "Unfit": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
# What a person reads: not the names of messages and signals, which only the engine looks at.
LABELLED = (
    "process",
    "lane",
    "participant",
    "callActivity",
    "subProcess",
    "transaction",
)
DECISION_CONTEXT = "decision/text"
LABELLED_ENDINGS = ("Task", "task", "Event", "Gateway", "sequenceFlow")


def path(domain: str, locale: str) -> Path:
    """The catalogue's file."""
    return FOLDER / locale / "LC_MESSAGES" / f"{domain}.po"


def extract(domain: str) -> Catalog:
    """All texts as they are in the code or the process library now."""
    catalog = Catalog(project="Draaischijf", charset="utf-8", fuzzy=False)
    found = _interface_texts() if domain == "messages" else _process_texts(ROOT / "workflows" / "library")
    for ids, comments, context in found:
        catalog.add(ids, auto_comments=comments, context=context)
    return catalog


def _interface_texts() -> Iterator[tuple[Any, list[str], str | None]]:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    for folder in ("core", "socialmap", "workflows", "intake", "projects", "templates"):
        if (ROOT / folder).is_dir():
            prefixed = [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods
                        if pattern.startswith(f"{folder}/")]  # fmt: skip
            here = {pattern.removeprefix(f"{folder}/"): option for pattern, option in options.items()}
            for _file, _line, ids, comments, context in extract_from_dir(
                ROOT / folder, prefixed, here, KEYWORDS, ("Translators:",)
            ):
                yield ids, comments, context
    for _line, ids, comments, context in extract_from_file(
        "python", ROOT / "wsgi.py", KEYWORDS, ("Translators:",)
    ):
        yield ids, comments, context


def _process_texts(library: Path) -> Iterator[tuple[str, list[str], str]]:
    for file in sorted(library.glob("*/*.bpmn")):
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        for node in etree.parse(file, parser).iter(f"{BPMN}*"):
            kind = str(node.tag).removeprefix(BPMN)
            name = " ".join((node.get("name") or "").split())
            if name and node.get("id") and (kind in LABELLED or kind.endswith(LABELLED_ENDINGS)):
                yield name, [], f"{file.parent.name}/{node.get('id')}"
    yield from _decision_texts(library)


def _decision_texts(library: Path) -> Iterator[tuple[str, list[str], str]]:
    """What decision tables are called, their columns, and what they say with a rule: the same text is one."""
    found: dict[str, None] = {}
    for file in sorted(library.glob("*/*.dmn")):
        for node in etree.parse(file, etree.XMLParser(resolve_entities=False, no_network=True)).iter("{*}*"):
            kind = etree.QName(node).localname
            if kind in ("decision", "businessKnowledgeModel"):
                found[node.get("name") or ""] = None
            elif kind in ("input", "output"):
                found[node.get("label") or ""] = None
            elif kind == "rule":
                found.update(
                    {"".join(part.itertext()).strip(): None for part in node.iterfind("{*}description")}
                )
                found.update(
                    {"".join(part.itertext()).strip(): None for part in node.iterfind("{*}annotationEntry")}
                )
    yield from ((text, [], DECISION_CONTEXT) for text in found if text)


def load(domain: str, locale: str) -> Catalog:
    """The catalogue on disk, or an empty one."""
    file = path(domain, locale)
    if not file.exists():
        return Catalog(locale=locale, project="Draaischijf", charset="utf-8", fuzzy=False)
    with file.open("rb") as content:
        return read_po(content, locale=locale, charset="utf-8")


def updated(domain: str, locale: str, template: Catalog) -> Catalog:
    """The catalogue with the texts of `template`: nothing guessed, what is gone left out."""
    catalog = load(domain, locale)
    # A new message is taken over as it is: without a copy, one language would write in the other's.
    catalog.update(deepcopy(template), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = datetime(2026, 11, 21, tzinfo=UTC)
    catalog.header_comment = f"# Draaischijf, {domain}, {locale}"
    catalog.version, catalog.msgid_bugs_address = "", ""
    catalog.last_translator, catalog.language_team = "Draaischijf", locale
    if locale == SOURCE_LANGUAGE[domain]:
        for message in texts(catalog):
            message.string = message.id
    for message in texts(catalog):
        if message.string:
            message.string = _typeset(message.string, locale)
    return catalog


def _typeset(forms: Any, locale: str) -> Any:
    """One text, or each of the forms of a text that counts."""
    return (
        typeset(forms, locale) if isinstance(forms, str) else tuple(typeset(form, locale) for form in forms)
    )


def texts(catalog: Catalog) -> Iterable[Message]:
    """The messages, without the header."""
    return (message for message in catalog if message.id)


def as_po(catalog: Catalog) -> bytes:
    buffer = BytesIO()
    write_po(buffer, catalog, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
    return buffer.getvalue()


def save(domain: str, locale: str, catalog: Catalog) -> None:
    """Write the catalogue, and its compiled form beside it."""
    file = path(domain, locale)
    file.parent.mkdir(parents=True, exist_ok=True)
    content = as_po(catalog)
    if not file.exists() or file.read_bytes() != content:
        file.write_bytes(content)
    _compile(file, catalog)


def _compile(file: Path, catalog: Catalog) -> None:
    buffer = BytesIO()
    write_mo(buffer, catalog)
    partial = file.with_suffix(".mo.new")
    partial.write_bytes(buffer.getvalue())
    partial.replace(file.with_suffix(".mo"))


def is_complete(message: Message) -> bool:
    """Whether every form of the text is translated for good."""
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(forms) and not message.fuzzy


def update() -> list[str]:
    """Bring every catalogue up to date. Returns what is left to translate."""
    for domain in DOMAINS:
        template = extract(domain)
        for locale in LOCALES:
            save(domain, locale, updated(domain, locale, template))
    return check()


def compile_all() -> list[str]:
    """Make the compiled catalogues from those on disk."""
    for domain in DOMAINS:
        for locale in LOCALES:
            if path(domain, locale).exists():
                _compile(path(domain, locale), load(domain, locale))
    return []


def check() -> list[str]:
    """What keeps the catalogues from being complete and right; empty when all is well."""
    problems = []
    for domain in DOMAINS:
        template = extract(domain)
        for locale in LOCALES:
            file = path(domain, locale)
            catalog = updated(domain, locale, template)
            if not file.exists() or file.read_bytes() != as_po(catalog):
                problems.append(f"{locale} {domain}: not up to date; run `python3 dev.py i18n`")
            for message in texts(catalog):
                where = (
                    f"{locale} {domain}: {message.context + ': ' if message.context else ''}{message.id!r}"
                )
                if is_complete(message):
                    problems += [f"{where}: {error}" for error in message.check(catalog)]
                else:
                    problems.append(f"{where} is not translated")
    return problems


def main(verb: str) -> int:
    verbs = {"update": update, "compile": compile_all, "check": check}
    if verb not in verbs:
        sys.stderr.write(f"verbs: {', '.join(verbs)}\n")
        return 2
    problems = verbs[verb]()
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
