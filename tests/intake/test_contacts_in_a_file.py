"""In a file every contact of an OCMW asks whether aid is asked; who comes back sees what is new."""

import re

import pytest

from core.access import Role
from core.models.accounts import Tenant, TenantKind
from intake import notes
from tests.factories import intake as make
from tests.factories.core import make_tenant


@pytest.fixture
def case(client, session, nele):
    return make.make_case(nele)


def test_a_contact_in_which_aid_was_asked_leads_to_the_register_with_its_words(client, case):
    page = f"/cases/{case.id}"
    assert 'name="aid"' in client.get(page).text
    said = {"channel": "phone", "result": "reached", "attempt_note": "Ik heb geen geld voor eten."}
    assert client.post(f"{page}/attempts", data={**said, "aid": "no"}).location == page
    answer = client.post(f"{page}/attempts", data={**said, "aid": "yes"})
    assert answer.location.startswith(f"{page}/aid-requests/new?contact=")
    assert "Ik heb geen geld voor eten." in client.get(answer.location).text


def test_a_line_about_a_talk_offers_the_register_and_one_about_a_try_does_not(client, case):
    kept = client.post(f"/cases/{case.id}/line", data={"line": "gebeld, gesproken, vraagt leefloon"})
    shown = client.get(kept.location).text
    address = re.search(r'href="([^"]+)"[^>]*data-testid="ask-aid"', shown)[1].replace("&amp;", "&")
    assert "gebeld, gesproken, vraagt leefloon" in client.get(address).text
    missed = client.post(f"/cases/{case.id}/line", data={"line": "gebeld, niet bereikt"})
    assert "ask-aid" not in client.get(missed.location).text


def test_the_words_of_another_file_do_not_come_along(client, session, nele, case):
    other = make.make_case(nele)
    said = {"channel": "phone", "result": "reached", "attempt_note": "Vertrouwelijk.", "aid": "yes"}
    contact = client.post(f"/cases/{other.id}/attempts", data=said).location.partition("?")[2]
    assert "Vertrouwelijk." not in client.get(f"/cases/{case.id}/aid-requests/new?{contact}").text
    assert client.get(f"/cases/{case.id}/aid-requests/new?contact=x").status_code == 200


def test_only_an_ocmw_asks(client, session):
    worker = make.make_worker(make_tenant("CAW Test", TenantKind.CAW), Role.INTAKE_WORKER)
    case = make.make_case(worker)
    client.sign_in(worker.email)
    assert 'name="aid"' not in client.get(f"/cases/{case.id}").text


def test_who_comes_back_to_a_file_sees_what_others_did(client, session, nele, case):
    page = f"/cases/{case.id}"
    assert "while-away" not in client.get(page).text, "never looked: all of it is new"
    client.post(f"{page}/line", data={"line": "zelf genoteerd"})
    assert "while-away" not in client.get(page).text
    colleague = make.make_worker(session.get(Tenant, nele.tenant_id))
    notes.add_note(case, "Zij belde voor jou.", by=colleague)
    session.commit()
    shown = client.get(page).text
    assert 'data-testid="while-away"' in shown
    assert shown.count(">nieuw<") == 1
    assert "while-away" not in client.get(page).text, "seen now"
