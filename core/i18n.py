"""Languages of the product: Dutch first; texts of processes live in a domain of their own (ADR 0016)."""

import re
from datetime import date, datetime
from typing import Any

from babel import numbers
from flask import Flask, g, has_app_context, has_request_context, request
from flask_babel import Babel, Domain, format_currency, format_decimal, get_locale, get_translations
from flask_babel import format_date as _format_date
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext as ngettext
from markupsafe import Markup

from core import clock
from core.config import ROOT

__all__ = ["LOCALES", "_", "_l", "init_app", "ngettext", "process_text"]

LOCALES = {"nl": "Nederlands", "fr": "français", "en": "English", "de": "Deutsch"}
DEFAULT = "nl"
process_domain = Domain(translation_directories=[str(ROOT / "translations")], domain="process")


def _(text: str, /, **values: Any) -> str:
    """A text in the language that is spoken now: `gettext` of Flask-Babel, its catalogue looked up once."""
    said = str((_catalogue() if has_app_context() else get_translations()).ugettext(text))
    return said % values if values else said


def choose_locale() -> str:
    """The user's own language, else the cookie, else Dutch: a browser's guess is often wrong at a desk."""
    if not has_request_context():
        return str(g.get("locale", DEFAULT)) if g else DEFAULT
    actor = g.get("actor")
    for wanted in (request.args.get("lang"), getattr(actor, "locale", None), request.cookies.get("lang")):
        if wanted in LOCALES:
            return str(wanted)
    return request.accept_languages.best_match(list(LOCALES), DEFAULT) if actor is None else DEFAULT


def process_text(key: str, element: str, text: str) -> str:
    """The label of a process element in the reader's language; the text of the diagram is Dutch."""
    return str(process_domain.pgettext(f"{key}/{element}", text))


_DAY = re.compile(r"\b(\d{1,2}) ")


def short_date(value: date | datetime | None) -> str:
    """`vr 27 nov`, with the year when it is not this one."""
    if value is None:
        return ""
    day = clock.brussels(value).date() if isinstance(value, datetime) else value
    pattern = "EEE d MMM" if day.year == clock.today().year else "d MMM yyyy"
    return _ordinal(str(_format_date(day, pattern)).replace(".", ""))


def long_date(value: date | datetime | None) -> str:
    """`vrijdag 27 november 2026`."""
    if value is None:
        return ""
    day = clock.brussels(value).date() if isinstance(value, datetime) else value
    return _ordinal(str(_format_date(day, "EEEE, d MMMM yyyy" if _is_german() else "EEEE d MMMM yyyy")))


def _is_german() -> bool:
    return str(get_locale()).startswith("de")


def _ordinal(text: str) -> str:
    """A day is an ordinal in German: `27. November`."""
    return _DAY.sub(r"\1. ", text, count=1) if _is_german() else text


def quarter(value: str) -> str:
    """`2026-Q3` as people say it: `3e kwartaal 2026`."""
    year, _dash, number = value.partition("-Q")
    if not (year.isdigit() and number.isdigit()):
        return value
    return str(_format_date(date(int(year), int(number) * 3, 1), "QQQQ yyyy"))


def clock_time(value: datetime) -> str:
    """`10.12 uur` in Dutch, the usual form elsewhere."""
    local = clock.brussels(value)
    if str(get_locale()).startswith("nl"):
        return f"{local.hour}.{local.minute:02d} uur" if local.minute else f"{local.hour} uur"
    return f"{local.hour:02d}:{local.minute:02d}"


def moment(value: datetime | None) -> str:
    """Date and time together, as timelines show them."""
    return f"{short_date(value)} {clock_time(value)}" if value else ""


def recent(value: datetime | None) -> str:
    """A moment in a story, short: `vandaag 9.05`, `gisteren 16.20`, `vr 20 nov 11.02`."""
    if value is None:
        return ""
    local = clock.brussels(value)
    days = (clock.today() - local.date()).days
    day = _("today") if days == 0 else _("yesterday") if days == 1 else short_date(value)
    point = "." if str(get_locale()).startswith("nl") else ":"
    return f"{day} {local.hour}{point}{local.minute:02d}"


def euro(cents: int | None) -> str:
    """Integer cents as the country writes them."""
    return "" if cents is None else str(format_currency(cents / 100, "EUR"))


def percent(basis_points: int) -> str:
    """A share in percent, with its decimals where it has them."""
    return str(format_decimal(basis_points / 100))


def _catalogue() -> Any:
    """The catalogue of the language that is spoken now; looked up once for a page, which asks 200 times."""
    locale, kept = get_locale(), g.get("catalogue")
    if kept is None or kept[0] is not locale:
        kept = g.catalogue = (locale, get_translations())
    return kept[1]


def _in_page(text: str, /, **values: Any) -> Markup:
    """`_` of templates: markup, and always a pattern, as the i18n extension of Jinja has it."""
    said = Markup(_catalogue().ugettext(text))  # noqa: S704 - texts of our own, values are escaped
    return said % values if values or "%" in said else said


def number(value: int | float | None) -> str:
    """A count or a rate as the country writes it: `24.047`, `0,04`."""
    return "" if value is None else str(format_decimal(value))


def exact(value: int | float) -> str:
    """A value as it was set: every decimal, and without grouping, for it may be a year."""
    return str(
        numbers.format_decimal(value, locale=get_locale(), decimal_quantization=False, group_separator=False)
    )


def whole_euro(amount: int) -> str:
    """A round amount, such as an estimate per year, without cents."""
    return re.sub(r"[.,]00(?=\D*$)", "", euro(amount * 100))


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(ROOT / "translations"))
    app.config.setdefault("BABEL_DEFAULT_LOCALE", DEFAULT)
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Europe/Brussels")
    Babel(app, locale_selector=choose_locale)
    filters: dict[str, Any] = {
        "short_date": short_date,
        "long_date": long_date,
        "clock_time": clock_time,
        "moment": moment,
        "recent": recent,
        "quarter": quarter,
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
        "euro": euro,
        "whole_euro": whole_euro,
        "percent": percent,
        "number": number,
        "exact": exact,
    }
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalogue().ugettext(text),
        ngettext=lambda one, many, number: _catalogue().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(_=_in_page, process_text=process_text, locales=LOCALES)
