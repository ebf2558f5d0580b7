"""The day of a juror: the files that still lack their own scores; what is handed in or kept is confirmed."""

import re
from typing import Any

import pytest
from sqlalchemy import orm

from core.access import Role
from core.models.accounts import Tenant
from projects import assessments, calls, payments
from projects.views import day
from tests.conftest import Client
from tests.factories.core import make_actor
from tests.factories.projects import (
    hand_in,
    make_application,
    make_draft_call,
    make_in_jury,
    make_open_call,
    make_people,
    make_project,
    submit,
    user_of,
)


def hidden(client: Client, url: str) -> dict[str, str]:
    return dict(re.findall(r'name="(command_id|version)"[^>]*value="([^"]*)"', client.get(url).text))


def test_a_juror_finds_only_the_files_left_to_judge(client: Client, session: orm.Session) -> None:
    people = make_people()
    call = make_open_call(people, one_per_applicant=False)
    judged = make_in_jury(people, call)
    left = make_in_jury(people, call)
    juror = people.jurors[0]
    judged.title, left.title = "Al beoordeeld", "Nog te lezen"
    assessment = assessments.find_assessment(judged, juror.user_id)
    assert assessment is not None
    hand_in(assessment, judged, (8, 7), by=juror)
    session.commit()
    client.sign_in(user_of(juror).email)
    page = client.get("/my-work").text
    assert left.title in page
    assert judged.title not in page.split('id="now"')[1].split("</section>")[0]


def test_a_day_takes_as_many_statements_for_many_files_as_for_one(
    client: Client, session: orm.Session, statements: Any
) -> None:
    people = make_people()
    call = make_open_call(people, one_per_applicant=False)
    counts = []
    client.sign_in(user_of(people.officer).email)
    for more in (1, 3):
        for _ in range(more):
            submit(people, make_application(people, call))
        session.commit()
        client.get("/my-work")
        with statements() as seen:
            page = client.get("/my-work").text
        counts.append((page.count('data-testid="task-row"'), len(seen)))
    (few, first), (many, then) = counts
    assert many >= few + 3
    assert then == first <= 10


def test_who_asked_for_a_review_waits_for_a_colleague_as_who_wrote_the_call_does(
    client: Client, session: orm.Session, statements: Any
) -> None:
    people = make_people()
    third = make_actor(Role.OFFICER, tenant=session.get_one(Tenant, people.officer.tenant_id))
    for call in (make_draft_call(people), make_draft_call(people)):
        calls.send_to_review(call, by=people.second)
    session.commit()
    counts = []
    for actor, may in ((people.officer, False), (people.second, False), (third, True)):
        client.sign_in(user_of(actor).email)
        client.get("/my-work")
        with statements() as seen:
            day = client.get("/my-work").text
        counts.append(len(seen))
        now, waiting = day.split('id="now"')[1].split('id="others"')
        assert (call.title in now, call.title in waiting) == (may, not may)
        with statements() as seen:
            page = client.get(f"/calls/{call.id}").text
        assert len(seen) <= 8
        assert (f'href="/calls/{call.id}/approve"' in page) == may
        assert ("een collega keurt" in page) != may
    assert max(counts) <= 10


def test_handing_in_scores_is_confirmed_and_half_of_them_are_kept(
    client: Client, session: orm.Session
) -> None:
    people = make_people()
    application = make_in_jury(people, make_open_call(people))
    juror = people.jurors[0]
    criteria = assessments.scored_criteria(application.call)
    session.commit()
    client.sign_in(user_of(juror).email)
    url = f"/applications/{application.id}/score"
    half = {f"points-{criteria[0].code}": "7", f"motivation-{criteria[0].code}": "Helder."}
    kept = client.post(url, data={**hidden(client, url), **half, "save": "1"}, follow_redirects=True)
    assert "Bewaard." in kept.text
    whole = {
        f"{name}-{c.code}": value
        for c in criteria
        for name, value in (("points", "7"), ("motivation", "Goed."))
    }
    done = client.post(url, data={**hidden(client, url), **whole, "submit": "1"}, follow_redirects=True)
    assert "Je scores zijn ingediend." in done.text


def test_planned_payments_stand_apart_and_never_hide_the_work(
    client: Client, session: orm.Session, statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for a condition takes no place there; a page of hidden rows leads to the next."""
    people = make_people()
    project = make_project(people, make_open_call(people, one_per_applicant=False))
    session.commit()
    monkeypatch.setattr(day, "PAGE", 1)
    client.sign_in(user_of(people.officer).email)
    client.get("/my-work")
    with statements() as seen:
        page = client.get("/my-work").text
    now, later = (page.split(f'id="{name}"')[1].split("</section>")[0] for name in ("now", "later"))
    assert len(seen) <= 10
    assert now.count('data-testid="task-row"') == 1
    assert later.count('data-testid="task-row"') == len(payments.of_project(project)) > 1
    monkeypatch.setattr(day, "LATER", 1)
    first = client.get("/my-work").text.split('id="later"')[1]
    on = first.split('href="/my-work?later=')[1].split('"')[0]
    second = client.get(f"/my-work?later={on}").text.split('id="later"')[1]
    rows = [part.split('data-testid="task-row"')[1].split("</li>")[0] for part in (first, second)]
    assert ">1+<" in first
    assert rows[0] != rows[1]
    assert 'href="/my-work"' in second
    monkeypatch.setattr(day, "LATER", 50)
    submit(people, make_application(people, make_open_call(people)))
    session.commit()
    monkeypatch.setattr(day, "_is_shown", lambda _row: False)
    page = client.get("/my-work").text
    assert "Niets wacht op je" not in page
    assert "/my-work?after=" in page
