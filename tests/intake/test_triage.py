"""The table of triage: one household per rule, and the reason kept with the notice."""

from datetime import date

import pytest

from intake import labels, triage
from intake.models.signals import Circumstance, Source
from intake.models.vocabulary import AgeGroup, LifeDomain
from tests.factories import intake as make
from workflows import decisions

SUMMER, WINTER = date(2026, 7, 1), date(2026, 12, 1)
C, A = Circumstance, AgeGroup

# rule, urgency, circumstances, age, theme, source, day
RULES = [
    ("T-1", "U1", (C.DANGER,), None, "energy", None, SUMMER),
    ("T-2", "U1", (C.NO_FOOD,), None, "income", None, SUMMER),
    ("T-3", "U1", (C.NO_HEATING,), None, "energy", None, WINTER),
    ("T-4", "U1", (C.EVICTION_WEEK,), None, "housing", None, SUMMER),
    ("T-5", "U1", (C.CUT_OFF, C.DIALYSIS), None, "energy", None, SUMMER),
    ("T-6", "U2", (C.CUT_OFF,), A.ADULT, "energy", None, SUMMER),
    ("T-7", "U1", (C.EVICTION, C.PREGNANT), None, "housing", None, SUMMER),
    ("T-8", "U2", (C.EVICTION,), None, "housing", None, SUMMER),
    ("T-9", "U1", (C.NO_INCOME,), A.YOUTH, "income", None, SUMMER),
    ("T-10", "U2", (C.NO_INCOME,), None, "income", None, SUMMER),
    ("T-11", "U1", (C.NO_HEATING, C.CHILDREN), None, "energy", None, SUMMER),
    ("T-12", "U2", (C.NO_HEATING,), None, "energy", None, SUMMER),
    ("T-13", "U1", (), A.CHILD, "safety", None, SUMMER),
    ("T-14", "U2", (), None, "safety", None, SUMMER),
    ("T-15", "U3", (), A.ELDERLY, "energy", Source.LIST, SUMMER),
    ("T-16", "U4", (), None, "energy", Source.LIST, SUMMER),
    ("T-17", "U2", (C.OVER_80,), None, "admin", None, SUMMER),
    ("T-18", "U3", (), A.SENIOR, "admin", None, SUMMER),
]


@pytest.mark.parametrize(("rule", "urgency", "told", "age", "theme", "source", "day"), RULES)
def test_each_rule_of_the_table_decides_for_its_household(rule, urgency, told, age, theme, source, day):
    found = triage.assess(told, age, theme=LifeDomain(theme), source=source, on=day)
    assert (found.rule, found.urgency) == (rule, urgency)
    assert rule in labels.TRIAGE


def test_every_rule_of_the_table_has_a_household_here():
    assert {rule for rule, *_rest in RULES} == set(labels.TRIAGE)
    assert decisions.evaluate.__name__ == "evaluate"


def test_a_notice_keeps_and_shows_why_it_is_urgent(client, session):
    by = make.make_worker()
    client.sign_in(by.email)
    signal = make.make_signal(by, circumstances=(C.CUT_OFF, C.DIALYSIS))
    assert signal.urgency == "U1"
    assert signal.urgency_rule == "T-5"
    assert len(signal.urgency_version) == 64
    page = client.get(f"/signals/{signal.id}")
    assert 'data-testid="triage-reason"' in page.text
    assert "kwetsbaar" in page.text


def test_the_list_of_notices_can_be_walked_by_keys(client, session):
    by = make.make_worker()
    client.sign_in(by.email)
    make.make_signal(by)
    page = client.get("/signals").text
    assert 'class="ds-rows"' in page
    assert page.index('class="ds-rows"') < page.index('data-testid="signal-row"')
    assert "js/keys" in page
