"""Safe contact: one operation that looks before anything leaves for a citizen (domain 0.6).

What is forbidden is refused with the alternative; a birth date is never used as a secret.
"""

from enum import StrEnum

from core.errors import DomainError
from core.i18n import _
from intake.models.persons import Avoid, Person


class Way(StrEnum):
    """How something would leave."""

    LETTER = "letter"
    PRINT = "print"  # handed over on paper
    MAIL = "mail"
    SMS = "sms"
    VOICEMAIL = "voicemail"
    FEED = "feed"  # calendar invitation
    EXPORT = "export"  # citizen page or digital copy


FORBIDDEN_BY = {
    Way.LETTER: Avoid.POST,
    Way.MAIL: Avoid.MAIL,
    Way.SMS: Avoid.SMS,
    Way.VOICEMAIL: Avoid.VOICEMAIL,
    Way.FEED: Avoid.INVITATION,
    Way.EXPORT: Avoid.CITIZEN_PAGE,
}


class NotSafe(DomainError):
    """Sending this could put the person in danger; the message names what can be done instead."""


def is_safe(person: Person | None, way: Way) -> bool:
    """Whether something may leave this way; without a person there is nobody to endanger."""
    if person is None or way not in FORBIDDEN_BY:
        return True
    return str(FORBIDDEN_BY[way]) not in person.avoid


def ways_left(person: Person) -> list[Way]:
    """What is still safe, in the order in which to try it."""
    return [way for way in (Way.PRINT, Way.MAIL, Way.SMS, Way.LETTER) if is_safe(person, way)]


def check(person: Person | None, way: Way) -> None:
    """Refuse to let something leave in a way that is not safe for this person."""
    if person is None or is_safe(person, way):
        return
    if way == Way.LETTER:
        raise NotSafe(_("Post is not safe for this person. Hand it over when you meet."))
    raise NotSafe(_("This way of contact is not safe for this person. Hand it over when you meet, or call."))
