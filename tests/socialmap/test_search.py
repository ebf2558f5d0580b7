"""Questions as people ask them: the same answers in the same order on both databases."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from core import clock
from core.access import system_actor
from socialmap import search, services


def first(text, nis=None, count=3, **options):
    return search.find(text, nis=nis, **options).hits[:count]


def codes(hits):
    return [code for hit in hits for code, _name in hit.service.categories]


def test_the_gold_questions_have_their_category_in_the_top_three(map_session, sample_folder):
    with (sample_folder / "zoekvragen.csv").open(encoding="utf-8") as file:
        questions = list(csv.DictReader(file))
    assert len(questions) == 13
    wrong = []
    for row in questions:
        hits = first(row["zoekvraag"], row["gemeente_nis"])
        fits = [hit for hit in hits if row["verwachte_rubriek"] in codes([hit]) and hit.reason != "text"]
        if not fits:
            wrong.append(row["zoekvraag"])
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "nis", "category"),
    [
        ("schuldbemiddelling evergem", None, "B.2"),
        ("everghem schulden", None, "B.2"),
        ("ik heb geen eten", "44021", "B.3"),
        ("mijn man slaat mij", "11002", "I.3"),
        ("woning te koud en de facturen zijn te hoog", "44021", "B.5"),
        ("alcoholprobleem", "31005", "E.2"),
        ("vluchthuis", "24062", "I.3"),
        ("advocaat gratis gent", None, "I.1"),
        ("caw", "44019", "A.2"),
        ("mutualiteit Evergem", None, "A.3"),
        ("taalles nederlands hasselt", None, "H.1"),
        ("uithuiszetting", "34022", "C.2"),
        ("huurachterstand beveren", None, "C.2"),
        ("leefloon", "44021", "B.1"),
        ("deurwaarder aan de deur", "44021", "B.2"),
        ("opvoeden Aalst", None, "D.1"),
        ("SOCIALE WONING GENT", None, "C.1"),
    ],
)
def test_plain_questions_find_what_is_meant(map_session, text, nis, category):
    assert category in codes(first(text, nis))


def test_a_hundred_questions_as_people_type_them_find_what_is_meant(map_session):
    """Sentences, typing errors, compounds, villages, old municipalities: the category is in the top three."""
    with (Path(__file__).parent / "cases" / "questions.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    missed = []
    for row in rows:
        found = search.find(row["question"], nis=row["nis"] or None, limit=3, with_facets=False).hits
        if row["category"] not in [code for hit in found for code, _name in hit.service.categories]:
            missed.append(row["question"])
    assert (len(rows) > 90, missed) == (True, [])


def test_every_category_is_found_by_its_own_name(map_session):
    import sqlalchemy as sa

    from socialmap.models import details
    from socialmap.models.searching import ServiceFacet, ServiceSearch

    term = details.TaxonomyTerm
    rows = map_session.execute(
        sa.select(term.code, term.name).where(term.taxonomy == "Voorbeeldrubrieken", term.code.like("%.%"))
    ).all()
    wrong = []
    for code, name in rows:
        service_id = map_session.scalar(
            sa.select(ServiceSearch.service_id)
            .join(ServiceFacet, ServiceFacet.doc == ServiceSearch.doc)
            .where(ServiceFacet.code == f"cat:{code}", ServiceSearch.status == "active")
            .order_by(ServiceSearch.doc)
            .limit(1)
        )
        from socialmap.models.directory import ServiceAreaNis

        nis = map_session.scalar(
            sa.select(sa.func.min(ServiceAreaNis.nis)).where(ServiceAreaNis.service_id == service_id)
        )
        if nis is not None and code not in codes(first(name, nis)):
            wrong.append((code, name, nis))
    assert wrong == []


def test_the_own_municipality_comes_first(map_session):
    hits = first("schulden in Evergem", count=20)
    own = [hit.own_municipality for hit in hits if hit.score >= 0.9 * hits[0].score]
    assert own == sorted(own, reverse=True)
    assert own[0]


def test_the_order_is_the_same_on_every_database(map_session):
    names = [(hit.service.name, hit.organization.name) for hit in first("schulden", "31005")]
    assert names == [
        ("Schuldbemiddeling", "OCMW Brugge"),
        ("Schuldhulp", "OCMW - BRUGGE"),
        ("Budgethulpverlening en schuldbemiddeling", "CAW Noord-West-Vlaanderen vzw"),
    ]


def test_only_services_that_cover_the_place_are_found(map_session):
    import sqlalchemy as sa

    from socialmap.models.directory import ServiceAreaNis

    for hit in first("schulden in Evergem", count=20):
        query = sa.select(ServiceAreaNis.nis).where(ServiceAreaNis.service_id == hit.service.id)
        assert "44019" in set(map_session.scalars(query))


def test_an_old_municipality_is_searched_as_its_successor(map_session):
    results = search.find("OCMW Merelbeke")
    assert (results.nis, results.place.kind) == ("44088", "former")
    assert search.find("schulden", nis="44043").nis == "44088"


def test_a_typing_error_is_corrected_and_said(map_session):
    results = search.find("schuldbemidelling kortrijk")
    assert results.hits
    assert search.find("everghem schulden").corrections == [("everghem", "Evergem")]


def test_inactive_services_are_not_offered(map_session):
    assert all(hit.service.status == "active" for hit in search.find("sociaal onthaal", limit=100).hits)


def test_filters_of_one_kind_widen_and_of_two_kinds_narrow(map_session):
    everything = search.find("", nis="44019")
    cats = {facet.value: facet.count for facet in everything.facets["cat"]}
    one = search.find("", nis="44019", facets=["cat:B.2"])
    two = search.find("", nis="44019", facets=["cat:B.2", "cat:B.1"])
    assert one.total == cats["B.2"]
    assert two.total == cats["B.2"] + cats["B.1"]
    free = search.find("", nis="44019", facets=["cat:B.2", "free"])
    assert 0 < free.total <= one.total
    assert all(hit.service.free for hit in free.hits)
    assert search.find("schulden", nis="44019", category="B.1").total <= cats["B.1"]


def test_pages_follow_each_other_without_gap_or_double(map_session):
    seen = []
    after = None
    while True:
        results = search.find("", nis="44019", limit=10, after=after)
        seen += [hit.service.id for hit in results.hits]
        if results.after is None:
            break
        after = results.after
    assert len(seen) == len(set(seen)) == results.total


def test_nothing_here_leads_to_the_nearest_elsewhere(map_session):
    results = search.find("crèche gent")
    assert results.hits == []
    assert results.alternatives
    assert all("D.4" in codes([hit]) for hit in results.alternatives)


def test_nothing_anywhere_leads_to_whom_to_ask(map_session):
    results = search.find("xyzzyq", nis="44019")
    assert results.hits == []
    assert [hit.organization.sector for hit in results.ask][:1] == ["ocmw"]
    assert results.ask[0].service.phone
    assert results.partnerships == ["GBO Meetjesland"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("voedslpakket Eeklo", "B.3"), ("depresie Leuven", "E.1"), ("eten aan huis laten brengen Aalter", "F.2"),
     ("schuldbemidelaar Ninove", "B.2"), ("thuisbegeleiding kind met autisme Mol", "G.1")],
)  # fmt: skip
def test_errors_inside_compounds_and_words_of_the_street_are_understood(map_session, typed, meant):
    assert meant in codes(search.find(typed).hits[:3])


def test_a_word_is_never_mended_into_the_name_of_a_town(map_session):
    mended = search.find("zin in het leven", nis="24062").corrections
    assert "leuven" not in [used for _typed, used in mended]


def test_room_now_counts_and_filters_until_it_expires(map_session):
    hit = search.find("schulden Evergem").hits[0]
    services.set_capacity(services.get(hit.service.id), "open", by=system_actor())
    assert [facet.count for facet in search.find("schulden Evergem").facets["room"]] == [1]
    found = search.find("schulden Evergem", facets=["room"])
    assert [one.service.id for one in found.hits] == [hit.service.id]
    later = clock.now() + timedelta(days=services.CAPACITY_DAYS + 1)
    with time_machine.travel(later, tick=False):
        assert search.find("schulden Evergem", facets=["room"]).total == 0


@pytest.mark.parametrize(
    "text",
    ["", " ", "'\"; DROP TABLE service; --", "schuld* AND NOT (x OR y)", "a:b & c | !d <-> e", "漢字 ☃",
     "\u202e",
     "<b>schulden</b>", "x" * 50_000, "NEAR(a b)", '"', "%_\\", "schulden " * 500, "\x00"],
)  # fmt: skip
def test_odd_questions_are_no_error(map_session, text):
    search.find(text, nis="44019")
    search.find(text)
    search.organizations(text)


@pytest.mark.parametrize("nis", ["00000", "abc", ""])
def test_an_unknown_municipality_finds_nothing_or_everything_but_no_error(map_session, nis):
    search.find("schulden", nis=nis)


def test_a_page_of_hits_takes_few_statements(map_session, statements):
    with statements() as seen:
        search.find("schulden in Evergem")
    assert len(seen) <= 3
    with statements() as seen:
        search.find("schuldbemidellingg in Evergem")
    assert len(seen) <= 6


def test_organizations_are_found_by_name_even_without_services(map_session):
    names = [organization.name for organization in search.organizations("Zorgraad Meetjes")]
    assert names == ["Zorgraad Meetjesland"]


def test_room_and_freshness_are_on_the_card(map_session):
    from core.access import system_actor
    from socialmap import services

    hit = first("schulden in Evergem")[0]
    assert (hit.service.capacity_now, hit.service.accepting) == (None, True)
    services.set_capacity(services.get(hit.service.id), "full", by=system_actor())
    hit = first("schulden in Evergem")[0]
    assert (hit.service.capacity_now, hit.service.accepting) == ("full", False)
    assert hit.service.freshness in ("ok", "old", "stale")
