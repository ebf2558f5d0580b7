"""People and what they may do where: add, change, end, block; each change is in the trail."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from core import accounts, audit, passwords, policy
from core.access import Actor, Role
from core.clock import now, today
from core.db import lock, session, uuid7
from core.errors import DomainError
from core.i18n import _, _l
from core.models.accounts import ApiToken, Membership, Team, Tenant, User
from core.text import uuid_or_none

PAGE = 25
ROLES = {
    Role.INTAKE_WORKER: _l("Intake worker"),
    Role.TEAM_LEAD: _l("Team lead"),
    Role.PARTNER_DESK: _l("Partner desk"),
    Role.APPLICANT: _l("Applicant"),
    Role.COORDINATOR: _l("Coordinator"),
    Role.STEERING_GROUP: _l("Steering group"),
    Role.OFFICER: _l("Officer"),
    Role.JUROR: _l("Juror"),
    Role.DECIDER: _l("Decider"),
    Role.FINANCE: _l("Finance"),
    Role.DPO: _l("Data protection officer"),
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.PROCESS_MANAGER: _l("Process manager"),
    Role.MAP_EDITOR: _l("Social-map editor"),
}


@dataclass(frozen=True)
class Page:
    """Memberships, and where the next page begins."""

    rows: list[Membership]
    next: str | None


def get(membership_id: uuid.UUID) -> Membership | None:
    """A membership with its person, organization and team, in one statement."""
    return session.scalars(
        sa.select(Membership)
        .options(joinedload(Membership.user), joinedload(Membership.tenant), joinedload(Membership.team))
        .where(Membership.id == membership_id)
    ).first()


def listed(
    by: Actor, *, tenant_id: uuid.UUID | None = None, text: str = "", ended: bool = False, after: str = ""
) -> Page:
    """People by name, of the organizations that this administrator looks after; a keyset page."""
    query = (
        sa.select(Membership)
        .join(Membership.user)
        .join(Membership.tenant)
        .options(contains_eager(Membership.user), contains_eager(Membership.tenant))
        .options(joinedload(Membership.team))
    )
    own = None if policy.is_platform(by) else by.tenant_id
    if own is not None or tenant_id is not None:
        query = query.where(Membership.tenant_id == (own or tenant_id))
    over = sa.and_(Membership.ends_on.is_not(None), Membership.ends_on < today())
    query = query.where(over if ended else sa.not_(over))
    if words := " ".join(text.split())[:100]:
        like = "%{}%".format(words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"))
        fields = (sa.func.lower(User.name), User.email)
        query = query.where(sa.or_(*(field.like(like, escape="\\") for field in fields)))
    if place := _place(after):
        query = query.where(sa.tuple_(User.name, Membership.id) > sa.tuple_(*place))
    rows = list(session.scalars(query.order_by(User.name, Membership.id).limit(PAGE + 1)))
    return Page(rows[:PAGE], str(rows[PAGE - 1].id) if len(rows) > PAGE else None)


def _place(after: str) -> tuple[sa.ScalarSelect[str], sa.BindParameter[uuid.UUID]] | None:
    """Where the page begins, by the id of the last row: a name does not belong in an address."""
    last = uuid_or_none(after)
    if last is None:
        return None
    name = sa.select(User.name).join(Membership, Membership.user_id == User.id).where(Membership.id == last)
    return name.scalar_subquery(), sa.literal(last)


def tenants() -> list[Tenant]:
    """Organizations that are not closed, by name."""
    open_ones = sa.or_(Tenant.closed_on.is_(None), Tenant.closed_on > today())
    return list(session.scalars(sa.select(Tenant).where(open_ones).order_by(Tenant.name, Tenant.id)))


def teams(tenant_id: uuid.UUID) -> list[Team]:
    return list(session.scalars(sa.select(Team).where(Team.tenant_id == tenant_id).order_by(Team.name)))


def tokens(membership: Membership) -> list[ApiToken]:
    """Tokens for programs that hold now."""
    query = sa.select(ApiToken).where(
        ApiToken.membership_id == membership.id,
        ApiToken.ended_at.is_(None),
        sa.or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now()),
    )
    return list(session.scalars(query.order_by(ApiToken.created_at)))


# ---------------------------------------------------------------- changes
def add_person(
    email: str,
    name: str,
    tenant: Tenant,
    roles: list[Role],
    *,
    team_id: uuid.UUID | None = None,
    ends_on: date | None = None,
    by: Actor,
) -> Membership:
    """Let somebody work for an organization from today; who has no account yet gets a mail with a link."""
    _refuse_roles(roles, set(), by)
    _refuse_team(team_id, tenant.id)
    email = accounts.normal_email(email)
    user = session.scalar(sa.select(User).where(User.email == email))
    if user is None:
        user = User(id=uuid7(), email=email, name=name.strip(), created_at=now(), preferences={})
        session.add(user)
        session.flush()
        audit.record("user.created", user, by=by, tenant_id=tenant.id)
        passwords.send_link(user, "welcome", by=by)
    elif any(one.tenant_id == tenant.id for one in accounts.live_memberships(user.id)):
        raise DomainError(_("This person works for this organization already."), field="email")
    made = Membership(id=uuid7(), user_id=user.id, tenant_id=tenant.id, team_id=team_id, starts_on=today())
    made.roles, made.ends_on = [role.value for role in roles], ends_on
    session.add(made)
    session.flush()
    _note("membership.given", made, by, roles=made.roles)
    return made


def change_membership(
    membership: Membership, roles: list[Role], *, team_id: uuid.UUID | None, ends_on: date | None, by: Actor
) -> Membership:
    """Other roles, another team, another last day."""
    membership = _locked(membership)
    before = {Role(code) for code in membership.roles}
    kept = before - set(policy.assignable_roles(by))  # what this administrator may not give stays as it is
    wanted = kept | set(roles)
    _refuse_roles(list(wanted), before, by)
    _refuse_team(team_id, membership.tenant_id)
    if membership.id == by.membership_id and (Role.ADMINISTRATOR not in wanted or ends_on is not None):
        raise DomainError(_("You cannot take away your own administration. Ask a colleague."), field="roles")
    membership.roles = [role.value for role in Role if role in wanted]
    membership.team_id, membership.ends_on = team_id, ends_on
    session.flush()
    _note("membership.changed", membership, by, roles=membership.roles)
    return membership


def end_membership(membership: Membership, *, by: Actor) -> Membership:
    """It is over now: open sessions and tokens of it let nobody in any more."""
    membership = _locked(membership)
    if membership.id == by.membership_id:
        raise DomainError(_("You cannot end your own membership. Ask a colleague."))
    membership.ends_on = today() - timedelta(days=1)
    session.flush()
    _note("membership.ended", membership, by)
    return membership


def block_person(membership: Membership, *, by: Actor) -> User:
    """Shut the account everywhere, and end its sessions."""
    user = membership.user
    if user.id == by.user_id:
        raise DomainError(_("You cannot block your own account. Ask a colleague."))
    user.blocked_at = user.blocked_at or now()
    accounts.end_all_sessions(user)
    audit.record("user.blocked", user, by=by, tenant_id=membership.tenant_id)
    return user


def unblock_person(membership: Membership, *, by: Actor) -> User:
    user = membership.user
    user.blocked_at = None
    audit.record("user.unblocked", user, by=by, tenant_id=membership.tenant_id)
    return user


def end_token(membership: Membership, token_id: uuid.UUID, *, by: Actor) -> None:
    """A token for programs stops; nothing happens when it stopped before."""
    token = session.get(ApiToken, token_id)
    if token is None or token.membership_id != membership.id:
        raise DomainError(_("This token does not exist."))
    if token.ended_at is None:
        token.ended_at = now()
        audit.record("token.ended", membership.user, by=by, tenant_id=membership.tenant_id)


def _locked(membership: Membership) -> Membership:
    found = lock(Membership, membership.id)
    assert found is not None  # noqa: S101 - memberships are ended, never removed
    return found


def _refuse_roles(wanted: list[Role], before: set[Role], by: Actor) -> None:
    if not wanted:
        raise DomainError(_("Choose at least one role."), field="roles")
    if not set(wanted) - before <= set(policy.assignable_roles(by)):
        raise DomainError(_("You cannot give this role."), field="roles")


def _refuse_team(team_id: uuid.UUID | None, tenant_id: uuid.UUID) -> None:
    team = session.get(Team, team_id) if team_id is not None else None
    if team_id is not None and (team is None or team.tenant_id != tenant_id):
        raise DomainError(_("Choose a team of this organization."), field="team")


def _note(action: str, membership: Membership, by: Actor, **changes: object) -> None:
    facts = {"membership": str(membership.id), **changes}
    user = session.get_one(User, membership.user_id)
    audit.record(action, user, by=by, tenant_id=membership.tenant_id, changes=facts)


def send_link(membership: Membership, *, by: Actor) -> None:
    """A mail with a link to choose a password: for who never got in, or forgot it."""
    user = session.get_one(User, membership.user_id)
    if user.blocked_at is not None:
        raise DomainError(_("This account is blocked."))
    passwords.send_link(user, "password_link" if user.password_hash else "welcome", by=by)
