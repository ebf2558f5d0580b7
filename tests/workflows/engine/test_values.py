"""How the data of branches come together."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows.engine.values import checked, copied, merged, same

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)
DATA = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)
FAST = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@FAST
@given(DATA, DATA)
def test_a_branch_that_changed_nothing_changes_nothing(base, other):
    assert same(merged(base, other, base), other)
    assert same(merged(base, base, other), other)


@FAST
@given(DATA, DATA, DATA)
def test_merging_makes_new_values_and_leaves_the_old(base, mine, theirs):
    before = [copied(base), copied(mine), copied(theirs)]
    merged(base, mine, theirs)
    assert [base, mine, theirs] == before


@FAST
@given(st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)))
def test_no_entry_that_a_branch_added_to_a_list_is_lost(base, more, other):
    both = merged({"l": base}, {"l": base + more}, {"l": base + other})["l"]
    assert both == base + more + other


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "result"),
    [
        ({"x": 1}, {"x": 2}, {"x": 3}, {"x": 3}),
        ({"x": 1}, {"x": 2}, {}, {"x": 2}),
        ({"x": 1}, {"x": 1}, {}, {}),
        ({"x": 1}, {}, {"x": 1}, {}),
        ({}, {"x": 1}, {"y": 2}, {"x": 1, "y": 2}),
        ({"l": [1, 2, 3]}, {"l": [1, 3]}, {"l": [1, 2, 3, 4]}, {"l": [1, 3, 4]}),
        ({"l": [1]}, {"l": [1, 2]}, {"l": "none"}, {"l": "none"}),
        ({}, {"l": [{"a": 1}]}, {"l": [{"a": 1}]}, {"l": [{"a": 1}, {"a": 1}]}),
        ({"o": {"a": 1}}, {"o": {"a": 2}}, {"o": {"a": 1, "b": 1}}, {"o": {"a": 2, "b": 1}}),
        ({"x": 1}, {"x": True}, {"x": 1}, {"x": True}),
    ],
)
def test_the_rule_of_joins(base, mine, theirs, result):
    assert same(merged(base, mine, theirs), result)


def test_checked_data_are_a_copy():
    given_data = {"a": [1, {"b": (2, 3)}]}
    out = checked(given_data)
    assert out == {"a": [1, {"b": [2, 3]}]}
    given_data["a"].append(5)
    assert out == {"a": [1, {"b": [2, 3]}]}
