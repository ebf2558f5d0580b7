"""Policy themes and bundles of the demo: one validated, one proposed, one that can be bundled. Repeatable."""

import uuid
from datetime import date, timedelta

import sqlalchemy as sa

from core import clock, demo
from core.db import session, uuid7
from intake import suppression
from intake.bundles import group_name, quarter_of
from intake.models.bundles import Bundle, BundleMember, BundleStatus, PolicyTag, PolicyTheme
from socialmap import geography

ORDER = 35
WORKERS = {
    "ocmw-evergem": "onthaal@ocmw-evergem.example",
    "caw-oost-vlaanderen": "onthaal@caw-oost-vlaanderen.example",
    "dmw-cm": "onthaal@dmw-cm.example",
}
ZONE = "elz32"


def load() -> None:
    """Historic counts stand for files of former quarters; the running quarter has real tags only."""
    gbo = demo.partnership("gbo-meetjesland")
    if session.scalar(sa.select(Bundle.id).where(Bundle.partnership_id == gbo).limit(1)) is not None:
        return
    last = _before(clock.today())
    earlier = _before(_first_day(last))
    _bundle(
        PolicyTheme.FARMERS,
        earlier,
        [4, 2, 1],
        "Oudere landbouwers vragen geen inkomensgarantie aan.",
        BundleStatus.VALIDATED,
    )
    _bundle(
        PolicyTheme.ENERGY,
        last,
        [6, 5, 3],
        "Gezinnen met een budgetmeter zitten zonder verwarming.",
        BundleStatus.VALIDATED,
    )
    _bundle(
        PolicyTheme.DIGITAL,
        last,
        [5, 4],
        "Wie geen smartphone heeft, raakt niet aan een afspraak.",
        BundleStatus.PROPOSED,
    )
    _tags(PolicyTheme.LONELINESS, last, [6, 2])
    _tags(PolicyTheme.FARMERS, last, [3, 1, 1])


def _before(day: date) -> date:
    """The last day of the quarter before the one of `day`."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)


def _first_day(last_day: date) -> date:
    return last_day.replace(month=last_day.month - 2, day=1)


def _tags(theme: PolicyTheme, on: date, numbers: list[int]) -> list[PolicyTag]:
    """Tags on files that are not in this database any more: one number for each municipality."""
    places = sorted(geography.areas()["zone", ZONE].nis)
    made = []
    for place, number in zip(places, numbers, strict=False):
        for turn in range(number):
            tenant = list(WORKERS)[turn % len(WORKERS)]
            gone: uuid.UUID = uuid7()
            made.append(
                PolicyTag(
                    id=uuid7(),
                    tenant_id=demo.tenant(tenant),
                    subject_type="case",
                    subject_id=gone,
                    counted_as=gone,
                    theme=theme,
                    nis=place,
                    zone=ZONE,
                    quarter=quarter_of(on),
                    tagged_on=on - timedelta(days=turn),
                    tagged_by_id=None,
                )
            )
    session.add_all(made)
    session.flush()
    return made


def _bundle(theme: PolicyTheme, on: date, numbers: list[int], summary: str, status: BundleStatus) -> None:
    tags = _tags(theme, on, numbers)
    places = sorted(geography.areas()["zone", ZONE].nis)
    counts = {nis: sum(tag.nis == nis for tag in tags) for nis in places}
    decided = status == BundleStatus.VALIDATED
    moment = clock.start_of(on + timedelta(days=12))
    bundle = Bundle(
        partnership_id=demo.partnership("gbo-meetjesland"),
        theme=theme,
        zone=ZONE,
        quarter=quarter_of(on),
        status=status,
        summary=summary,
        cases=len(tags),
        municipalities=places,
        counts={group_name(group): number for group, number in suppression.publishable(counts).items()},
        proposed_at=moment,
        proposed_by_id=demo.user("coordinator@gbo-meetjesland.example"),
        decided_at=moment + timedelta(days=9) if decided else None,
        decided_by_id=demo.user("stuurgroep@gbo-meetjesland.example") if decided else None,
    )
    session.add(bundle)
    session.flush()
    session.add_all(BundleMember(bundle_id=bundle.id, tag_id=tag.id) for tag in tags)
    session.flush()
