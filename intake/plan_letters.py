"""The plan on paper for the citizen: own words, who does what and when, whom to call. In Dutch."""

from flask_babel import force_locale, format_date

from core import clock, letters
from core.access import Actor
from intake import help_requests, notes, referrals, safe_contact
from intake.models.cases import Case


def plan(case: Case, *, by: Actor) -> bytes:
    """The PDF to hand over. Raises NotSafe when paper is not safe for this person."""
    safe_contact.check(case.person, safe_contact.Way.PRINT)
    with force_locale("nl"):
        return _made(case, by)


def _made(case: Case, by: Actor) -> bytes:
    wishes = [request.own_words or "" for request in help_requests.of_case(case)]
    does = [
        f"{plan.what} ({format_date(plan.due_on, 'd MMMM yyyy')})" for plan in notes.open_follow_ups(case)
    ]
    does += [
        f"{r.service_name}, {r.organization_name}" for r in referrals.of_case(case) if not r.status.is_final
    ]
    name = case.person.name if case.person is not None else ""
    holder = case.holder.name if case.holder is not None else by.tenant_name
    return letters.make(
        "letter_to_carry",
        {
            "title": "Mijn plan",
            "sender": by.tenant_name,
            "opening": "Dit spraken we samen af. Ik kan dit altijd veranderen.",
            "facts": [["Naam", name], ["Nummer", case.number], ["Ik kan bellen naar", holder]],
            "parts": [
                {"title": "Wat ik wil", "lines": wishes or ["Dit schrijven we nog samen op."]},
                {"title": "Wie doet wat", "lines": does or ["Nog niets afgesproken."]},
            ],
            "closing": f"{format_date(clock.today(), 'd MMMM yyyy')}, {by.name}, {by.tenant_name}",
        },
    )
