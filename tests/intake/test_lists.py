"""The filter of a list survives leaving it; it is seen, cleared in one click, never holds what was typed."""

import base64
import json
import zlib

import pytest

from core.access import Role
from core.models.accounts import Tenant, TenantKind
from intake.models.vocabulary import LifeDomain, Urgency
from tests.factories import intake as make
from tests.factories.core import make_actor, make_tenant

CLEAR = 'data-testid="clear-filter"'


def rows(page):
    return page.text.count('data-testid="case-row"')


@pytest.fixture
def files(client, session, nele):
    """Two files of one's own, one of them urgent, and one of a colleague."""
    make.make_case(nele, urgency=Urgency.U1)
    make.make_case(nele, urgency=Urgency.U3, with_person=False)
    make.make_case(make.make_worker(session.get(Tenant, nele.tenant_id)), urgency=Urgency.U1)
    return client


def kept(client):
    """What the signed cookie says."""
    value = client.get_cookie("draaischijf").value
    packed = value.split(".")[1] if value.startswith(".") else value.split(".")[0]
    data = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    return json.loads(zlib.decompress(data) if value.startswith(".") else data)


def test_coming_back_by_the_menu_finds_the_filter_again(files):
    assert rows(files.get("/cases")) == 2
    assert rows(files.get("/cases?tab=all&urgency=U1")) == 2
    files.get("/my-day")
    page = files.get("/cases")
    assert rows(page) == 2
    assert '<option value="U1" selected>' in page.text
    assert 'data-testid="clear-filter"' in page.text
    files.get("/signals?tab=taken")  # another list has its own
    assert rows(files.get("/cases")) == 2


def test_one_click_clears_it(files):
    page = files.get("/cases?tab=mine&urgency=U1&phase=contacting")
    address = page.text.split('data-testid="clear-filter"')[0].rsplit('href="', 1)[1].split('"')[0]
    cleared = files.get(address)
    assert rows(cleared) == 2
    assert 'data-testid="clear-filter"' not in cleared.text
    assert rows(files.get("/cases")) == 2
    assert "filters" not in kept(files) or kept(files)["filters"] == {}


def test_only_known_codes_are_kept_and_the_cookie_travels_only_when_they_change(files):
    files.get("/cases?tab=Lena+Aerts&urgency=U9&phase=closed&q=Lena")
    assert "Lena" not in json.dumps(kept(files))
    assert "filters" not in kept(files)
    assert "Set-Cookie" in files.get("/cases?tab=all").headers
    assert kept(files)["filters"] == {"intake.list_cases": {"tab": "all"}}
    assert "Set-Cookie" not in files.get("/cases").headers


def test_who_signs_in_next_starts_without_it(files, session, nele):
    files.get("/cases?tab=closed")
    files.post("/logout")
    other = make.make_worker(session.get(Tenant, nele.tenant_id), Role.TEAM_LEAD)
    files.sign_in(other.email)
    assert 'data-testid="clear-filter"' not in files.get("/cases").text


def test_pages_and_tabs_take_the_rest_of_the_filter_along(files):
    page = files.get("/cases?tab=all&urgency=U1").text
    assert "/cases?tab=closed&amp;urgency=U1" in page
    assert '<input type="hidden" name="tab" value="all">' in page


def test_notices_are_narrowed_down_by_theme_and_urgency(client, session, nele):
    energy = make.make_signal(nele)
    make.make_signal(nele, theme=LifeDomain.DEBTS)
    page = client.get("/signals?tab=waiting&theme=energy").text
    assert page.count('data-testid="signal-row"') == 1
    assert energy.number in page
    assert energy.number in client.get("/signals").text
    assert client.get(f"/signals?urgency={energy.urgency}").text.count('data-testid="signal-row"') >= 1


@pytest.mark.parametrize(
    ("role", "kind", "address", "chosen"),
    [
        (Role.DPO, None, "/trail", "kind=looks&from=1/11/2026"),
        (Role.DPO, None, "/emergency-access", "tab=reviewed"),
        (Role.PROCESS_MANAGER, TenantKind.PLATFORM, "/processes/instances", "status=completed"),
        (Role.OFFICER, TenantKind.PROVINCE, "/applications", "status=granted"),
        (Role.OFFICER, TenantKind.PROVINCE, "/projects", "status=running"),
    ],
)
def test_every_list_with_a_filter_keeps_it_until_it_is_cleared(client, session, role, kind, address, chosen):
    tenant = make_tenant(kind=kind) if kind else None
    by = make_actor(role, **({"tenant": tenant} if tenant else {}))
    session.commit()
    client.sign_in(by.email)
    assert CLEAR not in client.get(address).text
    client.get(f"{address}?{chosen}")
    page = client.get(address).text
    assert CLEAR in page
    clear = page.split(CLEAR)[0].rsplit('href="', 1)[1].split('"')[0]
    client.get(clear)
    assert CLEAR not in client.get(address).text


def test_my_day_of_the_whole_organization_is_kept_too(files):
    assert 'of=team" aria-current="true"' in files.get("/my-day?of=team").text
    assert 'of=team" aria-current="true"' in files.get("/my-day").text
    assert 'of=me" aria-current="true"' in files.get("/my-day?of=me").text
    assert 'of=me" aria-current="true"' in files.get("/my-day").text


def test_a_file_that_nobody_allocated_says_with_whom_it_stands(files, session, nele):
    mine = files.get("/cases").text
    assert ("Voorlopig bij jou" in mine, "Voorlopige houder" in mine) == (True, False)
    assert "Voorlopige houder" in files.get("/cases?tab=all").text


def test_the_search_box_names_what_its_reader_can_find(files):
    assert 'placeholder="Zoek persoon, dossier of dienst"' in files.get("/cases").text
    files.sign_in(make_actor(Role.OFFICER, tenant=make_tenant(TenantKind.PROVINCE)).email)
    page = files.get("/search").text
    assert 'placeholder="Zoek oproep, aanvraag, project of dienst"' in page
    assert "persoon, dossier" not in page


def test_my_day_sends_one_on_to_where_ones_own_day_stands(files):
    files.sign_in(make_actor(Role.OFFICER, tenant=make_tenant(TenantKind.PROVINCE)).email)
    answer = files.get("/my-day")
    assert (answer.status_code, answer.location) == (302, "/my-work")
