"""Meldingen: no wrong door, passed on once, taken by one."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.errors import Conflict, DomainError
from core.models.accounts import PartnershipMember, Tenant, TenantKind
from intake import cases, routing, signals, triage
from intake.models.signals import Circumstance, Informed, SignalStatus
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality, Urgency
from tests.factories import intake as make
from tests.factories.core import make_tenant
from workflows import tasks


@pytest.fixture
def gbo(session):
    """A partnership of an OCMW, a CAW and a DMW with the usual rows."""
    by = make.make_worker(make_tenant("OCMW Test", TenantKind.OCMW))
    ocmw = session.get(Tenant, by.tenant_id)
    caw, dmw = make_tenant("CAW Test", TenantKind.CAW), make_tenant("DMW Test", TenantKind.DMW)
    gbo = make.make_gbo(ocmw, caw, dmw)
    make.make_rule(gbo, None, 10, kind="wish")
    make.make_rule(gbo, caw, 20, theme=LifeDomain.SAFETY)
    make.make_rule(gbo, dmw, 30, mutuality=Mutuality.CM, age_group=AgeGroup.ELDERLY)
    make.make_rule(gbo, ocmw, 60, nis=make.EVERGEM)
    return by, ocmw, caw, dmw


@pytest.mark.parametrize(
    ("facts", "expected", "reason"),
    [
        ({}, "OCMW Test", "rule"),
        ({"theme": LifeDomain.SAFETY}, "CAW Test", "rule"),
        ({"mutuality": Mutuality.CM, "age_group": AgeGroup.ELDERLY}, "DMW Test", "rule"),
        ({"mutuality": Mutuality.CM, "age_group": AgeGroup.ADULT}, "OCMW Test", "rule"),
        ({"wish": "CAW Test"}, "CAW Test", "wish"),
        ({"nis": make.LIEVEGEM}, "OCMW Test", "own"),
    ],
)
def test_the_table_of_the_partnership_decides_who_receives(gbo, facts, expected, reason):
    by, _ocmw, caw, _dmw = gbo
    values = {key: value for key, value in facts.items() if key != "wish"}
    if "wish" in facts:
        values["wish_tenant_id"] = caw.id
    signal = make.make_signal(by, **values)
    assert (signal.tenant.name, signal.routing_reason) == (expected, reason)


def test_a_row_counts_only_on_its_days(gbo):
    by, _ocmw, caw, _dmw = gbo
    old = make.make_rule(routing.partnership_for(make.EVERGEM, make.SINCE), caw, 1, ends_on=make.SINCE)
    assert make.make_signal(by).tenant_id != old.to_tenant_id


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"observed": "  "}, "observed"),
        ({"subject_name": "Willy", "informed": Informed.NOT_YET, "agrees": False}, "informed_reason"),
        ({"subject_phone": "0400", "informed": Informed.YES, "agrees": False}, "informed_reason"),
    ],
)
def test_register_refuses(session, values, field):
    by = make.make_worker()
    with pytest.raises(DomainError) as refusal:
        make.make_signal(by, **values)
    assert refusal.value.field == field


def test_without_a_name_nobody_needs_to_agree(session):
    signal = make.make_signal(make.make_worker(), informed=Informed.UNSAFE, agrees=False)
    assert signal.status == SignalStatus.RECEIVED


@pytest.mark.parametrize(
    ("told", "age", "urgency"),
    [
        ((), None, Urgency.U3),
        ((Circumstance.EVICTION,), None, Urgency.U2),
        ((Circumstance.NO_HEATING,), None, Urgency.U2),
        ((Circumstance.NO_HEATING, Circumstance.CHILDREN), None, Urgency.U1),
        ((Circumstance.NO_FOOD,), AgeGroup.ELDERLY, Urgency.U1),
        ((Circumstance.DANGER,), None, Urgency.U1),
    ],
)
def test_urgency_is_proposed_from_what_was_told(told, age, urgency):
    assert triage.assess(told, age, on=date(2026, 11, 21)).urgency == urgency


def test_taking_opens_a_provisional_file_and_linking_waits_for_the_person(session):
    by = make.make_worker()
    signal = make.make_signal(by)
    case = signals.take(signal, by=by)
    assert (signal.status, case.holder_id, case.is_provisional) == (SignalStatus.TAKEN, by.user_id, True)
    cases.set_person(case, person=make.make_person(by), by=by)
    assert signal.status == SignalStatus.LINKED
    assert tasks.open_tasks(signal) == []


def test_two_people_cannot_take_one_notice(session):
    first = make.make_worker()
    second = make.make_worker(session.get(Tenant, first.tenant_id))
    signal = make.make_signal(first)
    signals.take(signal, by=first)
    with pytest.raises(Conflict, match=first.name):
        signals.take(signal, by=second)


def test_a_notice_is_passed_on_once_with_a_reason(gbo, session):
    by, ocmw, caw, _dmw = gbo
    signal = make.make_signal(by)
    with pytest.raises(DomainError) as refusal:
        signals.pass_on(signal, caw, reason=" ", by=by)
    assert refusal.value.field == "reason"
    signals.pass_on(signal, caw, reason="Meer iets voor het CAW.", by=by)
    assert (signal.tenant_id, signal.status) == (caw.id, SignalStatus.RECEIVED)
    assert {task.tenant_id for task in tasks.open_tasks(signal)} == {caw.id}
    with pytest.raises(DomainError):
        signals.pass_on(signal, ocmw, reason="Toch terug.", by=make.make_worker(caw))


def test_another_theme_names_another_partner_until_it_is_passed_on(client, gbo, session):
    by, _ocmw, caw, _dmw = gbo
    signal = make.make_signal(by, theme=LifeDomain.ENERGY)
    assert signals.suggested_route(signal, by=by) is None
    client.sign_in(by.email)
    page = f"/signals/{signal.id}"
    assert "better-route" not in client.get(page).text
    data = {"urgency": str(signal.urgency), "theme": str(LifeDomain.SAFETY)}
    assert client.post(f"{page}/triage", data=data).status_code == 302
    shown = client.get(page).text
    reason = shown.split('data-testid="better-route">')[1].split("<")[0]
    assert caw.name in reason
    assert f'value="{caw.id}" selected' in shown or f'selected value="{caw.id}"' in shown
    gone = session.scalars(sa.select(PartnershipMember).where(PartnershipMember.tenant_id == caw.id)).one()
    gone.ends_on = clock.today() - timedelta(days=1)  # the table names it still, it cannot be chosen
    shown = client.get(page).text
    assert "better-route" not in shown
    assert "selected" not in shown.split('name="to"')[1].split("</select>")[0]
    assert client.post(f"{page}/pass-on", data={"to": "", "reason": "Elders"}).status_code == 422
    gone.ends_on = None
    given = {"to": str(caw.id), "reason": reason}
    assert client.post(f"{page}/pass-on", data=given).status_code == 302
    assert signal.tenant_id == caw.id
    assert signals.suggested_route(signal, by=by) is None


def test_a_notice_goes_only_to_partners(gbo):
    by, *_rest = gbo
    with pytest.raises(DomainError) as refusal:
        signals.pass_on(make.make_signal(by), make_tenant("Vreemd"), reason="x", by=by)
    assert refusal.value.field == "to"


@pytest.mark.parametrize("end", [signals.answer, signals.mark_unfounded, signals.withdraw])
def test_ending_asks_for_words_and_is_final(session, end):
    by = make.make_worker()
    signal = make.make_signal(by)
    with pytest.raises(DomainError) as refusal:
        end(signal, " ", by=by)
    assert refusal.value.field == "outcome"
    end(signal, "Opgelost.", by=by)
    assert signal.status.is_final
    with pytest.raises(Conflict):
        signals.take(signal, by=by)


def test_another_urgency_needs_a_reason(session):
    by = make.make_worker()
    signal = make.make_signal(by)
    with pytest.raises(DomainError):
        signals.triage(signal, Urgency.U1, by=by)
    signals.triage(signal, Urgency.U1, reason="Het vriest.", by=by)
    assert (signal.status, signal.urgency_reason) == (SignalStatus.TRIAGED, "Het vriest.")
