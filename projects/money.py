"""Sums in integer cents; shares in basis points (10,000 = the whole)."""

WHOLE = 10_000


def share_of(cents: int, share_bp: int) -> int:
    """A share of an amount, rounded down to the cent, so that parts never exceed the whole."""
    return cents * share_bp // WHOLE


def split(cents: int, shares_bp: list[int]) -> list[int]:
    """Parts of an amount that add up to it exactly; the last part takes what rounding left."""
    parts = [share_of(cents, share) for share in shares_bp[:-1]]
    return [*parts, cents - sum(parts)]


def settlement(*, granted: int, rate_bp: int, accepted: int, other_income: int, paid: int) -> tuple[int, int]:
    """What the grant finally is, and what is still to pay (negative: to pay back).

    payable = min(grant, rate x accepted costs, accepted costs - other income) - advances. Other income leaves
    out the applicant's own contribution and the co-funding of partners (law of 14 November 1983).
    """
    final = max(0, min(granted, share_of(accepted, rate_bp), accepted - other_income))
    return final, final - paid
