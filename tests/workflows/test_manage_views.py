"""The desk of the process manager."""

import pytest
import sqlalchemy as sa
from markupsafe import escape

from core import drafts, mail
from core.access import Role
from core.db import session as db_session
from core.db import transaction, uuid7
from core.models.accounts import User
from core.models.outbox import OutboxMessage
from tests.factories.bpmn_files import node, properties
from tests.factories.core import forget_request, make_actor
from tests.factories.workflows import make_definition_that_loses, start_signal, start_thing, steps, user_task
from workflows import definitions, incidents, instances
from workflows.incidents import Fault, TurnFailed
from workflows.models.incidents import Incident, IncidentStatus
from workflows.models.instances import Instance, InstanceStatus
from workflows.views.failures import keep_typed


@pytest.fixture
def manager(session):
    return make_actor(Role.PROCESS_MANAGER)


def signed_in(client, actor):
    return client.sign_in(db_session.get(User, actor.user_id).email)


PAGES = ["/processes/", "/processes/instances", "/processes/incidents"]


@pytest.mark.parametrize("page", PAGES)
def test_only_a_process_manager_enters(client, session, manager, page):
    start_signal(make_actor())
    assert signed_in(client, manager).get(page).status_code == 200
    other = make_actor(Role.INTAKE_WORKER, Role.TEAM_LEAD)
    assert signed_in(client, other).get(page).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_a_list_takes_few_statements(client, session, manager, statements, page):
    for _each in range(3):
        start_signal(make_actor())
    browser = signed_in(client, manager)
    browser.get(page)
    with statements() as seen:
        browser.get(page)
    assert len(seen) <= 8, seen


def test_a_process_that_is_not_there_is_not_found(client, session, manager):
    assert signed_in(client, manager).get(f"/processes/definitions/{uuid7()}").status_code == 404


def test_the_numbers_stand_beside_the_diagram(client, session, manager):
    start_signal(make_actor())
    definition_id = definitions.current("signal").id
    browser = signed_in(client, manager)
    text = browser.get(f"/processes/definitions/{definition_id}").text
    assert b"triage_signal" in browser.get(f"/processes/definitions/{definition_id}/diagram.bpmn").data
    assert "Beoordeel de melding" in text
    assert "data-diagram-counts" in text


@pytest.mark.parametrize("query", ["?status=running", "?status=odd", "?after=odd", "?key=signal"])
def test_lists_bear_odd_filters(client, session, manager, query):
    start_signal(make_actor())
    page = signed_in(client, manager).get(f"/processes/instances{query}")
    assert page.status_code == 200
    assert 'data-testid="instance-row"' in page.text


def test_steering_needs_a_reason_and_says_it_in_the_trail(client, session, manager):
    _thing, instance = start_signal(make_actor())
    browser = signed_in(client, manager)
    address = f"/processes/instances/{instance.id}"
    for odd in ({"act": "suspend", "reason": ""}, {"act": "explode", "reason": "quarrel"}):
        page = browser.post(address, data=odd)
        assert page.status_code == 422
        assert 'data-testid="error-summary"' in page.text
    assert browser.post(address, data={"act": "suspend", "reason": "quarrel"}).status_code == 302
    assert session.get(Instance, instance.id).status is InstanceStatus.SUSPENDED
    again = browser.post(address, data={"act": "suspend", "reason": "quarrel"})
    assert again.status_code == 422
    assert 'data-testid="error-summary"' in again.text
    assert browser.post(address, data={"act": "cancel", "reason": "quarrel"}).status_code == 302
    assert session.get(Instance, instance.id).status is InstanceStatus.CANCELLED
    assert 'data-testid="steer-form"' not in browser.get(address).text


def failed_turn():
    broken = node("serviceTask", "broken", properties(call="test.absent"))
    make_definition_that_loses("test.absent", steps(user_task("first"), broken))
    by = make_actor()
    thing, _instance = start_thing("main", by)
    db_session.commit()
    forget_request()
    with pytest.raises(TurnFailed), transaction():
        instances.advance(thing, "done", by=by)
    incidents.write_noted()
    return db_session.scalars(sa.select(Incident)).one()


