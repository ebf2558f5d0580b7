"""Who is looked for stands in no address: it travels sealed, for one person, one page and one day."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from core import asking, clock
from tests.factories.core import make_membership, make_user

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
