"""A page of a file takes at most eight statements, whoever reads it and however full the file is."""

from typing import Any

import pytest
from sqlalchemy import orm

from core import clock
from core.models.accounts import User
from projects import admissibility, applications, calls, changes, dossiers, needs, payments, reports
from projects.models.calls import Call
from projects.models.needs import Need
from projects.models.projects import Project
from socialmap.models.directory import Organization
from tests.conftest import Client
from tests.factories.projects import (
    People,
    make_application,
    make_in_jury,
    make_open_call,
    make_organization,
    make_people,
    make_running,
    pay,
    score,
    submit,
)

MOST = 8


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


def fill(people: People, session: orm.Session, project: Project) -> tuple[Call, Need]:
    """Something in every list of the four pages."""
    call, application = project.application.call, project.application
    calls.record_advice(call, "Adviesraad", received_on=clock.today(), text="Gunstig", by=people.officer)
    calls.announce(call, "De zaal is veranderd.", by=people.officer)
    need = needs.record_need("Rechten op het erf", theme="farmers", by=people.officer)
    call.needs.append(need)
    dossiers.save(
        session.get_one(Organization, application.organization_id),
        signatories=[("Fatma", "voorzitter")],
        iban=None,
        accounts_year=2025,
        by=people.applicant,
    )
    return call, need


def test_pages_of_files_take_eight_statements_for_every_role(
    client: Client, session: orm.Session, people: People, statements: Any
) -> None:
    project = make_running(people)
    call, need = fill(people, session, project)
    pay(people, payments.of_project(project)[0])
    report = reports.of_project(project)[0]
    open_call = make_open_call(people, one_per_applicant=False)
    changes.propose_texts(open_call, reason="Duidelijker", summary="Anders gezegd", by=people.officer)
    judged, other = make_in_jury(people, open_call), make_in_jury(people, open_call)
    draft, completed = make_application(people, open_call), make_application(people, open_call)
    for partner in ("vzw Een", "vzw Twee"):
        applications.add_partner(draft, make_organization(partner), role="", by=people.applicant)
    submit(people, completed)
    admissibility.ask_completion(completed, sections=["budget"], reason="Te vaag", by=people.officer)
    score(people, judged)
    score(people, other)
    session.commit()
    both = [people.officer, people.decider, people.finance, people.applicant]
    pages = {
        f"/calls/{call.id}": [*both, people.jurors[0]],
        f"/calls/{open_call.id}": [people.officer, people.applicant],
        f"/calls/{open_call.id}/ranking": [people.officer, people.decider],
        f"/calls/{open_call.id}/interests": [people.finance, people.jurors[0]],
        f"/applications/{project.application_id}": [*both, people.jurors[0]],
        f"/applications/{judged.id}": [people.officer, people.jurors[0]],
        f"/applications/{draft.id}": [people.applicant],
        f"/applications/{draft.id}/edit": [people.applicant],
        f"/applications/{completed.id}/edit": [people.applicant],
        f"/projects/{project.id}": both,
        f"/reports/{report.id}": both,
        f"/needs/{need.id}": [people.officer],
    }
    for reader in [*both, people.jurors[0]]:
        client.get("/logout")
        client.sign_in(session.get_one(User, reader.user_id).email)
        for page in [page for page, allowed in pages.items() if reader in allowed]:
            with statements() as seen:
                answer = client.get(page)
            assert answer.status_code == 200, (page, reader.roles)
            assert len(seen) <= MOST, (page, reader.roles, seen)
