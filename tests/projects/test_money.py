"""Sums: parts never exceed the whole, and a settlement follows the formula of the law."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects import money

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@PATIENT
@given(st.integers(0, 10**9), st.lists(st.integers(0, 5_000), min_size=1, max_size=4))
def test_tranches_add_up_to_the_award(cents: int, first: list[int]) -> None:
    shares = [share // len(first) for share in first]
    parts = money.split(cents, [*shares, money.WHOLE - sum(shares)])
    assert sum(parts) == cents
    assert all(part >= 0 for part in parts)


def test_a_category_counts_up_to_its_share_of_what_counts() -> None:
    most = {"work": 2_000}
    assert money.within_shares({"staff": 800_00, "work": 200_00}, most) == {"staff": 800_00, "work": 200_00}
    kept = money.within_shares({"staff": 800_00, "work": 700_00}, most)
    assert kept["staff"] == 800_00
    assert 199_90 <= kept["work"] <= money.share_of(sum(kept.values()), 2_000) <= 200_00
    assert money.within_shares({"work": 700_00}, most) == {"work": 0}


def test_the_balance_is_what_accepted_costs_leave_after_the_advance() -> None:
    final, rest = money.settlement(
        granted=45_000_00, rate_bp=7_500, accepted=56_000_00, other_income=0, paid=36_000_00
    )
    assert (final, rest) == (42_000_00, 6_000_00)


def test_other_income_lowers_the_grant_to_the_real_deficit() -> None:
    final, rest = money.settlement(
        granted=45_000_00, rate_bp=7_500, accepted=50_000_00, other_income=20_000_00, paid=36_000_00
    )
    assert (final, rest) == (30_000_00, -6_000_00)


@PATIENT
@given(*(st.integers(0, 10**8) for _ in range(4)), st.integers(1, money.WHOLE))
def test_a_settlement_never_exceeds_grant_or_costs(
    granted: int, accepted: int, income: int, paid: int, rate: int
) -> None:
    final, rest = money.settlement(
        granted=granted, rate_bp=rate, accepted=accepted, other_income=income, paid=paid
    )
    assert 0 <= final <= min(granted, accepted)
    assert rest == final - paid
