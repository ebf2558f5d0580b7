"""Steps with a form: refused at deploy when unknown, shown, checked, handed over as typed values."""

import json
import uuid

import pytest
import sqlalchemy as sa

from core import drafts
from core.access import Role
from core.db import session as db_session
from core.errors import Conflict, DomainError
from core.models.accounts import User
from tests.factories.bpmn_files import chain, flow, node, process, properties
from tests.factories.core import make_actor
from tests.factories.workflows import (
    make_definition,
    make_definition_that_loses,
    start_thing,
    steps,
    user_task,
)
from workflows import definitions, filling, instances, subjects, task_forms, tasks
from workflows.definitions import Refused
from workflows.engine import own_forms
from workflows.engine.api import engine
from workflows.engine.model import FormField
from workflows.models.instances import Instance
from workflows.models.tasks import Task
from workflows.queues import role_queue
from workflows.subjects import Subject
from workflows.task_forms import TaskForm


def asked(name, kind, inside="", **limits):
    """One field of a form that a diagram brings along."""
    said = "".join(f'<camunda:constraint name="{key}" config="{value}"/>' for key, value in limits.items())
    return (
        f'<camunda:formField id="{name}" type="{kind}" label="Vraag {name}">{inside}'
        f"<camunda:validation>{said}</camunda:validation></camunda:formField>"
    )


def choice(code, name):
    return f'<camunda:value id="{code}" name="{name}"/>'


FIELDS = (
    asked("verdict", "enum", choice("good", "Goed") + choice("bad", "Slecht"), required="true")
    + asked("urgent", "boolean")
    + asked("visits", "long", min=1, max=9)
    + asked("seen_on", "date")
)


def own_form(fields=FIELDS, name="check", outcomes="done", **more):
    said = properties(outcomes=outcomes, role="desk", turn="us", **more)
    inside = said.replace(
        "</bpmn:extensionElements>", f"<camunda:formData>{fields}</camunda:formData></bpmn:extensionElements>"
    )
    return node("userTask", name, inside, label="Kijk na")


def thing_that_is_seen():
    subjects.register(
        "thing",
        Subject(
            load_many=lambda ids: {each: subjects.Reference("thing", each) for each in ids},
            title=lambda record, by: "Een ding",
            address=lambda record: "/somewhere",
            visible_to=lambda by, record: True,
        ),
    )


@pytest.fixture
def worker(session):
    thing_that_is_seen()
    yield make_actor(Role.INTAKE_WORKER)
    del subjects._subjects["thing"]


def begin(worker, bpmn):
    make_definition(bpmn)
    thing, instance = start_thing("main", worker)
    db_session.commit()
    return thing, instance, db_session.scalars(sa.select(Task).where(Task.status == "open")).one()


def data_of(instance_id):
    instance = db_session.get(Instance, instance_id, populate_existing=True)
    found = definitions.compiled(instance.definition_id)
    from core.clock import now

    return engine.view(found, instance.state, instance.codec, now()).variables


# ---------------------------------------------------------------- deploying
def test_a_form_that_nobody_registered_is_refused(session):
    with pytest.raises(Refused) as refusal:
        make_definition(steps(user_task("first", formKey="intake.nothing")))
    assert [found.code for found in refusal.value.findings] == ["form-unknown"]


@pytest.mark.parametrize("key", sorted(["intake.second_opinion", "projects.site_visit", "workflows.confirm"]))
def test_the_forms_of_the_product_can_be_named(session, app, key):
    assert key in task_forms.names()
    assert make_definition(steps(user_task("first", formKey=key))).version == 1


WRONG = {
    "text": (asked("story", "string"), "form-text"),
    "kind": (asked("at", "moment"), "form-field-invalid"),
    "no kind": (asked("at", ""), "form-field-invalid"),
    "reserved": (asked("typename", "boolean"), "form-field-invalid"),
    "outcome": (asked("outcome", "boolean"), "form-field-invalid"),
    "key of a record": (asked("case_id", "long"), "form-field-invalid"),
    "no choices": (asked("pick", "enum"), "form-field-invalid"),
    "odd code": (asked("pick", "enum", choice("{typename: x}", "X")), "form-field-invalid"),
    "twice": (asked("a", "boolean") + asked("a", "boolean"), "form-field-invalid"),
    "bounds": (asked("n", "long", min=9, max=1), "form-field-invalid"),
    "no number": (asked("n", "long", min="9" * 5000), "form-field-invalid"),
    "many": ("".join(asked(f"f{number}", "boolean") for number in range(31)), "form-field-invalid"),
}


