"""Look-alikes are proposed, never decided; different places, numbers and enterprises are no pair."""

import csv
import uuid

import pytest
import sqlalchemy as sa

from core.access import system_actor
from core.errors import DomainError
from socialmap import duplicates, organizations
from socialmap.duplicates import Candidate, compare, normalise


def candidate(name, *, nis="44021", kbo=None, addresses=()):
    ident = uuid.uuid4()
    return Candidate(ident, str(ident), name, nis, kbo, normalise(name), frozenset(addresses))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("O.C.M.W. Gent", "OCMW Gent"),
        ("Openbaar Centrum voor Maatschappelijk Welzijn Gent", "OCMW Gent"),
        ("Sociaal Huis Gent", "OCMW Gent"),
        ("CAW Antwerpen vzw", "Centrum Algemeen Welzijnswerk Antwerpen"),
        ("Welzijnsschakel De Brugge", "vzw Welzijnsschakel De Brugge"),
        ("Voedselhulp Lantaarn", "Voedselhulp Lantarn"),
        ("Vlucht huis", "Vluchthuis"),
        ("Voedsel bank Gent", "Voedselbank Gent"),
        ("Teleonthaal", "Tele-Onthaal"),
        ("Welzijnschakel De Brug", "Welzijnsschakel De Brug"),
        ("Woonmaatschappij Thuispunt Gent", "Thuispunt Gent"),
        ("Buurthuis De Pit Gent", "Buurthuis De Pit"),
        ("PZ Gent", "Politiezone Gent"),
        ("P.Z. Gent", "Lokale Politie Gent"),
        ("O.C.M.W. Gent", "Stad Gent - OCMW"),
        ("Opvangcentrum St. Jan", "Opvangcentrum Sint-Jan"),
        ("Kringwinkel Ateljee", "De Kringwinkel Ateljee cvso"),
        ("Stichting Mozaiek", "Moza\u00efek"),
        ("Sociaal Verhuurkantoor Gent", "SVK Gent"),
        ("Vereniging Ons Huis", "Ons Huis vzw"),
        ("Vereniging zonder winstoogmerk Ons Huis", "Ons Huis"),
        ("Gezinsbond afdeling Gent", "Gezinsbond Gent"),
    ],
)
def test_spellings_of_one_name_are_a_pair(a, b):
    assert compare(candidate(a), candidate(b)) == "name"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("CM - Dienst Maatschappelijk Werk", "LM - Dienst Maatschappelijk Werk"),
        ("CAW Oost-Vlaanderen vzw", "CAW Oost-Brabant vzw"),
        ("Buurthuis 1", "Buurthuis 2"),
        ("Wijkteam A", "Wijkteam B"),
        ("De Pollepel", "Sociaal Restaurant De Pollepel"),
        ("PZ 5415", "PZ 5416"),
        ("Politiezone Gent", "OCMW Gent"),
        ("Woonmaatschappij Gent", "Woonmaatschappij Thuispunt Gent"),
        ("Jeugdhuis De Pit", "Buurthuis De Pit"),
        ("Wijkcentrum Noord", "Wijkcentrum Zuid"),
        ("Dienst Thuiszorg", "Dienst Gezinszorg"),
        ("Vereniging Ons Huis", "Buurthuis Ons Huis"),
        ("Vereniging Ons Dorp", "Ons Huis vzw"),
        ("Kinderopvang De Beer", "Kinderopvang De Peer"),
        ("OCMW Lier", "OCMW Lierde"),
        ("Ruilwinkel Ter Linde", "Voedselhulp Ter Linde"),
        ("OCMW Beveren", "OCMW Beveren-Kruibeke-Zwijndrecht"),
    ],
)
def test_other_names_are_no_pair(a, b):
    assert compare(candidate(a), candidate(b)) is None


def test_one_enterprise_number_is_a_pair_and_two_are_not():
    assert compare(candidate("A", kbo="0566988259"), candidate("B", kbo="0566988259")) == "kbo"
    assert compare(candidate("Huis", kbo="0566988259"), candidate("Huis", kbo="1010784540")) is None


def test_an_address_helps_a_likely_name():
    here = {"kerkstraat 1 9000"}
    a, b = candidate("Buurtwerk Zonnedal", addresses=here), candidate("Buurtwerk Zondal", addresses=here)
    assert compare(a, b) in ("name", "address")
    short, full = ("De Pollepel", "Sociaal Restaurant De Pollepel")
    assert compare(candidate(short, addresses=here), candidate(full, addresses=here)) == "address"


def test_the_gold_pairs_are_all_judged_right(map_session, sample_folder):
    pairs = duplicates.propose()
    found = {frozenset((pair.a.external_id, pair.b.external_id)) for pair in pairs}
    with (sample_folder / "verwachte_duplicaten.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    wrong = [
        row
        for row in rows
        if (frozenset((row["organisatie_a"], row["organisatie_b"])) in found) != (row["duplicaat"] == "ja")
    ]
    assert wrong == []
    assert len(pairs) <= 60


def test_a_verdict_ends_the_proposal_and_a_merge_keeps_both(map_session):
    first, second = duplicates.propose()[:2]
    by = system_actor()
    duplicates.keep_apart(organizations.get(first.a.id), organizations.get(first.b.id), by=by)
    double, kept = organizations.get(second.a.id), organizations.get(second.b.id)
    duplicates.merge(double, kept, by=by)
    left = {frozenset((pair.a.id, pair.b.id)) for pair in duplicates.propose()}
    assert not left & {frozenset((p.a.id, p.b.id)) for p in (first, second)}
    assert organizations.get(double.id).merged_into_id == kept.id
    with pytest.raises(DomainError):
        duplicates.merge(kept, kept, by=by)


def test_a_merge_shows_on_both_pages_and_in_search_and_can_be_taken_back(map_session):
    from socialmap import history, pages, successions
    from socialmap.models.searching import ServiceSearch

    pair = next(p for p in duplicates.propose() if organizations.get(p.a.id).services)
    by = system_actor()
    double, kept = organizations.get(pair.a.id), organizations.get(pair.b.id)
    own = {service.id for service in double.services}
    duplicates.merge(double, kept, by=by)
    page = pages.of_organization(kept)
    assert [entry.id for entry in page.doubles] == [double.id]
    assert own < {service.id for service in page.services}
    assert [line.change.action for line in history.of_organization(double.id)] == ["merge"]
    assert history.of_organization(kept.id)[0].change.previous == double.name

    def offered():
        query = sa.select(ServiceSearch).where(ServiceSearch.service_id.in_(own))
        rows = map_session.scalars(query.execution_options(populate_existing=True)).all()
        return {(row.organization_id, row.card["organization"]) for row in rows}

    assert offered() == {(kept.id, kept.name)}
    duplicates.split(double, by=by)
    assert offered() == {(double.id, double.name)}
    assert successions.doubles_of(kept.id) == []
    assert pair.a.id in {p.a.id for p in duplicates.propose()}
    assert [line.change.action for line in history.of_organization(double.id)] == ["split", "merge"]
    with pytest.raises(DomainError):
        duplicates.split(double, by=by)
