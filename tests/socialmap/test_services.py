"""What is ours to say about a service, and what a referral keeps of it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from core import clock
from core.access import system_actor
from core.db import uuid7
from core.errors import DomainError, NotFound
from socialmap import corrections, observations, services
from socialmap.models.directory import Location, Service, ServiceAtLocation


def evergem(session):
    query = sa.select(Service).where(Service.name == "Budgetbegeleiding en schuldbemiddeling")
    return next(
        s for s in session.scalars(query) if s.covers("44019") and s.organization.name == "OCMW Evergem"
    )


def test_a_snapshot_holds_what_a_referral_must_remember(map_session):
    kept = services.snapshot(evergem(map_session))
    assert kept["organization"] == "OCMW Evergem"
    assert kept["phones"] == ["+32 00 000 44 19"]
    assert kept["addresses"][0].endswith("9940 Evergem")


def test_a_notice_is_sent_answered_and_closed_by_the_field_that_changes(map_session):
    service = evergem(map_session)
    phone = corrections.report(service, "Ander nummer.", field="url", by=system_actor())
    other = corrections.report(service, "Niet gratis.", field="fees_description", by=system_actor())
    with pytest.raises(DomainError):
        corrections.answer(phone, " ", by=system_actor())
    corrections.answer(phone, "We zien het na.", by=system_actor())
    assert phone.state == "answered"
    assert corrections.close_delivered([(service.id, "url")], clock.now()) == 1
    assert (phone.state, phone.answer, other.state) == ("closed", "We zien het na.", "sent")
    assert corrections.open_for(service) == [other]


def test_a_notice_about_a_telephone_number_is_met_by_a_new_number_of_the_service_or_its_place(map_session):
    service = evergem(map_session)
    notice = corrections.report(service, "Ander nummer.", field="phone", by=system_actor())
    query = sa.select(ServiceAtLocation.location_id).where(ServiceAtLocation.service_id == service.id)
    place = map_session.scalars(query.limit(1)).one()
    assert corrections.close_delivered([(place, "address"), (uuid7(), "phone")], clock.now()) == 0
    assert corrections.close_delivered([(place, "phone")], clock.now()) == 1
    assert notice.state == "closed"
    with pytest.raises(DomainError):
        corrections.report(service, "Fout.", field="dragon", by=system_actor())


def test_a_secret_place_is_in_no_snapshot(map_session):
    place = map_session.scalars(sa.select(Location).where(Location.confidential).limit(1)).one()
    query = sa.select(ServiceAtLocation.service_id).where(ServiceAtLocation.location_id == place.id)
    found = services.get(map_session.scalars(query.limit(1)).one())
    assert not any(place.name and place.name in line for line in services.snapshot(found)["addresses"])


@pytest.mark.parametrize(
    ("capacity", "weeks", "field"),
    [("much", None, "capacity"), ("waiting", None, "weeks"), ("waiting", 500, "weeks")],
)
def test_a_strange_word_about_room_is_refused(map_session, capacity, weeks, field):
    with pytest.raises(DomainError) as refusal:
        services.set_capacity(evergem(map_session), capacity, weeks=weeks, by=system_actor())
    assert refusal.value.field == field


def test_a_word_about_room_expires(map_session):
    service = evergem(map_session)
    services.set_capacity(service, "full", by=system_actor())
    assert (service.capacity_now, service.accepting) == ("full", False)
    with time_machine.travel(clock.now() + timedelta(days=services.CAPACITY_DAYS + 1), tick=False):
        assert (service.capacity_now, service.accepting) == (None, True)


def test_an_inactive_service_accepts_nothing(map_session):
    service = map_session.scalars(sa.select(Service).where(Service.status != "active").limit(1)).one()
    assert not service.accepting


def test_a_service_that_is_not_there(map_session):
    with pytest.raises(NotFound):
        services.get(uuid7())
    assert services.find(uuid7()) is None


def test_a_notice_to_the_source_leaves_the_entry_alone(map_session):
    service = evergem(map_session)
    before = service.description
    notice = corrections.report(service, " Het nummer klopt niet. ", by=system_actor())
    assert [n.text for n in corrections.open_for(service)] == ["Het nummer klopt niet."]
    assert service.description == before
    corrections.close(notice, "Aangepast.", by=system_actor())
    assert corrections.open_for(service) == []
    with pytest.raises(DomainError):
        corrections.close(notice, "Nog eens.", by=system_actor())
    with pytest.raises(DomainError):
        corrections.report(service, "  ", by=system_actor())


@pytest.mark.parametrize(("accepted", "of", "half"), [(4, 9, False), (4, 8, True), (1, 5, False)])
def test_what_is_told_of_a_small_share_is_true_and_few_times_tell_nothing(accepted, of, half):
    rows = [("accepted" if n < accepted else "declined", 1.0 if n < 4 else None) for n in range(of)]
    told = observations.summary(rows)
    assert (told.accepted_share, told.accepts_half, told.hours) == (None, half, None)


def test_experience_is_hidden_below_five_answers(map_session):
    service = evergem(map_session)
    for n in range(5):
        assert observations.experience(service.id) is None
        observations.record(service.id, "accepted" if n else "declined", clock.now(), hours=float(n))
    found = observations.experience(service.id)
    assert found is not None
    assert (found.answers, found.accepted_share, found.accepts_half, found.hours) == (5, None, True, 2.0)
    for n in range(7):
        observations.record(service.id, "declined" if n < 4 else "accepted", clock.now(), hours=1.0)
        told = observations.experience(service.id)
        assert told is not None
        assert told.answers in (5, 10)
    assert (told.answers, told.accepted_share) == (10, 0.6)  # 7 of 12: known to the tenth
