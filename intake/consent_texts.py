"""What is told to a citizen before they agree, in versions: the consent keeps which one was told.

The nearest text wins: of the organization, of its partnership, of everybody, and last the one that comes with
the product, which counts as version 1.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from sqlalchemy.orm import joinedload

from core import audit, clock
from core.access import Actor
from core.db import session, uuid7
from core.errors import DomainError
from core.i18n import LOCALES, _, _l
from core.models.accounts import PartnershipMember
from core.policy import is_platform
from intake import labels
from intake.models.bases import Basis
from intake.models.consent_texts import ConsentText

PAGE = 25
PROVIDED = _l(
    "We would like to pass on something about you to another service, so that it can help you. You decide. "
    "We tell you which service, what it gets and why. It gets only what you agree to, and its workers are "
    "bound by secrecy too. You can say no, or leave something out: our help does not depend on it. You can "
    "stop it at any time, without giving a reason. From then on the service sees nothing any more. You may "
    "always ask us what we keep about you and who looked at it."
)


@dataclass(frozen=True)
class Told:
    """A version as it is shown and kept: `text_id` is None for the text that comes with the product."""

    language: str
    number: int
    text: str
    text_id: uuid.UUID | None = None
    valid_from: date | None = None

    @property
    def mark(self) -> str:
        """Names this very version, for a form that shows it."""
        return f"{self.language}:{self.text_id or self.number}"


def in_force(tenant_id: uuid.UUID, *, on: date | None = None) -> dict[str, Told]:
    """What holds on a day for an organization, by language, in one statement; Dutch first."""
    together = _partnerships_of(tenant_id, on or clock.today())
    query = (
        sa.select(ConsentText)
        .where(
            ConsentText.valid_from <= (on or clock.today()),
            sa.or_(
                ConsentText.tenant_id == tenant_id,
                ConsentText.partnership_id.in_(together),
                sa.and_(ConsentText.tenant_id.is_(None), ConsentText.partnership_id.is_(None)),
            ),
        )
        .order_by(
            ConsentText.tenant_id.is_not(None),
            ConsentText.partnership_id.is_not(None),
            ConsentText.valid_from,
            ConsentText.number,
        )
    )
    found = {text.language: _told(text) for text in session.scalars(query)}
    return {
        code: found.get(code) or _provided(code)
        for code in labels.LANGUAGES
        if code in found or code in LOCALES
    }


def _partnerships_of(tenant_id: uuid.UUID, on: date) -> sa.Select[Any]:
    return sa.select(PartnershipMember.partnership_id).where(
        PartnershipMember.tenant_id == tenant_id,
        PartnershipMember.starts_on <= on,
        sa.or_(PartnershipMember.ends_on.is_(None), PartnershipMember.ends_on >= on),
    )


def _told(text: ConsentText) -> Told:
    return Told(text.language, text.number, text.text, text.id, text.valid_from)


def _provided(language: str) -> Told:
    with force_locale(language):
        return Told(language, 1, str(PROVIDED))


def told_for(basis: Basis) -> Told | None:
    """The very text that was told for a consent; None where none was told, or it was not kept."""
    if basis.text_id is not None:
        return _told(session.get_one(ConsentText, basis.text_id))
    language = basis.text_language
    return _provided(language) if language is not None and language in LOCALES else None


# ---------------------------------------------------------------- published
@dataclass(frozen=True)
class Owner:
    """For whom a text is: an organization, a partnership, or everybody."""

    tenant_id: uuid.UUID | None = None
    partnership_id: uuid.UUID | None = None


def owner_for(by: Actor) -> Owner:
    """A coordinator writes for the partnership, an administrator for the organization or everybody."""
    if by.partnership_id is not None:
        return Owner(partnership_id=by.partnership_id)
    return Owner() if is_platform(by) else Owner(tenant_id=by.tenant_id)


def publish_text(language: str, text: str, *, valid_from: date | None, by: Actor) -> ConsentText:
    """A new version from a day on; what was told before stays as it was."""
    if language not in labels.LANGUAGES or language == "other":
        raise DomainError(_("Choose a language."), field="language")
    if not text.strip():
        raise DomainError(_("Write the text first."), field="text")
    if valid_from is None:
        raise DomainError(_("Choose a day."), field="valid_from")
    if valid_from < clock.today():
        raise DomainError(
            _("A new text cannot hold for consents that were given already."), field="valid_from"
        )
    owner = owner_for(by)
    newest = session.scalar(
        sa.select(sa.func.max(ConsentText.number)).where(*_of(owner), ConsentText.language == language)
    )
    made = ConsentText(
        id=uuid7(),
        tenant_id=owner.tenant_id,
        partnership_id=owner.partnership_id,
        language=language,
        number=(newest or 1) + 1,
        text=text.strip(),
        valid_from=valid_from,
        published_at=clock.now(),
        published_by_id=by.user_id,
    )
    session.add(made)
    session.flush()
    facts = {"language": language, "number": made.number, "from": valid_from.isoformat()}
    audit.record("consent_text.published", made, by=by, changes=facts, tenant_id=by.tenant_id)
    return made


def _of(owner: Owner) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        ConsentText.tenant_id.is_not_distinct_from(owner.tenant_id),
        ConsentText.partnership_id.is_not_distinct_from(owner.partnership_id),
    )


def listed(by: Actor, *, after: uuid.UUID | None = None) -> tuple[list[ConsentText], str | None]:
    """Every version that this actor's side published, the newest first."""
    query = sa.select(ConsentText).options(joinedload(ConsentText.published_by)).where(*_of(owner_for(by)))
    if after is not None:
        query = query.where(ConsentText.id < after)
    rows = list(session.scalars(query.order_by(ConsentText.id.desc()).limit(PAGE + 1)))
    return rows[:PAGE], str(rows[PAGE - 1].id) if len(rows) > PAGE else None


def languages(texts: Mapping[str, Told]) -> list[tuple[str, Any]]:
    """Choices of a form: languages in which there is a text."""
    return [(code, labels.LANGUAGES[code]) for code in texts]
