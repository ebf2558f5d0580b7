"""Every route of the product x every role x every organization, on the records of the demo.

The rule that a route declares says what to expect; the answer has to agree. Beside that stands what no rule
may ever allow: a record of a citizen for somebody outside the organizations that hold it.
"""

from collections import defaultdict
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import g

from core import accounts, api
from core.access import Role, system_actor
from core.clock import today
from core.db import session, transaction
from core.errors import NotFound
from core.models.accounts import Membership, Tenant, User
from intake import policy
from tests.conftest import DEMO_PASSWORD
from tests.databases import dispose
from tests.walk import ACCOUNTS, NOBODY, addresses, make_walked

pytestmark = pytest.mark.database("sqlite")

# Leaving, or another door with a key of its own.
APART = {"core.sign_out", "core.end_other_sessions", "core.switch_membership", "static"}
# Of so many routes the demo may lack a record: their guards are tried with a key that nothing has.
MAY_LACK = 12
CITIZENS = {"case", "person", "referral", "signal", "basis", "aid_request", "right", "contact"}


@pytest.fixture(scope="module")
def walked(database, databases):
    app = make_walked(database, databases)
    yield app
    dispose(app)


def owners(record):
    """Organizations that hold a record, by whatever column says so."""
    held = [record, getattr(record, "case", None), getattr(record, "referral", None)]
    names = ("tenant_id", "receiving_tenant_id", "origin_tenant_id")
    return {getattr(each, name, None) for each in held if each is not None for name in names} - {None}


@pytest.fixture(scope="module")
def route_list(walked):
    with walked.app_context():
        return [
            (route, address, key)
            for route in walked.url_map.iter_rules()
            if route.endpoint not in APART
            for address, key in addresses(walked, route)
        ]


def test_the_walk_comes_by_every_route_and_mostly_with_a_record(walked, route_list):
    seen = {route.endpoint for route, _address, _key in route_list}
    assert {route.endpoint for route in walked.url_map.iter_rules()} - seen == APART
    with walked.app_context():
        absent = {
            route.endpoint
            for route, _address, key in route_list
            if key in (NOBODY, 999_999) and walked.view_functions[route.endpoint].access.load is not None
        }
    assert len(absent) <= MAY_LACK, sorted(absent)


@pytest.mark.parametrize("email", [*ACCOUNTS, ""])
def test_every_route_answers_a_role_as_its_rule_says(walked, route_list, email):
    client, actor, headers = walked.test_client(), None, {}
    if email:
        with walked.app_context():
            user = session.scalars(sa.select(User).where(User.email == email)).one()
            membership = session.scalars(sa.select(Membership).where(Membership.user_id == user.id)).first()
            actor = accounts.actor_of(membership, user)
            with transaction():
                token = accounts.create_token(email, name="walk", valid=timedelta(days=1), by=system_actor())
        headers = {"Authorization": f"Bearer {token}"}
        client.sign_in(email, DEMO_PASSWORD)
    wrong, opened, count = [], defaultdict(int), 0
    for route, address, key in route_list:
        access = walked.view_functions[route.endpoint].access
        allowed, strange = judge(walked, access, actor, key)
        wrong += [f"{route.endpoint} lets {email} at a record of another organization"] * strange
        is_api = route.endpoint.startswith("api.")
        if allowed and ("GET" not in route.methods or opened[route.endpoint]):
            continue  # what happens then is told by other tests; one page for each role will do
        opened[route.endpoint] += allowed
        count += 1
        method = "GET" if "GET" in route.methods else "POST"
        answer = client.open(address, method=method, headers=headers if is_api else {})
        if not fits(answer.status_code, access, allowed, actor, key, is_api):
            wrong.append(f"{method} {address} ({access.rule}): {answer.status_code}, allowed: {allowed}")
    assert wrong == []
    assert count > 150


def judge(app, access, actor, key):
    """Whether the rule of a route lets an actor at a record, and whether no rule ever should."""
    if access.kind == "public":
        return True, False
    if actor is None:
        return False, False
    if access.kind == "signed_in":
        return True, False
    with app.test_request_context():
        g.actor, g.reading_only = actor, True
        if access.load is None:
            return bool(access.check(actor)), False
        try:
            record = access.load(key)
        except NotFound:
            record = None
        if record is None:
            return False, False
        allowed = bool(access.check(actor, record))
        kind = getattr(record, "subject_type", "")
        strange = allowed and kind in CITIZENS and actor.tenant_id not in owners(record)
        keeps = actor.has(Role.INTAKE_WORKER, Role.TEAM_LEAD, Role.PARTNER_DESK)
        keeps = keeps or (
            actor.has(Role.DPO) and access.check is policy.can_see_readers
        )  # who looked, not what at
        return allowed, strange or (allowed and kind in CITIZENS and not keeps)


def fits(code, access, allowed, actor, key, is_api):
    if allowed:
        return code < 500 and code not in {401, 403}
    if actor is None:
        return code == (401 if is_api else 302)
    return code == (403 if access.load is None else 404)


def test_the_table_of_operations_for_programs_has_the_same_rules(walked):
    for name, operation in api.operations.items():
        assert walked.view_functions[f"api.{name}"].access == operation.access


def test_a_closed_organization_lets_nobody_in(walked):
    email = "zorgraad@meetjesland.example"
    client = walked.test_client()
    client.sign_in(email, DEMO_PASSWORD)
    with walked.app_context(), transaction():
        user = session.scalars(sa.select(User).where(User.email == email)).one()
        tenant = session.get_one(Tenant, accounts.live_memberships(user.id)[0].tenant_id)
        tenant.closed_on = today()
    try:
        assert client.get("/account").status_code == 302
    finally:
        with walked.app_context(), transaction():
            session.get_one(Tenant, tenant.id).closed_on = None
