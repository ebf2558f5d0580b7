"""Keeping the map current: the yearly request to confirm, and the editors' work list."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from core import accounts, clock, outbox, parameters
from core import mail as core_mail
from core.access import system_actor
from core.db import transaction
from core.errors import DomainError, NotFound
from core.models.accounts import Tenant
from socialmap import confirmations, corrections, services, upkeep
from socialmap.models.directory import Organization, Service
from socialmap.models.upkeep import ConfirmationRequest, Correction
from socialmap.upkeep import Filters
from tests.factories.core import make_membership, make_user

EDITOR, WORKER = "beheer@draaischijf.example", "onthaal@ocmw-evergem.example"


@pytest.fixture
def checked_map(map_session):
    """Everything was checked today, so that a test chooses what is old."""
    map_session.execute(sa.update(Service).values(assured_date=clock.today(), not_seen_since=None))
    return map_session


def active_of(session, organization, number=2):
    query = sa.select(Service).join(Service.organization).where(Organization.name == organization)
    return list(session.scalars(query.where(Service.status == "active").order_by(Service.id).limit(number)))


def grow_old(found, days=400):
    for service in found:
        service.assured_date = clock.today() - timedelta(days=days)


def requests(session):
    return list(session.scalars(sa.select(ConfirmationRequest).order_by(ConfirmationRequest.made_at)))


def mails(app):
    """The mails that lie in the folder of this application, as (receiver, text)."""
    while outbox.drain():
        pass
    folder = Path(app.extensions["settings"].var) / "mail"
    found = []
    for path in sorted(folder.glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        found.append((mail["To"], mail.get_content()))
        path.unlink()
    return found


def test_a_service_is_asked_about_once_a_year(checked_map):
    old = active_of(checked_map, "OCMW Lievegem")
    grow_old(old)
    assert confirmations.ask_due() == 2
    assert confirmations.ask_due() == 0
    with time_machine.travel(clock.now() + timedelta(days=366), tick=False):
        assert {s.id for s in old} <= {
            s.id for s in checked_map.scalars(sa.select(Service).where(Service.asked_on < clock.today()))
        }
        assert confirmations.ask_due(limit=10**6) >= 2


def test_services_of_one_keeper_are_asked_about_together(checked_map):
    grow_old(active_of(checked_map, "OCMW Lievegem"))
    confirmations.ask_due()
    (request,) = requests(checked_map)
    assert len(request.service_ids) == 2


def test_what_was_checked_or_stopped_or_is_gone_is_not_asked_about(checked_map):
    stopped, gone = active_of(checked_map, "OCMW Lievegem")
    grow_old([stopped, gone])
    stopped.status, gone.not_seen_since = "defunct", clock.now()
    assert confirmations.ask_due() == 0


def test_zero_months_asks_nobody(checked_map):
    grow_old(active_of(checked_map, "OCMW Lievegem"))
    parameters.put(confirmations.MONTHS_KEY, 0, valid_from=clock.today(), source="test")
    assert confirmations.ask_due() == 0


def test_without_a_desk_or_an_address_an_editor_is_told(checked_map):
    service = active_of(checked_map, "OCMW Lievegem")[0]
    service.email = service.assurer_email = service.organization.email = service.organization.tenant_id = None
    with pytest.raises(DomainError):
        confirmations.ask(service, by=system_actor())


def test_the_link_confirms_or_corrects_without_an_account(checked_map, map_client, map_app):
    found = active_of(checked_map, "OCMW Lievegem", 2)
    right, wrong = found
    grow_old(found)
    confirmations.sweep()
    ((receiver, text),) = mails(map_app)
    assert receiver == right.assurer_email
    path = re.search(r"/social-map/confirm/\S+", text).group()
    page = map_client.get(path)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.get_data(as_text=True).count('data-state="asked"') == 2
    assert right.assured_date != clock.today()  # looking changes nothing
    map_client.post(path, data={"answer": "right", "service_id": str(right.id)})
    assert map_client.post(path, data={"answer": "wrong", "service_id": str(wrong.id)}).status_code == 422
    map_client.post(path, data={"answer": "wrong", "service_id": str(wrong.id), "text": "Ander nummer."})
    assert (right.assured_date, wrong.answered_on) == (clock.today(), clock.today())
    assert wrong.assured_date != clock.today()
    notice = checked_map.scalars(sa.select(Correction).where(Correction.service_id == wrong.id)).one()
    assert (notice.text, notice.made_by_name) == ("Ander nummer.", "OCMW Lievegem")
    assert map_client.get(path).get_data(as_text=True).count('data-state="answered"') == 2


def test_a_browser_can_answer_by_the_link_over_https(checked_map, map_client, map_app, monkeypatch):
    """The check of forms over HTTPS wants to see the page they come from."""
    monkeypatch.setitem(map_app.config, "WTF_CSRF_ENABLED", True)
    service = active_of(checked_map, "OCMW Lievegem", 1)[0]
    grow_old([service])
    confirmations.ask(service, by=system_actor())
    here = f"https://localhost/social-map/confirm/{confirmations.make_token(requests(checked_map)[0])}"
    page = map_client.get(here)
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.get_data(as_text=True)).group(1)
    said = {} if page.headers["Referrer-Policy"] == "no-referrer" else {"Referer": here}
    data = {"answer": "right", "service_id": str(service.id), "csrf_token": token}
    assert map_client.post(here, data=data, headers=said).status_code == 302
    assert service.assured_date == clock.today()


def test_a_link_reaches_only_what_it_asked_about(checked_map):
    asked, other = active_of(checked_map, "OCMW Lievegem", 2)
    confirmations.ask(asked, by=system_actor())
    (request,) = requests(checked_map)
    with pytest.raises(NotFound):
        confirmations.confirm(request, other.id, by=system_actor())


def test_an_old_or_made_up_link_opens_nothing(checked_map, map_client):
    confirmations.ask(active_of(checked_map, "OCMW Lievegem", 1)[0], by=system_actor())
    token = confirmations.make_token(requests(checked_map)[0])
    assert confirmations.find(token) is not None
    assert map_client.get(f"/social-map/confirm/{token[:-3]}abc").status_code == 410
    with time_machine.travel(clock.now() + timedelta(days=confirmations.LINK_DAYS + 1), tick=False):
        assert confirmations.find(token) is None


def test_a_dead_mailbox_stops_nobody_else_at_the_desk(checked_map, map_app, monkeypatch):
    with transaction():
        service = active_of(checked_map, "OCMW Evergem", 1)[0]
        confirmations.ask(service, by=system_actor())
        (request,) = requests(checked_map)
        first = confirmations._desk(request)[0].email
        tenant = checked_map.get_one(Tenant, service.organization.tenant_id)
        role = next(role for role in confirmations.DESK if accounts.members(tenant.id, role))
        second = make_user("tweede@ocmw-evergem.example", "Zoë Zonder")
        make_membership(second, tenant, role)
        colleague = second.email
    deliver = core_mail.deliver

    def refuse_the_first(message):
        if message["To"] == first:
            raise OSError("no such mailbox")
        deliver(message)

    monkeypatch.setattr(core_mail, "deliver", refuse_the_first)
    receivers = [receiver for receiver, _text in mails(map_app)]
    assert first not in receivers
    assert receivers.count(colleague) == 1


def test_the_desk_of_a_partner_answers_in_the_product(checked_map, map_client, map_app):
    grow_old(active_of(checked_map, "OCMW Evergem"))
    confirmations.sweep()
    (request,) = requests(checked_map)
    assert request.email is None
    sent = mails(map_app)
    assert sent
    assert all(f"/social-map/requests/{request.id}" in text for _to, text in sent)
    assert (
        map_client.sign_in("onthaal@caw-oost-vlaanderen.example")
        .get(f"/social-map/requests/{request.id}")
        .status_code
        == 404
    )
    page = map_client.sign_in(WORKER).post(
        f"/social-map/requests/{request.id}", data={"answer": "all"}, follow_redirects=True
    )
    assert "2 diensten bevestigd" in page.get_data(as_text=True)
    assert all(not s.awaits_answer for s in active_of(checked_map, "OCMW Evergem"))


@pytest.fixture
def work(checked_map):
    """One service for each list: (reported, gone, old, silent)."""
    reported, gone, old, silent = active_of(checked_map, "OCMW Lievegem", 4)
    corrections.report(reported, "Ander nummer.", by=system_actor())
    gone.not_seen_since = clock.now()
    grow_old([old], days=800)
    silent.asked_on = clock.today() - timedelta(days=upkeep.WAIT_DAYS)
    silent.assured_date = silent.asked_on - timedelta(days=400)
    checked_map.flush()
    return dict(zip(upkeep.KINDS, (reported, gone, old, silent), strict=True))


@pytest.mark.parametrize("kind", upkeep.KINDS)
def test_each_list_holds_what_it_says(work, kind):
    assert [row.service.id for row in upkeep.page(kind, Filters()).rows] == [work[kind].id]
    assert upkeep.counts(Filters()) == dict.fromkeys(upkeep.KINDS, 1)


def test_filters_narrow_lists_and_counts(work):
    source, home = work["gone"].source, "province:40000"
    assert upkeep.counts(Filters(source=source, area=home))["gone"] == 1
    assert upkeep.counts(Filters(area="province:10000"))["gone"] == 0
    assert upkeep.counts(Filters(source="elsewhere"))["gone"] == 0
    assert upkeep.counts(Filters(area="province:nowhere"))["gone"] == 0


@pytest.mark.parametrize("kind", ["gone", "stale", "unanswered"])
def test_paging_shows_every_row_once(checked_map, kind):
    found = active_of(checked_map, "OCMW Lievegem", 7)
    grow_old(found, days=800)
    for number, service in enumerate(found):
        service.not_seen_since = clock.now() if kind == "gone" else None
        service.asked_on = clock.today() - timedelta(days=20 + number // 2)
    seen, after = [], ""
    while after is not None:
        page = upkeep.page(kind, Filters(), after=after, limit=3)
        seen += [row.service.id for row in page.rows]
        after = page.after
    assert sorted(seen) == sorted(service.id for service in found)
    with pytest.raises(DomainError):
        upkeep.page(kind, Filters(), after="nonsense")
    if kind == "gone":  # a moment without its zone is none of ours either
        with pytest.raises(DomainError):
            upkeep.page(kind, Filters(), after="2026-01-01T10:00:00~01a223e9-0299-701f-937d-df50260cb42f")


def test_the_work_list_takes_at_most_six_statements(work, map_client, statements):
    map_client.sign_in(EDITOR).get("/social-map/upkeep")
    for kind in upkeep.KINDS:
        with statements() as seen:
            page = map_client.get(f"/social-map/upkeep?kind={kind}")
        assert len(seen) <= 6, seen
        assert work[kind].name in page.get_data(as_text=True)


def test_an_editor_answers_closes_asks_and_stops_from_the_list(work, map_client):
    client = map_client.sign_in(EDITOR)
    notice = upkeep.page("errors", Filters()).rows[0].notice
    client.post(f"/social-map/corrections/{notice.id}/answer", data={"answer": "We zien het na."})
    assert notice.state == "answered"
    client.post(f"/social-map/corrections/{notice.id}/close", data={"answer": ""})
    assert (notice.state, notice.answer) == ("closed", "We zien het na.")
    client.post(f"/social-map/services/{work['gone'].id}/stop", data={"kind": "gone"})
    assert work["gone"].status == "defunct"
    client.post(f"/social-map/services/{work['stale'].id}/confirm", data={"kind": "stale"})
    client.post(f"/social-map/services/{work['unanswered'].id}/ask", data={"kind": "unanswered"})
    assert work["unanswered"].asked_on == clock.today()
    assert upkeep.counts(Filters()) == dict.fromkeys(upkeep.KINDS, 0)


def test_what_the_source_still_delivers_cannot_be_stopped_here(work):
    with pytest.raises(DomainError):
        services.stop(work["stale"], by=system_actor())
