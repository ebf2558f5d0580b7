"""Definitions: checked before, immutable after, found by their content."""

import json

import pytest
import sqlalchemy as sa
from markupsafe import escape
from structlog.testing import capture_logs

from core.access import Role, system_actor
from core.db import session as db_session
from core.db import transaction, uuid7
from core.errors import Conflict, DomainError
from core.models.accounts import User
from tests.factories.bpmn_files import node, properties
from tests.factories.core import forget_request, make_actor
from tests.factories.workflows import make_definition, start_thing, steps, user_task
from workflows import definitions, instances, migrations, task_forms, tasks
from workflows.definitions import Source
from workflows.models.definitions import Definition, DefinitionStatus
from workflows.models.instances import Instance, Snapshot

ONE = steps(user_task("first"), user_task("second"))
TWO = steps(user_task("first"), user_task("between"), user_task("second"))


def test_the_library_is_deployed_with_the_schema(session):
    keys = session.scalars(
        sa.select(Definition.key).where(Definition.status == DefinitionStatus.ACTIVE)
    ).all()
    assert {"signal", "case", "referral"} <= set(keys)


def test_syncing_the_library_again_changes_nothing(session):
    assert definitions.sync_library() == []


def test_the_same_content_is_deployed_once(session):
    first = make_definition(ONE)
    assert make_definition(ONE).id == first.id
    assert (first.version, first.status) == (1, DefinitionStatus.ACTIVE)


def test_new_content_is_a_new_version_and_retires_the_former(session):
    first, second = make_definition(ONE), make_definition(TWO)
    assert (second.version, second.status) == (2, DefinitionStatus.ACTIVE)
    assert first.status is DefinitionStatus.RETIRED
    assert first.retired_at is not None
    assert definitions.current("main").id == second.id


def test_an_older_version_can_come_back(session):
    first = make_definition(ONE)
    make_definition(TWO)
    assert make_definition(ONE).id == first.id
    assert definitions.current("main").id == first.id


def test_running_instances_stay_on_their_version(session):
    make_definition(ONE)
    by = make_actor()
    thing, instance = start_thing("main", by)
    pinned = instance.definition_id
    make_definition(TWO)
    instances.advance(thing, "done", by=by)
    assert instance.definition_id == pinned
    assert [task.element_id for task in tasks.open_tasks(thing)] == ["second"]


def test_what_runs_goes_on_when_a_later_release_would_refuse_its_diagram(client, session):
    definition = make_definition(ONE)
    by = make_actor()
    thing, _instance = start_thing("main", by)
    # As if it had been deployed when there was no rule yet about listeners of other products.
    diagram = ONE.replace(b"<spiffworkflow:properties>", b"<camunda:taskListener/><spiffworkflow:properties>")
    definition.files[0].content = diagram
    session.flush()
    definitions._cache._held.clear()
    assert not definitions.check(Source("main", diagram)).deployable
    with capture_logs() as logged:
        instances.advance(thing, "done", by=by)
    assert [task.element_id for task in tasks.open_tasks(thing)] == ["second"]
    said = [each for each in logged if each["event"] == "process.refused_now"]
    assert [(each["key"], each["codes"]) for each in said] == [("main", ["hidden-code-dropped"])]
    manager = client.sign_in(db_session.get(User, make_actor(Role.PROCESS_MANAGER).user_id).email)
    page = f"/processes/definitions/{definition.id}"
    assert 'data-testid="refused-now"' in manager.get(page).text
    assert (
        'data-testid="refused-now"'
        not in manager.get(f"/processes/definitions/{definitions.current('signal').id}").text
    )


def test_a_former_version_that_todays_check_refuses_is_not_used_again(client, session):
    with_form = steps(user_task("first", formKey="workflows.confirm"))
    former = make_definition(with_form)
    current = make_definition(TWO)
    # As if it had been deployed when the product still had this form.
    former.files[0].content = with_form.replace(b"workflows.confirm", b"workflows.absent")
    session.flush()
    with pytest.raises(definitions.Refused) as refusal:
        definitions.use_again(former, reason="It was better.", by=make_actor())
    assert {found.code for found in refusal.value.findings} == {"form-unknown"}
    assert definitions.current("main").id == current.id
    page = f"/processes/definitions/{former.id}"
    manager = client.sign_in(db_session.get(User, make_actor(Role.PROCESS_MANAGER).user_id).email)
    shown = manager.get(page).text
    assert 'data-testid="refused-now"' in shown
    assert f"{page}/use" not in shown
    why = refusal.value.findings[0].message("nl")
    assert escape(why) in shown
    barred = manager.get(f"{page}/use").text
    assert escape(why) in barred
    assert 'name="reason"' not in barred
    assert manager.post(f"{page}/use", data={"reason": "It was better."}).status_code == 422
    assert definitions.current("main").id == current.id


