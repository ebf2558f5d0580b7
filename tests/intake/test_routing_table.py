"""The routing table: dated lines that never contradict each other, leave nobody out, are never rewritten."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.access import Role
from core.errors import Conflict, DomainError
from core.models.accounts import Membership, Tenant, TenantKind
from core.models.trail import AuditEntry
from intake import routing, routing_table
from intake.models.routing import RoutingRule, RuleKind
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality
from intake.routing import Facts
from intake.routing_table import NewLine
from tests.factories import intake as make
from tests.factories.core import make_tenant


def day(days):
    return clock.today() + timedelta(days=days)


@pytest.fixture
def gbo(session):
    """A partnership of an OCMW and a CAW with a wish, a theme and the rest."""
    by = make.make_worker(None, Role.COORDINATOR)
    ocmw, caw = session.get(Tenant, by.tenant_id), make_tenant("CAW Test", TenantKind.CAW)
    found = make.make_gbo(ocmw, caw)
    make.make_rule(found, None, 10, kind=RuleKind.WISH)
    make.make_rule(found, caw, 20, theme=LifeDomain.SAFETY)
    make.make_rule(found, ocmw, 90)
    found.ocmw, found.caw, found.by = ocmw, caw, by
    return found


def line(gbo, row):
    return next(found for found in routing_table.lines(gbo.id) if found.priority == row)


def goes_to(gbo, on, **facts):
    values = {"nis": make.EVERGEM, "theme": LifeDomain.WORK, **facts}
    return routing.route(Facts(**values), by=gbo.by, on=on).tenant


def test_a_line_decides_from_its_first_day(gbo):
    new = NewLine(30, gbo.caw, day(2), theme=LifeDomain.WORK)
    routing_table.add_line(gbo, new, by=gbo.by)
    assert goes_to(gbo, day(1)) == gbo.ocmw
    assert goes_to(gbo, day(2)) == gbo.caw


def test_a_changed_line_keeps_what_held_until_then(gbo):
    routing_table.change_line(line(gbo, 90), gbo.caw, row=90, starts_on=day(5), by=gbo.by)
    assert goes_to(gbo, day(4)) == gbo.ocmw
    assert goes_to(gbo, day(5)) == gbo.caw
    assert routing_table.day_without_rest(routing_table.lines(gbo.id)) is None


def test_an_ended_line_leaves_its_notices_to_the_rows_below(gbo):
    routing_table.end_line(line(gbo, 20), ends_on=day(1), by=gbo.by)
    assert goes_to(gbo, day(1), theme=LifeDomain.SAFETY) == gbo.caw
    assert goes_to(gbo, day(2), theme=LifeDomain.SAFETY) == gbo.ocmw
    with pytest.raises(Conflict):
        routing_table.end_line(line(gbo, 20), ends_on=day(3), by=gbo.by)


@pytest.mark.parametrize(
    ("row", "values", "field"),
    [
        (20, {"theme": LifeDomain.WORK}, "row"),  # the number is in use
        (30, {"theme": LifeDomain.SAFETY}, None),  # the same notices
        (95, {"theme": LifeDomain.WORK}, "row"),  # the rest was taken before
        (30, {"theme": LifeDomain.SAFETY, "age_group": AgeGroup.CHILD}, "row"),  # row 20 takes these
        (5, {}, "row"),  # every other row would get nothing
        (0, {"theme": LifeDomain.WORK}, "row"),
        (30, {"nis": make.LIEVEGEM}, "place"),  # outside the area
        (30, {"theme": LifeDomain.WORK, "starts_on": day(-1)}, "starts_on"),
    ],
)
def test_a_line_that_contradicts_the_table_is_refused(gbo, row, values, field):
    new = NewLine(**{"row": row, "receiver": gbo.caw, "starts_on": day(0), **values})
    before = len(routing_table.lines(gbo.id))
    with pytest.raises(DomainError) as refusal:
        routing_table.add_line(gbo, new, by=gbo.by)
    assert refusal.value.field == field
    assert len(routing_table.lines(gbo.id)) == before


def test_a_row_is_free_again_when_its_line_has_ended(gbo):
    routing_table.end_line(line(gbo, 20), ends_on=day(3), by=gbo.by)
    new = {"row": 20, "receiver": gbo.ocmw, "theme": LifeDomain.SAFETY}
    with pytest.raises(DomainError):
        routing_table.add_line(gbo, NewLine(**new, starts_on=day(3)), by=gbo.by)
    routing_table.add_line(gbo, NewLine(**new, starts_on=day(4)), by=gbo.by)
    assert goes_to(gbo, day(4), theme=LifeDomain.SAFETY) == gbo.ocmw


def test_only_who_takes_part_and_keeps_files_receives(gbo):
    other = make_tenant("CAW Elders", TenantKind.CAW)
    with pytest.raises(DomainError) as refusal:
        routing_table.add_line(gbo, NewLine(30, other, day(0), mutuality=Mutuality.CM), by=gbo.by)
    assert refusal.value.field == "receiver"


def test_the_last_line_for_everything_else_does_not_end(gbo):
    with pytest.raises(DomainError, match=r"\w"):
        routing_table.end_line(line(gbo, 90), ends_on=day(9), by=gbo.by)


def test_a_line_to_come_is_taken_back_and_the_one_before_goes_on(gbo, session):
    follower = routing_table.change_line(line(gbo, 90), gbo.caw, row=91, starts_on=day(5), by=gbo.by)
    with pytest.raises(Conflict):
        routing_table.remove_line(line(gbo, 20), by=gbo.by)
    routing_table.remove_line(follower, by=gbo.by)
    assert [(found.priority, found.ends_on) for found in routing_table.lines(gbo.id)] == [
        (10, None), (20, None), (90, None)
    ]  # fmt: skip


def test_a_line_to_come_stays_while_another_took_the_row_of_the_one_before(gbo, session):
    follower = routing_table.change_line(line(gbo, 20), gbo.ocmw, row=21, starts_on=day(5), by=gbo.by)
    new = NewLine(20, gbo.caw, day(6), theme=LifeDomain.WORK)
    taker = routing_table.add_line(gbo, new, by=gbo.by)
    with pytest.raises(DomainError, match="20"), session.begin_nested():
        routing_table.remove_line(follower, by=gbo.by)
    routing_table.remove_line(taker, by=gbo.by)
    routing_table.remove_line(follower, by=gbo.by)
    assert [found.priority for found in routing_table.lines(gbo.id)] == [10, 20, 90]


def test_the_table_tells_who_changed_what(gbo, session):
    routing_table.add_line(gbo, NewLine(30, gbo.caw, day(0), theme=LifeDomain.WORK), by=gbo.by)
    routing_table.end_line(line(gbo, 30), ends_on=day(0), by=gbo.by)
    assert [(news.act, news.row, news.who) for news in routing_table.history(gbo.id)] == [
        ("ended", 30, gbo.by.name), ("added", 30, gbo.by.name)
    ]  # fmt: skip
    entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.changes["until"] == day(0).isoformat()


# ---------------------------------------------------------------- the page
@pytest.fixture
def table_page(client, session, gbo):
    """The coordinator is signed in and opens the table."""
    membership = session.get(Membership, gbo.by.membership_id)
    membership.partnership_id = gbo.id
    session.flush()
    client.sign_in(gbo.by.email)
    return lambda query="": client.get(f"/routing-table{query}")


def test_the_coordinator_adds_changes_and_ends_on_pages(client, session, gbo, table_page):
    sent = {"receiver": str(gbo.caw.id), "row": "40", "starts_on": f"{day(0):%d/%m/%Y}", "theme": "debts"}
    answer = client.post("/routing-table/lines/new", data=sent, follow_redirects=True)
    assert answer.text.count('data-testid="routing-line"') == 4
    assert "Rij 40 toegevoegd" in answer.text
    made = line(gbo, 40)
    refused = client.post("/routing-table/lines/new", data={**sent, "row": "41"})
    assert refused.status_code == 422
    assert "Rij 40 gaat over dezelfde meldingen" in refused.text
    to = {"receiver": str(gbo.ocmw.id), "row": "40", "starts_on": f"{day(2):%d/%m/%Y}"}
    client.post(f"/routing-table/lines/{made.id}/change", data=to)
    assert 'data-state="to_come"' in table_page().text
    coming = session.scalars(sa.select(RoutingRule).where(RoutingRule.starts_on == day(2))).one()
    client.post(f"/routing-table/lines/{coming.id}/remove", data={"command_id": ""})
    client.post(f"/routing-table/lines/{made.id}/end", data={"ends_on": f"{day(0):%d/%m/%Y}"})
    assert line(gbo, 40).ends_on == day(0)


def test_the_page_tells_to_whom_a_notice_would_go(gbo, table_page, statements):
    table_page()
    with statements() as seen:
        table_page()
    assert len(seen) <= 6
    assert "CAW Test, wegens: Veiligheid" in table_page("?place=Evergem&theme=safety").text
    assert "we kennen" in table_page("?place=Nergenshuizen&theme=safety").text.lower()


def test_a_partner_reads_the_table_and_changes_nothing(client, session, gbo):
    other = make.make_worker(gbo.caw)
    client.sign_in(other.email)
    answer = client.get("/routing-table")
    assert answer.text.count('data-testid="routing-line"') == 3
    assert "/lines/new" not in answer.text
    assert client.get("/routing-table/lines/new").status_code == 403
    assert client.get(f"/routing-table/lines/{line(gbo, 20).id}/end").status_code == 404
