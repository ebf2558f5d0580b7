"""Look-alikes are proposed, never decided; different places, numbers and enterprises are no pair."""

import csv
import uuid

import pytest

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