def test_an_incident_shows_its_cause_and_is_resolved_with_a_note(client, session, manager):
    incident = failed_turn()
    browser = signed_in(client, manager)
    listed = browser.get("/processes/incidents").text
    assert 'data-testid="incident-row"' in listed
    assert f"Voor de ontwikkelaar: <code>unknown-step</code>, <code>{escape(incident.cause)}</code>" in listed
    address = f"/processes/incidents/{incident.id}"
    page = browser.get(address)
    assert "unknown-step" in page.text
    assert 'data-testid="process-diagram"' in page.text
    empty = browser.post(address, data={"note": ""})
    assert empty.status_code == 422
    assert 'data-testid="error-summary"' in empty.text
    assert browser.post(address, data={"note": "Registered the step."}).status_code == 302
    assert session.get(Incident, incident.id).status is IncidentStatus.RESOLVED
    assert "Registered the step." in browser.get(address).text
    again = browser.post(address, data={"note": "again"})
    assert again.status_code == 422
    assert 'data-testid="error-summary"' in again.text


def test_a_persons_act_cannot_be_retried_by_another(client, session, manager):
    incident = failed_turn()
    page = signed_in(client, manager).post(f"/processes/incidents/{incident.id}/retry")
    assert page.status_code == 422
    assert session.get(Incident, incident.id).status is IncidentStatus.OPEN


def test_a_message_is_sent_again(client, session, manager):
    source = {"name": "referral_answered", "correlation": {"case_id": "c9"}, "payload": {}, "kind": "message"}
    session.commit()
    incident_id = incidents.write(Fault("case", "message", "step-failed", "RuntimeError", source=source))
    assert signed_in(client, manager).post(f"/processes/incidents/{incident_id}/retry").status_code == 302
    session.expire_all()
    assert session.get(Incident, incident_id).status is IncidentStatus.RETRIED
    sent = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "process.message")).all()
    assert [message.payload["name"] for message in sent] == ["referral_answered"]


def test_every_process_manager_gets_a_mail_without_data(client, session, manager):
    incident = failed_turn()
    incidents.alert({"incident_id": str(incident.id)})
    session.flush()
    mails = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "mail.send")).all()
    assert [mail.payload["user_id"] for mail in mails] == [str(manager.user_id)]
    assert mails[0].payload["values"] == {
        "process": "main",
        "process_name": "main",
        "step": "broken",
        "step_name": "broken",
        "code": "unknown-step",
    }


WHERE_AND_WHY = {
    "nl": "“Melding” kon niet worden uitgevoerd. Stap: Neem de melding op. Oorzaak: Er kwam een bericht",
    "fr": "« Signalement » n’a pas pu se faire. Étape : Prenez le signalement en charge.",
    "en": "“Notice” could not be taken. Step: Take the notice. Cause: A message came for which no step waits",
    "de": "„Meldung“ war nicht möglich. Schritt: Meldung übernehmen.",
}


def test_the_mail_of_an_incident_says_where_and_why_in_words(session, manager):
    session.commit()
    incident_id = incidents.write(
        Fault("signal", "message", "not-waiting", "NotWaiting", element_id="take_signal")
    )
    incidents.alert({"incident_id": str(incident_id)})
    session.flush()
    sent = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "mail.send")).one().payload
    for locale, words in WHERE_AND_WHY.items():
        made = mail.compose(sent["template"], locale, path=sent["path"], values=sent["values"])
        text = " ".join(made.get_content().split())
        assert words in text, text
        assert "not-waiting" not in text


def test_a_form_whose_step_failed_is_kept_for_the_same_person(app, session):
    by = make_actor()
    session.commit()
    forget_request()
    with app.test_request_context(
        "/cases/1/close", method="POST", data={"note": "long story", "csrf_token": "x"}
    ):
        from flask import g

        g.actor = by
        incidents.note(Fault("case", "turn", "step-failed", "RuntimeError"))
        keep_typed()
        incidents.write_noted()
        assert drafts.find(by.user_id, "form:/cases/1/close") == {"note": ["long story"]}
        assert drafts.find(make_actor().user_id, "form:/cases/1/close") is None
