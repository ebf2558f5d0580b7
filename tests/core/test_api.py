"""The interface for programs: its contract is valid and whole, its refusals are problem documents."""

import json
import re
import uuid

import jsonschema
import pytest

from core import api
from core.access import Role
from tests.factories.core import make_membership, make_tenant, make_user
from tests.openapi import META

NOTICE = {"place": "9940", "theme": "energy", "observed": "Geen verwarming."}
ADDRESS = re.compile(r"<(?:\w+:)?(\w+)>")


@pytest.fixture
def document(client):
    return client.get("/api/v1/openapi.json").get_json()


@pytest.fixture
def token(cli, session):
    membership = make_membership(make_user("program@example.org"), make_tenant(), Role.INTAKE_WORKER)
    session.commit()
    assert membership.id
    return cli.json("token", "create", "program@example.org")["token"]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


# ---------------------------------------------------------------- the contract
def test_the_contract_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    faults = [error.message for error in jsonschema.Draft202012Validator(META).iter_errors(document)]
    assert faults == []
    for name, schema in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object", name


def test_every_reference_leads_somewhere(document):
    references = re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))
    for reference in set(references):
        found = document
        for part in reference.split("/"):
            found = found[part]
    assert references


def test_every_route_is_in_the_contract_and_nothing_else(app, document):
    served = {
        (ADDRESS.sub(r"{\1}", rule.rule).removeprefix("/api/v1"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert told == served
    assert len(told) > 15


def test_every_argument_of_an_address_is_told(document):
    for path, methods in document["paths"].items():
        for operation in methods.values():
            told = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert told == set(re.findall(r"{(\w+)}", path)), path


def test_every_post_asks_for_a_key_and_every_list_is_paged(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            names = {each["name"] for each in operation["parameters"]}
            assert (api.KEY_HEADER in names) == (method == "post"), path
            assert operation["summary"], path
            assert operation["description"], path
    lists = [name for name, each in api.operations.items() if name.startswith("list_")]
    assert all(api.operations[name].paged for name in lists)
    assert lists


def test_the_page_of_the_interface_names_every_operation(client, document):
    page = client.get("/api/v1/").get_data(as_text=True)
    for methods in document["paths"].values():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in page


# ---------------------------------------------------------------- who enters
@pytest.mark.parametrize("headers", [{}, bearer("dsk_wrong"), {"Authorization": "Basic eDp5"}])
def test_nobody_enters_without_a_token_that_holds(client, app, headers):
    for rule in app.url_map.iter_rules():
        operation = api.operations.get(rule.endpoint.removeprefix("api."))
        if not rule.endpoint.startswith("api.") or operation.access.kind == "public":
            continue
        address = re.sub(r"<subject:\w+>", f"case-{uuid.uuid4()}", rule.rule)
        address = re.sub(r"<[^>]+>", str(uuid.uuid4()), address)
        answer = client.open(address, method=operation.method, headers=headers)
        assert answer.status_code == 401, rule.rule
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_cookie_of_a_browser_is_no_token(client, session):
    user = make_membership(make_user(), make_tenant(), Role.INTAKE_WORKER).user
    client.sign_in(user.email)
    assert client.get("/api/v1/cases").status_code == 401
    assert client.get("/api/v1/").status_code == 200


def test_a_token_opens_no_page(client, token):
    assert client.get("/account", headers=bearer(token)).status_code == 302
    assert client.get("/api/v1/tasks", headers=bearer(token)).status_code == 200


# ---------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("method", "address", "options", "status"),
    [
        ("GET", "/api/v1/nowhere", {}, 404),
        ("DELETE", "/api/v1/signals", {}, 405),
        ("GET", f"/api/v1/cases/{uuid.UUID(int=5)}", {}, 404),
        ("GET", "/api/v1/signals?list=none", {}, 422),
        ("GET", "/api/v1/signals?limit=0", {}, 422),
        ("GET", "/api/v1/signals?limit=101", {}, 422),
        ("GET", "/api/v1/signals?after=x", {}, 422),
        ("GET", "/api/v1/tasks?after=x", {}, 422),
        ("GET", "/api/v1/tasks?after=é", {}, 422),
        ("GET", "/api/v1/signals?page=2", {}, 422),
        ("POST", "/api/v1/signals", {"data": "{", "content_type": "application/json"}, 400),
        ("POST", "/api/v1/signals", {"data": "[" * 90_000, "content_type": "application/json"}, 400),
        ("POST", "/api/v1/signals", {"data": b"\xff", "content_type": "application/json"}, 400),
        ("POST", "/api/v1/signals", {"data": "place=x"}, 415),
        ("POST", "/api/v1/signals", {"json": []}, 422),
        ("POST", "/api/v1/signals", {"json": {}}, 422),
        (
            "POST",
            "/api/v1/signals",
            {"json": {"place": "9940", "theme": "energy", "observed": "x" * 50_000}},
            422,
        ),
    ],
)
def test_a_refusal_is_a_problem_document(client, token, method, address, options, status):
    headers = {**bearer(token), "Idempotency-Key": "k"}
    answer = client.open(address, method=method, headers=headers, **options)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem = answer.get_json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    if status == 422:
        assert problem["errors"][0]["field"] == problem.get("field", "")


@pytest.mark.parametrize("key", ["", " ", "x" * 129, "sleutel-é"])
def test_a_post_without_a_usable_key_is_refused(client, token, key):
    headers = {**bearer(token), **({"Idempotency-Key": key} if key else {})}
    answer = client.post("/api/v1/signals", json=NOTICE, headers=headers)
    assert (answer.status_code, answer.get_json()["field"]) == (400, "Idempotency-Key")


def test_a_program_that_runs_wild_is_slowed_down(client, app, token, monkeypatch):
    calls = api.Calls()
    monkeypatch.setitem(app.extensions, "api_calls", calls)
    monkeypatch.setattr(calls, "count", lambda token_id, minute: api.Calls.count(calls, token_id, 7))
    limit = app.extensions["settings"].api_per_minute
    for _ in range(limit):
        calls.count(uuid.UUID(int=0), 7)  # another token does not count
    assert client.get("/api/v1/tasks", headers=bearer(token)).status_code == 200
    for each in calls._counts:
        calls._counts[each] = limit
    answer = client.get("/api/v1/tasks", headers=bearer(token))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_a_look_that_cannot_be_noted_is_not_answered(client, token, monkeypatch):
    from core import audit

    def broken():
        raise RuntimeError("the trail is full")

    monkeypatch.setattr(audit, "write_noted", broken)
    answer = client.get("/api/v1/tasks", headers=bearer(token))
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
