"""Deliveries: all or nothing, twice changes nothing, what vanishes is marked and never lost."""

import json
import subprocess
import sys
from datetime import date

import pytest
import sqlalchemy as sa

from core import clock
from core.access import system_actor
from core.db import transaction
from core.errors import DomainError
from socialmap import demo, imports, packages, search, services
from socialmap.models.deliveries import Change, Delivery, DeliveryState, Source
from socialmap.models.directory import Organization, OrganizationSuccessor, Sector, Service
from socialmap.models.searching import ServiceSearch
from tests.factories.socialmap import ident, make_files, write_package

COUNTS = ("new", "changed", "unchanged", "missing")


def deliver(folder, files=None, *, source="test", **options):
    path = write_package(folder, files) if files is not None else folder
    with transaction():
        plan = imports.plan(path, source=source)
        delivery = imports.apply(plan, **options)
    return {kind: delivery.report[kind] for kind in COUNTS}, delivery


def find(session, name):
    query = sa.select(Service).where(Service.source == "test", Service.external_id == ident(name))
    return session.scalars(query.execution_options(populate_existing=True)).one()


def test_a_delivery_is_searchable_at_once(session, tmp_path):
    counts, delivery = deliver(tmp_path / "a", make_files())
    assert counts == {"new": 4, "changed": 0, "unchanged": 0, "missing": 0}
    assert delivery.state == DeliveryState.APPLIED
    hits = search.find("nederlands oefenen in Evergem").hits
    assert [hit.service.name for hit in hits] == ["Taalcafé"]
    assert find(session, "one").covers("44019")


def test_the_same_delivery_again_changes_nothing(session, tmp_path):
    deliver(tmp_path / "a", make_files())
    counts, _delivery = deliver(tmp_path / "a")
    assert counts == {"new": 0, "changed": 0, "unchanged": 4, "missing": 0}
    assert session.scalars(sa.select(Change)).all() == []


def test_a_change_is_kept_field_by_field(session, tmp_path):
    deliver(tmp_path / "a", make_files())
    files = make_files()
    files["services.csv"] = files["services.csv"].replace(b"Fietsherstel", b"Fietsatelier")
    counts, _delivery = deliver(tmp_path / "b", files)
    assert counts["changed"] == 1
    change = session.scalars(sa.select(Change)).one()
    assert (change.field, change.previous, change.replacement) == ("name", "Fietsherstel", "Fietsatelier")
    assert [hit.service.name for hit in search.find("fietsatelier").hits] == ["Fietsatelier"]


def test_a_service_that_vanishes_is_marked_and_comes_back(session, tmp_path):
    rows = [
        {"id": ident(str(n)), "organization_id": ident("org"), "name": f"Dienst {n}", "status": "active"}
        for n in range(20)
    ]
    deliver(tmp_path / "a", make_files(services=rows, service_areas=[]))
    counts, _delivery = deliver(tmp_path / "b", make_files(services=rows[1:], service_areas=[]))
    assert counts["missing"] == 1
    assert find(session, "0").not_seen_since is not None
    counts, _delivery = deliver(tmp_path / "b")
    assert counts["missing"] == 0
    assert find(session, "0").missed == 2
    counts, _delivery = deliver(tmp_path / "a")
    assert counts["changed"] == 1
    assert (find(session, "0").not_seen_since, find(session, "0").missed) == (None, 0)


def test_a_full_delivery_in_which_much_vanishes_waits(session, tmp_path):
    deliver(tmp_path / "a", make_files())
    files = make_files(services=[], service_areas=[])
    files["services.csv"] = make_files()["services.csv"].splitlines(keepends=True)[0]
    counts, delivery = deliver(tmp_path / "b", files)
    assert delivery.state == DeliveryState.WAITING
    assert find(session, "one").not_seen_since is None
    assert counts["missing"] >= 2
    _counts, delivery = deliver(tmp_path / "b", confirmed=True)
    assert delivery.state == DeliveryState.APPLIED
    assert find(session, "one").not_seen_since is not None


