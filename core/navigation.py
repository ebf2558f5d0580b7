"""The main menu and the other things every page shows; packages above register their entries."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, request
from flask_babel import LazyString, get_locale

from core import accounts, policy, search
from core.access import Actor, current_actor
from core.addresses import url_for
from core.i18n import _l


@dataclass(frozen=True)
class Entry:
    """A registered menu entry: endpoint, label, icon name, and who sees it."""

    endpoint: str
    label: LazyString
    icon: str
    shown_to: Callable[[Actor], bool]
    order: int = 50
    section: str = ""  # endpoints that start with this light up the entry


@dataclass(frozen=True)
class Item:
    """A menu entry as `components/top.html` draws it. Those that show the same are equal, in one language."""

    endpoint: str
    url: str
    current: bool
    label: LazyString = field(compare=False)
    icon: str = field(compare=False)


_entries: dict[str, Entry] = {}


_administration: dict[str, Entry] = {}


def register_administration(*entries: Entry) -> None:
    """Add entries to the first page of administration instead of the menu. Safe to repeat."""
    for entry in entries:
        _administration[entry.endpoint] = entry


def register(*entries: Entry) -> None:
    """Add entries; called by `wsgi.create_app`, safe to repeat."""
    for entry in entries:
        _entries[entry.endpoint] = entry


_starts: list[tuple[int, str, Callable[[Actor], bool]]] = []


def register_start(endpoint: str, shown_to: Callable[[Actor], bool], *, order: int = 50) -> None:
    """Say where the day of some people begins; the lowest order that fits wins. Safe to repeat."""
    _starts[:] = sorted(
        [start for start in _starts if start[1] != endpoint] + [(order, endpoint, shown_to)],
        key=lambda start: start[:2],
    )


def start_url(actor: Actor) -> str:
    """Where this person's day begins: as registered, else the first of the menu, else the settings."""
    found = next((endpoint for _, endpoint, shown_to in _starts if shown_to(actor)), None)
    if found is None:
        menu = items(actor)
        return menu[0].url if menu else url_for("core.account")
    return url_for(found)


def items(actor: Actor | None) -> list[Item]:
    """The entries this actor sees, in their order."""
    if actor is None:
        return []
    here = request.endpoint or ""
    shown = sorted((e for e in _entries.values() if e.shown_to(actor)), key=lambda e: e.order)
    return [
        Item(
            e.endpoint,
            url_for(e.endpoint),
            here == e.endpoint or (bool(e.section) and here.startswith(e.section)),
            e.label,
            e.icon,
        )
        for e in shown
    ]


def administration(actor: Actor) -> list[Item]:
    """What the first page of administration leads to: the entries of that section that this actor sees."""
    shown = [entry for entry in _administration.values() if entry.shown_to(actor)]
    return [
        Item(entry.endpoint, url_for(entry.endpoint), False, entry.label, entry.icon)
        for entry in sorted(shown, key=lambda entry: entry.order)
    ]


def init_app(app: Flask) -> None:
    register(
        Entry("core.show_administration", _l("Administration"), "settings", policy.can_administer, 90),
        Entry("core.list_trail", _l("Trail"), "history", policy.can_read_trail, 85, "core.list_trail"),
    )
    register_administration(
        Entry("core.list_people", _l("People and roles"), "people", policy.can_administer, 10),
        Entry("core.list_parameters", _l("Amounts and terms"), "scale", policy.can_administer, 20),
        Entry("core.list_messages", _l("Messages that failed"), "mail", policy.can_watch_messages, 30),
    )

    @app.context_processor
    def shared() -> dict[str, Any]:
        actor = current_actor()
        context: dict[str, Any] = {
            "actor": actor,
            "navigation": tuple(items(actor)),
            "locale": str(get_locale() or "nl"),
        }
        if actor is not None:
            context["invitation"] = search.invitation(actor)
            context["letter_keys"] = actor.preferences.get("letter_keys", True)
            context["memberships"] = tuple(accounts.choices(actor))
        return context
