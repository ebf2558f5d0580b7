"""Who writes along in an application: invited by mail, without telling who has an account."""

import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadData

from core import accounts, audit, clock, crypto, mail, outbox
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import User
from core.models.trail import AuditEntry
from projects import policy
from projects.applications import EDITABLE
from projects.models.applications import Application, ApplicationEditor
from projects.models.invitations import EditorInvitation
from projects.transitions import hold, require
from socialmap.models.directory import Organization

KIND = "editors.invitation"
INVITED = "application.editor_invited"
PURPOSE = "write-along"
VALID = timedelta(days=14)
MOST_OPEN = 10  # open invitations of one application: enough to work together, too few to send spam
MOST_A_DAY = 20  # mails of one application in a day, whoever is asked, also again or after a withdrawal


def invite_editor(application: Application, email: str, *, locale: str, by: Actor) -> EditorInvitation:
    """Mail an address a link to write along. Whether it has an account makes no difference here.

    An address that was asked before gets a new mail; the older link holds as long as the new one.
    """
    hold(application)
    require(application, *EDITABLE)
    _refuse_flood(application)
    address = accounts.normal_email(email)
    pending = open_invitations(application)
    invitation = next((found for found in pending if found.email == address), None)
    if invitation is None and len(pending) >= MOST_OPEN:
        raise DomainError(_("%(count)s invitations are open already.", count=MOST_OPEN), field="email")
    if invitation is None:
        invitation = EditorInvitation(application_id=application.id, invited_by=by.user_id, locale=locale)
        invitation.email, invitation.invited_at = address, clock.now()
        session.add(invitation)
    invitation.open_until = clock.now() + VALID
    session.flush()
    audit.record(INVITED, application, by=by)
    outbox.put(KIND, {"invitation_id": str(invitation.id)}, tenant_id=application.tenant_id)
    return invitation


def _refuse_flood(application: Application) -> None:
    """The trail counts, as a withdrawn invitation is forgotten."""
    query = sa.select(sa.func.count()).where(
        AuditEntry.subject_type == application.subject_type,
        AuditEntry.subject_id == str(application.id),
        AuditEntry.action == INVITED,
        AuditEntry.at > clock.now() - timedelta(days=1),
    )
    if (session.scalar(query) or 0) >= MOST_A_DAY:
        text = _("This application sent enough invitations for today. Go on tomorrow.")
        raise DomainError(text, field="email")


def open_invitations(application: Application) -> list[EditorInvitation]:
    """What was not answered yet, in the order of asking."""
    query = sa.select(EditorInvitation).where(
        EditorInvitation.application_id == application.id,
        EditorInvitation.accepted_at.is_(None),
        EditorInvitation.open_until > clock.now(),
    )
    return list(session.scalars(query.order_by(EditorInvitation.id)))


def withdraw_invitation(application: Application, key: uuid.UUID, *, by: Actor) -> None:
    """Let a link work no longer, and forget the address."""
    found = next((one for one in open_invitations(application) if one.id == key), None)
    if found is not None:
        session.delete(found)
        audit.record("application.invitation_withdrawn", application, by=by)


def make_token(invitation: EditorInvitation) -> str:
    return str(crypto.signer(PURPOSE).dumps(str(invitation.id)))


def _of_token(token: str) -> EditorInvitation | None:
    try:
        return session.get(EditorInvitation, uuid.UUID(crypto.signer(PURPOSE).loads(token)))
    except (BadData, ValueError, TypeError):
        return None


def find_accepted(token: str, *, by: Actor) -> Application | None:
    """Where the link of a mail leads once it was accepted: to the file, for who still writes along."""
    found = _of_token(token)
    if found is None or found.accepted_at is None:
        return None
    along = session.get(ApplicationEditor, (found.application_id, by.user_id))
    return found.application if along is not None else None


def find_invitation(token: str) -> EditorInvitation | None:
    """The open invitation of a link; None when it is answered, withdrawn, too old or not ours."""
    found = _of_token(token)
    if found is None or found.accepted_at is not None or found.open_until <= clock.now():
        return None
    return found


def accept_invitation(invitation: EditorInvitation, *, by: Actor) -> Application:
    """Write along from now on. Refuses another account than the address that was asked."""
    application = invitation.application
    hold(application)
    require(application, *EDITABLE)
    refuse_other(invitation, by=by)
    if _handles(application, by):
        raise DomainError(_("Your organization handles this call, so you cannot write along."))
    invitation.accepted_at = clock.now()
    add_editor(application, by.user_id, by=by)
    return application


def _handles(application: Application, by: Actor) -> bool:
    """Whether the person belongs to the authority of the call, in whatever role they came in now."""
    authority = application.call.tenant_id
    live = accounts.live_memberships(by.user_id) if by.user_id else []
    return by.tenant_id == authority or any(found.tenant_id == authority for found in live)


def refuse_other(invitation: EditorInvitation, *, by: Actor) -> None:
    """A link that was passed on opens nothing."""
    if not is_for(invitation, by):
        raise DomainError(
            _("This invitation is for another address. Sign in with the account it was sent to.")
        )


def is_for(invitation: EditorInvitation, by: Actor) -> bool:
    """Whether the account has the address that was asked; nobody else hears what it is about."""
    user = session.get(User, by.user_id) if by.user_id else None
    return user is not None and accounts.normal_email(user.email) == invitation.email


def add_editor(application: Application, user_id: Any, *, by: Actor) -> None:
    """Let someone of another organization edit too."""
    require(application, *EDITABLE)
    if session.get(ApplicationEditor, (application.id, user_id)) is None:
        session.add(ApplicationEditor(application_id=application.id, user_id=user_id, added_at=clock.now()))
        _note_writing_along(user_id)
        audit.record("application.editor_added", application, by=by)


def _note_writing_along(user_id: Any) -> None:
    """The menu of this person leads to applications from now on, whatever the role."""
    user = session.get(User, user_id)
    if user is not None and not (user.preferences or {}).get(policy.WRITES_ALONG):
        user.preferences = {**(user.preferences or {}), policy.WRITES_ALONG: True}


def remove_editor(application: Application, user_id: Any, *, by: Actor) -> None:
    """Let someone edit no longer."""
    found = session.get(ApplicationEditor, (application.id, user_id))
    if found is not None:
        session.delete(found)
        audit.record("application.editor_removed", application, by=by)


def editors_of(application: Application) -> list[User]:
    query = sa.select(User).join(ApplicationEditor, ApplicationEditor.user_id == User.id)
    return list(session.scalars(query.where(ApplicationEditor.application_id == application.id)))


def send_invitation(payload: dict[str, Any]) -> None:
    """The outbox's handler: the link is made when the mail leaves, so that it never lies in the outbox."""
    invitation = session.get(EditorInvitation, uuid.UUID(payload["invitation_id"]))
    if invitation is None or invitation.accepted_at is not None:
        session.rollback()
        return
    application, email, locale = invitation.application, invitation.email, invitation.locale
    names = {
        "organization": session.get_one(Organization, application.organization_id).name,
        "call": application.call.title,
        "days": VALID.days,
    }
    path = mail.path_to("projects.accept_invitation", token=make_token(invitation))
    session.rollback()  # the mail server may be slow: hold no connection meanwhile
    message = mail.compose("edit_invitation", locale, path=path, values=names)
    message["To"] = email
    mail.deliver(message)
