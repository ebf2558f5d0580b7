"""Anyone may send a notice; robots are kept out without third parties; partners see how notices spread."""

import re
import time

import pytest
import sqlalchemy as sa
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from core import crypto
from core.errors import DomainError
from core.models.accounts import Tenant, TenantKind
from intake import distribution, public_notices, signals
from intake.models.notes import Note
from intake.models.signals import Signal, Source
from intake.models.vocabulary import LifeDomain, Urgency
from tests.factories import intake as make
from tests.factories.core import make_tenant


@pytest.fixture
def ocmw(session):
    return make_tenant("OCMW Evergem", TenantKind.OCMW, nis=make.EVERGEM)


WORRY = "De buurvrouw heeft geen licht."


def notice(**values):
    filled = {
        "place": "Evergem",
        "theme": "energy",
        "concern": "De buurvrouw heeft geen licht.",
        "opened": "",
    }
    return {**filled, **values}


def opened(app, seconds=60):
    """A token of a form that was opened some seconds ago."""

    class Earlier(TimestampSigner):
        def get_timestamp(self):
            return int(time.time()) - seconds

    with app.app_context():
        signer = URLSafeTimedSerializer(str(app.secret_key), salt="public-notice", signer=Earlier)
        return signer.dumps("notice")


@pytest.fixture
def token(client):
    return opened(client.application)


def count(session):
    return session.scalar(sa.select(sa.func.count()).select_from(Signal))


def test_a_visitor_sends_a_notice_without_account(client, session, ocmw, token):
    page = client.get("/notice")
    assert page.status_code == 200
    assert "fraude" in page.text
    answer = client.post("/notice", data=notice(opened=token, contact="0470 00 00 00"))
    assert answer.location == "/notice/received"
    signal = session.scalars(sa.select(Signal)).one()
    assert (signal.tenant_id, signal.source, signal.registered_by_id) == (ocmw.id, Source.PUBLIC, None)
    assert "burger" not in client.get("/notice/received").text


def test_what_fills_the_trap_is_thanked_and_forgotten(client, session, ocmw, token):
    answer = client.post("/notice", data=notice(opened=token, website="http://x"))
    assert answer.location == "/notice/received"
    assert count(session) == 0


@pytest.mark.parametrize("seconds", [0, 5 * 3600])
def test_a_form_that_came_too_fast_or_too_late_is_asked_again(client, session, ocmw, seconds):
    sent = notice(opened=opened(client.application, seconds))
    answer = client.post("/notice", data=sent)
    assert answer.status_code == 422
    assert "De buurvrouw heeft geen licht." in answer.text
    assert count(session) == 0


def moment_on(page):
    return re.search(r'name="opened"[^>]* value="([^"]+)"', page)[1]


@pytest.mark.parametrize("concern", [WORRY, ""])
def test_a_form_that_was_open_too_long_gets_a_new_moment(client, session, ocmw, concern):
    stale = opened(client.application, 5 * 3600)
    page = client.post("/notice", data=notice(opened=stale, concern=concern, contact="0470 00 00 00")).text
    assert "0470 00 00 00" in page
    renewed = moment_on(page)
    with client.application.app_context():
        assert crypto.signer("public-notice").loads(renewed, max_age=60) == "notice"
    at_once = client.post("/notice", data=notice(opened=renewed))
    assert (at_once.status_code, count(session)) == (422, 0)
    assert moment_on(at_once.text) == renewed  # the seconds count on: waiting is enough


def test_a_mistake_keeps_the_moment_of_opening(client, ocmw, token):
    assert moment_on(client.post("/notice", data=notice(opened=token, place="")).text) == token


def test_a_forged_moment_is_refused(client, session, ocmw):
    assert client.post("/notice", data=notice(opened="x.y.z")).status_code == 422
    assert count(session) == 0


def test_one_address_sends_five_notices_an_hour(client, session, ocmw, token):
    for _number in range(public_notices.MOST):
        assert client.post("/notice", data=notice(opened=token)).status_code == 302
    assert client.post("/notice", data=notice(opened=token)).status_code == 422
    assert count(session) == public_notices.MOST


def make_public(theme=LifeDomain.ENERGY):
    return public_notices.register(
        nis=make.EVERGEM, theme=theme, concern="Geen licht.", contact="", address="192.0.2.1"
    )


FACTS = "De elektriciteit werkt niet sinds maandag."


def test_the_facts_of_the_worker_take_the_place_of_the_words_at_triage(session, ocmw):
    worker = make.make_worker(ocmw)
    signal = make_public()
    with pytest.raises(DomainError) as refused:
        signals.triage(signal, Urgency(signal.urgency), by=worker)
    assert (refused.value.field, signal.observed) == ("facts", "Geen licht.")
    signals.triage(signal, Urgency(signal.urgency), facts=FACTS, by=worker)
    assert signal.observed == FACTS
    signals.triage(signal, Urgency(signal.urgency), by=worker)
    assert signal.observed == FACTS


