"""A password by a link in a mail: for a new colleague, and for who forgot it.

The link is signed, holds for three days, and works once: it carries a hash of the password of the moment.
It is made when the mail is sent, so that it never lies in the outbox.
"""

import hashlib
import hmac
import uuid
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadData

from core import accounts, audit, crypto, mail, outbox
from core.access import Actor, system_actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import User

KIND = "password.link"
PURPOSE = "choose-password"
VALID_DAYS = 3


def send_link(user: User, template: str, *, by: Actor) -> None:
    """Mail a link after this transaction; `template` is `welcome` or `password_link`."""
    outbox.put(KIND, {"user_id": str(user.id), "template": template})
    audit.record("user.password_link", user, by=by)


def ask_link(email: str) -> None:
    """Somebody forgot a password. Answers the same for an address that we do not know."""
    user = session.scalar(sa.select(User).where(User.email == accounts.normal_email(email)))
    if user is not None and user.blocked_at is None and accounts.live_memberships(user.id):
        send_link(user, "password_link", by=system_actor())


def make_token(user: User) -> str:
    return str(crypto.signer(PURPOSE).dumps([str(user.id), _mark(user)]))


def find_user(token: str) -> User | None:
    """Whose link this is; None when it is too old, used, or not ours."""
    try:
        user_id, mark = crypto.signer(PURPOSE).loads(token, max_age=VALID_DAYS * 86_400)
        user = session.get(User, uuid.UUID(user_id))
    except (BadData, ValueError, TypeError):
        return None
    if user is None or user.blocked_at is not None or not hmac.compare_digest(_mark(user), str(mark)):
        return None
    return user


def choose_password(token: str, password_hash: str) -> User:
    """Keep the password that somebody chose by the link; every session of before ends."""
    user = find_user(token)
    if user is None:
        raise DomainError(_("This link does not work any more. Ask for a new one."))
    user.password_hash = password_hash
    accounts.end_all_sessions(user)
    audit.record("user.password_chosen", user, by=system_actor())
    return user


def _mark(user: User) -> str:
    """Changes with the password, so that a link works once."""
    return hashlib.sha256(f"{user.id}:{user.password_hash or ''}".encode()).hexdigest()[:16]


def _send(payload: dict[str, Any]) -> None:
    user = session.get(User, uuid.UUID(payload["user_id"]))
    if user is None or user.blocked_at is not None:
        session.rollback()
        return
    email, locale = user.email, user.locale
    path = mail.path_to("core.choose_password", token=make_token(user))
    session.rollback()  # the mail server may be slow: hold no connection meanwhile
    message = mail.compose(payload["template"], locale, path=path, values={"days": VALID_DAYS})
    message["To"] = email
    mail.deliver(message)


def init_app() -> None:
    outbox.register(KIND, _send, external=True)
