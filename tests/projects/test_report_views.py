"""The pages of a report: what the applicant types is what the officer judges."""

import re
from typing import Any

from sqlalchemy import orm

from core.access import Role
from core.models.accounts import Tenant
from projects import reports
from tests.conftest import Client
from tests.factories.core import make_membership
from tests.factories.projects import YEAR, make_people, make_running


def enter(client: Client, session: orm.Session, tenant_id: Any, role: Role) -> None:
    member = make_membership(None, session.get_one(Tenant, tenant_id), role)
    session.commit()
    client.get("/logout")
    client.sign_in(member.user.email)


def test_vat_is_typed_by_the_applicant_and_left_out_for_the_officer(
    client: Client, session: orm.Session
) -> None:
    people = make_people()
    report = reports.of_project(make_running(people))[-1]
    enter(client, session, people.applicant.tenant_id, Role.APPLICANT)
    form = client.get(f"/reports/{report.id}/edit").text
    assert 'name="lines-0-vat_recoverable"' in form
    cost = {
        "category": "work",
        "description": "Druk",
        "spent_on": f"{YEAR}-03-01",
        "amount": "1210",
        "vat": "210",
    }
    typed = {f"lines-0-{name}": value for name, value in cost.items()} | {"lines-0-vat_recoverable": "y"}
    typed |= {"text": "Gedaan.", "submit": "1", "version": str(report.version)}
    answer = client.post(f"/reports/{report.id}/edit", data=typed)
    assert answer.status_code == 302, answer.text
    assert (report.lines[0].vat_cents, report.lines[0].vat_recoverable) == (210_00, True)
    enter(client, session, people.officer.tenant_id, Role.OFFICER)
    address = f"/reports/{report.id}/judge"
    page = client.get(address).text
    offered = re.search(r'name="line-1"[^>]*value="([^"]+)"', page)
    assert offered
    assert offered[1].startswith(("1000", "1.000"))
    too_much = {"line-1": "1210", "reason-1": "", "version": str(report.version)}
    refused = client.post(address, data=too_much)
    assert refused.status_code != 302
    assert "210,00" in refused.text
    assert report.lines[0].accepted_cents is None
    accepted = client.post(address, data={**too_much, "line-1": "1000", "reason-1": "De btw krijg je terug."})
    assert accepted.status_code == 302, accepted.text
    assert report.accepted_cents == 1000_00
