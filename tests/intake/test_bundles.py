"""Bundles: theme x zone x quarter, five files or more, frozen counts, and no cell below five to work out."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask_babel import force_locale
from sqlalchemy import orm

from core import clock
from core.access import Actor, Role
from core.db import uuid7
from core.errors import Conflict, DomainError
from core.models.accounts import PartnershipMember
from intake import bundles, suppression
from intake.models.bundles import BundleStatus, PolicyTag, PolicyTheme
from socialmap import geography
from tests.factories import intake as make
from tests.factories.core import make_actor, make_partnership
from workflows import signal_source

FARMERS = PolicyTheme.FARMERS


class Gbo:
    """A partnership of one organization, its coordinator and its steering group."""

    def __init__(self, session: orm.Session) -> None:
        self.session = session
        self.worker: Actor = make.make_worker()
        self.partnership = make_partnership()
        session.add(
            PartnershipMember(
                partnership_id=self.partnership.id, tenant_id=self.worker.tenant_id, is_lead=True,
                starts_on=date(2025, 1, 1),
            )
        )  # fmt: skip
        session.flush()
        self.coordinator = self.member(Role.COORDINATOR)
        self.steering = self.member(Role.STEERING_GROUP)

    def member(self, role: Role) -> Actor:
        from dataclasses import replace

        from core.models.accounts import Tenant

        tenant = self.session.get_one(Tenant, self.worker.tenant_id)
        return replace(make_actor(role, tenant=tenant), partnership_id=self.partnership.id)

    def tag(self, count: int, theme: PolicyTheme = FARMERS) -> list[PolicyTag]:
        cases = [make.make_case(self.worker) for _ in range(count)]
        return [bundles.tag(case, theme, by=self.worker) for case in cases]

    def propose(self) -> Any:
        found = bundles.candidates(self.coordinator)[0]
        return bundles.propose(
            found.theme, found.zone, found.quarter, summary="Geen inkomensgarantie", by=self.coordinator
        )


@pytest.fixture
def gbo(session: orm.Session) -> Iterator[Gbo]:
    with force_locale("en"):
        yield Gbo(session)


def test_four_files_make_no_bundle_and_five_do(gbo: Gbo) -> None:
    tags = gbo.tag(4)
    assert bundles.candidates(gbo.coordinator) == []
    with pytest.raises(DomainError, match="at least five"):
        bundles.propose(FARMERS, tags[0].zone, tags[0].quarter, summary="x", by=gbo.coordinator)
    gbo.tag(1)
    assert [found.cases for found in bundles.candidates(gbo.coordinator)] == [5]


def test_a_notice_and_its_file_count_once(gbo: Gbo) -> None:
    from intake import signals

    gbo.tag(4)
    signal = make.make_signal(gbo.worker)
    case = signals.take(signal, by=gbo.worker)
    bundles.tag(signal, FARMERS, by=gbo.worker)
    bundles.tag(case, FARMERS, by=gbo.worker)
    bundles.tag(case, FARMERS, by=gbo.worker)
    assert [found.cases for found in bundles.candidates(gbo.coordinator)] == [5]


def test_someone_else_validates_and_only_then_policy_sees_the_sheet(gbo: Gbo) -> None:
    tags = gbo.tag(6)
    bundle = gbo.propose()
    sheets = bundles.Sheets()
    assert sheets.validated_sheets() == []
    with pytest.raises(DomainError, match="Someone else"):
        bundles.validate(bundle, by=gbo.coordinator)
    bundles.validate(bundle, by=gbo.steering)
    [sheet] = sheets.validated_sheets(themes=["farmers"])
    assert sheet.cases == 6
    crossed = str(sheet.as_json())
    assert all(str(tag.subject_id) not in crossed for tag in tags)
    assert all(count >= 5 for count in sheet.counts.values() if count is not None)


def test_counts_stay_frozen_when_more_is_tagged(gbo: Gbo) -> None:
    tags = gbo.tag(5)
    bundle = gbo.propose()
    gbo.tag(3)
    assert bundle.cases == 5
    assert bundles.candidates(gbo.coordinator) == []
    with pytest.raises(Conflict):
        bundles.untag(tags[0], by=gbo.worker)


def test_a_rejected_bundle_stays_inside(gbo: Gbo) -> None:
    gbo.tag(5)
    bundle = gbo.propose()
    with pytest.raises(DomainError) as refusal:
        bundles.reject(bundle, reason=" ", by=gbo.steering)
    assert refusal.value.field == "reason"
    bundles.reject(bundle, reason="Te ruim", by=gbo.steering)
    assert bundle.status == BundleStatus.REJECTED
    assert bundles.Sheets().validated_sheets() == []


def test_the_answer_of_policy_comes_back_to_who_tagged(gbo: Gbo) -> None:
    gbo.tag(5)
    bundle = gbo.propose()
    bundles.validate(bundle, by=gbo.steering)
    officer = make_actor(Role.OFFICER)
    signal_source.source().give_feedback(bundles.key_of(bundle), "linked", "We doen een oproep", by=officer)
    rows = bundles.my_tags(gbo.worker)
    assert {found.feedback for _tag, found in rows if found} == {"We doen een oproep"}
    assert bundles.taggers(bundle) == {gbo.worker.user_id}
    bundles.Sheets().give_feedback("nonsense", "linked", "x", by=officer)


def test_a_count_of_now_is_for_whole_quarters_and_five_or_more(gbo: Gbo) -> None:
    gbo.tag(7)  # the running quarter is not over
    assert bundles.Sheets().count_now("farmers", [(gbo.tag(0) and "") or "44019"]) is None


def test_no_two_counts_subtract_to_fewer_than_five(gbo: Gbo) -> None:
    """Zone by zone, beside a sheet of the same quarter, and over time."""
    first = clock.today().replace(month=(clock.today().month - 1) // 3 * 3 + 1, day=1)
    last = bundles.quarter_of(first - timedelta(days=1))
    for found in gbo.tag(7):
        found.quarter = last
    here, brugge = "44019", geography.municipality("31005")
    assert brugge is not None
    bundles.validate(gbo.propose(), by=gbo.steering)
    assert bundles.Sheets().count_now("farmers", [here]) == 7
    late = gbo.tag(2)
    for found in late:
        found.quarter = last
    assert bundles.Sheets().count_now("farmers", [here]) == 7  # 9 beside the sheet would tell of two
    for found in late:
        found.zone = brugge.zone
    assert bundles.Sheets().count_now("farmers", [here, brugge.nis]) == 7  # and so would 9 less 7
    assert bundles.Sheets().count_now("farmers", [brugge.nis]) is None
    with pytest.raises(Conflict, match="quarter"):
        bundles.untag(late[0], by=gbo.worker)


@pytest.mark.parametrize(("size", "top"), [(2, 14), (3, 13), (4, 8)])
def test_no_cell_below_five_can_be_worked_out(size: int, top: int) -> None:
    """The attacker knows the rule and the total, and tries every table that gives the same publication."""
    names = [f"m{number}" for number in range(size)]
    same: dict[Any, list[tuple[int, ...]]] = {}
    for cells in itertools.product(range(top + 1), repeat=size):
        if sum(cells) >= suppression.SMALLEST:
            shown = suppression.publishable(dict(zip(names, cells, strict=True)))
            assert all(count >= suppression.SMALLEST for count in shown.values())
            assert sum(shown.values()) == sum(cells)
            same.setdefault(tuple(sorted(shown.items())), []).append(cells)
    for tables in same.values():
        for number in range(size):
            values = {table[number] for table in tables}
            assert len(values) > 1 or min(values) >= suppression.SMALLEST, (tables[0], number)


def test_no_route_leads_from_officer_to_notices(client: Any, session: orm.Session, gbo: Gbo) -> None:
    from core.models.accounts import User

    gbo.tag(5)
    bundle = gbo.propose()
    officer = make_actor(Role.OFFICER)
    session.commit()
    client.sign_in(session.get_one(User, officer.user_id).email)
    case_id = bundles.my_tags(gbo.worker)[0][0].subject_id
    paths = [
        "/bundles",
        "/policy-themes",
        f"/cases/{case_id}",
        f"/bundles/{bundle.id}/validate",
        f"/bundles/{uuid7()}/reject",
    ]
    assert {client.get(path).status_code for path in paths} <= {403, 404}
