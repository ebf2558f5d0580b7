"""The open interface follows HSDA: envelope, filters that add up, records valid against the standard."""

import json
from urllib.parse import quote, urlsplit

import pytest
import time_machine
from jsonschema import Draft202012Validator

from core.db import transaction
from socialmap import geography, imports, interface
from tests.factories.socialmap import write_package
from tests.socialmap.test_exports import registry
from tests.socialmap.test_history import first, second

LISTS = ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms")


def get(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.get_data(as_text=True)[:300])
    return answer.get_json()


def test_the_root_names_version_and_profile(map_client):
    root = get(map_client, "/hsds/")
    assert root["version"] == "3.1"
    published = get(map_client, urlsplit(root["profile"]).path)
    assert published["uri"] == root["profile"]
    assert set(get(map_client, urlsplit(published["files"][0]).path)["properties"]) == {
        "source", "external_id", "not_seen_since",
    }  # fmt: skip


@pytest.mark.parametrize("kind", LISTS)
def test_lists_come_in_the_envelope_and_records_one_by_one(map_client, kind):
    page = get(map_client, f"/hsds/{kind}?per_page=2")
    assert (page["page_number"], page["size"], page["first_page"], page["empty"]) == (1, 2, True, False)
    assert page["total_pages"] == -(-page["total_items"] // 2)
    record = page["contents"][0]
    assert get(map_client, f"/hsds/{kind}/{record['id']}")["id"] == record["id"]
    last = get(map_client, f"/hsds/{kind}?per_page=2&page={page['total_pages']}")
    assert (last["last_page"], last["empty"]) == (True, False)


@pytest.mark.parametrize(("kind", "schema"), [("services", "service"), ("organizations", "organization"),
                                               ("service_at_locations", "service_at_location")])  # fmt: skip
def test_full_records_are_valid(map_client, shared, kind, schema):
    folder = shared / "data" / "hsds-3.1" / "schema"
    validator = Draft202012Validator(
        json.loads((folder / f"{schema}.json").read_text()), registry=registry(folder)
    )
    for record in get(map_client, f"/hsds/{kind}?full=true&per_page=20")["contents"]:
        assert [error.message for error in validator.iter_errors(record)] == []


@pytest.mark.parametrize("full", ["true", "false"])
def test_a_service_at_a_place_holds_its_service(map_client, shared, full):
    """Like the examples of the standard: the service with its organization, in lists and whole records."""
    folder = shared / "data" / "hsds-3.1" / "schema"
    validator = Draft202012Validator(
        json.loads((folder / "service.json").read_text()), registry=registry(folder)
    )
    found = get(map_client, f"/hsds/service_at_locations?full={full}&per_page=5")["contents"]
    for record in [*found, get(map_client, f"/hsds/service_at_locations/{found[0]['id']}")]:
        service = record["service"]
        assert [error.message for error in validator.iter_errors(service)] == []
        assert service["organization"]["name"]
        assert "service_at_locations" not in service


def test_records_are_valid_with_our_profile_and_hold_nothing_beyond_it(map_client, shared):
    folder = shared / "data" / "hsds-3.1" / "schema"
    standard = json.loads((folder / "service.json").read_text())
    added = get(map_client, "/hsds/profile/service.json")["properties"]
    closed = {**standard, "properties": standard["properties"] | added, "additionalProperties": False}
    validator = Draft202012Validator(closed, registry=registry(folder))
    for record in get(map_client, "/hsds/services?full=true&per_page=20")["contents"]:
        assert [error.message for error in validator.iter_errors(record)] == []


def test_filters_add_up(map_client):
    terms = get(map_client, "/hsds/taxonomy_terms?per_page=100")["contents"]
    debts = next(term["id"] for term in terms if term.get("code") == "B.2")
    all_debts = get(map_client, f"/hsds/services?taxonomy_term_id={debts}")
    some = get(map_client, f"/hsds/services?taxonomy_term_id={debts}&search=Schuldhulp")
    assert 0 < some["total_items"] < all_debts["total_items"]
    owner = get(map_client, f"/hsds/services/{some['contents'][0]['id']}")["organization"]["id"]
    own = get(map_client, f"/hsds/services?taxonomy_term_id={debts}&organization_id={owner}")
    assert own["total_items"] == 1


def test_minimal_gives_ids_and_moments_of_everything_at_once(map_client):
    everything = get(map_client, "/hsds/services?per_page=1")["total_items"]
    page = get(map_client, "/hsds/services?minimal=true")
    assert (len(page["contents"]), page["total_pages"]) == (everything, 1)
    assert set(page["contents"][0]) == {"id", "modified_date"}


@pytest.mark.parametrize("kind", LISTS)
def test_what_changed_since_a_moment_is_asked_for_in_every_list(map_client, map_session, kind):
    """A copy is kept in step by asking what changed at or after the last moment that was seen."""
    everything = get(map_client, f"/hsds/{kind}?minimal=true")["contents"]
    newest = max(record["modified_date"] for record in everything)
    since = get(map_client, f"/hsds/{kind}?modified_after={quote(newest)}")
    assert 0 < since["total_items"] <= len(everything)
    later = get(map_client, f"/hsds/{kind}?modified_after=2099-01-01")
    assert (later["total_items"], later["empty"]) == (0, True)


def test_a_changed_telephone_number_is_a_change_of_its_service(session, client, tmp_path):
    def deliver(folder, files):
        with time_machine.travel(f"2026-11-{folder}T10:00:00Z", tick=False), transaction():
            imports.apply(imports.plan(write_package(tmp_path / folder, files), source="test"))

    deliver("10", first())
    deliver("12", second())
    moved = get(client, "/hsds/services?modified_after=2026-11-11&minimal=true")["contents"]
    everything = get(client, "/hsds/services?minimal=true")["contents"]
    assert 0 < len(moved) <= len(everything)


def test_places_near_a_postcode(map_client):
    near = get(map_client, "/hsds/service_at_locations?postcode=9940&proximity=3000")
    far = get(map_client, "/hsds/service_at_locations?postcode=9940&proximity=30000")
    covering = get(map_client, "/hsds/service_at_locations?postcode=9940")
    assert 0 < near["total_items"] < far["total_items"]
    assert covering["total_items"] > 0
    lat, lon = geography.postcode_point("9940")
    for record in get(map_client, "/hsds/service_at_locations?postcode=9940&proximity=3000")["contents"]:
        place = record["location"]
        assert geography.distance_km((lat, lon), (place["latitude"], place["longitude"])) < 3.01


def test_an_organization_with_its_whole_services(map_client):
    listed = get(map_client, "/hsds/organizations?full_service=true&per_page=3")["contents"]
    served = next(record for record in listed if record["services"])
    one = get(map_client, f"/hsds/organizations/{served['id']}?full_service=true")
    assert [service["id"] for service in one["services"]] == [service["id"] for service in served["services"]]
    assert "service_areas" in str(one["services"])
    assert "services" not in get(map_client, f"/hsds/organizations/{served['id']}")


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "per_page=-1", "per_page=1001", "per_page=all", "taxonomy_id=abc",
     "modified_after=gisteren", "minimal=maybe", "format=xml", "municipality=9940", "proximity=10"],
)  # fmt: skip
def test_a_parameter_that_makes_no_sense_is_a_problem_document(map_client, query):
    answer = map_client.get(f"/hsds/services?{query}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert query.partition("=")[0] in answer.get_json()["detail"]


def test_proximity_needs_a_postcode(map_client):
    answer = map_client.get("/hsds/service_at_locations?proximity=1000")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize("path", ["services/nothing", "dragons", "dragons/1", "profile/dragon.json"])
def test_what_is_not_there_is_a_problem_document(map_client, path):
    answer = map_client.get(f"/hsds/{path}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert map_client.get("/hsds/service_at_locations?postcode=0000").status_code == 400


def test_ndjson_gives_every_record_a_line(map_client, monkeypatch):
    monkeypatch.setattr(interface, "STREAMED", 40)
    total = get(map_client, "/hsds/organizations?per_page=1")["total_items"]
    lines = map_client.get("/hsds/organizations?format=ndjson").get_data(as_text=True).splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert len(ids) == len(set(ids)) == total > 40


def test_a_page_takes_as_many_statements_whatever_its_size_and_place(map_client, statements):
    def counted(query):
        with statements() as seen:
            get(map_client, f"/hsds/services?full=true&{query}")
        return len(seen)

    assert counted("per_page=2") == counted("per_page=40") == counted("per_page=40&page=30")


def test_words_are_found_however_they_are_inflected(map_client):
    found = [
        get(map_client, f"/hsds/services?search={word}")["total_items"] for word in ("schuld", "schulden")
    ]
    assert min(found) > 0
    both = get(map_client, "/hsds/services?search=schulden+evergem")["total_items"]
    assert 0 < both < min(found)