def test_only_the_facts_go_into_the_file(session, ocmw):
    worker = make.make_worker(ocmw)
    signal = make_public()
    with pytest.raises(DomainError):
        signals.take(signal, by=worker)
    signals.take(signal, facts=FACTS, by=worker)
    assert signal.observed == FACTS
    assert session.scalars(sa.select(Note)).one().text == FACTS


def test_a_visitor_need_not_know_the_theme(client, session, ocmw, token):
    caw = make_tenant("CAW", TenantKind.CAW)
    gbo = make.make_gbo(ocmw, caw)
    make.make_rule(gbo, caw, 10, theme=LifeDomain.ENERGY)
    make.make_rule(gbo, ocmw, 20)
    assert client.post("/notice", data=notice(opened=token, theme="")).status_code == 302
    signal = session.scalars(sa.select(Signal)).one()
    assert (signal.theme, signal.tenant_id, signal.routing_reason) == (None, ocmw.id, "rule")
    client.sign_in(make.make_worker(ocmw).email)
    page = client.get(f"/signals/{signal.id}").text
    assert "Thema nog niet bekend" in page
    assert all(f'id="{form}-theme"' in page for form in ("take", "triage"))
    assert signal.number in client.get("/my-day").text
    sent = {"urgency": str(signal.urgency), "facts": FACTS, "version": str(signal.version)}
    refused = client.post(f"/signals/{signal.id}/triage", data=sent)
    assert refused.status_code == 422
    assert 'id="triage-theme-error"' in refused.text
    assert client.post(f"/signals/{signal.id}/triage", data={**sent, "theme": "energy"}).status_code == 302
    session.refresh(signal)
    assert (signal.theme, signal.status, signal.observed) == (LifeDomain.ENERGY, "triaged", FACTS)


def test_taking_a_notice_asks_the_theme_that_nobody_said(session, ocmw):
    worker = make.make_worker(ocmw)
    signal = make_public(theme=None)
    with pytest.raises(DomainError) as refused:
        signals.take(signal, facts=FACTS, by=worker)
    assert refused.value.field == "theme"
    signals.take(signal, facts=FACTS, theme=LifeDomain.HOUSING, by=worker)
    assert signal.theme == LifeDomain.HOUSING


def test_who_works_here_says_the_theme_at_once(session, ocmw):
    with pytest.raises(DomainError) as refused:
        make.make_signal(make.make_worker(ocmw), theme=None)
    assert refused.value.field == "theme"


def test_a_closed_notice_keeps_no_words_of_a_visitor(session, ocmw):
    signal = make_public()
    signals.answer(signal, "Buurvrouw gerustgesteld.", by=make.make_worker(ocmw))
    assert signal.observed == ""


def test_the_page_asks_for_facts_before_a_notice_of_a_visitor_is_taken(client, session, ocmw):
    client.sign_in(make.make_worker(ocmw).email)
    signal = make_public()
    day = client.get("/my-day").text
    assert signal.number in day
    assert f"/signals/{signal.id}/take" not in day
    page = client.get(f"/signals/{signal.id}").text
    assert all(f'id="{form}-facts"' in page for form in ("take", "triage"))
    refused = client.post(f"/signals/{signal.id}/take", data={"facts": " "})
    assert refused.status_code == 422
    assert 'id="take-facts-error"' in refused.text
    taken = client.post(f"/signals/{signal.id}/take", data={"facts": FACTS})
    assert taken.status_code == 302
    assert session.scalars(sa.select(Note)).one().text == FACTS


def test_every_partner_sees_the_same_counts(client, session):
    first, second = make.make_worker(), make.make_worker()
    tenants = [session.get(Tenant, worker.tenant_id) for worker in (first, second)]
    gbo = make.make_gbo(*tenants)
    make.make_rule(gbo, tenants[0])
    signal = make.make_signal(second)
    make.make_signal(second)
    signals.pass_on(signal, tenants[1], reason="Klant daar", by=first)
    pages = []
    for worker in (first, second):
        client.sign_in(worker.email)
        page = client.get("/signals/distribution").text
        pages.append(page[page.index("<tbody>") : page.index("</tbody>")])
    assert pages[0] == pages[1]
    assert pages[0].count(">minder dan vijf</td>") == 8  # and so are the empty ones
    for _number in range(7):
        make.make_signal(second)
    page = client.get("/signals/distribution").text
    assert ">5</td>" in page[page.index("<tbody>") : page.index("</tbody>")]  # rounded down


def test_counts_that_are_held_back_are_not_called_small(client, session, monkeypatch):
    worker = make.make_worker()
    make.make_gbo(session.get(Tenant, worker.tenant_id))
    counts = [("A", (9, 9, 4, 20)), *((name, (9, 9, 4, 0)) for name in "BCDE")]
    monkeypatch.setattr(distribution, "_counts", lambda _members, _since: counts)
    client.sign_in(worker.email)
    page = client.get("/signals/distribution").text
    assert page.count(">niet getoond</td>") == 5
    assert page.count(">minder dan vijf</td>") == 5
