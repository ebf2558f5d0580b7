"""Open now: the clock of Brussels, hours past midnight, seasons and holidays; and the search that uses it."""

from datetime import UTC, date, datetime, time

import pytest
import sqlalchemy as sa
import time_machine

from core import cli as commands
from socialmap import index_version, indexing, openings, search
from socialmap.models.searching import SearchIndex, ServiceFacet, ServiceOpening, ServiceSearch

MONDAY = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)  # 10:30 in Brussels
SUNDAY_NIGHT = datetime(2026, 10, 4, 21, 30, tzinfo=UTC)
NEW_YEAR = datetime(2027, 1, 1, 9, 30, tzinfo=UTC)


def test_hours_past_midnight_run_on_into_the_next_day():
    rows = openings.of_schedule("SU", time(20), time(2))
    assert [(r["day"], r["opens"], r["closes"]) for r in rows] == [(6, 1200, 1440), (0, 0, 120)]


@pytest.mark.parametrize(("days", "opens"), [("1MO", time(9)), ("", time(9)), (None, time(9)), ("MO", None)])
def test_what_says_nothing_of_an_ordinary_week_is_left_out(days, opens):
    assert openings.of_schedule(days, opens, time(12)) == []


def open_docs(session, moment):
    return set(session.scalars(sa.select(ServiceOpening.doc).where(openings.open_at(moment))))


def test_the_clock_is_that_of_brussels_and_holidays_close_doors(map_session):
    doc = map_session.scalars(sa.select(ServiceSearch.doc).limit(1)).one()
    other = map_session.scalars(sa.select(ServiceSearch.doc).offset(1).limit(1)).one()
    map_session.execute(sa.delete(ServiceOpening))
    add = [{"doc": doc, **row} for row in openings.of_schedule("MO,FR", time(10), time(12))]
    add += [{"doc": other, **row} for row in openings.of_schedule("FR", time(0), time(23, 59))]
    map_session.execute(sa.insert(ServiceOpening), add)
    assert open_docs(map_session, MONDAY) == {doc}
    assert open_docs(map_session, MONDAY.replace(hour=10)) == set()  # 12:00: closed
    assert open_docs(map_session, NEW_YEAR) == {other}  # a Friday
    map_session.execute(sa.update(ServiceOpening).values(valid_to=date(2026, 9, 30)))
    assert open_docs(map_session, MONDAY) == set()


def test_open_now_filters_and_counts(map_session):
    with time_machine.travel(MONDAY, tick=False):
        everything = search.find("schulden in Evergem")
        counted = everything.facets["open"][0].count
        found = search.find("schulden in Evergem", facets=["open"], limit=100)
        assert 0 < counted < everything.total
        assert found.total == counted
    with time_machine.travel(SUNDAY_NIGHT, tick=False):
        assert search.find("schulden in Evergem", facets=["open"], with_facets=False).total < counted


def test_the_area_is_a_filter(map_session):
    everything = search.find("schulden in Evergem", limit=100)
    counts = {facet.value: facet.count for facet in everything.facets["area"]}
    assert sum(counts.values()) == everything.total
    own = search.find("schulden in Evergem", facets=["area:own"], limit=100)
    assert {hit.reason for hit in own.hits} == {"own"}
    both = search.find("schulden in Evergem", facets=["area:own", "area:regional"], limit=100)
    assert {hit.reason for hit in both.hits} <= {"own", "regional"}
    assert both.total >= own.total


def test_reindexing_gives_the_same_answers(map_session, map_cli):
    def answers():
        hits = search.find("schulden in Evergem", limit=50).hits
        tables = (ServiceSearch, ServiceFacet, ServiceOpening)
        counts = [map_session.scalar(sa.select(sa.func.count()).select_from(t)) for t in tables]
        return [(hit.service.id, round(hit.score, 3)) for hit in hits], counts

    before = answers()
    map_session.execute(sa.update(ServiceSearch).values(high=" niets ", mid=" ", low=" "))
    assert search.find("schulden in Evergem").hits == []
    assert indexing.rebuild() == before[1][0]
    assert answers() == before


def test_an_upgrade_writes_the_entries_anew_when_other_code_made_them(map_session):
    index_version.catch_up()
    assert index_version.catch_up() is None
    map_session.execute(sa.update(ServiceSearch).values(high=" niets ", mid=" ", low=" "))
    map_session.execute(sa.update(SearchIndex).values(version="of before"))
    assert search.find("schulden in Evergem").hits == []
    assert index_version.catch_up in commands._reference
    assert index_version.catch_up() == map_session.scalar(
        sa.select(sa.func.count()).select_from(ServiceSearch)
    )
    assert search.find("schulden in Evergem").hits
    assert map_session.scalar(sa.select(SearchIndex.version)) == index_version.current()


def test_the_command_reindexes(cli):
    assert cli.json("socialmap", "reindex") == {"services": 0}
