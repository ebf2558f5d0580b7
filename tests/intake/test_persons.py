"""Persons are searched before they are made; numbers and dates are read as people type them."""

import pytest
import time_machine

from core.errors import DomainError
from core.models.accounts import Tenant
from intake import insz, numbers, persons, places
from intake.birth_dates import PartialDate, parse_birth, parse_day
from intake.models.persons import Identity
from intake.persons import NewPerson, Sought
from tests.factories import intake as make


@pytest.mark.parametrize(
    ("sought", "reasons"),
    [
        (Sought("Lena", "Aerts"), ("name",)),
        (Sought("Aerts", "Lena"), ("name",)),
        (Sought("Léna", "Aertz"), ("name_like",)),
        (Sought("", "Aerts"), ("name",)),
        (Sought("Lena", "Aerts", PartialDate(1952, 3, 17)), ("name", "birth")),
        (Sought("Lena", "Airts", PartialDate(1952, 3, 17)), ("name_like", "birth")),
        (Sought("Lena", "Aerts", PartialDate(1952)), ("name", "birth_year")),
        (Sought(phone="+32 400 00 01 52"), ("phone",)),
        (Sought(ssin=make.SAFE_SSIN), ("ssin",)),
        (Sought(born=PartialDate(1952, 3, 17)), ("birth",)),
    ],
)
def test_a_person_is_found_with_the_reason(session, sought, reasons):
    by = make.make_worker()
    person = make.make_person(by, ssin=make.SAFE_SSIN)
    found = persons.find_matches(sought, by=by)
    assert [(match.person.id, match.reasons) for match in found] == [(person.id, reasons)]


def test_a_swapped_birth_date_is_found(session):
    by = make.make_worker()
    make.make_person(by, born=PartialDate(1952, 3, 7))
    found = persons.find_matches(Sought("Lena", "Aerts", PartialDate(1952, 7, 3)), by=by)
    assert found[0].reasons == ("name", "birth_swapped")


def test_the_same_name_with_another_number_is_told_and_never_certain(session):
    by = make.make_worker()
    person = make.make_person(by, ssin=make.SAFE_SSIN)
    sought = Sought("Lena", "Aerts", PartialDate(1952, 3, 17), phone="0400 00 01 52", ssin="520317-002-19")
    (match,) = persons.find_matches(sought, by=by)
    assert match.person.id == person.id
    assert match.reasons == ("phone", "name", "birth", "ssin_other")
    assert not match.is_certain
    make.make_person(by, ssin="520317-002-19")  # it may be somebody else: both are kept
    assert {found.reasons for found in persons.find_matches(sought, by=by)} >= {("ssin",)}


@pytest.mark.parametrize(
    "sought",
    [
        Sought("Karim", "Said"),
        Sought("Lena", "Aerts", PartialDate(1987, 11, 2)),
        Sought(phone="0499 11 22 33"),
    ],
)
def test_someone_else_is_not_proposed(session, sought):
    by = make.make_worker()
    make.make_person(by, first_name="Marlena", last_name="Dewit")
    assert persons.find_matches(sought, by=by) == []


def test_nobody_of_another_organization_is_found(session):
    make.make_person(make.make_worker())
    assert persons.find_matches(Sought("Lena", "Aerts"), by=make.make_worker()) == []


def test_an_empty_search_is_refused(session):
    with pytest.raises(DomainError):
        persons.find_matches(Sought(), by=make.make_worker())


def test_nobody_is_made_without_a_search(session):
    by = make.make_worker()
    other = persons.search_token(Sought("Karim", "Said"), by=by)
    for token in ("", "x", other, persons.search_token(Sought("Lena", "Aerts"), by=make.make_worker())):
        with pytest.raises(DomainError) as refusal:
            persons.create_person(NewPerson("Lena", "Aerts"), token=token, by=by)
        assert refusal.value.field == "last_name"


def test_one_number_is_one_person_in_one_organization(session):
    by = make.make_worker()
    make.make_person(by, ssin=make.SAFE_SSIN)
    with pytest.raises(DomainError, match="Lena Aerts") as refusal:
        make.make_person(by, first_name="Lea", ssin="52.03.17-000.21")
    assert refusal.value.field == "ssin"
    make.make_person(make.make_worker(), ssin=make.SAFE_SSIN)


def test_the_number_is_sealed_and_gives_birth_date_and_sex(session):
    by = make.make_worker()
    person = make.make_person(by, ssin=make.SAFE_SSIN, born=PartialDate())
    assert (person.birth_text, person.sex, person.ssin) == ("17/03/1952", "f", "52031700021")
    assert b"52031700021" not in person.ssin_sealed
    assert insz.masked(person.ssin) == "52.03.17-•••.••"


