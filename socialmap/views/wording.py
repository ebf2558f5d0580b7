"""Facts of the map in words of the reader's language."""

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from core import clock
from core.i18n import _, _l, ngettext
from socialmap import numbers
from socialmap.search import Card, Hit

DAY_NAMES = {
    "MO": _l("Mon"), "TU": _l("Tue"), "WE": _l("Wed"), "TH": _l("Thu"), "FR": _l("Fri"), "SA": _l("Sat"),
    "SU": _l("Sun"),
}  # fmt: skip
SECTORS = {
    "ocmw": _l("OCMW"), "caw": _l("CAW"), "dmw": _l("Health fund social service"),
    "municipality": _l("Municipality"), "housing": _l("Housing"), "health": _l("Health and care"),
    "youth": _l("Children and young people"), "association": _l("Association"),
    "authority": _l("Authority"), "practitioner": _l("Practitioner"), "other": _l("Other"),
}  # fmt: skip
STATUSES = {
    "active": _l("Active"), "inactive": _l("Inactive"), "defunct": _l("Stopped"),
    "temporarily closed": _l("Closed for a while"),
}  # fmt: skip


REACHES = {
    "own": _l("For this municipality"), "regional": _l("For the region"),
    "wide": _l("For all of Flanders or the province"), "near": _l("No area given; located here"),
}  # fmt: skip


def checked(on: date | None) -> str:
    """`Checked 3 weeks ago`."""
    if on is None:
        return str(_("Never checked"))
    days = (clock.today() - on).days
    if days < 14:
        return str(_("Checked recently"))
    if days < 60:
        weeks = days // 7
        return str(ngettext("Checked %(num)s week ago", "Checked %(num)s weeks ago", weeks))
    months = round(days / 30.44)
    return str(ngettext("Checked %(num)s month ago", "Checked %(num)s months ago", months))


def room(record: Any) -> tuple[str, str]:
    """How much room there is, and the tone of the tag."""
    weeks = getattr(record, "capacity_weeks", None) or getattr(record, "weeks", None)
    capacity = record.capacity_now
    if capacity == "open":
        return _("Room now"), "ok"
    if capacity == "full":
        return _("Full"), "danger"
    if capacity == "waiting" and weeks:
        return ngettext("Waiting list %(num)s week", "Waiting list %(num)s weeks", weeks), "warn"
    return _("Room unknown"), ""


def who(card: Card) -> str:
    """For whom the service is, ages included."""
    return audience(card.who, *card.ages)


def audience(text: str | None, low: float | None, high: float | None) -> str:
    ages = ""
    if low is not None and high is not None:
        ages = _("%(low)s to %(high)s years", low=int(low), high=int(high))
    elif low is not None:
        ages = _("from %(low)s years", low=int(low))
    elif high is not None:
        ages = _("up to %(high)s years", high=int(high))
    return ", ".join(part for part in (text, ages) if part)


def facts(hit: Hit) -> str:
    """The line under the name: organization, distance, price, entrance."""
    card = hit.service
    parts = [hit.organization.name]
    if hit.distance_km is not None:
        parts.append(_("%(km)s km", km=round(hit.distance_km) if hit.distance_km >= 1 else "<1"))
    elif card.secret:
        parts.append(_("secret address"))
    parts.append(_("Free") if card.free else card.cost or "")
    if card.access:
        parts.append(_("Wheelchair accessible"))
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def reach(hit: Hit) -> str:
    """Why this service fits the municipality."""
    return str(REACHES.get(hit.reason, ""))


def opening(hours: list[dict[str, Any]]) -> list[str]:
    """Opening hours as lines: `Mon-Fri 9:00-12:00`."""
    lines = []
    for block in hours:
        days = [day.strip()[-2:] for day in block["days"] if day.strip()]
        when = f"{block['from']}-{block['to']}" if block["from"] and block["to"] else ""
        note = f" ({block['note']})" if block["note"] else ""
        lines.append(f"{_days(days)} {when}{note}".strip())
    return lines


def _days(days: list[str]) -> str:
    order = [day for day in DAY_NAMES if day in days]
    week = list(DAY_NAMES)
    if len(order) > 2 and week[week.index(order[0]) : week.index(order[-1]) + 1] == order:
        return f"{DAY_NAMES[order[0]]}-{DAY_NAMES[order[-1]]}"
    return ", ".join(str(DAY_NAMES[day]) for day in order)


def web_link(url: str | None) -> Markup | str:
    """A web address as a link that shows only the site; what is no web address stays text."""
    if not url or not url.startswith(("https://", "http://")):
        return url or ""
    site = urlsplit(url).hostname or url
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(url, site.removeprefix("www."))


def number(scheme: str | None, text: str) -> str:
    """An enterprise number with its dots; other numbers as they are."""
    digits = "".join(c for c in text if c.isdecimal())
    return numbers.show_kbo(digits) if "KBO" in (scheme or "") and len(digits) == 10 else text


def mail_link(address: str | None) -> Markup | str:
    """An e-mail address to click."""
    if not address or "@" not in address:
        return address or ""
    return Markup('<a href="mailto:{0}">{0}</a>').format(address)