@pytest.mark.parametrize(("fields", "code"), WRONG.values(), ids=list(WRONG))
def test_a_form_of_the_process_that_is_wrong_is_refused(session, fields, code):
    with pytest.raises(Refused) as refusal:
        make_definition(steps(own_form(fields)))
    assert {found.code for found in refusal.value.findings} == {code}
    for found in refusal.value.findings:
        assert all("?" not in found.message(locale)[:20] for locale in ("nl", "fr", "en", "de"))


def test_a_step_has_one_form(session):
    with pytest.raises(Refused) as refusal:
        make_definition(steps(own_form(formKey="workflows.confirm")))
    assert {found.code for found in refusal.value.findings} == {"form-double"}


def test_a_check_without_deploying_calls_them_warnings():
    report = engine.check(
        definitions._bundle_of(definitions.Source("main", steps(own_form(WRONG["text"][0]))))
    )
    assert [(found.code, found.level) for found in report.findings] == [("form-text", "warning")]
    assert not report.deployable


def test_a_scenario_has_to_fill_in_the_form(session):
    scenario = "- steps:\n  - do: done\n    data: {verdict: good, visits: 3}\n  - expect: {end: true}\n"
    assert make_definition(steps(own_form()), tests=scenario)
    with pytest.raises(Refused) as refusal:
        make_definition(steps(own_form(name="other")), tests=scenario.replace("good", "odd"))
    assert "verdict" in refusal.value.failures[0]


def test_outcomes_are_called_what_the_arrows_are_called():
    body = (
        node("startEvent", "begin")
        + user_task("decide", "yes,no")
        + node("exclusiveGateway", "way", default="way_no")
    )
    body += node("endEvent", "a") + node("endEvent", "b") + chain("begin", "decide", "way")
    body += flow("way", "a", 'outcome == "yes"', label="Ja, doen") + flow(
        "way", "b", name="way_no", label="Niet doen"
    )
    from workflows.engine import xmlin

    names = own_forms.outcome_names(xmlin.parse(process(body)))
    assert names == {"decide": {"yes": "Ja, doen", "no": "Niet doen"}}


# ---------------------------------------------------------------- values
HOSTILE = [
    {"typename": "x"}, [{"typename": "x"}], "{'typename': 'x'}", "odd", 1e309, True, 10**400, "2026-02-30",
    b"good", {"verdict": "good"}, "good\x00", "__class__", "${7*7}",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=[str(number) for number in range(len(HOSTILE))])
def test_no_field_takes_what_it_is_not(value):
    fields = (
        FormField("verdict", "choice", choices=(("good", "Goed"),)),
        FormField("visits", "number", least=1, most=9),
        FormField("seen_on", "date"),
        *([] if value is True else [FormField("urgent", "yes_no")]),
    )
    for field in fields:
        with pytest.raises(DomainError) as refusal:
            task_forms.clean(TaskForm("k", "", (field,)), {field.name: value})
        assert refusal.value.field == field.name


def test_what_a_form_does_not_declare_is_left_out():
    form = TaskForm("k", "", (FormField("verdict", "choice", choices=(("good", ""),)),))
    assert task_forms.clean(form, {"verdict": "good", "typename": "x", "case_id": "other"}) == {
        "verdict": "good"
    }


@pytest.mark.parametrize("name", ["typename", "outcome", "case_id", "Upper", "a b", "__class__", "x" * 41])
def test_a_form_cannot_be_registered_with_a_field_of_the_engine(name):
    with pytest.raises(ValueError, match="cannot hold"):
        task_forms.register(TaskForm("test.bad", "", (FormField(name, "yes_no"),)))
    assert "test.bad" not in task_forms.names()


def test_the_process_gets_typed_values(worker):
    _thing, instance, task = begin(worker, steps(own_form(), user_task("after")))
    values = {"verdict": "good", "urgent": False, "visits": 3, "seen_on": "2026-11-02", "typename": "x"}
    filling.fill_task(task, "done", values, by=worker)
    db_session.commit()
    data = data_of(instance.id)
    assert data["verdict"] == "good"
    assert data["urgent"] is False
    assert data["visits"] == 3
    assert data["seen_on"] == "2026-11-02"
    assert "typename" not in data
    with pytest.raises(Conflict):
        filling.fill_task(task, "done", values, by=worker)


def test_a_step_without_form_is_not_done_here(worker):
    _thing, _instance, task = begin(worker, steps(user_task("first")))
    assert not task.has_form
    with pytest.raises(Conflict):
        filling.fill_task(task, "done", {}, by=worker)


