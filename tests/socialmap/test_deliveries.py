"""Deliveries in the browser: the worker reads and applies, the page tells how far; columns are named."""

import io
import re
import threading

import pytest
import sqlalchemy as sa

from core import clock
from core.access import system_actor
from core.db import transaction
from core.errors import Conflict, DomainError
from socialmap import deliveries, imports, mappings, packages, progress
from socialmap.forms import mappings as fields
from socialmap.models.deliveries import Delivery, Source
from socialmap.models.directory import Organization, Service
from tests.factories.socialmap import make_files, write_package
from tests.socialmap.test_packages import zipped

EDITOR = "beheer@draaischijf.example"
RAW = b"Nr;Wat;Straat;Actief\n1;Budgethulp;Dorp 1;ja\n2;Taalhulp;Dorp 2;nee\n"


def upload(client, content, name, source="proef"):
    sent = {"source": source, "file": (io.BytesIO(content), name)}
    answer = client.post("/social-map/deliveries", data=sent)
    assert answer.status_code == 302
    return answer.location


def made(session, model, source="proef"):
    return session.scalar(sa.select(sa.func.count()).where(model.source == source))


def last(session):
    return session.scalars(sa.select(Delivery).order_by(Delivery.id.desc()).limit(1)).one()


def test_an_editor_looks_at_a_delivery_before_it_is_on_the_map(map_client, map_session):
    address = upload(map_client.sign_in(EDITOR), zipped(make_files()), "proef.zip")
    waiting = map_client.get(address)
    assert waiting.headers["Refresh"]
    assert 'data-testid="import-progress"' in waiting.get_data(as_text=True)
    assert deliveries.work() == 1
    looked = map_client.get(address)
    assert "Refresh" not in looked.headers
    assert 'data-testid="preview-new"' in looked.get_data(as_text=True)
    assert made(map_session, Service) == 0
    assert map_client.post(address).status_code == 302
    assert 'data-state="applying"' in map_client.get(address).get_data(as_text=True)
    deliveries.work()
    assert made(map_session, Service) == 2
    assert (last(map_session).state.value, last(map_session).content) == ("applied", None)
    assert map_client.post(address).status_code == 422  # settled already: said, not done twice


def test_what_cannot_be_read_says_why_on_its_page(map_client, map_session):
    address = upload(map_client.sign_in(EDITOR), zipped(make_files())[:300], "half.zip")
    deliveries.work()
    page = map_client.get(address).get_data(as_text=True)
    assert last(map_session).state == "refused"
    assert "Het archief is beschadigd; brak het opladen af?" in page
    assert "Niet leesbaar" in map_client.get("/social-map/deliveries").get_data(as_text=True)
    assert "The archive is damaged" in map_client.get(f"{address}?lang=en").get_data(as_text=True)
    assert made(map_session, Service) == 0


def test_a_staged_delivery_can_be_thrown_away(map_client, map_session):
    address = upload(map_client.sign_in(EDITOR), zipped(make_files()), "proef.zip")
    deliveries.work()
    assert map_client.post(f"{address}/refuse").status_code == 302
    assert deliveries.work() == 0
    assert made(map_session, Service) == 0


def test_progress_names_the_step_and_counts(map_client, map_session):
    address = upload(map_client.sign_in(EDITOR), zipped(make_files()), "proef.zip")
    with transaction():
        delivery = last(map_session)
        delivery.step, delivery.step_done, delivery.step_total = "check", 2, 5
    page = map_client.get(address).get_data(as_text=True)
    assert 'data-state="done"' in page
    assert "2/5" in page


def test_while_it_is_written_the_page_says_the_share_and_the_table(map_client, map_session, monkeypatch):
    address = upload(map_client.sign_in(EDITOR), zipped(make_files()), "proef.zip")
    deliveries.work()
    map_client.post(address)
    with transaction():
        last(map_session).step = "write"
    number = last(map_session).id
    progress.tell(number, progress.Progress("service", 9, 20))
    assert re.search(r'import-percent">45 %, Dienst \(9/20\)', map_client.get(address).get_data(as_text=True))
    told, tell = [], progress.tell
    monkeypatch.setattr(progress, "tell", lambda key, now: (told.append(now), tell(key, now)))
    deliveries.work()
    written = [now for now in told if now.what != "search"]
    assert [now.done for now in written] == sorted(now.done for now in written)
    assert written[-1].percent == 100
    assert {"organization", "service", "service_area"} <= {now.what for now in written}
    assert told[-1].what == "search"
    assert progress.of(number) is None


def test_a_delivery_whose_worker_died_is_taken_up_again(map_client, map_session):
    upload(map_client.sign_in(EDITOR), zipped(make_files()), "proef.zip")
    with transaction():
        last(map_session).claimed_until = clock.now() + deliveries.LEASE
    assert deliveries.work() == 0
    with transaction():
        last(map_session).claimed_until = clock.now() - deliveries.PAUSE
    assert deliveries.work() == 1
    assert last(map_session).state == "staged"


