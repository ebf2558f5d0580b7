"""Who may do what with the ground itself: people, the trail, parameters, messages. Rules are pure."""

from core.access import Actor, Role
from core.models.accounts import Membership, TenantKind

# These act on what all organizations share, so only the platform gives them.
PLATFORM_ROLES = frozenset({Role.PROCESS_MANAGER, Role.MAP_EDITOR})


def is_platform(by: Actor) -> bool:
    """An administrator of the installation, who looks after all organizations; never after their files."""
    return can_administer(by) and by.tenant_kind == TenantKind.PLATFORM


def can_administer(by: Actor) -> bool:
    """An administrator of an organization, or of the installation."""
    return by.tenant_id is not None and by.has(Role.ADMINISTRATOR)


def can_manage_member(by: Actor, membership: Membership) -> bool:
    """People of the own organization; the platform: of all."""
    return can_administer(by) and (membership.tenant_id == by.tenant_id or is_platform(by))


def can_block(by: Actor, membership: Membership) -> bool:
    """An account may serve several organizations, so only the platform shuts it altogether."""
    return can_manage_member(by, membership) and is_platform(by)


def can_watch_messages(by: Actor) -> bool:
    """Messages of all organizations lie in one outbox."""
    return is_platform(by)


def can_read_trail(by: Actor) -> bool:
    """The data protection officer, over the trail of the own organization."""
    return by.tenant_id is not None and by.has(Role.DPO)


def assignable_roles(by: Actor) -> list[Role]:
    """Roles that this administrator may give and take."""
    return [role for role in Role if is_platform(by) or role not in PLATFORM_ROLES]
