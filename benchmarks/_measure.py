"""What every benchmark shares: a result, rounds that take turns, medians, progress on standard error."""

from __future__ import annotations

import gc
import statistics
import sys
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

Times = list[float]


def say(text: str) -> None:
    """Progress, for who watches; standard output is for results only."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def result(name: str, value: float, unit: str, **detail: Any) -> dict[str, Any]:
    """One line of output."""
    return {"name": name, "value": round(value, 3), "unit": unit, "detail": detail}


def timed(act: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    began = perf_counter()
    act()
    return 1_000 * (perf_counter() - began)


def rounds(sides: Mapping[str, Callable[[], Times]], count: int) -> dict[str, Times]:
    """The times of each side, taken in turns so that what else the machine does hits all alike.

    One round before the first warms up and is thrown away; each second round goes backwards.
    """
    found: dict[str, Times] = {name: [] for name in sides}
    for number in range(count + 1):
        order = list(sides.items())
        for name, side in order if number % 2 else reversed(order):
            gc.collect()  # else one side pays for the garbage of another
            times = side()
            if number:
                found[name] += times
    return found


def median(times: Times) -> float:
    """The middle one."""
    return statistics.median(times)


def percentile(times: Times, part: float) -> float:
    """The value that `part` (0 to 1) of the times stay below."""
    return sorted(times)[min(int(len(times) * part), len(times) - 1)]


def shown(times: Times) -> dict[str, float]:
    """What a reader wants to know of a series, in milliseconds."""
    return {
        "p50": round(median(times), 3),
        "p95": round(percentile(times, 0.95), 3),
        "measured": len(times),
    }
