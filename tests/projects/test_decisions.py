"""The public list of decisions: every ranked file in the order of the jury, no score, no person."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import orm

from core import clock
from core.access import Actor
from core.errors import DomainError
from core.models.accounts import User
from projects import assessments, awards, calls, decisions, evaluations, ranking
from projects.models.applications import Application
from projects.models.awards import Award, Outcome
from projects.models.calls import Call
from projects.views import showing
from tests.factories.projects import (
    People,
    close_rounds,
    make_in_jury,
    make_on_agenda,
    make_open_call,
    make_organization,
    make_people,
    score,
)


def decide_call(people: People) -> Call:
    """Three files of three organizations: granted, refused under the minimum, and one shown in between."""
    call = make_open_call(people)
    files = []
    for name, points in (("vzw Sterk", (9, 9)), ("vzw Zwak", (4, 4)), ("vzw Midden", (7, 7))):
        file = make_in_jury(people, call, organization=make_organization(name))
        file.title = f"Project van {name}"
        score(people, file, points)
        files.append(file)
    close_rounds(call)
    calls.start_assessment(call, by=people.officer)
    ranking.fix_ranking(files[0].round, by=people.officer)
    for file in files:
        awards.put_on_agenda(file, by=people.officer)
        granted = awards.advised(file) == Outcome.GRANTED
        awards.decide(
            file,
            Outcome.GRANTED if granted else Outcome.REFUSED,
            amount_cents=file.asked_cents if granted else 0,
            motivation="Motivering die niet openbaar is.",
            by=people.decider,
        )
    return call


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


def test_the_list_appears_when_the_decisions_are_closed(
    client: Any, session: orm.Session, people: People
) -> None:
    call = decide_call(people)
    session.commit()
    address = f"/calls/{call.id}/decisions"
    assert client.get(address).status_code == 404
    assert address not in client.get(f"/calls/{call.id}").text
    awards.close_decisions(call, by=people.officer)
    session.commit()
    page = client.get(address)
    assert page.status_code == 200
    assert address in client.get(f"/calls/{call.id}").text
    assert address in client.get("/register").text


def test_refused_files_stand_in_order_without_scores_or_persons(
    client: Any, session: orm.Session, people: People, statements: Any
) -> None:
    call = decide_call(people)
    awards.close_decisions(call, by=people.officer)
    session.commit()
    with statements() as seen:
        page = client.get(f"/calls/{call.id}/decisions").text
    assert len(seen) <= 6, seen
    assert re.findall(r'data-testid="decision-row" data-state="(\w+)"', page) == [
        "granted",
        "granted",
        "refused",
    ]
    assert [page.index(f"vzw {name}") for name in ("Sterk", "Midden", "Zwak")] == sorted(
        page.index(f"vzw {name}") for name in ("Sterk", "Midden", "Zwak")
    )
    frozen = ranking.find_ranking(call.rounds[0])
    assert frozen is not None
    for row in frozen.rows:
        assert str(row["score_bp"]) not in page
        assert f"{row['score_bp'] / 100:.1f}".replace(".", ",") not in page
    assert "Motivering" not in page
    rows, more = decisions.list_decisions(call, None, start=0, count=10)
    assert [(row.place, row.amount_cents) for row in rows] == [(1, 45_000_00), (2, 45_000_00), (3, 0)]
    assert not more
    people_named = [person for person in vars(people).values() if isinstance(person, Actor)]
    for person in people_named:
        assert session.get_one(User, person.user_id).name not in page


def test_the_body_decides_after_the_ranking_and_before_tomorrow(people: People) -> None:
    application = make_on_agenda(people, make_open_call(people))
    frozen = ranking.find_ranking(application.round)
    assert frozen is not None
    frozen.made_at = clock.now() - timedelta(days=5)
    today = clock.today()
    for day in (today + timedelta(days=1), today - timedelta(days=6)):
        with pytest.raises(DomainError) as refusal:
            decide(application, people, day)
        assert refusal.value.field == "decided_on"
    assert decide(application, people, today - timedelta(days=2)).decided_on == today - timedelta(days=2)


@pytest.mark.usefixtures("session")
def test_a_minimum_is_told_with_its_decimals() -> None:
    assert ranking.reason_text("minimum:33.5") == "Below the minimum of 33.5"
    assert ranking.reason_text("minimum:60") == "Below the minimum of 60"


def decide(application: Application, people: People, day: date) -> Award:
    return awards.decide(
        application, Outcome.GRANTED, amount_cents=45_000_00, motivation="Sterk", by=people.decider,
        decided_on=day,
    )  # fmt: skip


def test_a_call_is_not_evaluated_while_somebody_waits_on_the_reserve_list(people: People) -> None:
    application = make_on_agenda(people, make_open_call(people))
    awards.decide(
        application,
        Outcome.RESERVE,
        amount_cents=0,
        motivation="Wacht",
        deviation="Krediet",
        by=people.decider,
    )
    awards.close_decisions(application.call, by=people.officer)
    with pytest.raises(DomainError, match="reserve list"):
        evaluations.close_call(application.call, by=people.officer)


def test_the_list_goes_on_after_a_page(
    client: Any, session: orm.Session, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "PAGE", 2)
    call = decide_call(people)
    awards.close_decisions(call, by=people.officer)
    session.commit()
    first = client.get(f"/calls/{call.id}/decisions").text
    assert "vzw Zwak" not in first
    following = re.search(r'href="(/calls/[^"]+/decisions\?after=[^"]+)"', first)
    assert following
    last = client.get(following[1]).text
    assert "vzw Zwak" in last
    assert "vzw Sterk" not in last
    assert client.get(f"/calls/{call.id}/decisions?after=-9").status_code == 200


def test_who_is_recused_from_a_file_does_not_meet_it_here(session: orm.Session, people: People) -> None:
    call = decide_call(people)
    (first, *_others), _more = decisions.list_decisions(call, None, start=0, count=10)
    frozen = ranking.find_ranking(call.rounds[0])
    assert frozen is not None
    file = session.get_one(Application, ranking.frozen_lines(frozen)[0].application_id)
    juror = people.jurors[0]
    assessments.recuse(file, juror.user_id, reason="Bestuurder", by=people.officer)
    rows, _more = decisions.list_decisions(call, juror, start=0, count=10)
    assert first not in rows
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("language", "word"),
    [("nl", "Beslissingen"), ("fr", "Décisions"), ("en", "Decisions"), ("de", "Entscheidungen")],
)
def test_the_list_speaks_four_languages(
    client: Any, session: orm.Session, people: People, language: str, word: str
) -> None:
    call = decide_call(people)
    awards.close_decisions(call, by=people.officer)
    session.commit()
    page = client.get(f"/calls/{call.id}/decisions", headers={"Accept-Language": language}).text
    assert word in page
