"""Bundles of notices and files per theme, zone and quarter: the only thing of them that policy ever sees.

Workers tag, the coordinator proposes, the steering group validates; what crosses to projects is a sheet of
frozen counts (`workflows.signal_source`), and what policy decides comes back to who tagged.
"""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from core import audit, clock, outbox
from core.access import Actor
from core.db import session
from core.errors import Conflict, DomainError
from core.i18n import _
from core.models.accounts import PartnershipMember
from intake import suppression
from intake.models.bundles import Bundle, BundleMember, BundleStatus, PolicyTag, PolicyTheme
from intake.models.cases import Case
from intake.models.signals import Signal
from socialmap import geography
from workflows.signal_source import NeedSheet

SMALLEST = suppression.SMALLEST


@dataclass(frozen=True)
class Candidate:
    """A grain with enough files for a bundle that was not proposed yet. `cases` is five or more."""

    theme: PolicyTheme
    zone: str
    quarter: str
    cases: int

    @property
    def zone_name(self) -> str:
        return zone_name(self.zone)


def quarter_of(day: date) -> str:
    """`2026-Q3`."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def zone_name(code: str) -> str:
    found = geography.areas().get(("zone", code))
    return found.name if found else code


# ---------------------------------------------------------------- tagging
def tag(record: Signal | Case, theme: PolicyTheme, *, by: Actor) -> PolicyTag:
    """Note that this notice or file shows a theme of policy. Repeatable."""
    earlier = next((one for one in tags_of(record) if one.theme == theme), None)
    if earlier is not None:
        return earlier
    place = geography.municipality(record.nis)
    today = clock.today()
    made = PolicyTag(
        tenant_id=record.tenant_id,
        subject_type=record.subject_type,
        subject_id=record.id,
        counted_as=record.case_id or record.id if isinstance(record, Signal) else record.id,
        theme=theme,
        nis=record.nis,
        zone=place.zone if place else "",
        quarter=quarter_of(today),
        tagged_on=today,
        tagged_by_id=by.user_id,
    )
    session.add(made)
    session.flush()
    audit.record("policy.tagged", record, by=by, changes={"theme": theme})
    return made


def untag(made: PolicyTag, *, by: Actor) -> None:
    """Take a theme away again. Refuses one that a bundle counts: its counts are frozen."""
    counted = sa.select(BundleMember.bundle_id).where(BundleMember.tag_id == made.id)
    if session.scalar(counted.limit(1)) is not None:
        raise Conflict(_("This theme was counted in a bundle already and stays."))
    if made.quarter != quarter_of(clock.today()):
        raise Conflict(_("The quarter of this theme is over: its counts stand."))
    audit.record("policy.untagged", made, by=by, tenant_id=made.tenant_id)
    session.delete(made)
    session.flush()


def tags_of(record: Signal | Case) -> list[PolicyTag]:
    query = sa.select(PolicyTag).where(
        PolicyTag.subject_type == record.subject_type, PolicyTag.subject_id == record.id
    )
    return list(session.scalars(query.order_by(PolicyTag.theme)))


# ---------------------------------------------------------------- proposing and validating
def candidates(by: Actor) -> list[Candidate]:
    """Grains of the actor's partnership with five files or more, without a bundle yet, newest first."""
    cases = sa.func.count(sa.distinct(PolicyTag.counted_as))
    bundled = sa.exists().where(
        Bundle.partnership_id == by.partnership_id,
        Bundle.theme == PolicyTag.theme,
        Bundle.zone == PolicyTag.zone,
        Bundle.quarter == PolicyTag.quarter,
    )
    query = (
        sa.select(PolicyTag.theme, PolicyTag.zone, PolicyTag.quarter, cases)
        .where(PolicyTag.tenant_id.in_(_members(by.partnership_id)), ~bundled)
        .group_by(PolicyTag.theme, PolicyTag.zone, PolicyTag.quarter)
        .having(cases >= SMALLEST)
        .order_by(PolicyTag.quarter.desc(), PolicyTag.theme, PolicyTag.zone)
    )
    return [Candidate(*row) for row in session.execute(query)]


def _members(partnership_id: uuid.UUID | None) -> sa.Select[uuid.UUID]:
    return sa.select(PartnershipMember.tenant_id).where(PartnershipMember.partnership_id == partnership_id)