def test_a_version_is_checked_again_only_when_forms_or_steps_changed(session, monkeypatch):
    definition = make_definition(steps(user_task("first", formKey="workflows.confirm")))
    assert definitions.refused_now(definition) == []
    definition.files[0].content = b"read once"  # as it never does: what was found before still holds
    assert definitions.refused_now(definition) == []
    definition.files[0].content = steps(user_task("first", formKey="workflows.confirm"))
    monkeypatch.delitem(task_forms._forms, "workflows.confirm")
    assert {found.code for found in definitions.refused_now(definition)} == {"form-unknown"}


def test_nothing_moves_to_a_former_version_that_todays_check_refuses(app, session):
    with_form = steps(user_task("first", formKey="workflows.confirm"))
    former = make_definition(with_form)
    current = make_definition(TWO)
    _thing, instance = start_thing("main", make_actor())
    former.files[0].content = with_form.replace(b"workflows.confirm", b"workflows.absent")
    session.commit()
    instance_id, current_id = instance.id, current.id
    with pytest.raises(definitions.Refused) as refusal:
        migrations.move_each([instance_id], former, by=system_actor())
    assert {found.code for found in refusal.value.findings} == {"form-unknown"}
    why = refusal.value.findings[0].message("nl")
    ran = app.test_cli_runner().invoke(args=["process", "migrate", "main", "--to", "1", "--apply", "--json"])
    assert ran.exit_code == 1
    assert why in json.loads(ran.stdout)["error"]
    assert db_session.get(Instance, instance_id).definition_id == current_id


def test_mistakes_are_refused_all_at_once_and_keep_nothing(session):
    broken = steps(user_task("first"), node("scriptTask", "evil", "<bpmn:script>import os</bpmn:script>"))
    with pytest.raises(definitions.Refused) as refusal:
        make_definition(broken)
    assert refusal.value.findings
    assert definitions.find_current("main") is None


def test_a_process_whose_tests_fail_is_not_deployed(session):
    wrong = "- name: it never goes there\n  steps:\n    - expect: {open: [nowhere]}\n"
    with pytest.raises(definitions.Refused) as refusal:
        make_definition(ONE, tests=wrong)
    assert refusal.value.failures == ["it never goes there: step 1: open is ['first'], not ['nowhere']"]
    right = "- steps:\n    - do: done\n    - do: done\n      expect: {end: true}\n"
    assert make_definition(ONE, tests=right).version == 1


@pytest.mark.parametrize("text", ["a: [", "- 3", "- steps: 7", "5"])
def test_odd_scenarios_are_failures_not_tracebacks(session, text):
    with pytest.raises(definitions.Refused):
        make_definition(ONE, tests=text)


def test_nothing_starts_in_a_process_that_is_not_in_use(session):
    definitions.retire(make_definition(ONE), reason="Not needed.", by=system_actor())
    with pytest.raises(DomainError):
        start_thing("main")


def test_what_was_deployed_is_kept_byte_for_byte(session):
    assert definitions.diagram(make_definition(ONE).id) == ONE


ZEEBE = (
    '<bpmn:extensionElements><z:calledElement xmlns:z="http://camunda.org/schema/zeebe/1.0"'
    ' processId=" helper "/></bpmn:extensionElements>'
)


@pytest.mark.parametrize(
    "call",
    [
        node("callActivity", "call", calledElement="tns:helper"),
        node("callActivity", "call", calledElement=" helper "),
        node("callActivity", "call", ZEEBE),
    ],
    ids=["prefix", "blanks", "of Camunda 8"],
)
def test_a_called_process_of_another_file_is_found_however_it_is_written(session, call):
    inner = make_definition(steps(user_task("inner")).replace(b'id="main"', b'id="helper"'), "helper")
    outer = make_definition(steps(call))
    assert [each.called_id for each in outer.calls] == [inner.id]
    thing, _instance = start_thing("main", make_actor())
    assert [task.element_id for task in tasks.open_tasks(thing)] == ["inner"]


def test_a_called_process_is_pinned(session):
    inner = make_definition(steps(user_task("inner")).replace(b'id="main"', b'id="helper"'), "helper")
    outer = make_definition(steps(node("callActivity", "call", calledElement="helper")))
    assert [call.called_id for call in outer.calls] == [inner.id]
    by = make_actor()
    thing, _instance = start_thing("main", by)
    make_definition(steps(user_task("other")).replace(b'id="main"', b'id="helper"'), "helper")
    instances.advance(thing, "done", by=by)
    assert tasks.open_tasks(thing) == []