@pytest.mark.parametrize(
    ("values", "identity"),
    [
        ({}, Identity.KNOWN),
        ({"born": PartialDate(1952)}, Identity.PARTLY),
        ({"last_name": ""}, Identity.PARTLY),
        ({"first_name": "", "last_name": "", "alias": "Noor"}, Identity.ANONYMOUS),
    ],
)
def test_how_much_is_known(session, values, identity):
    assert make.make_person(make.make_worker(), **values).identity == identity


@pytest.mark.parametrize(
    ("text", "kind", "born"),
    [
        ("520317-000-21", "national", PartialDate(1952, 3, 17)),
        ("04.11.09-999.85", "national", PartialDate(2004, 11, 9)),
        ("914512-000-23", "bis", PartialDate(1991, 5, 12)),
        ("912512-000-77", "bis", PartialDate(1991, 5, 12)),  # a BIS number of which the sex is unknown
        ("520000-000-25", "national", PartialDate(1952)),  # month and day unknown
        ("520300-000-46", "national", PartialDate(1952, 3)),  # day unknown
        ("902012-000-21", "bis", PartialDate(1990)),  # BIS with an unknown month
        ("000001-000-67", "national", PartialDate()),  # wholly unknown
        ("002001-000-13", "bis", PartialDate()),
        ("000101-000-74", "national", PartialDate(1900, 1, 1)),  # the check digits tell the century
        ("000101-000-06", "national", PartialDate(2000, 1, 1)),
    ],
)
def test_valid_numbers_are_read(app, text, kind, born):
    number = insz.parse(text)
    assert (number.kind, number.born) == (kind, born)


@pytest.mark.parametrize(
    "text", ["52.03.17-000.12", "12345", "5203170002A", "991399-000-00", "٥٢٠٣١٧٠٠٠٢١", "\0"]
)
def test_invalid_numbers_say_what_to_look_at(app, text):
    with pytest.raises(DomainError) as refusal:
        insz.parse(text)
    assert refusal.value.field == "ssin"
    assert len(refusal.value.message) > 20


def test_a_number_of_a_day_to_come_is_refused(app):
    with time_machine.travel("2026-11-28T12:00+01:00"), pytest.raises(DomainError, match="toekomst"):
        insz.parse("261231-000-20")


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("17/03/1952", PartialDate(1952, 3, 17)),
        ("17.3.1952", PartialDate(1952, 3, 17)),
        ("03/1952", PartialDate(1952, 3)),
        ("1952", PartialDate(1952)),
        ("00/00/1952", PartialDate(1952)),
        ("", PartialDate()),
    ],
)
def test_birth_dates_may_be_partly_unknown(app, text, born):
    assert parse_birth(text) == born


@pytest.mark.parametrize("text", ["31/02/2020", "17/13/1952", "52", "morgen", "01/01/2999", "1/1/1", "1800"])
def test_wrong_birth_dates_are_refused_with_words(app, text):
    with pytest.raises(DomainError):
        parse_birth(text)


@pytest.mark.parametrize("text", ["2026-11-27", "31/02/2026", "27/11", "x", "1" * 50])
def test_wrong_days_are_refused_with_words(app, text):
    with pytest.raises(DomainError) as refusal:
        parse_day(text, field="due_on")
    assert refusal.value.field == "due_on"


@pytest.mark.parametrize(("text", "nis"), [("Evergem", "44019"), ("9940", "44019"), ("ertvelde", "44019")])
def test_a_municipality_is_read_from_name_or_postcode(app, text, nis):
    assert places.parse(text).nis == nis


def test_a_merged_municipality_offers_its_successor(app):
    with pytest.raises(places.Ended) as ended:
        places.parse("Waarschoot")
    assert ended.value.successor.name == "Lievegem"
    assert "Lievegem" in ended.value.message


def test_a_number_for_speech_forgives_lookalikes_and_notices_slips():
    number = numbers.new("D")
    assert numbers.read(number.lower().replace("-", " ")) == number
    assert numbers.read(number.replace("0", "O").replace("1", "I")) == number
    wrong = number[:-1] + ("2" if number[-1] != "2" else "3")
    assert numbers.read(wrong) is None
    assert numbers.read("niets") is None


def test_changing_a_person_changes_how_they_are_found(session):
    by = make.make_worker()
    person = make.make_person(by)
    persons.change_person(person, NewPerson("Lena", "Vermeulen"), by=by)
    assert persons.find_matches(Sought("Lena", "Vermeulen"), by=by)
    assert session.get(Tenant, by.tenant_id) is not None


def test_somebody_without_a_name_is_made_after_a_search_for_the_word(session):
    by = make.make_worker()
    token = persons.search_token(Sought(first_name="Vlinder"), by=by)
    person = persons.create_person(NewPerson(alias="Vlinder"), token=token, by=by)
    assert (person.name, person.identity) == ("Vlinder", Identity.ANONYMOUS)
    with pytest.raises(DomainError):
        persons.create_person(NewPerson(alias="Merel"), token=token, by=by)
