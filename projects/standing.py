"""Whether the organizations of a file still exist, as far as the social map knows; for who handles it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from core import clock
from core.db import session
from core.i18n import _, short_date
from projects.models.applications import Application
from socialmap.models.directory import Organization, OrganizationSuccessor


@dataclass(frozen=True)
class Standing:
    """An organization: the name under which a double stands on the map now; who took over from it; since when
    its source no longer names it; its last day.
    """

    name: str
    merged_into: str | None
    successor: str | None
    not_seen_since: datetime | None
    ends_on: date | None

    @property
    def warning(self) -> str:
        """What to look at before going on; empty when nothing is known against it."""
        return " ".join(filter(None, (self._stopped(), self._is_double(), self._not_seen())))

    def _stopped(self) -> str:
        if self.successor is None:
            return self._had_last_day()
        text = _("%(name)s has stopped; %(successor)s took over. Check who carries on and who is paid.")
        return str(text % {"name": self.name, "successor": self.successor})

    def _had_last_day(self) -> str:
        if self.ends_on is None or self.ends_on >= clock.today():
            return ""
        text = _("%(name)s stopped on %(day)s. Check who carries on and who is paid.")
        return str(text % {"name": self.name, "day": short_date(self.ends_on)})

    def _is_double(self) -> str:
        if self.merged_into is None:
            return ""
        text = _("%(name)s is now on the map as %(other)s: it is the same organization.")
        return str(text % {"name": self.name, "other": self.merged_into})

    def _not_seen(self) -> str:
        """Of a double or one that stopped that is no news."""
        if self.successor is None and self.merged_into is None and self.not_seen_since is not None:
            text = _("Since %(day)s the source no longer names %(name)s. Check whether it still exists.")
            return str(text % {"day": short_date(self.not_seen_since), "name": self.name})
        return ""


def of_organizations(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Standing]:
    """The standing of organizations by id, in one statement."""
    wanted = set(ids)
    if not wanted:
        return {}
    ordered = query(wanted).order_by(OrganizationSuccessor.on)
    return by_organization(session.execute(ordered))


def query(ids: Any) -> sa.Select[*tuple[Any, ...]]:
    """What `by_organization` takes, in the order of the day on which another one took over."""
    merged, following = aliased(Organization), aliased(Organization)
    return (
        sa.select(
            Organization.id,
            Organization.name,
            merged.name.label("merged_into"),
            following.name.label("successor"),
            Organization.not_seen_since,
            Organization.ends_on,
            OrganizationSuccessor.on,
        )
        .outerjoin(merged, merged.id == Organization.merged_into_id)
        .outerjoin(OrganizationSuccessor, OrganizationSuccessor.organization_id == Organization.id)
        .outerjoin(following, following.id == OrganizationSuccessor.successor_id)
        .where(Organization.id.in_(ids))
    )


def by_organization(rows: Iterable[Any]) -> dict[uuid.UUID, Standing]:
    """Standings by id; the last one that took over stands."""
    return {row[0]: Standing(*row[1:6]) for row in rows}


def named_in(application: Application) -> set[uuid.UUID]:
    """The applicant and its partners."""
    return {application.organization_id, *(partner.organization_id for partner in application.partners)}


def warnings(found: Mapping[uuid.UUID, Standing]) -> list[str]:
    """What to look at, by name."""
    return sorted(standing.warning for standing in found.values() if standing.warning)