def propose(theme: PolicyTheme, zone: str, quarter: str, *, summary: str, by: Actor) -> Bundle:
    """Freeze the counts of one grain for the steering group. Refuses fewer than five files."""
    if not summary.strip():
        raise DomainError(_("Say in one sentence what goes wrong."), field="summary")
    query = sa.select(PolicyTag).where(
        PolicyTag.tenant_id.in_(_members(by.partnership_id)),
        PolicyTag.theme == theme,
        PolicyTag.zone == zone,
        PolicyTag.quarter == quarter,
    )
    found = list(session.scalars(query.order_by(PolicyTag.id)))
    where = {tag.counted_as: tag.nis for tag in found}
    if len(where) < SMALLEST:
        raise DomainError(_("A bundle needs at least five files, so that nobody can be recognised."))
    _refuse_counted(found)
    area = geography.areas()["zone", zone]
    counts = dict.fromkeys(sorted(area.nis), 0)
    for nis in where.values():
        counts[nis] = counts.get(nis, 0) + 1
    bundle = Bundle(
        partnership_id=by.partnership_id,
        theme=theme,
        zone=zone,
        quarter=quarter,
        summary=summary,
        cases=len(where),
        counts={group_name(group): count for group, count in suppression.publishable(counts).items()},
        municipalities=sorted(area.nis),
        proposed_at=clock.now(),
        proposed_by_id=by.user_id,
    )
    session.add(bundle)
    session.flush()
    session.add_all(BundleMember(bundle_id=bundle.id, tag_id=tag.id) for tag in found)
    session.flush()
    audit.record("bundle.proposed", bundle, by=by, tenant_id=by.tenant_id)
    return bundle


def _refuse_counted(found: list[PolicyTag]) -> None:
    """An organization in two partnerships counts once: sheets that share files would subtract to others."""
    counted = (
        sa.select(BundleMember.tag_id)
        .join(Bundle, Bundle.id == BundleMember.bundle_id)
        .where(BundleMember.tag_id.in_([tag.id for tag in found]), Bundle.status != BundleStatus.REJECTED)
    )
    if session.scalar(counted.limit(1)) is not None:
        raise Conflict(_("Another partnership bundled some of these files already."))


def group_name(group: tuple[str, ...]) -> str:
    """Names of the municipalities of one published cell."""
    return ", ".join(place.name if (place := geography.municipality(nis)) else nis for nis in group)


def validate(bundle: Bundle, *, by: Actor) -> None:
    """Let the sheet go to policy. Someone else than who proposed it."""
    _require_proposed(bundle, by)
    bundle.status = BundleStatus.VALIDATED
    _decided(bundle, "bundle.validated", "", by)


def reject(bundle: Bundle, *, reason: str, by: Actor) -> None:
    """Keep the bundle inside the partnership, with the reason."""
    _require_proposed(bundle, by)
    if not reason.strip():
        raise DomainError(_("Give the reason."), field="reason")
    bundle.status = BundleStatus.REJECTED
    _decided(bundle, "bundle.rejected", reason, by)


def _require_proposed(bundle: Bundle, by: Actor) -> None:
    if bundle.status != BundleStatus.PROPOSED:
        raise Conflict(_("This bundle was decided on already."))
    if by.user_id is not None and by.user_id == bundle.proposed_by_id:
        raise DomainError(_("Someone else has to validate: you proposed this bundle."))


def _decided(bundle: Bundle, action: str, reason: str, by: Actor) -> None:
    bundle.decided_at, bundle.decided_by_id, bundle.reason = clock.now(), by.user_id, reason
    session.flush()
    audit.record(action, bundle, by=by, tenant_id=by.tenant_id)


def bundles_of(by: Actor) -> list[Bundle]:
    """The bundles of the actor's partnership, newest first; counts only, no links to files."""
    query = sa.select(Bundle).where(Bundle.partnership_id == by.partnership_id)
    return list(session.scalars(query.order_by(Bundle.quarter.desc(), Bundle.id.desc()).limit(200)))


