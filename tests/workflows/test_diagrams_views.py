"""The diagram of a file and its twin in text."""

import json

import pytest

from core.access import Role
from core.db import session as db_session
from core.models.accounts import User
from tests.factories.core import make_actor
from tests.factories.workflows import Thing, start_signal
from workflows import instances, subjects


def register(visible=lambda by, record: True):
    subjects.register(
        "shown_thing",
        subjects.Subject(
            load_many=lambda ids: {each: Shown(each) for each in ids},
            title=lambda record, by: "Dossier van Lena Aerts",
            address=lambda record: f"/cases/{record.id}",
            visible_to=visible,
        ),
    )


class Shown:
    subject_type = "shown_thing"

    def __init__(self, shown_id):
        self.id = shown_id


@pytest.fixture
def by(session):
    return make_actor(Role.INTAKE_WORKER)


def signed_in(client, by):
    return client.sign_in(db_session.get(User, by.user_id).email)


def test_the_page_marks_done_and_current_steps_and_tells_them_as_text(client, by):
    register()
    thing, instance = start_signal(by, thing=Thing(by.tenant_id, "shown_thing"))
    instances.advance(thing, "triaged", by=by)
    page = signed_in(client, by).get(f"/processes/of/shown_thing-{thing.id}")
    assert page.status_code == 200
    text = page.text
    assert 'data-testid="process-diagram"' in text
    assert f"/processes/instances/{instance.id}/diagram.bpmn" in text
    marks = json.loads(text.split('data-diagram-marks="')[1].split('"')[0].replace("&#34;", '"'))
    assert marks["triage_signal"] == "done"
    assert marks["take_signal"] == "now"
    assert text.index("Beoordeel de melding") < text.index("Neem de melding op")
    assert "Dossier van Lena Aerts" in text


def test_the_page_takes_at_most_eight_statements(client, by, statements):
    register()
    thing, _instance = start_signal(by, thing=Thing(by.tenant_id, "shown_thing"))
    browser = signed_in(client, by)
    browser.get(f"/processes/of/shown_thing-{thing.id}")
    with statements() as seen:
        assert browser.get(f"/processes/of/shown_thing-{thing.id}").status_code == 200
    assert len(seen) <= 8, seen


def test_who_may_not_see_the_file_does_not_see_its_process(client, by):
    register(visible=lambda actor, record: actor.tenant_id == by.tenant_id)
    thing, instance = start_signal(by, thing=Thing(by.tenant_id, "shown_thing"))
    stranger = make_actor(Role.INTAKE_WORKER)
    browser = signed_in(client, stranger)
    assert browser.get(f"/processes/of/shown_thing-{thing.id}").status_code == 404
    assert browser.get(f"/processes/instances/{instance.id}/diagram.bpmn").status_code == 404


@pytest.mark.parametrize("key", ["shown_thing", "shown_thing-1", "-", "%00-x"])
def test_an_odd_address_is_not_found(client, by, key):
    assert signed_in(client, by).get(f"/processes/of/{key}").status_code == 404


def test_the_xml_is_that_of_the_version_it_runs_in(client, by):
    register()
    thing, instance = start_signal(by, thing=Thing(by.tenant_id, "shown_thing"))
    answer = signed_in(client, by).get(f"/processes/instances/{instance.id}/diagram.bpmn")
    assert answer.mimetype == "application/xml"
    assert b"triage_signal" in answer.data
    assert thing.id == instance.subject_id
