"""The history and the preview of entries in words of the reader's language."""

from typing import Any

from markupsafe import Markup, escape

from core.i18n import _, _l
from socialmap import reasons
from socialmap.history import Line
from socialmap.models.upkeep import Correction
from socialmap.views import wording

RESOURCES = {
    "taxonomy": _l("List of terms"), "taxonomy_term": _l("Term"), "organization": _l("Organization"),
    "organization_identifier": _l("Number of the organization"), "program": _l("Programme"),
    "service": _l("Service"), "location": _l("Place"), "service_at_location": _l("Service at a place"),
    "address": _l("Address"), "contact": _l("Contact"), "phone": _l("Telephone"),
    "schedule": _l("Opening hours"), "service_area": _l("Area"), "language": _l("Language"),
    "accessibility": _l("Accessibility"), "required_document": _l("Document to bring along"),
    "cost_option": _l("Price"), "funding": _l("Funding"), "url": _l("Web address"),
    "unit": _l("Unit"), "service_capacity": _l("Capacity by the source"),
    "meta_table_description": _l("Description of a table"),
    "attribute": _l("Category or target group"), "metadata": _l("History of the source"),
    "area_set": _l("Area"),
}  # fmt: skip
FIELDS = {
    "name": _l("Name"), "alternate_name": _l("Other name"), "description": _l("Description"),
    "email": _l("E-mail"), "website": _l("Website"), "url": _l("Web address"), "uri": _l("Web address"),
    "status": _l("State"), "application_process": _l("How to apply"), "fees_description": _l("Cost"),
    "fees": _l("Cost"), "wait_time": _l("Waiting"), "accreditations": _l("Accreditation"),
    "eligibility_description": _l("For whom"), "minimum_age": _l("Youngest age"),
    "maximum_age": _l("Highest age"), "assured_date": _l("Last checked"), "alert": _l("Warning"),
    "last_modified": _l("Last changed at the source"), "legal_status": _l("Legal form"),
    "parent_organization_id": _l("Part of"), "organization_id": _l("Organization"),
    "service_id": _l("Service"), "location_id": _l("Place"),
    "taxonomy_term_id": _l("Category or target group"),
    "number": _l("Number"), "identifier": _l("Number"), "extension": _l("Extension"), "type": _l("Kind"),
    "address_1": _l("Street and number"), "address_2": _l("Second line of the address"), "city": _l("Place"),
    "postal_code": _l("Postcode"), "state_province": _l("Province"), "latitude": _l("Latitude"),
    "longitude": _l("Longitude"), "opens_at": _l("Opens at"), "closes_at": _l("Closes at"),
    "byday": _l("Days"), "valid_from": _l("Valid from"), "valid_to": _l("Valid until"), "notes": _l("Notes"),
    "extent": _l("Area"), "amount": _l("Amount"), "option": _l("Price"),
    "document": _l("Document to bring along"),
    "capacity": _l("Room now"), "capacity_weeks": _l("Waiting in weeks"),
    "capacity_until": _l("Room known until"),
    "referral_contact": _l("Contact for referrals"), "referral_email": _l("E-mail for referrals"),
    "agreements": _l("Agreements"), "municipalities": _l("Municipalities"),
}  # fmt: skip
ROOM = {"open": _l("Room now"), "waiting": _l("Waiting list"), "full": _l("Full")}


def kind(resource: str) -> str:
    return str(RESOURCES.get(resource, resource))


def name_of(field: str) -> str:
    """A field by its label; one that has none by its name in the standard."""
    return str(FIELDS.get(field, field.replace("_", " ")))


def value(field: str, text: str) -> str:
    if field == "status":
        return str(wording.STATUSES.get(text, text))
    if field == "capacity":
        return str(ROOM.get(text, text))
    return text


def title(line: Line) -> str:
    """What happened, such as `Telephone: Number` or `Service added`."""
    change = line.change
    what = kind(change.resource)
    titles = {
        "add": _("%(what)s added", what=what), "remove": _("%(what)s removed", what=what),
        "vanish": _("%(what)s no longer delivered", what=what),
        "return": _("%(what)s delivered again", what=what), "merge": _("Merged"),
        "split": _("Merge taken back"),
    }  # fmt: skip
    return titles.get(change.action) or f"{what}: {name_of(change.field)}"


def who(line: Line) -> str:
    """The source that delivered it, or the person who did it."""
    if line.source:
        return str(_("source %(name)s", name=line.source))
    return line.change.made_by


def previous(line: Line) -> str:
    return value(line.change.field, line.change.previous)


def replacement(line: Line) -> str:
    return value(line.change.field, line.change.replacement)


def tables(names: list[str]) -> str:
    return ", ".join(kind(name) for name in names)


def reason(text: str, report: dict[str, Any]) -> str:
    """Why a row was rejected, in the reader's language."""
    return _sentence(reasons.told(text, report.get("reasons") or {}, kind))


def say(text: str) -> str:
    """The same for a reason at hand."""
    return _sentence(reasons.told(text, reasons.kept([text]), kind))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(("?", ".", ")")) else ".")


def subject(code: str) -> str:
    """What a notice is about: a column of the service, or what belongs to it."""
    return str(FIELDS.get(code) or RESOURCES.get(code) or code)


def subjects(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """The choices of what a notice may be about, by their labels."""
    return [("", str(_("Something else"))), *((code, subject(code)) for code in codes)]


def beside(value: object, notices: list[Correction], *codes: str) -> Markup | object:
    """A value with the open notices about it beside it."""
    about = [notice for notice in notices if notice.field in codes]
    if not about:
        return value
    said = [
        Markup('<span class="ds-meta" data-testid="notice-beside">{}: {}</span>').format(
            _("Notice to the source"), notice.text
        )
        for notice in about
    ]
    return Markup("<br>").join([escape(value or ""), *said]) if value else Markup("<br>").join(said)
