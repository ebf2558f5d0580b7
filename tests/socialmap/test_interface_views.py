"""The open interface follows HSDA: envelope, filters that add up, records valid against the standard."""

import json

import pytest
from jsonschema import Draft202012Validator

from tests.socialmap.test_exports import registry

LISTS = ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms")


def get(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.get_data(as_text=True)[:300])
    return answer.get_json()


def test_the_root_names_version_and_profile(map_client):
    root = get(map_client, "/hsds/")
    assert root["version"] == "3.1"
    assert root["profile"].startswith("https://")


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


def test_filters_add_up(map_client):
    terms = get(map_client, "/hsds/taxonomy_terms?per_page=100")["contents"]
    debts = next(term["id"] for term in terms if term.get("code") == "B.2")
    all_debts = get(map_client, f"/hsds/services?taxonomy_term_id={debts}")
    some = get(map_client, f"/hsds/services?taxonomy_term_id={debts}&search=Schuldhulp")
    assert 0 < some["total_items"] < all_debts["total_items"]
    owner = get(map_client, f"/hsds/services/{some['contents'][0]['id']}")["organization"]["id"]
    own = get(map_client, f"/hsds/services?taxonomy_term_id={debts}&organization_id={owner}")
    assert own["total_items"] == 1


def test_minimal_gives_ids_and_moments(map_client):
    page = get(map_client, "/hsds/services?minimal=true&per_page=100")
    assert set(page["contents"][0]) == {"id", "modified_date"}
    later = get(map_client, "/hsds/services?modified_after=2099-01-01")
    assert (later["total_items"], later["empty"]) == (0, True)


def test_places_near_a_postcode(map_client):
    near = get(map_client, "/hsds/service_at_locations?postcode=9940&proximity=3000")
    far = get(map_client, "/hsds/service_at_locations?postcode=9940&proximity=30000")
    covering = get(map_client, "/hsds/service_at_locations?postcode=9940")
    assert 0 < near["total_items"] < far["total_items"]
    assert covering["total_items"] > 0


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "per_page=-1", "taxonomy_id=abc", "modified_after=gisteren", "minimal=maybe"],
)
def test_a_parameter_that_makes_no_sense_is_a_problem_document(map_client, query):
    answer = map_client.get(f"/hsds/services?{query}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_what_is_not_there_is_a_404(map_client):
    assert map_client.get("/hsds/services/nothing").status_code == 404
    assert map_client.get("/hsds/service_at_locations?postcode=0000").status_code == 400


def test_ndjson_gives_a_record_a_line(map_client):
    lines = map_client.get("/hsds/taxonomies?format=ndjson").get_data(as_text=True).splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0])["id"]
