"""Municipalities, mergers, postcodes and the place in a question."""

from datetime import date

import pytest

from socialmap import geography


def test_there_are_285_flemish_and_19_brussels_municipalities():
    regions = [m.region for m in geography.municipalities()]
    assert (regions.count("2000"), regions.count("4000")) == (285, 19)


def test_every_municipality_has_a_name_in_two_languages_a_core_a_zone_and_postcodes():
    for m in geography.municipalities():
        assert m.name
        assert m.name_fr
        assert m.zone_name
        assert m.province_name
        assert m.postcodes
        assert 50.6 < m.lat < 51.6
        assert 2.5 < m.lon < 6.0


@pytest.mark.parametrize(
    ("old", "new", "on"),
    [
        ("44043", "44088", date(2025, 1, 1)),
        ("11007", "11002", date(2025, 1, 1)),
        ("11056", "46030", date(2025, 1, 1)),
        ("44011", "44083", date(2019, 1, 1)),
        ("71022", "71072", date(2025, 1, 1)),
    ],
)
def test_a_merged_municipality_leads_to_its_successor_with_the_day(old, new, on):
    merged = geography.municipality(old)
    assert merged is not None
    assert (merged.is_current, merged.successors, merged.valid_to) == (False, (new,), on)
    assert geography.current(old) == geography.municipality(new)
    assert merged in geography.predecessors(new)


@pytest.mark.parametrize(
    ("text", "nis", "kind", "rest"),
    [
        ("schuldbemiddeling in Evergem", "44019", "municipality", ["schuldbemiddeling"]),
        ("OCMW Merelbeke", "44088", "former", ["ocmw"]),
        ("o.c.m.w. hasselt", "71072", "municipality", ["ocmw"]),
        ("9880 maaltijden aan huis", "44084", "postcode", ["maaltijden", "aan", "huis"]),
        ("9000 Gent voedsel", "44021", "municipality", ["voedsel"]),
        ("voedsel Gent 9000", "44021", "postcode", ["voedsel"]),
        ("schulden Sint-Amandsberg", "44021", "place", ["schulden"]),
        ("sociale woning St-Niklaas", "46021", "municipality", ["sociale", "woning"]),
        ("psycholoog Bruxelles", "21004", "municipality", ["psycholoog"]),
        ("hulp in Zwijndrecht", "46030", "former", ["hulp"]),
        ("voedsel Heist-op-den-Berg", "12014", "municipality", ["voedsel"]),
        ("kleren in Berg", "23038", "place", ["kleren"]),
    ],
)
def test_the_place_is_taken_out_of_a_question(text, nis, kind, rest):
    words, place = geography.split_place(text)
    assert place is not None
    assert (place.nis, place.kind, words) == (nis, kind, rest)


@pytest.mark.parametrize("text", ["ik kan mijn huur niet betalen", "meer werk", "dakloos slapen", ""])
def test_ordinary_words_are_no_place(text):
    assert geography.split_place(text)[1] is None


@pytest.mark.parametrize(
    ("postcode", "nis"), [("9940", "44019"), ("9820", "44088"), ("2110", "11050"), ("1234", None)]
)
def test_a_postcode_leads_to_its_municipality(postcode, nis):
    assert geography.postcode_municipalities(postcode)[:1] == ([nis] if nis else [])


def test_the_seat_postcode_of_every_municipality_leads_back_to_it():
    odd = [
        m.name
        for m in geography.municipalities()
        if geography.postcode_municipalities(m.main_postcode)[:1] != [m.nis]
    ]
    assert odd == []


def test_codes_expand_to_municipalities_of_today():
    found, unknown = geography.expand(["2000", "44043", "99999"])
    assert len(found) == 285
    assert "44088" in found
    assert unknown == ["99999"]
    assert len(geography.expand(["10000"])[0]) == len(geography.areas()["province", "10000"].nis)


def test_zones_are_named_sets_of_municipalities():
    zones = [area for (kind, _code), area in geography.areas().items() if kind == "zone"]
    assert len(zones) == 57
    assert sum(len(zone.nis) for zone in zones) == 304


def test_distances_are_kilometres():
    gent, brugge = geography.municipality("44021"), geography.municipality("31005")
    assert gent is not None
    assert brugge is not None
    assert 38 < geography.distance_km((gent.lat, gent.lon), (brugge.lat, brugge.lon)) < 45
    assert geography.nearby("44019")[0][1] < 10
    assert "44021" in geography.neighbours("44019")


def test_a_misspelt_place_is_suggested():
    assert geography.suggest("Everghem")[0].nis == "44019"


def test_an_address_is_located_without_a_network():
    assert geography.locate("9940", "Evergem")[0] == "44019"
    assert geography.locate("9999", "Nergens") is None
