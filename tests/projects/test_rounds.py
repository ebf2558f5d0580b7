"""What the list of calls says about time: when the open round closes, or the next one opens."""

from datetime import UTC, datetime, timedelta

from projects import calls
from projects.models.calls import Call, CallStatus, Round

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def call_with(*rounds, status=CallStatus.PUBLISHED):
    return Call(status=status, rounds=[Round(opens_at=NOW + a, closes_at=b and NOW + b) for a, b in rounds])


def test_an_open_round_counts_before_a_later_one():
    call = call_with((-DAY, DAY), (2 * DAY, 3 * DAY))
    assert calls.deadline(call, NOW) == ("closes", NOW + DAY)


def test_between_two_rounds_the_next_opening_counts():
    call = call_with((-3 * DAY, -2 * DAY), (DAY, 2 * DAY))
    assert calls.deadline(call, NOW) == ("opens", NOW + DAY)


def test_a_rolling_round_has_no_day_of_closing():
    assert calls.deadline(call_with((-DAY, None)), NOW) == ("closes", None)


def test_what_is_over_or_not_published_has_no_deadline():
    assert calls.deadline(call_with((-2 * DAY, -DAY)), NOW) is None
    assert calls.deadline(call_with((-DAY, DAY), status=CallStatus.IN_ASSESSMENT), NOW) is None