# ---------------------------------------------------------------- what crosses, and what comes back
class Sheets:
    """The source of `workflows.signal_source`: frozen sheets, never a notice or a file."""

    def validated_sheets(self, *, themes: list[str] | None = None) -> list[NeedSheet]:
        query = sa.select(Bundle).where(Bundle.status == BundleStatus.VALIDATED)
        if themes is not None:
            query = query.where(Bundle.theme.in_(themes))
        return [_sheet(bundle) for bundle in session.scalars(query.order_by(Bundle.decided_at.desc()))]

    def give_feedback(self, key: str, status: str, reason: str, *, by: Actor) -> None:
        """Keep what policy decided and tell who tagged."""
        bundle = _by_key(key)
        if bundle is None:
            return
        bundle.feedback_status, bundle.feedback, bundle.feedback_at = status, reason, clock.now()
        session.flush()
        audit.record("bundle.feedback", bundle, by=by, changes={"status": status})
        outbox.put("mail.policy_feedback", {"bundle_id": str(bundle.id)}, dedup=f"feedback:{bundle.id}")

    def count_now(self, theme: str, municipalities: list[str]) -> int | None:
        """Files with this theme in the last quarter that is over, in the zones of these municipalities.

        None below five. Always whole zones and whole quarters: nobody slices. Each zone counts for itself, so
        that the counts of two sets of zones never subtract to a zone below five; and a zone that a sheet was
        made of keeps the count of the sheet until the difference is five or more.
        """
        zones = {place.zone for nis in municipalities if (place := geography.municipality(nis))}
        last = quarter_of(_quarter_start(clock.today()) - timedelta(days=1))
        query = (
            sa.select(PolicyTag.zone, sa.func.count(sa.distinct(PolicyTag.counted_as)))
            .where(PolicyTag.theme == theme, PolicyTag.zone.in_(zones), PolicyTag.quarter == last)
            .group_by(PolicyTag.zone)
        )
        told = _told(theme, last)
        counted = [_safe(count, told.get(zone, 0)) for zone, count in session.execute(query)]
        return sum(counted) if any(counted) else None


def _told(theme: str, quarter: str) -> dict[str, int]:
    """What the sheets that policy may see say of each zone in a quarter."""
    query = (
        sa.select(Bundle.zone, sa.func.sum(Bundle.cases))
        .where(Bundle.theme == theme, Bundle.quarter == quarter, Bundle.status == BundleStatus.VALIDATED)
        .group_by(Bundle.zone)
    )
    return {zone: int(cases) for zone, cases in session.execute(query)}


def _safe(count: int, told: int) -> int:
    """A count of a zone that reveals fewer than five neither alone nor beside what was told; 0: none."""
    if told and abs(count - told) < SMALLEST:
        return told
    return count if count >= SMALLEST else 0


def _quarter_start(day: date) -> date:
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def key_of(bundle: Bundle) -> str:
    """The fixed grain as a key; it says nothing about files."""
    return f"{bundle.partnership_id.hex[:8]}:{bundle.theme}:{bundle.zone}:{bundle.quarter}"


def _by_key(key: str) -> Bundle | None:
    _partnership, _colon, grain = key.partition(":")
    if grain.count(":") != 2:
        return None
    theme, zone, quarter = grain.split(":")
    query = sa.select(Bundle).where(Bundle.theme == theme, Bundle.zone == zone, Bundle.quarter == quarter)
    return next((found for found in session.scalars(query) if key_of(found) == key), None)


def _sheet(bundle: Bundle) -> NeedSheet:
    return NeedSheet(
        key=key_of(bundle),
        theme=bundle.theme,
        zone=zone_name(bundle.zone),
        quarter=bundle.quarter,
        cases=bundle.cases,
        municipalities=tuple(bundle.municipalities),
        counts=dict(bundle.counts),
        summary=bundle.summary,
    )


def taggers(bundle: Bundle) -> set[uuid.UUID]:
    """Who tagged what this bundle was made of."""
    query = (
        sa.select(PolicyTag.tagged_by_id)
        .join(BundleMember, BundleMember.tag_id == PolicyTag.id)
        .where(BundleMember.bundle_id == bundle.id, PolicyTag.tagged_by_id.is_not(None))
    )
    return {user_id for user_id in session.scalars(query.distinct()) if user_id is not None}


def my_tags(by: Actor, *, limit: int = 100) -> list[tuple[PolicyTag, Bundle | None]]:
    """What this worker tagged, newest first, with the bundle it went into and what policy answered."""
    query = (
        sa.select(PolicyTag, Bundle)
        .outerjoin(BundleMember, BundleMember.tag_id == PolicyTag.id)
        .outerjoin(Bundle, Bundle.id == BundleMember.bundle_id)
        .where(PolicyTag.tagged_by_id == by.user_id, PolicyTag.tenant_id == by.tenant_id)
        .order_by(PolicyTag.tagged_on.desc(), PolicyTag.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
