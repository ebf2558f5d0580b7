"""Every look at a file is in the list of who looked, once, by name for colleagues and without on paper."""

import pytest
from sqlalchemy import orm

from core.access import Role
from core.models.accounts import Tenant
from intake import readers
from tests.conftest import Client
from tests.factories import intake as make
from tests.factories.core import make_actor


@pytest.fixture
def shared_file(session: orm.Session):
    by, partner = make.make_worker(), make.make_partner("vzw De Brug")
    return by, partner, make.make_referral(by, partner)


def rows_of(case):
    return [(row.who, row.whence, row.entry.action) for row in readers.of_case(case)[0]]


def test_every_look_of_worker_and_partner_is_listed(client: Client, shared_file) -> None:
    by, partner, referral = shared_file
    client.sign_in(by.email)
    client.get(f"/cases/{referral.case_id}")
    client.get(f"/cases/{referral.case_id}/person")
    client.post("/logout")
    client.sign_in(partner.email)
    client.get(f"/referrals/{referral.id}")
    client.get(f"/cases/{referral.case_id}")  # refused, and that is in the list too
    found = rows_of(referral.case)
    assert (by.name, by.tenant_name, "case.read") in found
    assert (by.name, by.tenant_name, "person.read") in found
    assert (partner.name, "vzw De Brug", "referral.read") in found
    assert (partner.name, "vzw De Brug", "access.refused") in found
    assert len(found) == len(set(found))


def test_looks_at_another_file_are_not_in_the_list(client: Client, shared_file) -> None:
    by, _partner, referral = shared_file
    other = make.make_case(by, person=make.make_person(by, first_name="Mia", phone="0400 00 07 07"))
    client.sign_in(by.email)
    client.get(f"/cases/{other.id}")
    assert [action for _who, _whence, action in rows_of(referral.case) if action == "case.read"] == []


def test_the_officer_reads_who_looked_and_nothing_of_the_citizen(
    client: Client, session: orm.Session, shared_file, statements
) -> None:
    by, _partner, referral = shared_file
    client.sign_in(by.email)
    client.get(f"/cases/{referral.case_id}")
    client.post("/logout")
    officer = make_actor(Role.DPO, tenant=session.get(Tenant, by.tenant_id))
    client.sign_in(officer.email)
    address = f"/cases/{referral.case_id}/readers"
    with statements() as seen:
        page = client.get(address)
    assert page.status_code == 200
    assert by.name in page.text
    assert "Lena" not in page.text
    assert "Aerts" not in page.text
    assert len(seen) <= 8
    assert client.get(f"/cases/{referral.case_id}").status_code == 404
    assert rows_of(referral.case)[0][2] == "access.refused"
    assert (officer.name, officer.tenant_name, "readers.read") in rows_of(referral.case)


def test_an_officer_of_another_organization_sees_nothing(client: Client, shared_file) -> None:
    _by, _partner, referral = shared_file
    client.sign_in(make_actor(Role.DPO).email)
    assert client.get(f"/cases/{referral.case_id}/readers").status_code == 404


def test_on_paper_it_is_dutch_per_day_and_organization_without_names_of_colleagues(
    client: Client, shared_file
) -> None:
    by, _partner, referral = shared_file
    client.sign_in(by.email)
    for _time in range(3):
        client.get(f"/cases/{referral.case_id}")
    rows, _more = readers.of_case(referral.case)
    with readers.force_locale("nl"):
        lines = readers._lines(rows, by)
    assert any(line.endswith(f"{by.tenant_name}: Dossier geopend, 3 keer") for line in lines)
    assert not any(by.name in line for line in lines)
    answer = client.get(f"/cases/{referral.case_id}/readers.pdf")
    assert answer.data.startswith(b"%PDF")


def test_a_long_list_goes_on_where_the_page_ended(client: Client, shared_file) -> None:
    by, _partner, referral = shared_file
    client.sign_in(by.email)
    for _time in range(5):
        client.get(f"/cases/{referral.case_id}")
    first, after = readers.of_case(referral.case, limit=3)
    rest, end = readers.of_case(referral.case, after=after, limit=50)
    ids = [row.entry.id for row in (*first, *rest)]
    assert end is None
    assert ids == sorted(set(ids), reverse=True)
    assert len(ids) >= 5
