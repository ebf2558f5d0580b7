"""The process manager checks, deploys, retires, moves files to another version and back, reads decisions."""

import io
from datetime import date

import pytest
import sqlalchemy as sa

from core.access import Role
from core.db import session as db_session
from core.models.accounts import Tenant, User
from core.models.trail import AuditEntry
from tests.factories.bpmn_files import node
from tests.factories.core import make_actor
from tests.factories.workflows import make_definition, parallel, start_signal, start_thing, steps, user_task
from workflows import decisions, definitions, instances, tasks
from workflows.engine import dmn
from workflows.models.definitions import Definition, DefinitionStatus
from workflows.models.instances import Instance

ONE = steps(user_task("first"), user_task("second"))
TWO = steps(user_task("first"), user_task("between"), user_task("second"))
BEFORE = steps(user_task("new"), user_task("first"), user_task("second"))
WITHOUT = steps(user_task("second"))


@pytest.fixture
def manager(client, session):
    actor = make_actor(Role.PROCESS_MANAGER)
    return client.sign_in(db_session.get(User, actor.user_id).email)


def files(bpmn, act, name="main.bpmn", **more):
    sent = {"diagram": (io.BytesIO(bpmn), name), "act": act}
    return {**sent, **{key: (io.BytesIO(data), f"{key}.yaml") for key, data in more.items()}}


def send(manager, *args, **more):
    return manager.post("/processes/deploy", data=files(*args, **more), content_type="multipart/form-data")


def current(key="main"):
    return db_session.scalars(
        sa.select(Definition).where(Definition.key == key, Definition.status == DefinitionStatus.ACTIVE)
    ).first()


# ---------------------------------------------------------------- check and deploy
def test_a_check_shows_every_finding_in_words_and_keeps_nothing(manager):
    page = send(manager, steps(node("serviceTask", "first"), user_task("first_too", formKey="f")), "check")
    assert 'data-testid="process-report" data-state="refused"' in page.text
    assert page.text.count('data-testid="finding" data-state="error"') >= 2
    assert "needs-implementation" in page.text
    assert "form-unknown" in page.text
    assert current() is None


def test_a_process_is_put_in_use_under_the_name_of_its_file_or_of_its_only_process(manager):
    assert send(manager, ONE, "deploy").status_code == 302
    assert current().version == 1
    assert send(manager, TWO, "deploy", "new version (2).bpmn").status_code == 302
    assert current().version == 2


@pytest.mark.parametrize("act", ["check", "deploy"])
def test_tests_of_a_process_run_before_it_is_put_in_use(manager, act):
    failing = b"- name: too fast\n  steps:\n    - do: done\n      expect: {end: true}\n"
    page = send(manager, ONE, act, tests=failing)
    assert "too fast" in page.text
    assert 'data-state="refused"' in page.text
    assert current() is None
    assert (
        send(manager, ONE, "deploy", tests=failing.replace(b"{end: true}", b"{open: [second]}")).status_code
        == 302
    )


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "main.bpmn"),
        (b"not xml", "main.bpmn"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "main.bpmn"),
        (b"\xff\xfe\x00", "..bpmn"),
        (ONE, "x" * 300 + ".bpmn"),
        (ONE.replace(b"main", b"m" * 200), "main.bpmn"),
    ],
)
@pytest.mark.parametrize("act", ["check", "deploy"])
def test_odd_files_end_in_a_page_that_says_so(manager, data, name, act):
    page = send(manager, data, act, name)
    assert page.status_code in {200, 302, 422}
    assert page.status_code == 302 or "process-report" in page.text or "error-summary" in page.text


# ---------------------------------------------------------------- retire, use again
def test_a_version_is_retired_and_used_again_with_a_reason_in_the_trail(manager):
    definition_id = make_definition(ONE).id
    address = f"/processes/definitions/{definition_id}"
    assert manager.post(f"{address}/retire", data={"reason": ""}).status_code == 422
    assert manager.post(f"{address}/retire", data={"reason": "Not used."}).status_code == 302
    assert current() is None
    assert 'href="' + f"{address}/use" in manager.get(address).text
    assert manager.post(f"{address}/use", data={"reason": "Used after all."}).status_code == 302
    assert current().id == definition_id
    told = db_session.scalars(sa.select(AuditEntry).where(AuditEntry.subject_id == str(definition_id)))
    reasons = [entry.changes["reason"] for entry in told if "reason" in entry.changes]
    assert sorted(reasons) == ["Not used.", "Used after all."]


# ---------------------------------------------------------------- move running files
def started(bpmn=ONE):
    make_definition(bpmn)
    return start_thing("main", make_actor())


