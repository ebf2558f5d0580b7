"""The municipality a user means: typed as name or postcode, and still existing."""

from core.errors import DomainError
from core.i18n import _
from socialmap import geography
from socialmap.geography import Municipality


class Ended(DomainError):
    """The municipality was merged; `successor` is the one to choose."""

    def __init__(self, message: str, successor: Municipality, *, field: str) -> None:
        super().__init__(message, field=field)
        self.successor = successor


def parse(text: str, *, field: str = "place") -> Municipality:
    """A municipality of today from a name, a postcode or a NIS code. Raises DomainError on `field`."""
    text = text.strip()
    if not text:
        raise DomainError(_("Fill in a municipality or postcode."), field=field)
    known = geography.municipality(text) if text.isdecimal() and len(text) == 5 else None
    if known is not None and not known.is_current:
        raise _ended(known.name, known.successors[0], field)
    place = geography.find_place(text[:80])
    if place is None:
        raise DomainError(_not_found(text), field=field)
    if place.kind == "former":
        raise _ended(place.label, place.nis, field)
    found = geography.current(place.nis)
    if found is None:
        raise DomainError(_not_found(text), field=field)
    return found


def _ended(name: str, successor_nis: str, field: str) -> Ended:
    successor = geography.current(successor_nis)
    assert successor is not None  # noqa: S101 - reference data: a merger has a successor
    message = _("%(old)s no longer exists as a municipality. Choose %(new)s.", old=name, new=successor.name)
    return Ended(message, successor, field=field)


def _not_found(text: str) -> str:
    near = geography.suggest(text[:80], limit=1)
    if near:
        return str(_("We do not know “%(text)s”. Do you mean %(near)s?", text=text[:40], near=near[0].label))
    return str(_("We do not know “%(text)s”. Fill in a municipality or postcode.", text=text[:40]))


def name(nis: str | None) -> str:
    """The name of a municipality for pages; its code when it is unknown, nothing for none."""
    if not nis:
        return ""
    found = geography.municipality(nis)
    return found.name if found else nis
