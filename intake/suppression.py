"""Counts that may be shown: no cell below five, and none that can be worked out from the others.

Small cells are put together in one group, empty ones too. A group that would still give itself away takes the
smallest shown cell along: below five, or so full that every member must hold the same number.
"""

from collections.abc import Mapping, Sequence

SMALLEST = 5


def publishable(counts: Mapping[str, int]) -> dict[tuple[str, ...], int]:
    """Groups of names with their count, each five or more, of disjoint cells; empty when all are fewer.

    The groups add up to the total, so that publishing the total reveals nothing more.
    """
    if sum(counts.values()) < SMALLEST:
        return {}
    if sum(counts.values()) == (SMALLEST - 1) * len(counts):
        return {tuple(sorted(counts)): sum(counts.values())}
    shown = sorted(
        (name for name, count in counts.items() if count >= SMALLEST), key=lambda n: (counts[n], n)
    )
    small = sorted(name for name, count in counts.items() if count < SMALLEST)
    while small and shown and gives_away(sum(counts[name] for name in small), len(small)):
        small.append(shown.pop(0))
    found: dict[tuple[str, ...], int] = {(name,): counts[name] for name in sorted(shown)}
    if small:
        found[tuple(sorted(small))] = sum(counts[name] for name in small)
    return found


def gives_away(total: int, members: int) -> bool:
    """Whether a group tells its members: alone, fewer than five, or all of them at the edge of five."""
    return members == 1 or total < SMALLEST or total >= (SMALLEST - 1) * members


def rounded(count: int) -> int | None:
    """A count of a table that changes from day to day, down to a multiple of five; None below five.

    Exact counts of two days, or of rows beside their total, subtract to a cell below five; these do not. A
    total beside them is the sum of what is shown.
    """
    return None if count < SMALLEST else count // SMALLEST * SMALLEST


def pin_down(ones: Sequence[int | None], others: Sequence[int | None]) -> bool:
    """Whether rounded counts with one sum tell each other: only the highest of one side makes it."""
    return _least(ones) >= _most(others) or _least(others) >= _most(ones)


def _least(counts: Sequence[int | None]) -> int:
    return sum(count or 0 for count in counts)


def _most(counts: Sequence[int | None]) -> int:
    return sum((count or 0) + SMALLEST - 1 for count in counts)
