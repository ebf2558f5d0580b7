"""One person written down twice becomes one: with the number, the files and the household of both."""

import pytest

from core.access import Role
from core.errors import Conflict, DomainError
from core.models.accounts import Tenant
from intake import households, person_merges, persons
from intake.models.households import Relation
from intake.models.persons import Avoid
from intake.persons import Sought
from tests.factories import intake as make

OTHER_SSIN = "041109-999-85"


def two(by, *, double_ssin="", own_ssin=""):
    own = make.make_person(by, ssin=own_ssin)
    return own, make.make_person(by, first_name="Helena", ssin=double_ssin, avoid=(Avoid.POST,))


def test_files_and_household_of_the_double_come_along(session):
    by = make.make_worker()
    own, double = two(by)
    case = make.make_case(by, person=double)
    home = households.create_household("Aerts", nis=make.EVERGEM, first=double, by=by)
    person_merges.merge_persons(double, own, by=by)
    session.expire_all()
    assert case.person_id == own.id
    assert [member.person_id for member in home.members] == [own.id]
    assert own.avoid == ["post"]
    assert [match.person.id for match in persons.find_matches(Sought("Helena", "Aerts"), by=by)] == [own.id]
    assert [match.person.id for match in persons.find_matches(Sought("Lena", "Aerts"), by=by)] == [own.id]


@pytest.mark.parametrize("bis_first", [True, False])
def test_the_national_number_stands_and_the_bis_number_still_finds_the_person(session, bis_first):
    by = make.make_worker()
    numbers = (make.SAFE_BIS, make.SAFE_SSIN) if bis_first else (make.SAFE_SSIN, make.SAFE_BIS)
    own, double = two(by, own_ssin=numbers[0], double_ssin=numbers[1])
    person_merges.merge_persons(double, own, by=by)
    session.expire_all()
    assert own.ssin == make.SAFE_SSIN.replace("-", "")
    for number in numbers:
        assert [m.person.id for m in persons.find_matches(Sought(ssin=number), by=by)] == [own.id]


def test_a_number_of_the_double_is_taken_over_when_there_was_none(session):
    by = make.make_worker()
    own, double = two(by, double_ssin=make.SAFE_SSIN)
    person_merges.merge_persons(double, own, by=by)
    session.expire_all()
    assert own.ssin == make.SAFE_SSIN.replace("-", "")


def test_two_national_numbers_are_two_people(session):
    by = make.make_worker()
    own, double = two(by, own_ssin=make.SAFE_SSIN, double_ssin=OTHER_SSIN)
    with pytest.raises(DomainError):
        person_merges.merge_persons(double, own, by=by)


def test_nobody_is_put_together_twice_or_with_somebody_elsewhere(session):
    by = make.make_worker()
    own, double = two(by)
    person_merges.merge_persons(double, own, by=by)
    with pytest.raises(Conflict):
        person_merges.merge_persons(double, own, by=by)
    with pytest.raises(DomainError):
        person_merges.merge_persons(own, own, by=by)
    with pytest.raises(DomainError):
        person_merges.merge_persons(make.make_person(make.make_worker()), own, by=by)


def test_a_restricted_file_is_moved_by_who_may_see_it_only(session):
    by = make.make_worker()
    tenant = session.get(Tenant, by.tenant_id)
    colleague, lead = make.make_worker(tenant), make.make_worker(tenant, Role.TEAM_LEAD)
    own, double = two(by)
    case = make.make_case(colleague, person=double)
    case.is_restricted = True
    session.flush()
    with pytest.raises(DomainError, match="team lead"):
        person_merges.merge_persons(double, own, by=by)
    person_merges.merge_persons(double, own, by=lead)
    session.expire_all()
    assert case.person_id == own.id


def test_the_page_offers_the_double_and_puts_them_together(client, session, nele):
    own, double = two(nele)
    case = make.make_case(nele, person=own)
    page = client.get(f"/cases/{case.id}/person/merge").text
    assert page.count('data-testid="person-match"') == 1
    assert "Helena" in page
    answer = client.post(f"/cases/{case.id}/person/merge", data={"person_id": str(double.id)})
    assert answer.status_code == 302
    session.expire_all()
    assert double.merged_into_id == own.id


# ---------------------------------------------------------------- households
def test_who_lives_along_is_described_known_or_new(client, session, nele):
    person = make.make_person(nele)
    case = make.make_case(nele, person=person)
    sister = make.make_person(nele, first_name="Rika")
    add = f"/cases/{case.id}/household/add"
    client.post(add, data={"described_as": "zoon, 8 jaar", "relation": "child", "is_dependant": "y"})
    sought = {"asking": 1, "first_name": "Rika", "last_name": "Aerts", "relation": "sibling"}
    found = client.post(add, data=sought, follow_redirects=True)
    assert 'data-testid="person-match"' in found.text
    known = {"person_id": str(sister.id), "relation": "sibling"}
    client.post(f"/cases/{case.id}/household/known", data=known)
    by_name = Sought("Tom", "Aerts")
    token = persons.search_token(by_name, by=nele)
    new = {
        "first_name": "Tom",
        "last_name": "Aerts",
        "birth": "01/02/2012",
        "relation": "child",
        "capacity_note": "Begrijpt wat we vragen.",
        "token": token,
    }
    assert client.post(add, data=new).status_code == 302
    session.expire_all()
    members = households.members_of(case)
    assert [m.relation for m in members] == [Relation.SELF, Relation.CHILD, Relation.SIBLING, Relation.CHILD]
    assert members[1].is_dependant
    page = client.get(f"/cases/{case.id}/person").text
    assert page.count('data-testid="household-member"') == 4
    assert "Begrijpt wat we vragen." in page


def test_nobody_new_without_a_search(client, session, nele):
    case = make.make_case(nele)
    answer = client.post(
        f"/cases/{case.id}/household/add",
        data={"first_name": "Tom", "last_name": "Aerts", "relation": "child"},
    )
    assert answer.status_code == 422


def test_someone_leaves_the_household_and_the_person_of_the_file_does_not(session):
    by = make.make_worker()
    case = make.make_case(by)
    home = households.ensure(case, by=by)
    child = households.add_member(home, described_as="zoon", relation=Relation.CHILD, by=by)
    households.end_member(child, by=by)
    assert [member.relation for member in households.members_of(case)] == [Relation.SELF]
    with pytest.raises(Conflict):
        households.end_member(child, by=by)
    with pytest.raises(DomainError):
        households.end_member(households.members_of(case)[0], by=by)


def test_one_person_is_in_a_household_once(session):
    by = make.make_worker()
    case = make.make_case(by)
    home = households.ensure(case, by=by)
    with pytest.raises(DomainError, match="already"):
        households.add_member(home, person=case.person, relation=Relation.CHILD, by=by)


@pytest.mark.parametrize(("years", "decides"), [(11, False), (12, True), (17, True), (18, False)])
def test_from_twelve_a_minor_is_presumed_able(session, years, decides):
    from core import clock

    day = clock.today()
    person = make.make_person(make.make_worker(), born=persons.PartialDate(day.year - years, 1, 1))
    assert person.decides_as_minor is decides
