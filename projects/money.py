"""Sums in integer cents; shares in basis points (10,000 = the whole)."""

from collections.abc import Mapping

WHOLE = 10_000


def share_of(cents: int, share_bp: int) -> int:
    """A share of an amount, rounded down to the cent, so that parts never exceed the whole."""
    return cents * share_bp // WHOLE


def split(cents: int, shares_bp: list[int]) -> list[int]:
    """Parts of an amount that add up to it exactly; the last part takes what rounding left."""
    parts = [share_of(cents, share) for share in shares_bp[:-1]]
    return [*parts, cents - sum(parts)]


def within_shares(accepted: Mapping[str, int], most_bp: Mapping[str, int]) -> dict[str, int]:
    """What counts per category where some may be a share of all that counts at most, their own included.

    The largest amounts for which every share holds: what is cut lowers the whole, so it is measured again.
    """
    kept = dict(accepted)
    while True:
        whole = sum(kept.values())
        over = {
            code: share_of(whole, share)
            for code, share in most_bp.items()
            if kept.get(code, 0) > share_of(whole, share)
        }
        if not over:
            return kept
        kept.update(over)


def settlement(*, granted: int, rate_bp: int, accepted: int, other_income: int, paid: int) -> tuple[int, int]:
    """What the grant finally is, and what is still to pay (negative: to pay back).

    payable = min(grant, rate x accepted costs, accepted costs - other income) - advances. Other income leaves
    out the applicant's own contribution and the co-funding of partners (law of 14 November 1983).
    """
    final = max(0, min(granted, share_of(accepted, rate_bp), accepted - other_income))
    return final, final - paid
