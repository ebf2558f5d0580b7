"""Who may do what on the social map; everybody with an account may look."""

from core.access import Actor, Role
from socialmap.models.areas import AreaSet
from socialmap.models.directory import LOCAL, Organization, Service
from socialmap.models.upkeep import ConfirmationRequest


def can_edit_map(by: Actor) -> bool:
    """Editors take in deliveries, judge duplicates and answer notices."""
    return by.has(Role.MAP_EDITOR, Role.ADMINISTRATOR)


def can_settle(by: Actor, _record: object) -> bool:
    """Deliveries, notices and look-alike organizations are settled by editors."""
    return can_edit_map(by)


def can_see_area(by: Actor, _area_set: AreaSet) -> bool:
    """Everybody who signed in."""
    return by.user_id is not None


def can_change_area(by: Actor, area_set: AreaSet) -> bool:
    """Editors change the areas that were made here; the others come with the reference data."""
    return can_edit_map(by) and area_set.local


def can_change_entry(by: Actor, record: Service | Organization) -> bool:
    """Editors change the entries that were made here; what a source says is corrected at the source."""
    return can_edit_map(by) and record.source == LOCAL


def can_speak_for(by: Actor, service: Service) -> bool:
    """What a service says of its room and its contact: its own people, and editors."""
    own = service.organization.tenant_id
    return can_edit_map(by) or (own is not None and own == by.tenant_id)


def can_answer(by: Actor, request: ConfirmationRequest) -> bool:
    """A request to confirm entries: the people of the organization that was asked, and editors."""
    own = request.organization.tenant_id
    return can_edit_map(by) or (own is not None and own == by.tenant_id)


def can_see(by: Actor, record: Service | Organization) -> bool:
    """Everybody who signed in; the entries are public facts."""
    return by.user_id is not None or by.kind == "worker"
