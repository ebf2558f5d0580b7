"""Terms: how they count, stand still and end."""

from datetime import UTC, date, datetime

import pytest

from core import clock, parameters
from core.errors import Conflict, DomainError
from tests.factories.core import make_actor
from tests.factories.workflows import Thing, make_thing, start_signal, start_thing
from workflows import tasks, terms
from workflows.models.terms import TermStatus
from workflows.parties import Party

pytestmark = pytest.mark.usefixtures("session")

terms.register("agreed_answer", terms.Rule(5))
terms.register("statutory_decision", terms.Rule(30, calendar="calendar"))
FRIDAY = date(2026, 11, 20)


def test_an_agreed_term_counts_belgian_working_days():
    by, thing = make_actor(), make_thing()
    term = terms.start(thing, "agreed_answer", on=date(2026, 12, 23), by=by)
    # 24 December counts; Christmas, 26 December and New Year do not.
    assert clock.brussels(term.due_at).date() == date(2027, 1, 1)
    assert term.due_at == clock.end_of(date(2026, 12, 31))


def test_a_statutory_term_counts_calendar_days_and_is_not_suspended():
    by, thing = make_actor(), make_thing()
    term = terms.start(thing, "statutory_decision", on=FRIDAY, by=by)
    assert term.due_at == clock.end_of(date(2026, 12, 20))
    with pytest.raises(DomainError):
        terms.suspend(thing, "statutory_decision", reason="question", by=by)


def test_the_end_of_a_day_is_that_of_brussels():
    by, thing = make_actor(), make_thing()
    term = terms.start(thing, "statutory_decision", on=date(2026, 3, 1), by=by)
    assert term.due_at == datetime(2026, 3, 31, 22, 0, tzinfo=UTC)


def test_standing_still_moves_the_end_by_as_many_working_days():
    by, thing = make_actor(), make_thing()
    term = terms.start(thing, "agreed_answer", on=FRIDAY, by=by)
    before = term.due_at
    terms.suspend(thing, "agreed_answer", reason="question", by=by, on=date(2026, 11, 23))
    assert term.status is TermStatus.SUSPENDED
    with pytest.raises(Conflict):
        terms.suspend(thing, "agreed_answer", reason="question", by=by)
    terms.resume(thing, "agreed_answer", by=by, on=date(2026, 11, 25))
    assert (before, term.due_at) == (clock.end_of(date(2026, 11, 27)), clock.end_of(date(2026, 12, 1)))


def test_extending_gives_more_days():
    by, thing = make_actor(), make_thing()
    term = terms.start(thing, "agreed_answer", on=FRIDAY, by=by)
    terms.extend(thing, "agreed_answer", days=2, reason="asked for it", by=by)
    assert term.due_at == clock.end_of(date(2026, 12, 1))
    with pytest.raises(DomainError):
        terms.extend(thing, "agreed_answer", days=0, reason="nothing", by=by)


def test_one_term_of_a_kind_runs_at_a_time():
    by, thing = make_actor(), make_thing()
    terms.start(thing, "agreed_answer", by=by)
    with pytest.raises(Conflict):
        terms.start(thing, "agreed_answer", by=by)
    assert terms.met(thing, "agreed_answer", by=by).status is TermStatus.MET
    assert terms.met(thing, "agreed_answer", by=by) is None
    terms.start(thing, "agreed_answer", by=by)
    assert len(terms.of(thing)) == 2


def test_an_organisation_may_have_its_own_number_of_days():
    by, thing = make_actor(), make_thing()
    parameters.put("term.agreed_answer", 3, valid_from=date(2020, 1, 1))
    parameters.put("term.agreed_answer", 1, valid_from=date(2020, 1, 1), tenant_id=thing.tenant_id)
    assert terms.start(thing, "agreed_answer", on=FRIDAY, by=by).days == 1
    assert terms.start(make_thing(), "agreed_answer", on=FRIDAY, by=by).days == 3


def test_the_open_step_shows_the_end_of_its_term():
    by = make_actor()
    thing = Thing(by.tenant_id)
    parties = {"sender": Party(by.tenant_id), "partner": Party(make_actor().tenant_id)}
    data = {"case_id": "c1", "referral_id": str(thing.id)}
    start_thing("referral", by, thing=thing, data=data, parties=parties)
    term = terms.start(thing, "referral_answer", days=9, by=by)
    assert tasks.open_tasks(thing)[0].due_at == term.due_at
    terms.extend(thing, "referral_answer", days=1, reason="asked", by=by)
    row = tasks.open_tasks(thing)[0]
    assert (row.due_at, row.sort_at) == (term.due_at, term.due_at)


def test_a_step_without_a_running_term_is_due_as_the_rule_counts():
    by = make_actor()
    thing, _instance = start_signal(by)
    assert tasks.open_tasks(thing)[0].due_at == terms.due_at("signal_triage", on=clock.today())


def test_closing_ends_every_term():
    by, thing = make_actor(), make_thing()
    terms.start(thing, "agreed_answer", by=by)
    terms.start(thing, "statutory_decision", by=by)
    assert terms.cancel_all(thing, by=by) == 2
    assert {term.status for term in terms.of(thing)} == {TermStatus.CANCELLED}
