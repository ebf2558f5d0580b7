"""Two people in one form: nothing of either is lost, a choice is asked only where both changed."""

import re

import pytest

from intake import help_requests, persons
from intake.models.vocabulary import LifeDomain, Urgency
from intake.persons import NewPerson
from tests.factories import intake as make


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1].replace("&#34;", '"').replace("&quot;", '"')


def colleague_changes(person, by, **values):
    born = persons.PartialDate(person.birth_year, person.birth_month, person.birth_day)
    known = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "born": born,
        "phone": person.phone,
        "nis": person.nis,
    }
    persons.change_person(person, NewPerson(**{**known, **values}), by=by)


@pytest.fixture
def opened(client, session, nele):
    """Nele has the form of a person open."""
    person = make.make_person(nele)
    case = make.make_case(nele, person=person)
    address = f"/cases/{case.id}/person/change"
    page = client.get(address).text
    typed = {
        "first_name": "Lena",
        "last_name": "Aerts",
        "birth": "17/03/1952",
        "phone": "0400 00 01 52",
        "sex": "unknown",
        "language": "nl",
        "base": hidden(page, "base"),
        "version": hidden(page, "version"),
    }
    return person, address, typed


def test_fields_that_only_one_of_them_changed_are_both_kept(client, session, nele, opened):
    person, address, typed = opened
    colleague = make.make_worker(person_tenant(session, person))
    colleague_changes(person, colleague, phone="0400 00 09 99")
    answer = client.post(address, data={**typed, "mail": "lena@example.org"}, follow_redirects=True)
    session.expire_all()
    assert (person.phone, person.mail) == ("0400 00 09 99", "lena@example.org")
    assert "Telefoon" in answer.text  # what was taken along is said


def person_tenant(session, person):
    from core.models.accounts import Tenant

    return session.get(Tenant, person.tenant_id)


def test_a_field_that_both_changed_is_a_choice_with_the_name_of_the_other(client, session, nele, opened):
    person, address, typed = opened
    colleague = make.make_worker(person_tenant(session, person))
    colleague_changes(person, colleague, phone="0400 00 09 99", mail="ander@example.org")
    answer = client.post(address, data={**typed, "phone": "0400 00 07 77"})
    assert answer.status_code == 422
    assert colleague.name in answer.text
    assert "0400 00 09 99" in answer.text
    assert 'value="0400 00 07 77"' in answer.text
    session.expire_all()
    assert person.phone == "0400 00 09 99"
    again = {
        **typed,
        "phone": "0400 00 07 77",
        "mail": "ander@example.org",
        "base": hidden(answer.text, "base"),
        "version": hidden(answer.text, "version"),
    }
    assert client.post(address, data=again).status_code == 302
    session.expire_all()
    assert (person.phone, person.mail) == ("0400 00 07 77", "ander@example.org")


def test_a_question_is_written_better_by_two_people_at_once(client, session, nele):
    case = make.make_case(nele)
    question = make.make_question(case, nele)
    address = f"/questions/{question.id}/change"
    page = client.get(address).text
    help_requests.change_help_request(
        question,
        life_domain=question.life_domain,
        own_words=question.own_words,
        facts="Drie maanden achterstal.",
        strengths="",
        urgency=Urgency.U2,
        by=nele,
    )
    typed = {
        "life_domain": "energy",
        "own_words": question.own_words,
        "question_urgency": "U3",
        "strengths": "Haar zus helpt.",
        "base": hidden(page, "base"),
        "version": hidden(page, "version"),
    }
    assert client.post(address, data=typed).status_code == 302
    session.expire_all()
    assert (question.facts, question.strengths) == ("Drie maanden achterstal.", "Haar zus helpt.")
    assert (question.urgency, question.life_domain) == (Urgency.U2, LifeDomain.ENERGY)


def test_one_question_ends_while_the_file_stays_open(client, session, nele):
    case = make.make_case(nele)
    question = make.make_question(case, nele)
    client.post(f"/questions/{question.id}/close", data={"outcome": "solved"})
    session.expire_all()
    assert (str(question.outcome), case.is_closed) == ("solved", False)
    again = client.post(f"/questions/{question.id}/close", data={"outcome": "dropped"})
    assert again.status_code == 422
    session.expire_all()
    assert str(question.outcome) == "solved"


def test_a_question_of_another_organization_is_not_there(client, session, nele):
    other = make.make_worker()
    question = make.make_question(make.make_case(other), other)
    assert client.get(f"/questions/{question.id}/change").status_code == 404
    assert client.post(f"/questions/{question.id}/close", data={"outcome": "solved"}).status_code == 404
