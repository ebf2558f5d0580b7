"""The story of a file: who did what, when and on what ground, newest first, in one statement."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from core.db import session
from core.i18n import _, short_date
from intake import labels, telling
from intake.event_titles import event_title
from intake.models.cases import Case, CaseGlance, ClosingReason, FollowUp
from intake.models.contacts import ContactAttempt
from intake.models.help_requests import HelpRequest, Outcome
from intake.models.notes import Note
from intake.models.referrals import DeclineReason, FailReason, ReferralMessage
from intake.models.transitions import Transition

PAGE = 20
FILTERS = {
    "contact": ("contact.", "case.opened", "case.citizen_asked"),
    "shared": ("referral.", "basis."),
    "changes": ("case.", "help_request.", "follow_up.", "rights.", "aid.", "document."),
    "notes": ("note.",),
}
SHARED = {"referral.sent", "referral.accepted", "basis.given", "basis.withdrawn", "referral.withdrawn"}


@dataclass(frozen=True)
class Entry:
    """One line of a timeline, ready to show. `state`: share, contact or nothing."""

    id: int
    at: datetime
    title: str
    text: str
    who: str
    state: str = ""
    event: str = ""
    url: str = ""
    link: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    is_new: bool = False  # somebody else did it since the reader last looked
    detail_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Page:
    """Part of a timeline. `after`: where older ones begin, None for the last. `seen`: None when never."""

    entries: list[Entry]
    after: int | None
    seen: int | None
    tell_until: date | None = None  # until when the citizen hears where the notice came from

    @property
    def newest(self) -> int:
        return self.entries[0].id if self.entries else 0

    @property
    def news(self) -> int:
        """How many of these entries are new to the reader."""
        return sum(entry.is_new for entry in self.entries)


def of_case(
    case: Case,
    *,
    only: str = "",
    before: int | None = None,
    limit: int = PAGE,
    reader_id: uuid.UUID | None = None,
) -> Page:
    """A page of entries, where the next one begins, and up to where this reader had seen them."""
    glance = sa.select(CaseGlance.seen_id).where(
        CaseGlance.case_id == case.id, CaseGlance.user_id == reader_id
    )
    query = (
        sa.select(
            Transition,
            Note,
            ContactAttempt,
            ReferralMessage,
            FollowUp,
            HelpRequest,
            glance.scalar_subquery(),
            telling.untold_since(case.id).correlate(None).scalar_subquery(),
        )
        .outerjoin(Note, Note.id == Transition.detail_id)
        .outerjoin(ContactAttempt, ContactAttempt.id == Transition.detail_id)
        .outerjoin(ReferralMessage, ReferralMessage.id == Transition.detail_id)
        .outerjoin(FollowUp, FollowUp.id == Transition.detail_id)
        .outerjoin(HelpRequest, HelpRequest.id == Transition.detail_id)
        .where(Transition.case_id == case.id)
        .order_by(Transition.id.desc())
        .limit(limit + 1)
    )
    if only in FILTERS:
        query = query.where(sa.or_(*(Transition.event.startswith(start) for start in FILTERS[only])))
    if before is not None:
        query = query.where(Transition.id < before)
    rows = session.execute(query).all()
    seen = rows[0][6] if rows else None
    entries = [
        _entry(row[0], _words(*row[1:6]), is_new=_is_news(row[0], seen, reader_id)) for row in rows[:limit]
    ]
    return Page(
        entries,
        entries[-1].id if len(rows) > limit else None,
        seen,
        telling.last_day(rows[0][7] if rows else None),
    )


def _words(
    note: Note | None,
    attempt: ContactAttempt | None,
    message: ReferralMessage | None,
    follow_up: FollowUp | None,
    request: HelpRequest | None,
) -> str:
    if note is not None:
        return note.text or ""
    if attempt is not None:
        return attempt.note or ""
    if message is not None:
        return f"“{message.text}”"
    if follow_up is not None:
        return follow_up.words or follow_up.what or ""
    return f"“{request.own_words}”" if request is not None else ""


def _is_news(row: Transition, seen: int | None, reader_id: uuid.UUID | None) -> bool:
    """Of a file never looked at everything is new, so nothing is marked."""
    return seen is not None and row.id > seen and row.actor_id != reader_id


def _entry(row: Transition, words: str, *, is_new: bool = False) -> Entry:
    is_contact = row.event.startswith("contact.")
    state = "share" if row.event in SHARED else "contact" if is_contact else ""
    extra = _extra(row)
    text = " ".join(part for part in (words, extra) if part)
    return Entry(
        row.id, row.at, event_title(row), text, _who(row), state, row.event, facts=row.facts, is_new=is_new,
        detail_id=row.detail_id,
    )  # fmt: skip


def _who(row: Transition) -> str:
    same = row.actor_tenant_id == row.tenant_id or not row.actor_tenant
    return row.actor_name if same else f"{row.actor_name}, {row.actor_tenant}"


def _extra(row: Transition) -> str:
    f = row.facts
    if row.event == "follow_up.series":
        return ", ".join(short_date(date.fromisoformat(day)) for day in f.get("days", []))
    if row.event == "follow_up.answered" and f.get("differs"):
        return str(_("%(names)s reported that it is finished.", names=", ".join(f["differs"])))
    if row.event == "case.closed":
        return labels.label_of(ClosingReason, str(f.get("reason")))
    if row.event == "help_request.closed":
        return labels.label_of(Outcome, str(f.get("outcome")))
    if row.event == "referral.declined":
        reason = labels.label_of(DeclineReason, str(f.get("reason")))
        better = str(f.get("better") or "")
        return f"{reason}. " + _("Better address: %(name)s.", name=better) if better else f"{reason}."
    if row.event == "referral.failed":
        return labels.label_of(FailReason, str(f.get("reason")))
    if row.event in {"basis.withdrawn"} or (row.event == "referral.withdrawn" and f.get("why") == "basis"):
        return str(_("From that moment the partner sees nothing any more."))
    if row.event == "basis.given":
        return ", ".join(str(labels.ITEMS.get(code, code)) for code in f.get("items", []))
    if row.event == "case.opened" and f.get("from") == "referral":
        return str(_("Copied from an accepted referral."))
    return ""
