"""Who looked at a file: every look at the file, its person, referrals and papers, out of the one trail.

For the data protection officer by name; for the citizen in plain Dutch, on paper.
"""

import uuid
from collections import Counter
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, format_date

from core import clock, letters, trail
from core.access import Actor
from core.db import session
from core.i18n import _l
from core.models.trail import AuditEntry
from intake import policy, safe_contact
from intake.models.aid_requests import AidRequest
from intake.models.bases import Basis
from intake.models.cases import Case
from intake.models.referrals import Referral

PAGE, ON_PAPER = 50, 2_000
WORDS: dict[str, Any] = {
    "case.read": _l("Opened the file"),
    "readers.read": _l("Looked at this list"),
    "case.printed": _l("Made a print or PDF"),
    "emergency.read": _l("Looked at the file in an emergency"),
    "emergency.listed": _l("Looked at an emergency access"),
    "person.read": _l("Opened the personal data"),
    "person.found": _l("Found the person in a search"),
    "referral.read": _l("Opened a referral"),
    "referral.listed": _l("Saw a referral in a list"),
    "referral.letter_printed": _l("Printed a letter"),
    "basis.read": _l("Looked at what may be shared"),
    "basis.printed": _l("Printed a consent"),
    "aid_request.read": _l("Opened a request for aid"),
    "aid_request.receipt_printed": _l("Printed a receipt"),
    "access.refused": _l("Tried to look, and was refused"),
}


def what(action: str) -> str:
    """An action of the trail in words that a citizen understands."""
    return str(WORDS.get(action) or _l("Looked at a part of the file"))


def of_case(case: Case, *, after: int | None = None, limit: int = PAGE) -> tuple[list[trail.Row], int | None]:
    """The newest looks first; a page and where the next one begins. Names in one statement."""
    query = sa.select(AuditEntry).where(_about(case), trail.is_look() | trail.is_refusal())
    if after is not None:
        query = query.where(AuditEntry.id < after)
    found = list(session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit + 1)))
    return trail.named(found[:limit], numbered=False), found[limit - 1].id if len(found) > limit else None


def _about(case: Case) -> sa.ColumnElement[bool]:
    """Everything in the trail that belongs to a file."""
    parts: dict[str, list[uuid.UUID]] = {"case": [case.id]}
    if case.person_id is not None:
        parts["person"] = [case.person_id]
    records: tuple[Any, ...] = (Referral, Basis, AidRequest)
    queries = [
        sa.select(sa.literal(record.subject_type), record.id).where(record.case_id == case.id)
        for record in records
    ]
    for kind, record_id in session.execute(sa.union_all(*queries)):
        parts.setdefault(kind, []).append(record_id)
    return sa.or_(
        *(
            sa.and_(AuditEntry.subject_type == kind, AuditEntry.subject_id.in_([str(key) for key in ids]))
            for kind, ids in parts.items()
        )
    )


def letter(case: Case, *, by: Actor) -> bytes:
    """The looks per day, organization and kind, in Dutch. Raises NotSafe when paper is not safe.

    Organizations by name, colleagues not: who of them it was, is for the data protection officer.
    """
    safe_contact.check(case.person, safe_contact.Way.PRINT)
    rows, more = of_case(case, limit=ON_PAPER)
    with force_locale("nl"):
        lines = _lines(rows, by)
        # The officer works with the number: looking who looked opens nothing of the file itself.
        name = case.person.name if case.person is not None and policy.can_see_case(by, case) else ""
        return letters.make(
            "letter_to_carry",
            {
                "title": "Wie keek in mijn dossier",
                "sender": by.tenant_name,
                "opening": "Wij houden bij wie je gegevens bekijkt. Hieronder staat elke keer.",
                "facts": [*([["Naam", name]] if name else []), ["Nummer", case.number]],
                "parts": [
                    {"title": "Wie keek, en wanneer", "lines": lines or ["Nog niemand."]},
                    {
                        "title": "Heb je vragen",
                        "lines": [
                            *(["Oudere keren staan niet op dit blad. Vraag ze gerust."] if more else []),
                            "Begrijp je niet waarom iemand keek? Vraag het ons. Je mag ook de functionaris "
                            "voor gegevensbescherming aanspreken.",
                        ],
                    },
                ],
                "closing": f"{format_date(clock.today(), 'd MMMM yyyy')}, {by.tenant_name}",
            },
        )


def _lines(rows: list[trail.Row], by: Actor) -> list[str]:
    counted = Counter(
        (clock.brussels(row.entry.at).date(), row.whence or by.tenant_name, what(row.entry.action))
        for row in rows
    )
    return [
        f"{format_date(day, 'd MMMM yyyy')}, {whence}: {words}" + (f", {times} keer" if times > 1 else "")
        for (day, whence, words), times in counted.items()
    ]
