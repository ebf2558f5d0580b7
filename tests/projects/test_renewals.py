"""Files and projects in a version of before take what its process learned later."""

import pytest
from sqlalchemy import orm

from core import clock
from core.access import system_actor
from projects import applications, payments, renewals, reports
from projects import projects as projects_
from projects.models.applications import ApplicationStatus
from projects.models.projects import Project, ProjectStatus
from tests.factories.projects import (
    People,
    make_on_agenda,
    make_open_call,
    make_people,
    make_running,
    pay,
)
from tests.factories.workflows import make_definition
from workflows import definitions, instances, tasks
from workflows.definitions import Source

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


def before(key: str, *texts: str) -> None:
    """Deploy a process as it was while these steps of it took no such outcome, but another one."""
    bpmn = (definitions.LIBRARY / key / f"{key}.bpmn").read_text()
    for text in texts:
        assert text in bpmn
        bpmn = bpmn.replace(text, text.replace("withdrawn", "dropped").replace("unjustified", "dropped"))
    make_definition(bpmn.encode(), key)


def library(key: str) -> None:
    definitions.deploy(Source.read(definitions.LIBRARY / key), by=system_actor(), tested=False)


def test_a_file_of_before_is_withdrawn_until_the_decision(people: People) -> None:
    before("application", "refused,withdrawn", 'outcome == "withdrawn"')
    application = make_on_agenda(people, make_open_call(people))
    library("application")
    assert "withdrawn" not in tasks.outcomes(application)
    applications.withdraw_application(application, reason="Geen partner meer", by=people.applicant)
    assert application.status == ApplicationStatus.WITHDRAWN
    instance, current = instances.find(application), definitions.find_current("application")
    assert instance is not None
    assert current is not None
    assert (instance.definition_id, instance.ended_at is None) == (current.id, False)


def stopped_before(people: People) -> Project:
    """A project with a report that never came, in a process that only goes on with one."""
    before("project", "unjustified")
    project = make_running(people)
    pay(people, payments.of_project(project)[0])
    projects_.stop_project(project, reason="Geen werker gevonden", by=people.officer)
    reports.of_project(project)[-1].due_on = clock.today().replace(year=2020)
    return project


def test_a_project_of_before_is_settled_without_its_report(people: People) -> None:
    project = stopped_before(people)
    library("project")
    projects_.forgo_report(project, reason="Nooit gekomen", by=people.officer)
    assert project.status == ProjectStatus.SETTLING
    assert [task.element_id for task in tasks.open_tasks(project)] == ["settle_project"]
    assert projects_.settle(project, by=people.finance) == -36_000_00


def test_where_no_version_knows_of_it_the_project_goes_on_as_after_a_report(people: People) -> None:
    project = stopped_before(people)
    assert not renewals.renew(project, projects_.UNJUSTIFIED, by=people.officer)
    projects_.forgo_report(project, reason="Nooit gekomen", by=people.officer)
    assert project.status == ProjectStatus.SETTLING
    assert [task.element_id for task in tasks.open_tasks(project)] == ["settle_project"]
    library("project")
