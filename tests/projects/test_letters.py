"""Letters: a tagged PDF with outcome, reasons and remedies, and none without; paper to prepare on."""

from typing import Any

import pytest
from sqlalchemy import orm

from core.access import Actor
from core.errors import DomainError
from core.models.accounts import User
from projects import admissibility, letters
from projects.models.applications import Application
from tests.factories.projects import (
    make_application,
    make_award,
    make_open_call,
    make_people,
    make_project,
    submit,
)

pytestmark = pytest.mark.usefixtures("in_english")


def lines(letter: dict[str, Any]) -> str:
    return " | ".join(line for part in letter["parts"] for line in part["lines"])


def email_of(session: orm.Session, actor: Actor) -> str:
    return session.get_one(User, actor.user_id).email


def test_the_letter_of_a_grant_says_why_how_much_and_how_to_object(session: orm.Session) -> None:
    people = make_people()
    award = make_award(people, make_open_call(people))
    application = session.get_one(Application, award.application_id)
    letter = letters.decision_text(application)
    assert "Sterk en nodig." in lines(letter)
    assert application.call.remedies in lines(letter)
    assert ["Bedrag", "€ 45.000,00"] in letter["facts"]
    pdf = letters.decision(application)
    assert pdf.startswith(b"%PDF-")
    assert b"StructTreeRoot" in pdf


def test_the_agreement_names_parties_parts_costs_and_duties(session: orm.Session) -> None:
    project = make_project(make_people())
    text = letters.agreement_text(project)
    assert ["Subsidie", "hoogstens € 45.000,00"] in text["facts"]
    said = lines({"parts": [part for part in text["parts"] if "lines" in part]})
    assert "Voorschot: € 36.000,00 na ondertekening van deze overeenkomst" in said
    assert "Saldo: € 9.000,00 na aanvaarding van het eindverslag en de afrekening" in said
    assert "14 november 1983" in said
    assert [len(part["signatures"]) for part in text["parts"] if "signatures" in part] == [2]
    assert b"StructTreeRoot" in letters.agreement(project)


def test_the_letter_of_an_inadmissible_file_names_each_criterion(session: orm.Session) -> None:
    people = make_people()
    application = make_application(people, make_open_call(people))
    submit(people, application)
    found = {"complete": admissibility.Finding(False, "De begroting ontbreekt.")}
    admissibility.record_findings(application, found, by=people.officer)
    admissibility.declare_inadmissible(application, motivation="Onvolledig gebleven.", by=people.officer)
    text = lines(letters.decision_text(application))
    assert "Onvolledig gebleven." in text
    assert "Volledig: De begroting ontbreekt." in text
    assert "Raad van State" in text


def test_no_letter_without_a_decision_or_without_remedies(session: orm.Session) -> None:
    people = make_people()
    award = make_award(people, make_open_call(people))
    application = session.get_one(Application, award.application_id)
    award.remedies = " "
    with pytest.raises(DomainError, match="reasons and remedies"):
        letters.decision(application)
    waiting = make_application(people, make_open_call(people))
    with pytest.raises(DomainError, match="Nothing was decided"):
        letters.decision(waiting)


def test_both_sides_read_the_letter_and_a_stranger_does_not(client: Any, session: orm.Session) -> None:
    people, others = make_people(), make_people()
    award = make_award(people, make_open_call(people))
    session.commit()
    path = f"/applications/{award.application_id}/letter"
    client.sign_in(email_of(session, people.applicant))
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    client.get("/logout")
    client.sign_in(email_of(session, others.applicant))
    assert client.get(path).status_code in (403, 404)


def test_everybody_prints_the_blank_form_of_a_published_call(client: Any, session: orm.Session) -> None:
    call = make_open_call(make_people())
    session.commit()
    assert f"/calls/{call.id}/form" in client.get(f"/calls/{call.id}").text
    answer = client.get(f"/calls/{call.id}/form")
    assert answer.data.startswith(b"%PDF-")
    assert b"StructTreeRoot" in answer.data
