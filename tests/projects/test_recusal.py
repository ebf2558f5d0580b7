"""Who is recused finds nothing of the file: no route, list, search, export or mail; and scores stay blind."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm
from werkzeug.test import TestResponse

from core import accounts, clock, outbox, search
from core.access import Actor, Role, system_actor
from core.errors import DomainError
from core.models.accounts import Tenant, User
from core.models.outbox import OutboxMessage
from projects import applications, assessments, awards, editors, payments, policy, ranking, reading
from projects.models.applications import ApplicationEditor
from projects.models.assessments import Assessment, Recusal
from projects.models.evaluations import Conclusion, Evaluation
from projects.models.payments import Payment
from tests import walk
from tests.conftest import Client
from tests.factories.core import make_actor, make_membership, make_tenant
from tests.factories.projects import (
    hand_in,
    make_admissible,
    make_application,
    make_in_jury,
    make_open_call,
    make_organization,
    make_people,
    make_project,
    make_running,
    pay,
    score,
    submit,
    user_of,
)
from workflows import tasks
from workflows.models.instances import Instance
from workflows.subjects import Reference

# `intake` knows nothing of projects: the import rules see to that.
BLUEPRINTS = {"projects", "core", "workflows", "socialmap", "api"}
SECRET = "Kwartelnest"  # the title of the file; found nowhere by who is recused
NUMBERS = "A-GEHEIM-1", "P-GEHEIM-1"


def addresses(app: Flask, session: orm.Session) -> list[str]:
    """Every address a reader can ask that may tell of projects, with the key of each record of this test."""
    found, build = [], app.url_map.bind("localhost").build
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint.split(".")[0] not in BLUEPRINTS:
            continue
        values = [values_of(name, session) for name in sorted(rule.arguments)]
        found += [
            build(rule.endpoint, dict(zip(sorted(rule.arguments), chosen, strict=True)), "GET")
            for chosen in itertools.product(*values)
        ]
    orders = session.scalars(sa.select(Payment.order_number).where(Payment.order_number.is_not(None)))
    for number in orders:
        order = f"/payments/orders/{number.rpartition('-')[0]}"
        found += [order, f"{order}/bank-file"]
    assert len(found) > 150
    return [address for address in found if address != "/logout"]


def values_of(name: str, session: orm.Session) -> list[Any]:
    """What may stand in an address: keys of records, references of processes, numbers."""
    if name == "subject":
        rows = session.execute(sa.select(Instance.subject_type_, Instance.subject_id)).all()
        return [Reference(kind, key) for kind, key in rows]
    model = walk.table_of(name)
    if model is not None:
        return list(session.scalars(sa.select(model.id)))
    return [1] if name == "number" else []


def crawl(app: Flask, client: Client, session: orm.Session, email: str) -> list[str]:
    """Addresses whose answer to this person tells of the file."""
    client.get("/logout")
    client.sign_in(email)
    client.get("/language")
    asked = [*addresses(app, session), f"/search?q={SECRET[:7]}", f"/social-map?q={SECRET[:7]}"]
    token = accounts.create_token(email, name="walk", valid=timedelta(days=1), by=system_actor())
    session.commit()
    program = {"Authorization": f"Bearer {token}"}
    return [
        page
        for page in asked
        if tells(
            client.get(
                page,
                headers=program if page.startswith("/api/") else {},
                follow_redirects=page.startswith("/search"),
            ),
            page,
        )
    ]


def tells(answer: TestResponse, page: str) -> bool:
    """Whether an answer names the file; a paper about an application or project does, whatever its bytes."""
    if answer.mimetype == "application/pdf":
        return page.startswith(("/applications/", "/projects/"))
    return any(word.encode() in answer.data for word in (SECRET, *NUMBERS))


def email_of(session: orm.Session, actor: Actor) -> str:
    return session.get_one(User, actor.user_id).email


def test_a_recused_juror_finds_nothing_of_the_file(app: Flask, client: Client, session: orm.Session) -> None:
    people = make_people()
    application = make_in_jury(people, make_open_call(people))
    application.title, application.number = SECRET, NUMBERS[0]
    session.flush()
    juror = people.jurors[0]
    assert application.id in {row.id for row in session.scalars(policy.visible_applications(juror))}
    session.commit()
    client.sign_in(email_of(session, juror))
    page = f"/applications/{application.id}"
    assert tells(client.get(page), page)
    session.execute(sa.delete(OutboxMessage))
    assessments.recuse(application, juror.user_id, reason="Bestuurder", by=juror)
    assessments.assign_jurors(
        application, [session.get_one(User, j.user_id) for j in people.jurors], by=people.officer
    )
    session.commit()
    assert crawl(app, client, session, email_of(session, juror)) == []
    assert juror.user_id not in policy.assigned_jurors(application)
    assert [row for row in tasks.worklist(juror).rows if row.label and SECRET in row.label.title] == []
    assert [hit for group in search.find(SECRET, by=juror) for hit in group.found] == []
    outbox.drain()
    mails = session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "mail.send"))
    assert {payload["user_id"] for payload in mails} == {str(j.user_id) for j in people.jurors[1:]}


def test_who_is_recused_after_the_decision_finds_nothing_though_the_public_does(
    app: Flask, client: Client, session: orm.Session, is_long: bool
) -> None:
    """One person in three roles in every run; officer, decider and finance each alone in a long one."""
    people = make_people()
    project = make_running(people)
    project.title = project.application.title = SECRET
    project.application.number, project.number = NUMBERS
    pay(people, payments.of_project(project)[0])
    awards.close_decisions(project.application.call, by=people.officer)
    card = Evaluation(
        project_id=project.id, outcome=SECRET, lessons="x", conclusion=Conclusion.EMBED,
        made_at=clock.now(), made_by=people.officer.user_id, published_at=clock.now(),
    )  # fmt: skip
    session.add(card)
    authority = session.get_one(Tenant, people.officer.tenant_id)
    roles = (Role.OFFICER, Role.FINANCE, Role.DECIDER)
    person = make_actor(*roles, tenant=authority)
    alone = [make_actor(role, tenant=authority) for role in roles] if is_long else []
    for tied in (person, *alone):
        assessments.recuse(project.application, tied.user_id, reason="Familie", by=tied)
    session.commit()
    public = ["/register", "/register/awards.json", "/register/awards.csv", "/practice"]
    assert [page for page in public if not tells(client.get(page), page)] == []
    for tied in (person, *alone):
        assert crawl(app, client, session, email_of(session, tied)) == []
    assert not policy.can_handle_payment(person, payments.of_project(project)[0])


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


def test_a_declaration_asks_no_more_of_many_files_without_a_tie(
    session: orm.Session, statements: Any
) -> None:
    people, counts = make_people(), []
    call = make_open_call(people, one_per_applicant=False)
    for juror in people.jurors[:2]:
        make_application(people, call)
        session.commit()
        with statements() as seen:
            assessments.declare_interests(call, [], text="", by=juror)
            session.flush()
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_no_file_goes_to_fewer_jurors_than_the_quorum(session: orm.Session) -> None:
    people = make_people()
    application = make_admissible(people, make_open_call(people, quorum=2))
    jurors = [user_of(juror) for juror in people.jurors]
    for juror in people.jurors:
        tied = [] if juror is people.jurors[0] else [application.organization_id]
        assessments.declare_interests(application.call, tied, text="", by=juror)
    with pytest.raises(DomainError) as refusal:
        assessments.assign_jurors(application, jurors, by=people.officer)
    assert refusal.value.field == "jurors"
    assert application.status == "admissible"


def test_a_file_with_fewer_scores_than_the_quorum_comes_last_without_a_place(session: orm.Session) -> None:
    people = make_people()
    call = make_open_call(people, quorum=2, one_per_applicant=False)
    single, whole = make_in_jury(people, call), make_in_jury(people, call)
    assessment = assessments.find_assessment(single, people.jurors[0].user_id)
    assert assessment is not None
    hand_in(assessment, single, (10, 10), by=people.jurors[0])
    score(people, whole, (5, 5))
    first, last = ranking.rank(call.rounds[0], reading.of_ranking(call))
    assert (first.number, first.place, first.score_bp) == (whole.number, 1, 5000)
    assert (last.number, last.place, last.score_bp, last.reason) == (single.number, None, None, "missing")


def test_who_works_for_a_partner_is_tied_without_saying_so(session: orm.Session) -> None:
    people = make_people()
    call = make_open_call(people)
    employed, former = people.jurors[0], people.jurors[1]
    employer = make_tenant("OCMW Partner")
    make_membership(session.get_one(User, employed.user_id), employer, Role.INTAKE_WORKER)
    make_membership(
        session.get_one(User, former.user_id), employer, Role.INTAKE_WORKER, ends_on=date(2025, 12, 31)
    )
    for juror in people.jurors:
        assessments.declare_interests(call, [], text="", by=juror)
    application = make_application(people, call)
    partner = make_organization("OCMW Partner", tenant_id=employer.id)
    applications.add_partner(application, partner, role="Partner", by=people.applicant)
    submit(people, application)
    assert assessments.recused_people(application) == {employed.user_id}
    assert not policy.can_see_application(employed, application)


def test_who_writes_along_is_tied_with_the_file(session: orm.Session) -> None:
    people = make_people()
    call = make_open_call(people, one_per_applicant=False)
    judged, later = make_in_jury(people, call), make_application(people, call)
    juror, partner = people.jurors[0], make_actor(Role.APPLICANT)
    for person in (juror, partner):
        editors.add_editor(later, person.user_id, by=people.applicant)
    submit(people, later)
    assert policy.is_recused(juror, later)
    assert not policy.is_recused(juror, judged)
    assert not policy.is_recused(partner, later)  # has nothing to judge
    joined = make_actor(Role.JUROR, tenant=session.get_one(Tenant, people.officer.tenant_id))
    editors.add_editor(later, joined.user_id, by=people.applicant)
    assessments.declare_interests(call, [], text="", by=joined)
    assert policy.is_recused(joined, later)


def test_a_juror_who_writes_along_elsewhere_finds_that_project_in_the_list(session: orm.Session) -> None:
    people = make_people()
    project = make_project(people)
    juror = make_actor(Role.JUROR)
    assert session.scalar(policy.visible_projects(juror)) is None
    session.add(
        ApplicationEditor(application_id=project.application_id, user_id=juror.user_id, added_at=clock.now())
    )
    session.flush()
    assert session.scalar(policy.visible_projects(juror)) is project


def test_the_score_of_the_recused_no_longer_counts(session: orm.Session) -> None:
    people = make_people()
    call = make_open_call(people)
    application = make_in_jury(people, call)
    assessments.recuse(application, people.jurors[0].user_id, reason="Bestuur", by=people.jurors[0])
    score(people, application)
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
    seen = assessments.visible_assessments(assessments.live_assessments(application), second)
    assert [found.juror_id for found in seen] == [second.user_id]
    session.commit()
    client.sign_in(email_of(session, second))
    assert "Sterk plan" not in client.get(f"/applications/{application.id}").text
    own = assessments.find_assessment(application, second.user_id)
    assert own is not None
    hand_in(own, application, (8, 8), by=second)
    assert len(assessments.visible_assessments(assessments.live_assessments(application), second)) == 2
