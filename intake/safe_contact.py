"""Safe contact: one operation that looks before anything leaves for a citizen.

What is forbidden is refused with the alternative; a birth date is never used as a secret.
"""

from enum import StrEnum

from core.errors import DomainError
from core.i18n import _, _l
from intake.models.persons import Avoid, Person
from intake.models.vocabulary import Channel


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
    Way.PRINT: Avoid.PAPER,
    Way.MAIL: Avoid.MAIL,
    Way.SMS: Avoid.SMS,
    Way.VOICEMAIL: Avoid.VOICEMAIL,
    Way.FEED: Avoid.INVITATION,
    Way.EXPORT: Avoid.CITIZEN_PAGE,
}


WAYS = {
    Way.LETTER: _l("Post"),
    Way.PRINT: _l("Paper"),
    Way.MAIL: _l("E-mail"),
    Way.SMS: _l("A text message"),
    Way.VOICEMAIL: _l("Voicemail"),
    Way.FEED: _l("An invitation"),
    Way.EXPORT: _l("The citizen page"),
}
OF_CHANNEL = {Channel.SMS: Way.SMS, Channel.MAIL: Way.MAIL, Channel.LETTER: Way.LETTER}


class NotSafe(DomainError):
    """Sending this could put the person in danger; the message names what can be done instead."""


def is_safe(person: Person | None, way: Way) -> bool:
    """Whether something may leave this way; without a person there is nobody to endanger."""
    if person is None or way not in FORBIDDEN_BY:
        return True
    return str(FORBIDDEN_BY[way]) not in person.avoid


def check(person: Person | None, way: Way) -> None:
    """Refuse to let something leave in a way that is not safe for this person; the message names another."""
    if person is not None and not is_safe(person, way):
        raise NotSafe(refusal(person, way))


def refusal(person: Person | None, way: Way) -> str:
    """Which way is not safe, and what to do instead."""
    instead = _("Keep it in the file and go through it together when you meet.")
    if person is not None and is_safe(person, Way.PRINT):
        instead = _("Hand it over when you meet.")
    hours = person.contact_hours if person is not None else ""
    if hours:
        instead = f"{instead} {_('When to call')}: {hours}."
    return str(_("%(way)s is not safe for this person.", way=WAYS[way])) + " " + str(instead)
