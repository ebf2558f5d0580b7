"""In every state of every process: whose turn it is, on whose day it stands, and how they go on from there.

One story from a need to a clawback. Each line of it names the step that is open, who is at turn for it, and
the act that the page to which the day leads offers them.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core import clock, outbox
from core.access import Actor
from core.db import session as db
from projects import (
    admissibility,
    assessment_turns,
    assessments,
    awards,
    calls,
    closings,
    needs,
    payments,
    projects,
    ranking,
    reports,
)
from projects.models.applications import Application
from projects.models.awards import Outcome
from projects.models.projects import Amendment, Project
from tests.conftest import Client
from tests.factories.forms import task_card
from tests.factories.projects import (
    People,
    close_rounds,
    make_application,
    make_draft_call,
    make_people,
    make_running,
    pay,
    score,
    submit,
    user_of,
)
from workflows import definitions, tasks

Line = tuple[Any, str, str, str]


def test_who_is_at_turn_finds_it_on_the_day_and_goes_on_from_there(
    client: Client, session: orm.Session
) -> None:
    people = make_people()
    actors = {
        "officer": people.officer,
        "second": people.second,
        "juror": people.jurors[0],
        "decider": people.decider,
        "finance": people.finance,
        "finance2": people.finance2,
        "applicant": people.applicant,
    }
    clients: dict[str, Client] = {}
    for record, step, who, act in story(people):
        db.commit()
        outbox.drain()
        if record.subject_type == "call":
            closings.sweep()
            assessment_turns.sweep()
        name = f"{record.subject_type} {record.status}: {step}"
        (task,) = tasks.open_tasks(record)
        assert (task.element_id, task.state) == (step, record.status), name
        if who == "applicants":  # whoever applies: nobody in particular
            assert tasks.turn_holder(record, people.officer).state == "partner", name
            continue
        if who not in clients:
            clients[who] = client.application.test_client().sign_in(user_of(actors[who]).email)
        _check(clients[who], record, who, act, actors, name)


def test_who_has_to_pay_back_reads_how_much(client: Client, session: orm.Session) -> None:
    people = make_people()
    project = make_running(people)
    advance = payments.of_project(project)[0]
    pay(people, advance)
    final = reports.of_project(project)[-1]
    reports.save_report(final, [], text="Er kwam niets van.", by=people.applicant)
    reports.submit_report(final, by=people.applicant)
    reports.reject_report(final, answer="Geen enkel bewijs.", by=people.officer)
    session.commit()
    outbox.drain()
    assert projects.settle(project, by=people.finance) == -advance.amount_cents
    session.commit()
    assert [task.element_id for task in tasks.open_tasks(project)] == ["claim_back"]
    page = client.sign_in(user_of(people.applicant).email).get(f"/projects/{project.id}").text
    assert "36.000,00 meer betaald dan de definitieve subsidie" in page
    assert f'href="/projects/{project.id}/repayments"' not in page
    page = client.sign_in(user_of(people.finance).email).get(f"/projects/{project.id}").text
    assert f'href="/projects/{project.id}/repayments"' in page


def _check(client: Client, record: Any, who: str, act: str, actors: dict[str, Actor], name: str) -> None:
    other = actors["officer" if who == "applicant" else "applicant"]
    assert tasks.turn_holder(record, actors[who]).state == "us", name
    assert tasks.turn_holder(record, other).state == "partner", name
    day = client.get("/my-work").text.split('id="now"')[1].split('id="others"')[0]
    (task,) = tasks.open_tasks(record)
    step = definitions.step_name(task.key, task.element_id)
    rows = [row for row in day.split("<li ") if f">{step}<" in row]
    found = [address for row in rows for address in re.findall(r'href="([^"]+)"', row)]
    assert found, (name, who, day)
    asked = [_asked(record, address, client.get(address).text) for address in dict.fromkeys(found)]
    assert any(re.search(rf'(href|action)="[^"]*/{act}[/"?]', part) for part in asked), (
        name,
        who,
        act,
        found,
    )


def _asked(record: Any, address: str, page: str) -> str:
    """The card of the task; what is done on a page of something else, or of one act alone, is in no card."""
    own = str(record.id) in address and 'aria-labelledby="task"' in page
    return task_card(page) if own else page.split("<main")[1]


def story(people: People) -> Iterator[Line]:
    yield from of_need(people)
    call = make_draft_call(people, one_per_applicant=False)
    yield call, "draft_call", "officer", "review"
    calls.send_to_review(call, by=people.officer)
    yield call, "review_call", "second", "approve"
    calls.approve_call(call, visum="V-1", by=people.second)
    yield call, "publish_call", "officer", "publish"
    calls.publish_call(call, by=people.officer)
    staff = (people.officer, people.second, people.decider, people.finance, people.finance2)
    for person in (*staff, *people.jurors):
        assessments.declare_interests(call, [], text="", by=person)
    yield call, "collect_applications", "applicants", ""
    first = make_application(people, call, asked=30_000_00, costs=40_000_00)
    second = make_application(people, call, asked=30_000_00, costs=40_000_00)
    yield from of_application(people, first, second)
    awards.close_decisions(call, by=people.officer)
    yield call, "start_projects", "officer", "projects"
    project = db.scalars(sa.select(Project).where(Project.application_id == first.id)).one()
    yield from of_project(people, project)
    yield call, "evaluate_call", "officer", "close"


def of_need(people: People) -> Iterator[Line]:
    need = needs.record_need(
        "Ver van het loket",
        theme="rural",
        municipalities=["44019"],
        affected_group="Bewoners van dorpen",
        answer_due_on=clock.today() + timedelta(days=30),
        by=people.officer,
    )
    yield need, "substantiate_need", "officer", "substantiate"
    needs.add_fact(need, "Er rijdt geen bus.", source="Vervoersregio", by=people.officer)
    db.flush()
    db.refresh(need)
    needs.substantiate(need, by=people.officer)
    yield need, "decide_need", "officer", "decide"


def of_application(people: People, first: Application, second: Application) -> Iterator[Line]:
    call, both = first.call, (first, second)
    yield first, "write_application", "applicant", "submit"
    for application in both:
        submit(people, application)
    admissibility.ask_completion(first, sections=["budget"], reason="Onvolledig", by=people.officer)
    yield first, "complete_application", "applicant", "submit"
    admissibility.complete(first, received_at=clock.now(), by=people.applicant)
    yield first, "check_admissibility", "officer", "admit"
    for application in both:
        found = {"complete": admissibility.Finding(True, "")}
        admissibility.record_findings(application, found, by=people.officer)
        admissibility.admit(application, by=people.officer)
    yield first, "assign_jury", "officer", "jurors"
    close_rounds(call)
    yield call, "begin_assessment", "officer", "assess"
    calls.start_assessment(call, by=people.officer)
    for application in both:
        assessments.assign_jurors(application, [user_of(juror) for juror in people.jurors], by=people.officer)
    yield first, "score_application", "juror", "score"
    for application, points in zip(both, ((8, 8), (7, 7)), strict=True):
        score(people, application, points)
    yield call, "rank_applications", "officer", "ranking"
    ranking.fix_ranking(first.round, by=people.officer)
    yield first, "put_on_agenda", "officer", "agenda"
    for application in both:
        awards.put_on_agenda(application, by=people.officer)
    yield first, "decide_application", "decider", "decide"
    awards.decide(
        first, Outcome.GRANTED, amount_cents=first.asked_cents, motivation="Sterk", by=people.decider
    )
    awards.decide(
        second, Outcome.RESERVE, amount_cents=0, motivation="Nipt", deviation="Krap", by=people.decider
    )
    yield second, "hold_reserve", "decider", "decide"
    yield call, "close_decisions", "officer", "close-decisions"


def of_project(people: People, project: Project) -> Iterator[Line]:
    advance = payments.of_project(project)[0]
    yield project, "send_agreement", "officer", "agreement"
    projects.send_agreement(project, by=people.officer)
    yield project, "sign_agreement", "applicant", "signature"
    projects.record_signature(project, file_id=None, signed_on=clock.today(), by=people.officer)
    yield project, "start_project", "officer", "start"
    projects.start_project(project, by=people.officer)
    yield project, "carry_out_project", "applicant", "amendments"
    yield advance, "propose_payment", "officer", "propose"
    payments.propose_payment(advance, by=people.finance)
    yield advance, "approve_payment", "finance2", "approve"
    payments.approve_payment(advance, by=people.finance2)
    yield advance, "order_payment", "finance", "order"
    payments.order_payments([advance], by=people.finance)
    yield advance, "confirm_payment", "finance", "confirm"
    payments.confirm_payment(advance, paid_on=clock.today(), by=people.finance)
    later = project.ends_on + timedelta(days=30)
    projects.ask_amendment(project, reason="Ziekte", new_ends_on=later, by=people.applicant)
    yield project, "answer_amendment", "officer", "amendments"
    amendment = db.scalars(sa.select(Amendment).where(Amendment.project_id == project.id)).one()
    projects.answer_amendment(amendment, approved=True, answer="Goed", by=people.officer)
    projects.suspend_project(project, reason="Nazicht", by=people.officer)
    yield project, "lift_suspension", "finance", "resume"
    projects.resume_project(project, reason="In orde", by=people.finance)
    final = reports.of_project(project)[-1]
    yield final, "begin_report", "applicant", "edit"
    spent = project.starts_on + timedelta(days=5)
    line = {"category": "staff", "description": "Lonen", "spent_on": spent, "amount_cents": 40_000_00}
    reports.save_report(final, [line], text="Wij bereikten 80 mensen.", by=people.applicant)
    yield final, "write_report", "applicant", "edit"
    reports.submit_report(final, by=people.applicant)
    reports.ask_completion(final, reason="Welke mensen?", by=people.officer)
    yield final, "complete_report", "applicant", "edit"
    reports.submit_report(final, by=people.applicant)
    yield final, "judge_report", "officer", "judge"
    reports.reject_report(final, answer="Geen enkel bewijs.", by=people.officer)
    yield project, "settle_project", "finance", "settle"
    assert projects.settle(project, by=people.finance) < 0  # without accepted costs the advance goes back
