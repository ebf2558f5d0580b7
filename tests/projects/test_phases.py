"""A file goes through the phases of its call: each asks its own questions, and each has its own way out."""

from datetime import timedelta

import pytest
from sqlalchemy import orm

from core import clock
from core.errors import Conflict, DomainError
from core.models.accounts import User
from projects import admissibility, applications, completeness, labels, letters, phases, submissions
from projects.models.applications import Application, ApplicationStatus
from tests.conftest import Client
from tests.factories.projects import (
    People,
    make_application,
    make_idea,
    make_open_call,
    make_people,
)
from workflows import tasks

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


def close_round(application: Application) -> None:
    application.round.closes_at = clock.now() - timedelta(seconds=1)


def test_an_idea_asks_its_own_questions_and_the_full_file_comes_by_invitation(people: People) -> None:
    application = make_idea(people)
    assert (application.phase, application.status) == ("idea", ApplicationStatus.SUBMITTED)
    close_round(application)
    with pytest.raises(DomainError, match="not the full file"):
        admissibility.admit(application, by=people.officer)
    with pytest.raises(DomainError):
        phases.invite(application, closes_at=clock.now(), reason="Goed", by=people.officer)
    phases.invite(
        application, closes_at=clock.now() + timedelta(days=30), reason="Sterk idee", by=people.officer
    )
    assert (application.phase, application.status) == ("full", ApplicationStatus.DRAFT)
    assert applications.can_be_written(application)  # though the round itself has closed
    missing = {problem.field for problem in completeness.missing(application)}
    assert {"what", "budget", "starts_on", "iban"} <= missing


def test_an_open_phase_takes_versions_until_it_closes_so_nobody_is_invited_yet(people: People) -> None:
    application = make_idea(people)
    with pytest.raises(DomainError, match="still open"):
        phases.invite(
            application, closes_at=clock.now() + timedelta(days=9), reason="Goed", by=people.officer
        )


def test_an_invited_file_that_stays_away_is_on_record_after_its_own_closing(
    people: People, session: orm.Session
) -> None:
    application = make_idea(people)
    close_round(application)
    phases.invite(application, closes_at=clock.now() + timedelta(days=30), reason="Goed", by=people.officer)
    session.commit()
    assert submissions.close_unsubmitted(now=clock.now() + timedelta(days=29)) == 0
    assert submissions.close_unsubmitted(now=clock.now() + timedelta(days=31)) == 1
    assert application.status == ApplicationStatus.NOT_SUBMITTED


def test_the_last_phase_has_no_next_one(people: People) -> None:
    application = make_application(people, make_open_call(people))
    with pytest.raises(Conflict):
        phases.invite(application, closes_at=clock.now(), reason="Goed", by=people.officer)
    submissions.submit_application(application, received_at=clock.now(), by=people.applicant)
    with pytest.raises(DomainError, match="no later phase"):
        phases.invite(
            application, closes_at=clock.now() + timedelta(days=1), reason="Goed", by=people.officer
        )


def test_a_form_asks_what_its_phase_asks_and_shows_what_was_written_before(
    client: Client, session: orm.Session, people: People
) -> None:
    application = make_idea(people)
    session.commit()
    client.sign_in(session.get_one(User, people.applicant.user_id).email)
    page = client.get(f"/applications/{application.id}/edit").text
    assert "answer_idea" in page
    later = ("answer_what", "iban", "asked", "costs-0-amount", "starts_on")
    assert not [name for name in later if f'name="{name}"' in page]
    sent = {"title": "Nieuwe titel", "answer_idea": "Wij bellen aan.", "version": application.version}
    assert client.post(f"/applications/{application.id}/edit", data=sent).status_code == 302
    session.refresh(application)
    assert (application.title, application.answers) == ("Nieuwe titel", {"idea": "Wij bellen aan."})
    close_round(application)
    phases.invite(application, closes_at=clock.now() + timedelta(days=9), reason="Goed", by=people.officer)
    session.commit()
    page = client.get(f"/applications/{application.id}/edit").text
    assert [name in page for name in ("answer_what", "iban", "answer_idea")] == [True, True, False]
    assert "Wij bellen aan." in page


def test_who_is_not_invited_hears_why_in_a_letter_of_its_own(people: People) -> None:
    application = make_idea(people)
    with pytest.raises(DomainError, match="still open"):
        phases.turn_down(application, motivation="Te klein", by=people.officer)
    close_round(application)
    with pytest.raises(DomainError) as refusal:
        phases.turn_down(application, motivation=" ", by=people.officer)
    assert refusal.value.field == "motivation"
    phases.turn_down(application, motivation="Te klein voor deze oproep", by=people.officer)
    assert application.status == ApplicationStatus.REFUSED
    assert str(labels.status_label("application", labels.code_of(application))) == "Not invited to go on"
    letter = letters.decision_text(application)
    assert letter["opening"] == "Je aanvraag gaat niet door naar de volgende fase."
    assert [part["lines"] for part in letter["parts"] if part["title"] == "Waarom"] == [
        ["Te klein voor deze oproep"]
    ]
    assert tasks.turn_holder(application, people.officer).state == "nobody"
    with pytest.raises(Conflict):
        phases.invite(application, closes_at=clock.now(), reason="Toch", by=people.officer)


def test_a_full_file_is_never_turned_down_before_the_jury(people: People) -> None:
    application = make_application(people, make_open_call(people))
    submissions.submit_application(application, received_at=clock.now(), by=people.applicant)
    with pytest.raises(DomainError, match="no later phase"):
        phases.turn_down(application, motivation="Te klein", by=people.officer)
