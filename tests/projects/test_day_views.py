"""The day of a juror: the files that still lack their own scores, and nothing else."""

from sqlalchemy import orm

from projects import assessments
from tests.conftest import Client
from tests.factories.projects import hand_in, make_in_jury, make_open_call, make_people, user_of


def test_a_juror_finds_only_the_files_left_to_judge(client: Client, session: orm.Session) -> None:
    people = make_people()
    call = make_open_call(people, one_per_applicant=False)
    judged = make_in_jury(people, call)
    left = make_in_jury(people, call)
    juror = people.jurors[0]
    judged.title, left.title = "Al beoordeeld", "Nog te lezen"
    assessment = assessments.find_assessment(judged, juror.user_id)
    assert assessment is not None
    hand_in(assessment, judged, (8, 7), by=juror)
    session.commit()
    client.sign_in(user_of(juror).email)
    page = client.get("/my-work").text
    assert left.title in page
    assert judged.title not in page.split('id="now"')[1].split("</section>")[0]
