"""What the page of an organization shows of applications and projects: only to who may see those."""

from projects.models.applications import ApplicationPartner
from socialmap.panels import of
from tests.factories import projects as make


def shown(app, ids, by):
    with app.test_request_context():
        return [row[1] for panel in of(ids, by) for row in panel.rows]


def test_projects_and_applications_of_an_organization(app, session):
    people = make.make_people()
    project = make.make_project(people)
    ids = [project.organization_id]
    assert shown(app, ids, people.officer) == [f"/projects/{project.id}"]
    assert shown(app, ids, people.applicant) == [f"/projects/{project.id}"]
    application = make.make_admissible(people, make.make_open_call(people))
    assert f"/applications/{application.id}" in shown(app, [application.organization_id], people.officer)
    assert shown(app, ids, make.make_people().applicant) == []


def test_a_partner_in_an_application_shows_it_too(app, session):
    people = make.make_people()
    project = make.make_project(people)
    partner = make.make_organization()
    assert shown(app, [partner.id], people.officer) == []
    session.add(ApplicationPartner(application_id=project.application_id, organization_id=partner.id))
    session.flush()
    assert shown(app, [partner.id], people.officer) == [f"/projects/{project.id}"]