def test_a_delivery_that_keeps_killing_its_worker_is_given_up(map_client, map_session):
    upload(map_client.sign_in(EDITOR), zipped(make_files()), "proef.zip")
    with transaction():
        last(map_session).attempts = deliveries.MAX_ATTEMPTS
    deliveries.work()
    assert last(map_session).state == "refused"


def kept(name="proef.zip", source="proef"):
    with transaction():
        return deliveries.receive(name, zipped(make_files()), source=source, by=system_actor())


def test_waiting_for_another_import_is_no_failing(map_session, monkeypatch):
    delivery = kept()
    deliveries.work()
    with transaction():
        deliveries.apply(delivery, confirmed=False, by=system_actor())

    def busy(*_args, **_more):
        raise Conflict("another import")

    with monkeypatch.context() as other:
        other.setattr(imports, "apply", busy)
        for _turn in range(deliveries.MAX_ATTEMPTS + 2):
            assert deliveries.work() == 1
            with transaction():
                last(map_session).claimed_until = None
    deliveries.work()
    assert last(map_session).state == "applied"


def test_what_was_settled_meanwhile_stays_as_it_is(map_session):
    delivery = kept()
    deliveries.work()
    reason = packages.Rejection("proef.zip", None, None, None, "too late")
    deliveries._refuse(delivery.id, packages.Refused(reason))
    assert (last(map_session).state, last(map_session).content is None) == ("staged", False)
    assert last(map_session).report["rejected"] == []


@pytest.mark.parametrize("ask", ["read_again", "apply", "throw_away"])
def test_a_person_acts_on_the_delivery_as_it_is_now(map_session, ask):
    delivery = kept()
    deliveries.work()
    assert delivery.state == "staged"
    elsewhere = sa.update(Delivery).where(Delivery.id == delivery.id).values(state="applied")
    map_session.execute(elsewhere.execution_options(synchronize_session=False))
    more = {"confirmed": True} if ask == "apply" else {}
    with pytest.raises(Conflict):
        getattr(deliveries, ask)(delivery, by=system_actor(), **more)


def test_a_page_that_refreshes_does_not_read_the_file(map_session):
    number = kept().id
    map_session.expunge_all()
    assert "content_sealed" in sa.inspect(deliveries.get(number)).unloaded


def test_an_import_that_was_overtaken_is_compared_again(map_session, map_app):
    with transaction():
        one = deliveries.receive("a.zip", zipped(make_files()), source="one", by=system_actor())
        two = deliveries.receive("b.zip", zipped(make_files()), source="two", by=system_actor())
    deliveries.work()
    with transaction():
        for delivery in (one, two):
            deliveries.apply(delivery, confirmed=False, by=system_actor())
    deliveries.work()
    assert [made(map_session, Service, source) for source in ("one", "two")] == [2, 2]


def test_local_entries_and_empty_files_are_refused_at_once(map_session):
    with pytest.raises(DomainError):
        deliveries.receive("a.csv", b"x", source="local", by=system_actor())
    with pytest.raises(DomainError):
        deliveries.receive("a.csv", b"", source="proef", by=system_actor())


def test_two_imports_at_once_leave_one_whole_and_refuse_the_other(fresh_app, tmp_path):
    """Both were compared with the same map; whoever is second hears it, and nothing of his is written."""
    path = write_package(tmp_path / "a", make_files())
    begin, outcomes = threading.Barrier(2), []

    def take(source):
        with fresh_app.app_context():
            plan = imports.plan(path, source=source)
            from core.db import session

            session.rollback()
            begin.wait()
            try:
                with transaction():
                    imports.apply(plan)
                outcomes.append("applied")
            except Conflict as refusal:
                outcomes.append(type(refusal).__name__)

    with fresh_app.app_context(), transaction():
        from core.db import session

        session.add_all([Source(key=key, name=key) for key in ("one", "two")])
    threads = [threading.Thread(target=take, args=(key,)) for key in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1:] == ["applied"]
    with fresh_app.app_context():
        assert session.scalar(sa.select(sa.func.count()).select_from(Service)) == 2


# ---------------------------------------------------------------- columns of a source
COLUMNS = {
    "resource-0": "organization", "file-0": "lijst.csv", "column-0-id": "Nr",
    "column-0-name": "{Wat} ({Straat})", "default-0-description": "Uit een lijst", "only-0": "Wat",
}  # fmt: skip


