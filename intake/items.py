"""What of a file can be shared, as items that a citizen can agree to one by one."""

from intake.models.vocabulary import LifeDomain

CONTACT = "contact"  # name, birth date and how to reach: without it no partner can help
ADDRESS = "address"
HOUSEHOLD = "household"
NOTES = "notes"  # only notes marked as shareable
NEVER = ("ssin", "internal_notes")


def codes() -> tuple[str, ...]:
    """Every item; a life domain stands for the questions in it."""
    return (CONTACT, ADDRESS, HOUSEHOLD, NOTES, *map(str, LifeDomain))