def test_a_rejected_row_leaves_what_we_hold(session, tmp_path):
    deliver(tmp_path / "a", make_files())
    files = make_files()
    files["services.csv"] = files["services.csv"].replace(b"active,Nederlands", b"open,Nederlands")
    counts, delivery = deliver(tmp_path / "b", files)
    assert [row["column"] for row in delivery.report["rejected"]] == ["status", "service_id"]
    assert counts["missing"] == 0
    assert find(session, "one").status.value == "active"
    assert find(session, "one").covers("44019")


def test_within_a_source_only_the_external_id_identifies(session, tmp_path):
    deliver(tmp_path / "a", make_files(), source="one")
    counts, _delivery = deliver(tmp_path / "a", source="two")
    assert counts["new"] == 4


def test_what_was_compared_with_a_map_of_before_is_compared_again(session, tmp_path):
    path = write_package(tmp_path / "a", make_files())
    first, second = (imports.plan(path, source=name) for name in ("one", "two"))
    with transaction():
        imports.apply(first)
    with pytest.raises(imports.Overtaken), transaction():
        imports.apply(second)
    assert session.scalar(sa.select(sa.func.count()).where(Service.source == "two")) == 0
    with transaction():
        imports.apply(imports.plan(path, source="two"))


def test_an_older_delivery_that_was_carried_out_later_is_seen(session, tmp_path):
    """What counts is what came on the map meanwhile, not which delivery was made first."""
    path = write_package(tmp_path / "a", make_files())
    with transaction():
        early = Delivery(
            source="one", file_name="a", state=DeliveryState.STAGED, report={}, received_at=clock.now()
        )
        session.add(early)
        session.flush()
        imports.apply(imports.plan(path, source="two"))
    waiting = imports.plan(path, source="three")
    with transaction():
        imports.apply(imports.plan(path, source="one"), staged=early)
    with pytest.raises(imports.Overtaken), transaction():
        imports.apply(waiting)


def test_an_older_check_of_the_source_leaves_a_later_confirmation(session, tmp_path):
    deliver(tmp_path / "a", make_files())
    with transaction():
        services.confirm(find(session, "one"), by=system_actor())
    files = make_files()
    files["services.csv"] = files["services.csv"].replace(b"2026-10-01", b"2026-10-02")
    deliver(tmp_path / "b", files)
    assert find(session, "one").assured_date == clock.today()
    assert find(session, "two").assured_date == date(2026, 10, 2)


def test_who_works_alone_is_a_practitioner_and_stays_one(session, tmp_path):
    """They are kept out of exports, so neither a delivery nor its absence of a word may let them out."""
    alone = {"id": ident("org"), "name": "Jeugdpsycholoog Jo", "description": "x",
             "legal_status": "Natuurlijk persoon"}  # fmt: skip
    deliver(tmp_path / "a", make_files(organizations=[alone]))
    assert find(session, "one").organization.sector == Sector.PRACTITIONER
    deliver(tmp_path / "b", make_files(organizations=[alone | {"description": "y", "legal_status": ""}]))
    session.expire_all()
    assert find(session, "one").organization.sector == Sector.PRACTITIONER


def test_local_entries_take_no_deliveries(session, tmp_path):
    with pytest.raises(DomainError):
        imports.plan(write_package(tmp_path / "a", make_files()), source="local")


def test_what_we_add_survives_a_delivery(session, tmp_path):
    from core.access import system_actor

    deliver(tmp_path / "a", make_files())
    with transaction():
        services.set_capacity(find(session, "one"), "waiting", weeks=3, by=system_actor())
        services.set_agreements(
            find(session, "one"), contact="Onthaal", email=None, agreements=None, by=system_actor()
        )
    files = make_files()
    files["services.csv"] = files["services.csv"].replace("Taalcafé".encode(), b"Praattafel")
    deliver(tmp_path / "b", files)
    kept = find(session, "one")
    assert (kept.name, kept.capacity, kept.referral_contact) == ("Praattafel", "waiting", "Onthaal")
    card = session.scalars(sa.select(ServiceSearch.card).where(ServiceSearch.service_id == kept.id)).one()
    assert (card["name"], card["capacity"], card["weeks"]) == ("Praattafel", "waiting", 3)


