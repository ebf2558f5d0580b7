"""What the demo plays becomes older, past the turn of a year too."""

from sqlalchemy import orm

from core import clock
from projects import demo_time
from tests.factories.projects import make_draft_call, make_people


def test_calls_that_become_of_last_year_keep_numbers_of_their_own(session: orm.Session):
    people, last_year = make_people(), clock.today().year - 1
    made = []
    for _each in range(2):
        call = make_draft_call(people)
        call.created_at = call.created_at.replace(year=last_year, day=1)
        demo_time.renumber(call)
        session.flush()
        made.append(call.number)
    assert made == [f"{last_year}-0001", f"{last_year}-0002"]
