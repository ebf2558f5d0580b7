"""What an applicant still completes, or takes off the list again."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import orm
from werkzeug.datastructures import FileStorage

from core.errors import Conflict
from projects import admissibility, applications, attachments, submissions
from projects.models.applications import Application
from socialmap.models.directory import Organization
from tests.factories.projects import (
    People,
    make_application,
    make_open_call,
    make_organization,
    make_people,
    submit,
)


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


def test_what_nobody_completed_goes_back_as_it_was_submitted(people: People, session: orm.Session) -> None:
    application = make_application(people, make_open_call(people))
    submit(people, application)
    request = admissibility.ask_completion(
        application, sections=["project"], reason="Te kort", by=people.officer
    )
    applications.save_answers(application, by=people.applicant, answers={"what": "Half getypt"})
    due_at = request.due_at
    session.commit()
    assert admissibility.lapse_completions(now=due_at) == 0
    assert admissibility.lapse_completions(now=due_at + timedelta(hours=1)) == 1
    assert application.status == "submitted"
    assert application.answers["what"] == "Wij gaan naar de boerderijen."
    with pytest.raises(Conflict):
        admissibility.complete(application, received_at=request.due_at, by=people.applicant)
    admissibility.ask_completion(application, sections=["project"], reason="Toch", by=people.officer)


def with_partner(people: People, partner: Organization) -> Application:
    """A draft with a partner and the letter of that one."""
    application = make_application(people, make_open_call(people))
    applications.add_partner(application, partner, role="Partner", by=people.applicant)
    letter = FileStorage(io.BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"), "brief.pdf")
    attachments.attach_letter(application, application.partners[0], letter, by=people.applicant)
    return application


def test_the_letter_of_a_partner_in_the_version_that_counts_is_kept_for_it(people: People) -> None:
    partner = make_organization()
    application = with_partner(people, partner)
    submit(people, application)
    applications.remove_partner(application, partner.id, by=people.applicant)
    submissions.restore_counting(application)
    assert [(each.organization_id, each.letter_received) for each in application.partners] == [
        (partner.id, True)
    ]
    assert application.counting is not None
    assert submissions.as_submitted(application) == application.counting.content
    applications.remove_partner(application, partner.id, by=people.applicant)
    submit(people, application)  # from now on none names it
    assert attachments.of_record(application) == []


def test_a_partner_is_taken_off_the_list_with_its_letter(people: People) -> None:
    wrong = make_organization()
    application = with_partner(people, wrong)
    applications.remove_partner(application, wrong.id, by=people.applicant)
    assert application.partners == []
    assert attachments.of_record(application) == []
    with pytest.raises(Conflict):
        applications.remove_partner(application, wrong.id, by=people.applicant)
