"""What is told of an organization that stopped, is a double on the map, or both."""

import pytest
from sqlalchemy import orm

from core import clock
from projects import standing
from socialmap.models.directory import OrganizationSuccessor
from tests.factories.projects import make_organization

pytestmark = pytest.mark.usefixtures("in_english")


def test_a_double_did_not_stop_and_both_are_told_when_both_hold(session: orm.Session) -> None:
    stays, follows = make_organization("vzw Blijft"), make_organization("vzw Volgt")
    double = make_organization("Blijft", merged_into_id=stays.id)
    stopped = make_organization("vzw Gestopt", not_seen_since=clock.now())
    both = make_organization("vzw Beide", merged_into_id=stays.id)
    for one in (stopped, both):
        session.add(OrganizationSuccessor(organization_id=one.id, successor_id=follows.id, on=clock.today()))
    session.flush()
    found = standing.of_organizations([double.id, stopped.id, both.id, stays.id])
    is_double, has_stopped = "now on the map as vzw Blijft", "has stopped; vzw Volgt took over"
    told = [(is_double in found[one.id].warning, has_stopped in found[one.id].warning)
            for one in (double, stopped, both)]  # fmt: skip
    assert told == [(True, False), (False, True), (True, True)]
    assert "Since" not in found[stopped.id].warning
    assert found[stays.id].warning == ""