def test_raw_columns_are_read_through_the_mapping_of_their_source(session, tmp_path):
    mapping = {
        "tables": [
            {"file": "list.csv", "resource": "organization", "columns": {"id": "nr", "name": "naam"},
             "defaults": {"description": "Uit een lijst."}},
            {"file": "list.csv", "resource": "service",
             "columns": {"id": "{nr}-dienst", "organization_id": "nr", "name": "aanbod", "status": "open"},
             "values": {"status": {"ja": "active", "nee": "inactive"}}},
        ]
    }  # fmt: skip
    with transaction():
        session.add(Source(key="lijst", name="Lijst", mapping=mapping))
    (tmp_path / "list.csv").write_text("nr;naam;aanbod;open\n1;Buurthuis;Koffie;ja\n2;Atelier;Naaien;nee\n")
    with transaction():
        delivery = imports.apply(imports.plan(tmp_path / "list.csv", source="lijst"))
    assert (delivery.report["new"], delivery.report["rejected"]) == (4, [])
    names = session.scalars(sa.select(Service.name).where(Service.source == "lijst").order_by(Service.name))
    assert list(names) == ["Koffie", "Naaien"]


def test_the_sample_again_changes_nothing(map_session):
    plan = imports.plan(demo.SAMPLE)
    assert {kind: plan.report()[kind] for kind in COUNTS} == {
        "new": 0, "changed": 0, "unchanged": 24047, "missing": 0,
    }  # fmt: skip
    assert plan.report()["rejected"] == []


def test_stopped_centres_lead_to_their_successor(map_session):
    count = map_session.scalar(sa.select(sa.func.count()).select_from(OrganizationSuccessor))
    assert count == 19
    old = map_session.scalars(sa.select(Organization).where(Organization.name == "OCMW Merelbeke")).one()
    from socialmap.organizations import successor_of

    found = successor_of(old.id)
    assert found is not None
    assert found.name == "OCMW Merelbeke-Melle"


def test_the_second_delivery_changes_exactly_what_it_should(map_session, sample_folder, tmp_path):
    script = sample_folder / "genereer.py"
    command = [sys.executable, str(script), "--levering", "2", "--uit", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    expected = json.loads((tmp_path / "levering2_verwacht.json").read_text())
    plan = imports.plan(tmp_path)
    found = {
        "gewijzigd": sorted(r.key[1] for r in plan.differences["service"].changed),
        "verwijderd": sorted(key[1] for key in plan.differences["service"].missing),
        "nieuw": sorted(r.key[1] for r in plan.differences["service"].new),
        "hernoemd": sorted(r.key[1] for r in plan.differences["organization"].changed),
    }
    assert found == expected
    report = plan.report()
    assert (report["new"], report["changed"], report["rejected"], report["waits"]) == (11, 31, [], [])
    with transaction():
        imports.apply(plan)
    again = imports.plan(tmp_path).report()
    assert [again[kind] for kind in ("new", "changed", "missing")] == [0, 0, 0]


def test_a_page_of_json_holds_the_same_records(map_session, sample_folder):
    plan = imports.plan(sample_folder / "json" / "services_page.json")
    report = plan.report()
    assert [report[kind] for kind in COUNTS] == [0, 0, 1396, 0]
    assert report["rejected"] == []


def test_a_refused_delivery_changes_nothing(map_session, tmp_path):
    before = map_session.scalar(sa.select(sa.func.count()).select_from(Service))
    with pytest.raises(packages.Refused):
        imports.plan(write_package(tmp_path / "a", {"services.csv": b"id\n1\n"}))
    assert map_session.scalar(sa.select(sa.func.count()).select_from(Service)) == before
