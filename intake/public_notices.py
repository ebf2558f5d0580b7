"""Notices by the public form: no account, guarded against robots without third parties.

A field that people do not see, a minimum time with a signed moment, and a limit per address. The address is
kept only as a hash, among the tries of signing in, and swept with them.
"""

from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa
from itsdangerous import BadSignature

from core import crypto
from core.access import Actor
from core.accounts import NO_TENANT
from core.clock import now
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import SignInAttempt
from intake import signals
from intake.models.signals import Informed, Signal, Source
from intake.models.vocabulary import LifeDomain
from intake.signals import NewSignal

FASTEST, SLOWEST = 3, 4 * 3600  # seconds between opening and sending
WINDOW, MOST = timedelta(hours=1), 5  # notices from one address
VISITOR = Actor(user_id=None, name="Publiek formulier", tenant_id=None, kind="public")


def open_token() -> str:
    """The signed moment at which the form was opened."""
    return str(crypto.signer("public-notice").dumps("notice"))


def kept_token(token: str) -> str:
    """The moment of opening, or this one where that is of no use any more: the time counts anew."""
    return open_token() if _opened_at(token) is None else token


def check_token(token: str) -> None:
    """Refuse a form that was never opened, lay open too long or came back faster than people type."""
    opened_at = _opened_at(token)
    if opened_at is None:
        raise DomainError(_("This page was open too long. Send it again."))
    if now() - opened_at < timedelta(seconds=FASTEST):
        raise DomainError(_("That was very fast. Wait a few seconds and send again."))


def _opened_at(token: str) -> datetime | None:
    """When the form was opened; nothing for a forged token, and for one of a page that lay open too long."""
    try:
        _value, moment = crypto.signer("public-notice").loads(token, max_age=SLOWEST, return_timestamp=True)
    except BadSignature:
        return None
    return cast(datetime, moment)


def register(*, nis: str, theme: LifeDomain | None, concern: str, contact: str, address: str) -> Signal:
    """Register a notice of a visitor, who only hears that it came. Raises DomainError over the limit."""
    _count(address)
    new = NewSignal(
        nis=nis,
        theme=theme,
        observed=concern,
        source=Source.PUBLIC,
        source_contact=contact,
        informed=Informed.NOT_YET,
        agrees=False,
    )
    return signals.register_signal(new, by=VISITOR)


def _count(address: str) -> None:
    key = crypto.lookup_hash(NO_TENANT, f"public_notice:{address}")
    recent = sa.select(sa.func.count()).where(
        SignInAttempt.key_hash == key, SignInAttempt.at > now() - WINDOW
    )
    if (session.scalar(recent) or 0) >= MOST:
        raise DomainError(_("Several notices came from here already. Try again later, or call the OCMW."))
    session.add(SignInAttempt(key_hash=key, at=now()))
    session.flush()
