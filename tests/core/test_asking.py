"""Who is looked for stands in no address: it travels sealed, for one person, one page and one day."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from core import asking, clock
from tests.factories.core import make_membership, make_tenant, make_user
from tests.factories.intake import make_service

PASSWORD = "draaischijf-demo"


@pytest.fixture
def reader(client, session):
    make_membership(make_user("nele@example.org", name="Nele Wauters"))
    session.commit()
    return client.sign_in("nele@example.org", PASSWORD)


def look_for(client, text="Lena Aerts"):
    answer = client.post("/search", data={"asking": 1, "q": text})
    assert answer.status_code == 303
    return answer.location


def typed(client, address):
    return 'value="Lena Aerts"' in client.get(address).text


def test_a_search_leads_to_an_address_without_the_name_that_can_be_opened_again(reader):
    address = look_for(reader)
    assert "Lena" not in address
    assert typed(reader, address)
    assert typed(reader, address), "reloading and going back find the same"


def test_a_name_that_was_written_in_an_address_is_moved_out_of_it(reader):
    answer = reader.get("/search?q=Lena+Aerts&after=3")
    assert answer.status_code == 303
    assert "Lena" not in answer.location
    assert "after" not in answer.location
    assert typed(reader, answer.location)


def test_it_opens_for_nobody_else_nor_on_another_page_nor_the_day_after(reader, app, session, monkeypatch):
    address = look_for(reader)
    make_membership(make_user("an@example.org"))
    session.commit()
    assert not typed(app.test_client().sign_in("an@example.org", PASSWORD), address)
    assert not typed(reader, address[:-2])
    token = parse_qs(urlsplit(address).query)[asking.PARAM][0]
    assert "Lena" not in reader.get(f"/social-map?asked={token}").text
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(asking.clock, "now", lambda: later)
    assert not typed(reader, address)


def test_marks_that_would_turn_a_page_around_do_not_come_along(reader):
    assert typed(reader, look_for(reader, "Lena\u202e Aerts\x00"))


def test_what_is_pasted_makes_no_address_that_a_server_cuts_off(reader):
    assert len(look_for(reader, "lang " * 10_000)) < 1_000


@pytest.mark.parametrize("path", ["/search", "/account/password"])
def test_only_a_search_needs_no_mark_of_our_own_form(app, reader, path, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = reader.post(path, data={"asking": 1, "q": "Lena"})
    assert (answer.status_code == 303) == (path == "/search")


def test_names_of_fields_are_names_of_fields_alone(reader):
    odd = {"_method": "POST", "_scheme": "ftp", "_external": "1", "_anchor": "x", "endpoint": "core.sign_in"}
    answer = reader.post("/search", data={"asking": 1, "q": "Lena Aerts", **odd})
    assert answer.status_code == 303
    assert answer.location.startswith("/search?")
    sent = parse_qs(urlsplit(answer.location).query)
    assert {name: sent[name] for name in odd} == {name: [text] for name, text in odd.items()}
    assert typed(reader, answer.location)
    assert reader.get("/search?q=Lena&_method=POST&_scheme=ftp&_external=1&values=2").status_code == 303


def test_all_that_the_map_found_is_shown_where_the_product_stands_under_a_path(reader, session):
    tenant = make_tenant("Huis")
    for number in range(8):
        make_service(tenant, name=f"Voedselhulp {number}")
    session.commit()
    place = {"SCRIPT_NAME": "/draaischijf"}
    found = reader.post("/search", data={"asking": 1, "q": "Voedselhulp"}, environ_overrides=place)
    assert found.location.startswith("/draaischijf/search?")
    page = reader.get(found.location.removeprefix("/draaischijf"), environ_overrides=place)
    assert 'value="Voedselhulp"' in page.text
    more = re.search(r'href="(/draaischijf/social-map\?asked=[^"]+)"', page.text)[1]
    results = reader.get(more.removeprefix("/draaischijf"), environ_overrides=place)
    assert 'value="Voedselhulp"' in results.text


def test_who_has_to_sign_in_first_takes_no_name_along_in_the_address(app):
    answer = app.test_client().get("/trail?person=Lena+Aerts&number=D-1&kind=looks")
    assert parse_qs(urlsplit(answer.location).query)["next"] == ["/trail?kind=looks"]
    assert "Lena" not in answer.location
    plain = app.test_client().get("/search?asked=abc")
    assert parse_qs(urlsplit(plain.location).query)["next"] == ["/search?asked=abc"]


def test_the_title_of_a_page_that_was_found_names_nobody(reader):
    page = reader.get(look_for(reader)).text
    assert "Lena" not in page.split("<title>")[1].split("</title>")[0]