# ---------------------------------------------------------------- migration
def test_an_instance_moves_when_what_it_did_stays(session):
    make_definition(ONE)
    by = make_actor()
    thing, instance = start_thing("main", by)
    target = make_definition(TWO)
    session.commit()
    verdicts = migrations.previews(migrations.candidates(target), target)
    assert [verdict.outcome for verdict in verdicts] == ["safe"]
    migrations.move(instance.id, target.id, by=by)
    assert instance.definition_id == target.id
    instances.advance(thing, "done", by=by)
    assert [task.element_id for task in tasks.open_tasks(thing)] == ["between"]
    assert session.scalars(sa.select(Snapshot.reason)).all() == ["migration"]


def test_an_instance_stays_when_its_step_is_gone(session):
    make_definition(TWO)
    by = make_actor()
    thing, instance = start_thing("main", by)
    instances.advance(thing, "done", by=by)
    target = make_definition(ONE)
    session.commit()
    erased = uuid7()
    chosen = [erased, *migrations.candidates(target)]
    gone, *verdicts = migrations.move_each(chosen, target, accept_skip=True, by=by)
    assert (gone.instance_id, gone.outcome) == (erased, "failed")
    assert [(each.outcome, each.blockers[0].code) for each in verdicts] == [("refuse", "step-removed")]
    with pytest.raises(DomainError):
        migrations.move(instance.id, target.id, by=by)
    assert [task.element_id for task in tasks.open_tasks(thing)] == ["between"]


def test_a_migration_can_be_undone_until_the_instance_is_used(session):
    first = make_definition(ONE)
    by = make_actor()
    thing, instance = start_thing("main", by)
    target = make_definition(TWO)
    migrations.move(instance.id, target.id, by=by)
    session.flush()
    assert migrations.returnable(target) == [instance.id]
    migrations.move_back(instance.id, by=by)
    assert instance.definition_id == first.id
    instances.advance(thing, "done", by=by)
    assert [task.element_id for task in tasks.open_tasks(thing)] == ["second"]


def test_what_was_done_in_the_new_version_is_never_undone_by_going_back(session):
    make_definition(ONE)
    by = make_actor()
    thing, instance = start_thing("main", by)
    target = make_definition(TWO)
    migrations.move(instance.id, target.id, by=by)
    instances.advance(thing, "done", by=by)
    assert not migrations.can_return(instance)
    assert migrations.returnable(target) == []
    with pytest.raises(Conflict):
        migrations.move_back(instance.id, by=by)
    assert [task.element_id for task in tasks.open_tasks(thing)] == ["between"]


def test_an_instance_that_would_pass_over_a_step_moves_only_when_that_is_accepted(session):
    make_definition(ONE)
    by = make_actor()
    thing, instance = start_thing("main", by)
    target = make_definition(steps(user_task("new"), user_task("first"), user_task("second")))
    session.commit()
    assert [each.outcome for each in migrations.move_each([instance.id], target, by=by)] == ["skip"]
    done = migrations.move_each([instance.id], target, accept_skip=True, by=by)
    assert [each.outcome for each in done] == ["moved"]
    assert [task.element_id for task in tasks.open_tasks(thing)] == ["first"]


# ---------------------------------------------------------------- strictness, retiring
@pytest.mark.parametrize(
    ("step", "code"),
    [
        (user_task("first", formKey="nowhere"), "form-unknown"),
        (node("serviceTask", "first", properties(call="nowhere.known")), "step-unknown"),
    ],
)
def test_what_nobody_provides_is_refused_when_deploying(session, step, code):
    with pytest.raises(definitions.Refused) as refusal:
        make_definition(steps(step, user_task("second")))
    assert [found.code for found in refusal.value.findings if found.level == "error"] == [code]


def test_a_call_of_a_process_that_is_not_in_use_is_one_finding_among_all(session):
    body = steps(node("callActivity", "call", calledElement="absent"), node("serviceTask", "lost"))
    with pytest.raises(definitions.Refused) as refusal:
        make_definition(body)
    codes = {found.code for found in refusal.value.findings if found.level == "error"}
    assert codes == {"call-unresolved", "needs-implementation"}


def test_a_retired_process_starts_no_more_and_can_be_used_again(session):
    by = make_actor()
    definition = make_definition(ONE)
    running, _instance = start_thing("main", by)
    with pytest.raises(DomainError) as refusal:
        definitions.retire(definition, reason=" ", by=by)
    assert refusal.value.field == "reason"
    definitions.retire(definition, reason="Replaced by a letter.", by=by)
    with pytest.raises(DomainError):
        start_thing("main", by)
    instances.advance(running, "done", by=by)
    with pytest.raises(Conflict):
        definitions.retire(definition, reason="again", by=by)
    definitions.use_again(definition, reason="The letter did not work.", by=by)
    start_thing("main", by)


def test_a_process_of_the_library_stays_retired(session):
    by = make_actor()
    definitions.retire(definitions.current("signal"), reason="No notices now.", by=by)
    session.flush()
    with pytest.raises(DomainError):
        definitions.current("signal")