def test_columns_are_named_on_a_page_and_kept_with_the_source(map_client, map_session):
    address = upload(map_client.sign_in(EDITOR), RAW, "lijst.csv")
    deliveries.work()
    assert last(map_session).state == "unmapped"
    assert f"{address}/mapping" in map_client.get(address).get_data(as_text=True)
    page = map_client.post(f"{address}/mapping", data=COLUMNS | {"preview": "1"}).get_data(as_text=True)
    assert "Budgethulp (Dorp 1)" in page
    assert map_session.get(Source, "proef") is None  # only looked at
    assert map_client.post(f"{address}/mapping", data=COLUMNS | {"save": "1"}).status_code == 302
    deliveries.work()
    assert last(map_session).report["new"] == 2
    again = upload(map_client, RAW.replace(b"Dorp 2", b"Dorp 3"), "volgende.csv")
    deliveries.work()
    assert last(map_session).state == "staged"
    map_client.post(again)
    deliveries.work()
    names = sa.select(Organization.name).where(Organization.source == "proef").order_by(Organization.name)
    assert list(map_session.scalars(names)) == ["Budgethulp (Dorp 1)", "Taalhulp (Dorp 3)"]


def test_a_mapping_that_is_not_finished_says_what_is_missing(map_client, map_session):
    address = upload(map_client.sign_in(EDITOR), RAW, "lijst.csv")
    deliveries.work()
    sent = {"resource-0": "organization", "file-0": "lijst.csv", "column-0-name": "Wat", "save": "1"}
    answer = map_client.post(f"{address}/mapping", data=sent)
    assert answer.status_code == 422
    assert "where `id` comes from" in answer.get_data(as_text=True)
    wrong = map_client.post(f"{address}/mapping", data=COLUMNS | {"column-0-name": "{Hoe}", "preview": "1"})
    assert "Hoe" in wrong.get_data(as_text=True)
    assert map_session.get(Source, "proef") is None


def test_a_column_that_went_missing_asks_for_the_mapping_again(map_client, map_session):
    with transaction():
        mapping = fields.parse(COLUMNS)
        map_session.add(Source(key="proef", name="proef", mapping=mapping))
    upload(map_client.sign_in(EDITOR), RAW.replace(b"Straat", b"Adres"), "lijst.csv")
    deliveries.work()
    delivery = last(map_session)
    assert (delivery.state, delivery.report["rejected"][0]["column"]) == ("unmapped", "Straat")


def test_tables_are_added_taken_out_and_words_translated():
    sent = COLUMNS | {"add": "1", "new-file": "lijst.csv", "new-resource": "phone",
                      "values-0-name": "ja = active\nnee = inactive"}  # fmt: skip
    tables = fields.parse(sent)["tables"]
    assert [table["resource"] for table in tables] == ["organization", "phone"]
    assert tables[0]["values"] == {"name": {"ja": "active", "nee": "inactive"}}
    assert fields.lines(tables[0]["values"]["name"]) == "ja = active\nnee = inactive"
    assert fields.parse(COLUMNS | {"remove-0": "1"}) == {"tables": []}


def test_a_column_that_rows_need_must_be_there():
    files = {"lijst.csv": b"Nr;Wat\n1;Budgethulp\n"}
    entry = {"file": "lijst.csv", "resource": "organization", "only_with": ["Actief"],
             "columns": {"id": "Nr", "name": "Wat", "description": "Wat"}}  # fmt: skip
    with pytest.raises(packages.Refused) as refused:
        mappings.read("lijst.csv", files, {"tables": [entry]})
    assert [rejection.column for rejection in refused.value.rejections] == ["Actief"]


def test_a_first_mapping_is_guessed_from_the_headers():
    files = {"o.csv": b"Nummer,Naam,E-mail,Website\n1,A,a@b.be,\n"}
    (table,) = mappings.suggest(files)["tables"]
    assert table["resource"] == "organization"
    assert table["columns"] == {"id": "Nummer", "name": "Naam", "email": "E-mail", "website": "Website"}


def test_a_flat_list_is_read_as_guessed_without_a_rejection(map_session):
    raw = "Nr;Naam;Straat;Postcode;Gemeente;Telefoon\n1;Budgethulp;Dorp 1;9940;Evergem;09 1\n2;Taalhulp;;;;\n"
    guessed = mappings.suggest({"lijst.csv": raw.encode()})
    assert [t["resource"] for t in guessed["tables"]] == ["organization", "location", "address", "phone"]
    package = mappings.read("lijst.csv", {"lijst.csv": raw.encode()}, guessed)
    report = imports.plan_package(package, source="proef").report()
    assert (report["rejected"], report["new"]) == ([], 5)


def test_the_columns_of_a_source_may_change_after_a_delivery_was_settled(map_client, map_session):
    address = upload(map_client.sign_in(EDITOR), RAW, "lijst.csv")
    deliveries.work()
    map_client.post(f"{address}/refuse")
    assert map_client.get(f"{address}/mapping").status_code == 200
    assert map_client.post(f"{address}/mapping", data=COLUMNS | {"save": "1"}).status_code == 302
    assert map_session.get(Source, "proef").mapping["tables"]
    assert last(map_session).state == "refused"