# ---------------------------------------------------------------- who
def test_only_who_has_it_in_a_queue_may_fill_it_in(worker):
    _thing, _instance, task = begin(worker, steps(own_form()))
    assert filling.can_fill_task(worker, task)
    assert not filling.can_fill_task(make_actor(Role.INTAKE_WORKER), task)
    task.queue = role_queue(task.tenant_id, Role.FINANCE)
    assert not filling.can_fill_task(worker, task)
    task.assignee_id = worker.user_id
    assert filling.can_fill_task(worker, task)
    subjects._subjects["thing"] = Subject(
        subjects._subjects["thing"].load_many, lambda r, by: "", lambda r: "", lambda by, record: False
    )
    assert not filling.can_fill_task(worker, task)


# ---------------------------------------------------------------- the page
def signed_in(client, actor):
    return client.sign_in(db_session.get(User, actor.user_id).email)


def test_the_page_shows_checks_and_hands_over(client, worker, statements):
    _thing, instance, task = begin(
        worker, steps(own_form(instructions="Kijk goed.", outcomes="ok,not_ok"), user_task("after"))
    )
    browser = signed_in(client, worker)
    address = f"/processes/tasks/{task.id}"
    assert tasks.worklist(worker).rows[0].address == address
    browser.get(address)
    with statements() as seen:
        page = browser.get(address).text
    assert len(seen) <= 8, seen
    for text in (
        "Kijk na",
        "Kijk goed.",
        "Vraag verdict",
        "Goed",
        "Vraag visits",
        "Een ding",
        'data-testid="task-form"',
    ):
        assert text in page
    wrong = browser.post(address, data={"value_verdict": "{typename}", "value_visits": "12", "outcome": "ok"})
    assert wrong.status_code == 422
    assert wrong.text.count('class="ds-error"') >= 2
    assert "Vul een geheel getal van 1 tot 9 in." in wrong.text
    sent = {"value_verdict": "good", "value_visits": "2", "value_urgent": "yes", "outcome": "ok"}
    sent |= {"value_seen_on": "02/11/2026", "typename": "x", "value_typename": "x"}
    assert browser.post(address, data={**sent, "outcome": "odd"}).status_code == 422
    sent["command_id"] = str(uuid.uuid4())
    for _click in range(2):
        done = browser.post(address, data=sent)
        assert (done.status_code, done.headers["Location"]) == (302, "/somewhere")
    late = browser.post(address, data=sent | {"command_id": str(uuid.uuid4())})
    assert late.status_code == 422
    data = data_of(instance.id)
    assert (data["verdict"], data["visits"], data["urgent"], data["seen_on"], data["outcome"]) == (
        "good", 2, True, "2026-11-02", "ok",
    )  # fmt: skip
    assert 'data-testid="task-form"' not in browser.get(address).text


def test_a_failed_turn_keeps_the_form(client, worker):
    broken = node("serviceTask", "broken", properties(call="test.absent"))
    make_definition_that_loses("test.absent", steps(own_form(), broken))
    start_thing("main", worker)
    db_session.commit()
    task = db_session.scalars(sa.select(Task)).one()
    browser, address = signed_in(client, worker), f"/processes/tasks/{task.id}"
    page = browser.post(address, data={"value_verdict": "bad", "value_visits": "4"})
    assert page.status_code == 422
    assert 'data-testid="error-summary"' in page.text
    assert drafts.find(worker.user_id, f"form:{address}")["value_visits"] == ["4"]
    kept = browser.get(f"{address}?kept=1").text
    assert 'value="4"' in kept
    assert db_session.get(Task, task.id, populate_existing=True).status == "open"


def test_a_step_without_form_has_no_page(client, worker):
    _thing, _instance, task = begin(worker, steps(user_task("first")))
    assert signed_in(client, worker).get(f"/processes/tasks/{task.id}").status_code == 404


def test_the_known_forms_are_listed(cli):
    out = cli("process", "forms", "--json")
    forms = {form["key"]: form for form in json.loads(out.stdout)["forms"]}
    assert [field["name"] for field in forms["projects.site_visit"]["fields"]] == [
        "visited_on",
        "finding",
        "visit_again",
    ]


def test_an_instance_with_a_form_can_be_loaded_and_moved(worker):
    _thing, instance, _task = begin(worker, steps(user_task("first"), user_task("second")))
    newer = make_definition(steps(own_form(name="first"), user_task("second")))
    from workflows import migrations

    db_session.commit()
    assert migrations.move(instance.id, newer.id, by=worker).outcome == "moved"
    task = db_session.scalars(
        sa.select(Task).where(Task.status == "open").execution_options(populate_existing=True)
    ).one()
    assert task.has_form
    filling.fill_task(task, "done", {"verdict": "good", "visits": 1}, by=worker)
    assert instances.find(_thing).work["tasks"]
