"""An attacker who knows every rule reads every table that is published, and works out no cell below five.

Tables: the sheet of a bundle and the need made of it, the count at an evaluation (practice card), how notices
were spread over partners, and how a service answered. Attacks: cells beside their total, two days, two zones,
two partnerships of one organization, all from all. What may be told apart is tried by listing every world.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import orm

from core import clock
from core.access import Role
from core.errors import Conflict
from core.models.accounts import PartnershipMember, Tenant
from intake import bundles, suppression
from intake.models.bundles import PolicyTheme
from projects import needs
from socialmap import geography, observations
from tests.factories import intake as make
from tests.factories.core import make_actor, make_partnership

SMALLEST = suppression.SMALLEST
World = tuple[int, ...]


def told_apart(worlds: Iterable[World], publish: Callable[[World], Any]) -> list[tuple[World, int]]:
    """Cells below five, not empty, that are the same in every world with the same publication."""
    same: dict[Any, list[World]] = {}
    for world in worlds:
        same.setdefault(publish(world), []).append(world)
    return [
        (group[0], number)
        for group in same.values()
        for number in range(len(group[0]))
        if len({world[number] for world in group}) == 1 and 0 < group[0][number] < SMALLEST
    ]


def test_the_attack_finds_what_is_published_as_it_is() -> None:
    exact = told_apart(itertools.product(range(8), repeat=2), lambda world: world)
    hidden = told_apart(
        itertools.product(range(8), repeat=2),
        lambda world: (*(count if count >= SMALLEST else None for count in world), sum(world)),
    )
    assert exact
    assert hidden  # small cells left out beside a total: 7 of 9 tells of two


def test_notices_per_partner_and_what_they_passed_to_each_other() -> None:
    """What all passed on is what all got: two columns with one sum."""

    def publish(world: World) -> Any:
        half = len(world) // 2
        got, given = (list(map(suppression.rounded, part)) for part in (world[:half], world[half:]))
        return tuple(got), None if suppression.pin_down(got, given) else tuple(given)

    two = (world for world in itertools.product(range(11), repeat=4) if sum(world[:2]) == sum(world[2:]))
    assert told_apart(two, publish) == []
    exact = [(4,) * 5 + (20, 0, 0, 0, 0), (4, 9, 9, 9, 9, 40, 0, 0, 0, 0)]
    assert [publish(world)[1] for world in exact] == [None, None]


def test_notices_per_partner_from_one_day_to_the_next() -> None:
    def publish(world: World) -> Any:
        gone, stayed, new = world  # out of the window, in both, and since yesterday
        return suppression.rounded(gone + stayed), suppression.rounded(stayed + new)

    assert told_apart(itertools.product(range(9), range(30), range(9)), publish) == []


def test_how_a_service_answered(session: orm.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def publish(world: World) -> Any:
        rows = [("accepted", 1.0)] * world[0] + [("declined", 1.0)] * world[1]
        return observations.summary(rows)

    assert told_apart(itertools.product(range(14), repeat=2), publish) == []


def test_sheets_and_counts_of_zones_quarters_and_partnerships(session: orm.Session) -> None:
    """All that policy can ask about a theme, over every set of municipalities, and every difference."""
    worker = make.make_worker()
    first = clock.today().replace(month=(clock.today().month - 1) // 3 * 3 + 1, day=1)
    last = bundles.quarter_of(first - timedelta(days=1))
    evergem, brugge, gent = (geography.municipality(nis) for nis in ("44019", "31005", "44021"))
    assert evergem and brugge and gent  # noqa: PT018
    counted = {evergem: 7, brugge: 3, gent: 6}
    for place, count in counted.items():
        for _number in range(count):
            made = bundles.tag(make.make_case(worker), PolicyTheme.FARMERS, by=worker)
            made.quarter, made.nis, made.zone = last, place.nis, place.zone
    tenant = session.get_one(Tenant, worker.tenant_id)
    partnerships = [make_partnership(), make_partnership()]
    for partnership in partnerships:
        session.add(
            PartnershipMember(
                partnership_id=partnership.id, tenant_id=tenant.id, is_lead=True, starts_on=date(2025, 1, 1)
            )
        )
    session.flush()
    one, other = (
        replace(make_actor(Role.COORDINATOR, tenant=tenant), partnership_id=found.id)
        for found in partnerships
    )
    made = bundles.propose(PolicyTheme.FARMERS, evergem.zone, last, summary="Geen recht", by=one)
    bundles.validate(made, by=replace(make_actor(Role.STEERING_GROUP), partnership_id=one.partnership_id))
    bundles.tag(make.make_case(worker), PolicyTheme.FARMERS, by=worker).quarter = last
    with pytest.raises(Conflict):  # seven of eight are told already
        bundles.propose(PolicyTheme.FARMERS, evergem.zone, last, summary="Nog eens", by=other)
    (sheet,) = bundles.Sheets().validated_sheets(themes=["farmers"])
    need = needs.record_need(
        "Nood", theme="farmers", sheet=sheet, municipalities=["44019"], affected_group="", answer_due_on=None,
        by=make_actor(Role.OFFICER),
    )  # fmt: skip
    told = {0, need.sheet["cases"] if need.sheet else 0, *(count or 0 for count in sheet.counts.values())}
    places = [place.nis for place in counted]
    for size in (1, 2, 3):
        for asked in itertools.combinations(places, size):
            told.add(bundles.Sheets().count_now("farmers", list(asked)) or 0)
    differences = {abs(a - b) for a, b in itertools.combinations(told, 2)}
    assert [one for one in differences if 0 < one < SMALLEST and one in counted.values()] == []
