"""Letters: a tagged PDF with outcome, reasons and remedies, and none without; paper to prepare on."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import orm

from core import parameters
from core.access import Actor
from core.errors import Conflict, DomainError
from core.models.accounts import User
from projects import admissibility, calls, duties, letters
from projects import projects as projects_
from projects.models.applications import Application
from tests.factories.projects import (
    make_application,
    make_award,
    make_draft_call,
    make_open_call,
    make_people,
    make_project,
    publish,
    submit,
)
from tests.pdf import text_of

pytestmark = pytest.mark.usefixtures("in_english")


def lines(letter: dict[str, Any]) -> str:
    return " | ".join(line for part in letter["parts"] for line in part["lines"])


def said(agreement: dict[str, Any]) -> str:
    return lines({"parts": [part for part in agreement["parts"] if "lines" in part]})


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
    assert "Voorschot: € 36.000,00 na ondertekening van deze overeenkomst" in said(text)
    assert "Saldo: € 9.000,00 na aanvaarding van het eindverslag en de afrekening" in said(text)
    assert "De ontvanger laat controle ter plaatse toe (wet van 14 november 1983)." in said(text)
    assert [len(part["signatures"]) for part in text["parts"] if "signatures" in part] == [2]
    assert b"StructTreeRoot" in letters.agreement(project)


def test_the_agreement_asks_what_its_call_says_and_stays_as_it_was_sent(session: orm.Session) -> None:
    people = make_people()
    own = [{"text": "Je komt twee keer per jaar vertellen wat je leerde.", "source": "ons reglement, art. 4"}]
    parameters.put(duties.KEY, own, valid_from=date(2020, 1, 1), tenant_id=people.officer.tenant_id)
    call = make_draft_call(people)
    asked = [*({"text": d.text, "source": d.source} for d in call.duties), {"text": "Meer", "source": ""}]
    with pytest.raises(DomainError, match="where each duty comes from"):
        calls.set_duties(call, asked, by=people.officer)
    calls.set_duties(call, [*own, {"text": "Je toont ons logo", "source": "de oproep"}], by=people.officer)
    project = make_project(people, publish(people, call))
    projects_.send_agreement(project, by=people.officer)
    sent = letters.agreement_text(project)
    assert project.agreement == sent
    assert "Je komt twee keer per jaar vertellen wat je leerde (ons reglement, art. 4). | Je toont" in said(
        sent
    )
    with pytest.raises(Conflict):
        calls.set_duties(call, own, by=people.officer)
    call.duties[0].text, project.application.signatory_name = "Anders", "Iemand anders"
    assert letters.agreement_text(project) == sent


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
    call = make_open_call(make_people(), max_share_bp=3_350)
    session.commit()
    assert f"/calls/{call.id}/form" in client.get(f"/calls/{call.id}").text
    answer = client.get(f"/calls/{call.id}/form")
    assert answer.data.startswith(b"%PDF-")
    assert b"StructTreeRoot" in answer.data
    assert "hoogstens 33,5 procent" in text_of(answer.data)