def test_files_move_to_a_new_version_and_back_on_a_page(manager):
    _thing, instance = started()
    instance_id, old = instance.id, instance.definition_id
    target = make_definition(TWO).id
    address = f"/processes/definitions/{target}/move"
    assert 'data-testid="move-row" data-state="safe"' in manager.get(address).text
    assert manager.post(address, data={"act": "chosen", "instance": str(instance_id)}).status_code == 302
    assert db_session.get(Instance, instance_id).definition_id == target
    page = manager.get(address)
    assert 'data-testid="return-form"' in page.text
    assert 'data-testid="move-row"' not in page.text
    assert manager.post(address, data={"act": "back", "instance": str(instance_id)}).status_code == 302
    assert db_session.get(Instance, instance_id).definition_id == old


def test_one_file_goes_back_from_its_own_page_unless_it_was_used(manager):
    thing, instance = started()
    instance_id, old = instance.id, instance.definition_id
    target = make_definition(TWO).id
    manager.post(f"/processes/definitions/{target}/move", data={"act": "all"})
    address = f"/processes/instances/{instance_id}"
    assert 'data-testid="return-instance"' in manager.get(address).text
    assert manager.post(f"{address}/back").status_code == 302
    assert db_session.get(Instance, instance_id).definition_id == old
    manager.post(f"/processes/definitions/{target}/move", data={"act": "all"})
    instances.advance(thing, "done", by=make_actor())
    assert 'data-testid="return-instance"' not in manager.get(address).text
    assert manager.post(f"{address}/back").status_code == 409


def test_a_file_that_would_wait_for_ever_at_a_join_stays_and_the_page_says_why(manager):
    make_definition(parallel(2))
    instance_id = start_thing("main", make_actor())[1].id
    target = make_definition(parallel(3)).id
    db_session.commit()
    page = manager.get(f"/processes/definitions/{target}/move?lang=en").text
    assert 'data-testid="move-row" data-state="refuse"' in page
    assert "“join” would wait for ever for “side_2”" in page
    manager.post(f"/processes/definitions/{target}/move", data={"act": "all"})
    assert db_session.get(Instance, instance_id).definition_id != target


def test_a_file_whose_step_is_gone_stays_and_the_page_says_why(manager):
    _thing, instance = started()
    instance_id, old = instance.id, instance.definition_id
    target = make_definition(WITHOUT).id
    address = f"/processes/definitions/{target}/move"
    page = manager.get(address + "?lang=en")
    assert 'data-testid="move-row" data-state="refuse"' in page.text
    assert "“first” is under way and is gone" in page.text
    manager.post(address, data={"act": "chosen", "instance": str(instance_id), "accept_skip": "y"})
    assert db_session.get(Instance, instance_id).definition_id == old


def test_passing_over_a_new_step_has_to_be_accepted(manager):
    thing, instance = started()
    instance_id, old = instance.id, instance.definition_id
    target = make_definition(BEFORE).id
    address = f"/processes/definitions/{target}/move"
    assert 'data-testid="move-row" data-state="skip"' in manager.get(address).text
    manager.post(address, data={"act": "all"})
    assert db_session.get(Instance, instance_id).definition_id == old
    manager.post(address, data={"act": "all", "accept_skip": "y"})
    assert db_session.get(Instance, instance_id).definition_id == target
    assert [task.element_id for task in tasks.open_tasks(thing)] == ["first"]


def test_files_of_other_processes_and_odd_ids_are_left_alone(manager):
    _other, signal = start_signal(make_actor())
    signal_id, before = signal.id, signal.definition_id
    started()
    target = make_definition(TWO).id
    address = f"/processes/definitions/{target}/move"
    assert (
        manager.post(address, data={"act": "chosen", "instance": [str(signal_id), "odd"]}).status_code == 302
    )
    assert manager.post(address, data={"act": "back", "instance": str(signal_id)}).status_code == 302
    assert db_session.get(Instance, signal_id).definition_id == before


def test_nothing_moves_to_a_version_that_is_not_in_use(manager):
    _thing, instance = started()
    instance_id = instance.id
    make_definition(TWO)
    retired = instance.definition_id
    page = manager.post(f"/processes/definitions/{retired}/move", data={"act": "all"})
    assert 'data-testid="error-summary"' in page.text
    assert db_session.get(Instance, instance_id).definition_id == retired


def test_a_page_of_verdicts_takes_few_statements(manager, statements):
    make_definition(ONE)
    for _each in range(5):
        start_thing("main", make_actor())
    target = make_definition(TWO).id
    address = f"/processes/definitions/{target}/move"
    manager.get(address)
    with statements() as seen:
        assert manager.get(address).text.count('data-testid="move-row"') == 5
    assert len(seen) <= 8, seen