# ---------------------------------------------------------------- commands
def test_check_says_everything_as_json(cli, tmp_path):
    path = tmp_path / "main.bpmn"
    path.write_bytes(ONE)
    report = cli.json("process", "check", str(path))
    assert (report["nodes"], report["kept"], report["lost"], report["deployable"]) == (4, 4, [], True)
    path.write_bytes(ONE.replace(b"userTask", b"serviceTask"))
    report = cli.json("process", "check", str(path), code=1)
    assert not report["deployable"]
    assert {"code", "level", "element", "line", "message"} == set(report["findings"][0])


def test_check_of_a_file_that_is_no_diagram_ends_in_a_finding(cli, tmp_path):
    path = tmp_path / "odd.bpmn"
    path.write_text("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    report = cli.json("process", "check", str(path), code=1)
    assert [found["level"] for found in report["findings"]] == ["error"]
    report = cli.json("process", "check", str(tmp_path / "absent.bpmn"), code=1)
    assert [found["code"] for found in report["findings"]] == ["file-unreadable"]
    tables = definitions.LIBRARY / "triage" / "triage.dmn"
    assert cli.json("process", "check", str(tables))["deployable"]


def test_deploy_takes_a_folder(cli, session, tmp_path):
    folder = tmp_path / "main"
    folder.mkdir()
    (folder / "main.bpmn").write_bytes(ONE)
    (folder / "tests.yaml").write_text("- steps:\n    - do: done\n      expect: {open: [second]}\n")
    made = cli.json("process", "deploy", str(folder))
    assert [(each["key"], each["version"]) for each in made["deployed"]] == [("main", 1)]
    assert cli.json("process", "deploy")["deployed"] == []


def test_a_folder_with_any_diagram_is_a_process_and_not_a_set_of_tables(cli, session, tmp_path):
    folder = tmp_path / "copy-of-main"
    folder.mkdir()
    (folder / "main.bpmn").write_bytes(ONE)
    (folder / "triage.dmn").write_bytes((definitions.LIBRARY / "triage" / "triage.dmn").read_bytes())
    told = cli.json("process", "deploy", str(folder), code=1)["error"]
    assert "can be replaced" not in told
    assert "copy-of-main.bpmn" in told


def test_migrate_tells_what_it_would_do_and_does_it_when_asked(cli, session):
    make_definition(ONE)
    start_thing("main")
    make_definition(TWO)
    db_session.commit()
    forget_request()
    assert cli.json("process", "migrate", "main")["counts"] == {"safe": 1}
    assert cli.json("process", "migrate", "main", "--apply")["counts"] == {"moved": 1}
    assert cli.json("process", "migrate", "main")["counts"] == {}
    assert cli.json("process", "migrate", "main", "--back")["counts"] == {"returned": 1}
    assert cli.json("process", "migrate", "main", "--back")["counts"] == {}
    assert cli.json("process", "migrate", "main", "--to", "1")["counts"] == {}
    assert cli("process", "migrate", "main", "--to", "9", code=1).exception is not None


def test_retire_by_command_wants_a_reason(cli, session):
    make_definition(ONE)
    assert cli("process", "retire", "main", code=2).exception is not None
    retired = cli.json("process", "retire", "main", "--reason", "No more.")["retired"]
    assert retired == {"key": "main", "version": 1}
    assert cli("process", "retire", "main", "--reason", "No more.", code=1).exception is not None


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("migrate", "nowhere"), "nowhere"),
        (("retire", "nowhere", "--reason", "x"), "no version is in use"),
        (("deploy", "/nowhere/at-all"), "at-all"),
    ],
)
def test_a_refusal_of_a_process_command_is_one_document_too(cli, session, args, words):
    assert words in cli.json("process", *args, code=1)["error"]


def test_a_diagram_that_may_not_be_deployed_is_refused_in_one_document(cli, session, tmp_path):
    folder = tmp_path / "main"
    folder.mkdir()
    (folder / "main.bpmn").write_bytes(ONE.replace(b"userTask", b"serviceTask"))
    assert cli.json("process", "deploy", str(folder), code=1)["error"]
    (folder / "main.bpmn").write_bytes(ONE)
    (folder / "tests.yaml").write_bytes(b"\xff\xfe")
    assert "geen tekst" in cli.json("process", "deploy", str(folder), code=1)["error"]
    (folder / "main.dmn").write_text("<table/>", encoding="utf-8")
    assert cli.json("process", "decide", str(folder / "main.dmn"), code=1)["error"].startswith("1: Dit is ")


def test_the_form_of_the_check_is_json_only(cli, tmp_path):
    path = tmp_path / "main.bpmn"
    path.write_bytes(ONE)
    assert json.loads(cli("process", "check", str(path), "--json").stdout)["deployable"]
    with transaction():
        assert definitions.check(Source("main", ONE)).deployable
