"""Who is recused finds nothing of the file: no route, list, search, export or mail; and scores stay blind."""

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm
from werkzeug.test import TestResponse

from core import outbox, search
from core.access import Actor
from core.models.accounts import User
from core.models.outbox import OutboxMessage
from projects import applications, assessments, payments, policy
from projects.models.assessments import Assessment, Recusal
from projects.models.payments import Payment
from projects.models.projects import Project
from projects.models.reports import Report
from tests.conftest import Client
from tests.factories.projects import (
    hand_in,
    make_application,
    make_in_jury,
    make_open_call,
    make_organization,
    make_people,
    make_running,
    score,
    submit,
)
from workflows import tasks

SECRET = "Kwartelnest"  # the title of the file; found nowhere by who is recused


def addresses(app: Flask, session: orm.Session) -> list[str]:
    """Every address of the product that takes no key, and each that takes one with all keys of this test."""
    keys: dict[str, list[str]] = {
        "call_id": [], "application_id": [], "project_id": [], "payment_id": [], "report_id": [],
        "round_id": [], "need_id": [], "amendment_id": [], "attachment_id": [],
    }  # fmt: skip
    from projects.models.applications import Application
    from projects.models.calls import Call, Round

    for name, model in (
        ("call_id", Call), ("application_id", Application), ("project_id", Project), ("round_id", Round),
        ("payment_id", Payment), ("report_id", Report),
    ):  # fmt: skip
        keys[name] = [str(key) for key in session.scalars(sa.select(model.id))]
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint.split(".")[0] not in {
            "projects",
            "core",
            "workflows",
        }:
            continue
        if rule.endpoint in {"core.sign_out", "projects.download_awards_json"} or rule.arguments - set(keys):
            continue
        choices = [keys[name] for name in rule.arguments]
        if not choices:
            found.append(rule.rule)
        for key in choices[0] if choices else []:
            found.append(app.url_map.bind("x").build(rule.endpoint, {next(iter(rule.arguments)): key}))
    return found


def crawl(app: Flask, client: Client, session: orm.Session, email: str) -> list[str]:
    """Addresses whose answer to this person tells of the file."""
    client.sign_in(email)
    pages = [*addresses(app, session), "/search?q=A-2026", "/my-work", "/payments"]
    client.get("/language")
    return [page for page in pages if tells(client.get(page), page)]


def tells(answer: TestResponse, page: str) -> bool:
    """Whether an answer names the file; a letter about an application does, whatever its bytes look like."""
    if answer.mimetype == "application/pdf":
        return page.startswith("/applications/")
    return SECRET.encode() in answer.data


def email_of(session: orm.Session, actor: Actor) -> str:
    return session.get_one(User, actor.user_id).email


def test_a_recused_juror_finds_nothing_of_the_file(app: Flask, client: Client, session: orm.Session) -> None:
    people = make_people()
    application = make_in_jury(people, make_open_call(people))
    application.title = SECRET
    session.flush()
    juror = people.jurors[0]
    assert application.id in {row.id for row in session.scalars(policy.visible_applications(juror))}
    session.commit()
    assert crawl(app, client, session, email_of(session, juror)) != []
    session.execute(sa.delete(OutboxMessage))
    assessments.recuse(application, juror.user_id, reason="Bestuurder", by=juror)
    assessments.assign_jurors(
        application, [session.get_one(User, j.user_id) for j in people.jurors], by=people.officer
    )
    session.commit()
    client.get("/logout")
    assert crawl(app, client, session, email_of(session, juror)) == []
    assert juror.user_id not in policy.assigned_jurors(application)
    assert [row for row in tasks.worklist(juror).rows if row.label and SECRET in row.label.title] == []
    assert [hit for group in search.find(SECRET, by=juror) for hit in group.found] == []
    outbox.drain()
    mails = session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "mail"))
    assert all(str(juror.user_id) not in str(payload) for payload in mails)


def test_recused_finance_and_officer_find_nothing_of_the_project(
    app: Flask, client: Client, session: orm.Session
) -> None:
    people = make_people()
    project = make_running(people)
    project.title = project.application.title = SECRET
    session.flush()
    for person in (people.finance, people.second):
        assessments.recuse(project.application, person.user_id, reason="Familie", by=person)
    session.commit()
    for person in (people.finance, people.second):
        assert crawl(app, client, session, email_of(session, person)) == []
        client.get("/logout")
    advance = payments.of_project(project)[0]
    assert not policy.can_handle_payment(people.finance, advance)


def test_a_declared_tie_recuses_at_once_and_when_the_file_comes_later(session: orm.Session) -> None:
    people = make_people()
    call = make_open_call(people, one_per_applicant=False)
    partner = make_organization("vzw Partner")
    before = make_in_jury(people, call)
    applications_before = {row.id for row in session.scalars(policy.visible_applications(people.jurors[0]))}
    assert before.id in applications_before
    assessments.declare_interests(
        call, [partner.id, before.organization_id], text="Bestuur", by=people.jurors[0]
    )
    assert policy.is_recused(people.jurors[0], before)
    later = make_application(people, call)
    applications.add_partner(later, partner, role="", by=people.applicant)
    submit(people, later)
    assert policy.is_recused(people.jurors[0], later)
    rows = session.scalars(sa.select(Recusal).where(Recusal.user_id == people.jurors[0].user_id)).all()
    assert all(row.automatic for row in rows)


def test_the_quorum_is_kept_without_the_recused(session: orm.Session) -> None:
    people = make_people()
    call = make_open_call(people)
    application = make_in_jury(people, call)
    assessments.recuse(application, people.jurors[0].user_id, reason="Bestuur", by=people.jurors[0])
    score(people, application)
    assert assessments.has_quorum(application)
    assessment = assessments.find_assessment(application, people.jurors[0].user_id)
    assert isinstance(assessment, Assessment)
    assert assessment not in assessments.live_assessments(application)


def test_scores_are_blind_until_one_handed_in_ones_own(client: Client, session: orm.Session) -> None:
    people = make_people()
    application = make_in_jury(people, make_open_call(people))
    first, second = people.jurors[0], people.jurors[1]
    assessment = assessments.find_assessment(application, first.user_id)
    assert assessment is not None
    hand_in(assessment, application, (3, 9), by=first)
    seen = assessments.visible_assessments(application, second)
    assert [found.juror_id for found in seen] == [second.user_id]
    session.commit()
    client.sign_in(email_of(session, second))
    assert "Sterk plan" not in client.get(f"/applications/{application.id}").text
    own = assessments.find_assessment(application, second.user_id)
    assert own is not None
    hand_in(own, application, (8, 8), by=second)
    assert len(assessments.visible_assessments(application, second)) == 2
