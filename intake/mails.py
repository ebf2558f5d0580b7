"""Mails to colleagues and partners: that something waits and where to read it, nothing of a citizen."""

import uuid
from typing import Any

import sqlalchemy as sa

from core import clock, mail
from core.access import Role
from core.db import session
from core.models.accounts import Membership, User
from intake.models.cases import Case

# Who watches the desk: the first of these roles that an organization has.
WATCHERS = (Role.PARTNER_DESK, Role.TEAM_LEAD, Role.INTAKE_WORKER)
MOST = 10


def tell_desk(template: str, tenant_id: uuid.UUID, *, path: str, values: dict[str, Any]) -> None:
    """Mail whoever watches the desk of an organization."""
    for user_id in desk_of(tenant_id):
        mail.put(template, user_id, path=path, values=values, tenant_id=tenant_id)


def tell_leads(template: str, tenant_id: uuid.UUID, *, path: str, values: dict[str, Any]) -> None:
    """Mail the team leads of an organization; the desk where there is none."""
    for user_id in desk_of(tenant_id, (Role.TEAM_LEAD, *WATCHERS)):
        mail.put(template, user_id, path=path, values=values, tenant_id=tenant_id)


def tell_holder(template: str, case: Case, *, path: str, values: dict[str, Any]) -> None:
    """Mail the holder of a file; the desk where there is none."""
    if case.holder_id is None:
        tell_desk(template, case.tenant_id, path=path, values=values)
    else:
        mail.put(template, case.holder_id, path=path, values=values, tenant_id=case.tenant_id)


def desk_of(tenant_id: uuid.UUID, watchers: tuple[Role, ...] = WATCHERS) -> list[uuid.UUID]:
    """Users who watch the desk, ten at most."""
    day = clock.today()
    rows = session.scalars(
        sa.select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.tenant_id == tenant_id, User.blocked_at.is_(None))
        .order_by(Membership.id)
    )
    live = [membership for membership in rows if membership.is_live(day)]
    for role in watchers:
        found = [membership.user_id for membership in live if role.value in membership.roles]
        if found:
            return found[:MOST]
    return []
