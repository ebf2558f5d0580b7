"""The register of requests for aid: whole, found by state and period, copied safely, no further than seen."""

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.access import Role
from core.models.accounts import Tenant, TenantKind
from core.models.trail import AuditEntry
from intake import aid_register, aid_requests
from intake.models.aid_requests import AidKind, AidOutcome
from intake.models.persons import Avoid
from tests.factories import intake as make
from tests.factories.core import make_tenant


def asked(by, *, days=0, receipt=True, **person):
    case = make.make_case(by, person=make.make_person(by, **person))
    on = clock.today() - timedelta(days=days)
    made = aid_requests.register_request(case, AidKind.LIVING_WAGE, "Ik heb niets.", asked_on=on, by=by)
    if receipt:
        aid_requests.give_receipt(made, by=by)
    return made


def decided(by, *, days):
    request = asked(by, days=days)
    aid_requests.confirm_competence(request, by=by)
    aid_requests.record_decision(
        request, AidOutcome.GRANTED, body="BCSD", reason="x", decided_on=clock.today(), by=by
    )
    return request


def numbers(page):
    return [part.split("<")[0] for part in page.text.split('<span class="ds-num">')[1:]]


def test_the_register_holds_every_request_of_the_organization_and_no_other(client, session, nele):
    mine, other = asked(nele), asked(make.make_worker())
    colleague = make.make_worker(session.get(Tenant, nele.tenant_id))
    theirs = asked(colleague, first_name="Piet")
    page = client.get("/aid-register")
    assert numbers(page) == [theirs.number, mine.number]
    assert other.number not in page.text
    assert "Piet Aerts" in page.text


def test_the_register_follows_the_moment_of_registering(session, nele):
    made = [asked(nele, days=days) for days in (2, 7, 4)]
    for request in made:
        request.registered_at = clock.start_of(request.asked_on)
    session.flush()
    for oldest_first, expected in ((False, [0, 2, 1]), (True, [1, 2, 0])):
        found, after = [], None
        while after is not None or not found:
            lines, after = aid_register.page(
                aid_register.Sought(), by=nele, after=after, size=1, oldest_first=oldest_first
            )
            found += [line.request for line in lines]
        assert found == [made[number] for number in expected]


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("all", ["told", "late", "fresh", "bare"]),
        ("open", ["told", "late", "fresh", "bare"]),
        ("late", ["late", "bare"]),
        ("without_receipt", ["bare"]),
    ],
)
def test_the_register_is_found_by_state(client, session, nele, show, expected):
    made = {
        "bare": asked(nele, days=1, receipt=False),
        "fresh": asked(nele, days=2),
        "late": asked(nele, days=9),
        "told": decided(nele, days=4),
    }
    assert numbers(client.get(f"/aid-register?show={show}")) == [made[name].number for name in expected]


def test_the_register_is_found_by_the_day_of_the_request(client, session, nele):
    asked(nele, days=9)
    made = asked(nele, days=4)
    asked(nele, days=1)
    day = clock.today() - timedelta(days=4)
    assert numbers(client.get(f"/aid-register?from={day:%d/%m/%Y}&until={day:%d/%m/%Y}")) == [made.number]
    page = client.get("/aid-register?from=31/02/2026")
    assert 'id="from-error"' in page.text
    assert len(numbers(page)) == 3


def test_pages_of_the_register_follow_each_other_and_keep_to_their_statements(
    client, session, statements, nele
):
    made = [asked(nele, days=number % 9).number for number in range(27)]
    client.get("/aid-register")
    with statements() as seen:
        first = client.get("/aid-register")
    assert len(seen) <= 6
    more = first.text.split('href="/aid-register?')[-1].split('"')[0].replace("&amp;", "&")
    assert [*numbers(first), *numbers(client.get(f"/aid-register?{more}"))] == made[::-1]


def test_a_restricted_file_shows_its_request_without_whose_it_is(client, session, nele):
    colleague = make.make_worker(session.get(Tenant, nele.tenant_id))
    request = asked(colleague, first_name="Piet", last_name="Geheim")
    request.case.is_restricted = True
    session.flush()
    for address in ("/aid-register", "/aid-register.csv"):
        text = client.get(address).text
        assert request.number in text
        assert "Geheim" not in text
        assert request.case.number not in text
        assert str(request.case_id) not in text


def copied(client, query=""):
    answer = client.get(f"/aid-register.csv{query}")
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))


def test_the_copy_is_safe_in_a_spreadsheet_and_stands_in_the_trail(client, session, nele):
    old = asked(nele, days=9, last_name="=cmd|' /C calc'!A0", first_name="-")
    hidden = asked(nele, last_name="Verborgen")
    hidden.case.person.avoid = [str(Avoid.CITIZEN_PAGE)]
    session.flush()
    rows = copied(client)
    assert [row["Nummer"] for row in rows] == [old.number, hidden.number]
    assert rows[0]["Wie"].startswith("'-")
    assert rows[0]["Gevraagd op"] == (clock.today() - timedelta(days=9)).isoformat()
    assert "Verborgen" not in rows[1]["Wie"]
    assert copied(client, "?show=late") == [rows[0]]
    entries = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "aid_register.exported").order_by(AuditEntry.id)
    ).all()
    assert [(entry.user_id, entry.changes["rows"], entry.changes["shown"]) for entry in entries] == [
        (nele.user_id, 2, "all"),
        (nele.user_id, 1, "late"),
    ]


@pytest.mark.parametrize(
    ("kind", "role"), [(TenantKind.CAW, Role.INTAKE_WORKER), (TenantKind.OCMW, Role.PARTNER_DESK)]
)
def test_only_workers_of_an_ocmw_open_the_register(client, session, kind, role):
    by = make.make_worker(make_tenant(kind=kind), role)
    client.sign_in(by.email)
    assert client.get("/aid-register").status_code == 403
    assert client.get("/aid-register.csv").status_code == 403
