"""What administrators and the data protection officer watch: trail, failed messages, dated values."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import audit, outbox, parameters
from core.access import Role
from core.clock import now, today
from core.db import transaction
from core.models.accounts import TenantKind
from core.models.outbox import OutboxMessage
from core.models.records import Parameter
from core.models.trail import AuditEntry
from intake.models.vocabulary import Urgency
from intake.referrals import answer_days
from projects.duties import KEY
from tests.factories import intake as make
from tests.factories.core import make_actor, make_membership, make_tenant, make_user

TERM = "term.referral_answer"


def sign_in(client, actor):
    client.sign_in(actor.email)
    return actor


# ---------------------------------------------------------------- the trail
@pytest.fixture
def looked(session, client):
    """A file that two people of one organization read, and one of another organization."""
    worker, other = make.make_worker(), make.make_worker()
    case, foreign = make.make_case(worker), make.make_case(other)
    session.commit()
    sign_in(client, worker)
    client.get(f"/cases/{case.id}")
    client.get(f"/cases/{foreign.id}")
    client.post("/logout")
    tenant = session.get_one(type(make_tenant()), worker.tenant_id)
    dpo = make_actor(Role.DPO, tenant=tenant, user=make_user(name="Pieter Aerts"))
    session.commit()
    return worker, case, foreign, sign_in(client, dpo)


def lines(page):
    return page.text.count('data-testid="trail-row"')


def test_the_officer_sees_who_read_a_file_by_its_number(client, looked):
    _worker, case, _foreign, _dpo = looked
    page = client.get(f"/trail?number={case.number}&kind=looks", follow_redirects=True)
    assert case.number not in page.request.full_path
    assert lines(page) == 1
    assert "Nele Wauters" in page.text
    assert case.person.name not in page.text
    assert case.number in page.text


def test_what_was_refused_is_kept_with_the_organization_that_it_belongs_to(client, session, looked):
    _worker, _case, foreign, _dpo = looked
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "access.refused")).one()
    assert entry.tenant_id == foreign.tenant_id
    assert lines(client.get("/trail?kind=refused")) == 0, "it is in the trail of the other organization"


def test_another_organization_stays_out_of_the_trail(client, looked):
    _worker, _case, foreign, _dpo = looked
    found = client.get(f"/trail?number={foreign.number}", follow_redirects=True)
    assert (lines(found), f'value="{foreign.number}"' in found.text) == (0, True)
    assert foreign.number not in client.get("/trail").text


def test_looking_at_the_trail_is_in_the_trail(client, session, looked):
    client.get("/trail")
    assert "trail.read" in client.get("/trail").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("person=nele wauters", True),
        ("person=niemand", False),
        ("number=X-000", False),
        ("from=1/1/2020&until=31/12/2020", False),
        ("from=1/1/2020", True),
        ("from=31/02/2026", True),
        ("kind=onzin&after=x", True),
        ("after=9999999999999999999999", True),
    ],
)
def test_filters_add_up_and_wrong_ones_are_told(client, looked, query, found):
    page = client.get(f"/trail?{query}", follow_redirects="person" in query or "number" in query)
    assert page.status_code == 200
    assert (lines(page) > 0) == found
    assert ('aria-invalid="true"' in page.text) == ("31/02" in query)


def test_the_trail_is_paged_and_takes_few_statements(client, session, looked, statements):
    worker, case, _foreign, _dpo = looked
    for _ in range(60):
        audit.record("case.read", case, by=worker)
    session.commit()
    with statements() as seen:
        page = client.get("/trail")
    assert lines(page) == 50
    assert "after=" in page.text
    assert len(seen) <= 8, "\n".join(seen)


# ---------------------------------------------------------------- messages
def failing(_payload):
    raise ConnectionError("no answer")


@pytest.fixture
def platform(session, client):
    tenant = make_tenant("Draaischijf", TenantKind.PLATFORM)
    actor = make_actor(Role.ADMINISTRATOR, tenant=tenant)
    session.commit()
    return sign_in(client, actor)


def test_a_message_that_was_given_up_is_tried_again(client, session, platform):
    outbox.register("test.fails", failing)
    with transaction():
        outbox.put("test.fails", {"id": "1"})
    message = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "test.fails")).one()
    message.attempts, message.dead_at, message.last_error = 10, now(), "ConnectionError"
    session.commit()
    page = client.get("/admin/messages")
    assert page.text.count('data-testid="message-row"') == 1
    assert "ConnectionError" in page.text
    assert client.post(f"/admin/messages/{message.id}/retry").status_code == 302
    session.refresh(message)
    assert (message.dead_at, message.attempts) == (None, 0)
    assert client.post("/admin/messages/999999/retry").status_code == 404


def test_messages_of_all_are_for_the_platform_alone(client, session):
    sign_in(client, make_actor(Role.ADMINISTRATOR))
    session.commit()
    assert client.get("/admin/messages").status_code == 403
    page = client.get("/admin")
    assert page.status_code == 200
    assert "/admin/messages" not in page.text


# ---------------------------------------------------------------- parameters
def new_value(**change):
    form = {"value": "8", "valid_from": f"{today():%d/%m/%Y}", "source": "Afspraak van de stuurgroep"}
    return {**form, **change}


def test_an_organization_sets_its_own_term_from_a_day_on(client, session):
    actor = sign_in(client, make_actor(Role.ADMINISTRATOR))
    session.commit()
    assert TERM in client.get("/admin/parameters").text
    later = today() + timedelta(days=10)
    form = new_value(valid_from=f"{later:%d/%m/%Y}")
    assert client.post(f"/admin/parameters/{TERM}", data=form).status_code == 302
    row = session.scalars(sa.select(Parameter).where(Parameter.key == TERM)).one()
    assert (row.value, row.tenant_id, row.valid_from) == (8, actor.tenant_id, later)
    assert answer_days(Urgency.U3, tenant_id=actor.tenant_id) == 5, "not yet"
    client.post(f"/admin/parameters/{TERM}", data=new_value())
    session.expire_all()
    assert answer_days(Urgency.U3, tenant_id=actor.tenant_id) == 8
    assert answer_days(Urgency.U3, tenant_id=make_tenant().id) == 5, "only for this one"
    assert session.scalar(sa.select(sa.func.count()).where(AuditEntry.action == "parameter.set")) == 2


@pytest.mark.parametrize(
    ("key", "change"),
    [
        (TERM, {"value": "veel"}),
        (TERM, {"value": "[1]"}),
        (TERM, {"value": "true"}),
        (TERM, {"value": ""}),
        (TERM, {"source": ""}),
        (TERM, {"valid_from": "31/02/2026"}),
        (TERM, {"valid_to": "1/1/2020"}),
        ("follow_up.days", {"value": "[]"}),
        ("follow_up.days", {"value": '["a"]'}),
        (KEY, {"value": "[1]"}),
        (KEY, {"value": '[["text", "source"]]'}),
        ("rights.test", {"value": "3"}),
    ],
)
def test_a_value_that_the_code_cannot_use_is_refused(client, session, platform, key, change):
    parameters.put("rights.test", 1, valid_from=today())
    session.commit()
    counted = sa.select(sa.func.count()).select_from(Parameter)
    before = session.scalar(counted)
    answer = client.post(f"/admin/parameters/{key}", data=new_value(**change))
    assert answer.status_code == 422
    assert session.scalar(counted) == before


def test_amounts_that_a_file_brings_are_named_and_found_by_their_words(client, session, platform):
    for key, value in (("rights.vt_income_base", 0.00045), ("rights.uitpas.44019", 2026)):
        parameters.put(key, value, valid_from=today())
    session.commit()
    assert "<td>2026</td>" in client.get("/admin/parameters?q=44019").text
    page = client.get("/admin/parameters?q=inkomensgrens").text
    assert "Verhoogde tegemoetkoming: inkomensgrens, euro per jaar" in page
    assert "<td>0,00045</td>" in page
    assert "rights.uitpas.44019" not in page
    assert "UiTPAS: regel van een gemeente" in client.get("/admin/parameters").text
    form = client.get("/admin/parameters/rights.vt_income_base").text
    assert "Verhoogde tegemoetkoming: inkomensgrens" in form
    assert 'name="valid_from"' not in form, "a file brings it, nobody changes it here"


def test_an_unknown_key_is_no_page(client, session, platform):
    assert client.get("/admin/parameters/no.such.key").status_code == 404


def test_the_first_page_tells_how_it_goes(client, session, platform):
    page = client.get("/admin")
    assert page.status_code == 200
    for path in ("/admin/people", "/admin/parameters", "/admin/messages"):
        assert path in page.text
    make_membership()