# ---------------------------------------------------------------- give to somebody else
def test_a_lane_is_given_to_a_colleague_with_a_reason(manager):
    by = make_actor()
    colleague = make_actor(tenant=db_session.get(Tenant, by.tenant_id))
    stranger = make_actor()
    thing, instance = start_signal(by)
    address = f"/processes/instances/{instance.id}/assign"
    (lane,) = [task.lane for task in tasks.open_tasks(thing)]
    sent = {"lane": lane, "assignee": str(colleague.user_id), "reason": "By is ill."}
    assert manager.post(address, data={**sent, "reason": ""}).status_code == 422
    assert manager.post(address, data={**sent, "assignee": str(stranger.user_id)}).status_code == 422
    assert [task.assignee_id for task in tasks.open_tasks(thing)] == [None]
    assert manager.post(address, data=sent).status_code == 302
    assert [task.assignee_id for task in tasks.open_tasks(thing)] == [colleague.user_id]
    assert manager.post(address, data={**sent, "assignee": "", "reason": "Back."}).status_code == 302
    assert [task.assignee_id for task in tasks.open_tasks(thing)] == [None]
    told = sa.select(AuditEntry).where(AuditEntry.action == "process.assigned").order_by(AuditEntry.id)
    assert [entry.changes["reason"] for entry in db_session.scalars(told)] == ["By is ill.", "Back."]


# ---------------------------------------------------------------- decisions
def test_every_decision_is_a_table_on_a_page(manager):
    page = manager.get("/processes/decisions")
    assert page.text.count('data-testid="decision-row"') == len(decisions.titles()) >= 7
    for name in decisions.titles():
        shown = manager.get(f"/processes/decisions/{name}").text
        model = dmn.load(decisions.table(name))
        assert model.definitions[model.main].label in shown
        assert "<caption>" in shown
        assert 'scope="row"' in shown
    assert manager.get("/processes/decisions/absent").status_code == 404


def test_a_decision_asks_once_for_the_table_in_use(manager, statements):
    manager.get("/processes/decisions/triage")
    with statements() as seen:
        manager.get("/processes/decisions/triage")
    assert len([text for text in seen if "FROM decision_version" in text]) == 1


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("fr", ("Urgence", "Fait", "Pas de chauffage en hiver.")),
        ("en", ("Urgency", "Fact", "No heating in winter.")),
        ("de", ("Dringlichkeit", "Tatsache", "Keine Heizung im Winter.")),
    ],
)
def test_a_decision_reads_in_the_language_of_its_reader(manager, locale, words):
    manager.post("/language", data={"locale": locale})
    shown = manager.get("/processes/decisions/triage").text
    assert [word for word in words if word not in shown] == []
    typed = {"value_circumstances": '["no_heating"]', "value_month": "1", "on": "15/01/2026"}
    assert words[-1] in manager.post("/processes/decisions/triage/try", data=typed).text


def test_the_list_of_processes_leads_to_versions(manager):
    definition = definitions.current("signal")
    assert "/processes/deploy" in manager.get("/processes/").text
    assert (
        f"/processes/definitions/{definition.id}/retire"
        in manager.get(f"/processes/definitions/{definition.id}").text
    )


def test_a_decision_is_tried_with_made_up_inputs_and_nothing_is_kept(manager, statements):
    shown = manager.get("/processes/decisions/triage")
    assert 'data-testid="try-decision"' in shown.text
    assert "U1, binnen 24 uur" in shown.text
    before = db_session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
    typed = {"value_circumstances": '["no_heating"]', "value_month": "1", "on": "15/01/2026"}
    page = manager.post("/processes/decisions/triage/try", data=typed)
    assert page.status_code == 200
    assert 'data-testid="decision-answer" data-state="known"' in page.text
    assert 'data-state="matched" aria-current="true"><th scope="row">T-3' in page.text
    assert "circumstances: [&#34;no_heating&#34;]" in page.text
    assert db_session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == before
    typed["value_month"] = "7"
    page = manager.post("/processes/decisions/triage/try", data=typed).text
    assert 'data-state="matched" aria-current="true"><th scope="row">T-3' not in page


@pytest.mark.parametrize(
    "text", ["[" * 3000, "9" * 6000, '{"typename": {"x": []}}', "2026-02-31", "31/02/2026"]
)
def test_odd_inputs_of_a_trial_are_an_answer_not_an_error(manager, text):
    page = manager.post("/processes/decisions/triage/try", data={"value_circumstances": text})
    assert page.status_code in (200, 422)
    assert manager.post("/processes/decisions/absent/try").status_code == 404


LIMIT = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="limit" name="limit"><decisionTable id="t" hitPolicy="FIRST">
<input id="i"><inputExpression id="e"><text>parameter("test_limit")</text></inputExpression></input>
<output id="o" name="low"/>
<rule id="r1"><inputEntry id="a"><text>&lt; 5</text></inputEntry>
<outputEntry id="b"><text>true</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def test_a_table_is_tried_on_a_day_that_has_no_amounts(session):
    answer = decisions.try_out(LIMIT, {}, on=date(1990, 1, 1))
    assert answer.missing == {"parameters.test_limit"}
