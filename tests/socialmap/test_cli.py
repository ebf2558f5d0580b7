"""The commands speak JSON in the agreed shapes, and tell by their exit code."""

import json
import zipfile

from tests.factories.socialmap import make_files, write_package

COUNTS = ("new", "changed", "unchanged", "missing")


def test_import_reports_counts_and_applies(cli, tmp_path):
    folder = write_package(tmp_path / "a", make_files())
    dry = cli.json("socialmap", "import", str(folder), "--dry-run")
    assert [dry[kind] for kind in COUNTS] == [4, 0, 0, 0]
    done = cli.json("socialmap", "import", str(folder), "--source", "proef")
    assert ([done[kind] for kind in COUNTS], done["rejected"]) == ([4, 0, 0, 0], [])
    again = cli.json("socialmap", "import", str(folder), "--source", "proef")
    assert [again[kind] for kind in COUNTS] == [0, 0, 4, 0]


def test_import_ends_with_one_when_rows_are_rejected(cli, tmp_path):
    files = make_files()
    files["services.csv"] = files["services.csv"].replace(b"active,Samen", b"open,Samen")
    report = cli.json("socialmap", "import", str(write_package(tmp_path / "a", files)), code=1)
    assert report["rejected"] == [
        {"file": "services.csv", "line": 3, "column": "status", "value": "open",
         "reason": "choose one of active, inactive, defunct, temporarily closed"}
    ]  # fmt: skip
    assert report["new"] == 3


def test_import_ends_with_one_when_it_waits(cli, tmp_path):
    cli.json("socialmap", "import", str(write_package(tmp_path / "a", make_files())))
    files = make_files(service_areas=[])
    files["services.csv"] = b"\n".join(files["services.csv"].split(b"\n")[:2]) + b"\n"
    folder = str(write_package(tmp_path / "b", files))
    report = cli.json("socialmap", "import", folder, code=1)
    assert report["waits"] == ["service"]
    assert cli.json("socialmap", "import", folder, "--confirm")["missing"] == 1


def test_import_of_nothing_readable_ends_with_one(cli, tmp_path):
    report = cli.json("socialmap", "import", str(tmp_path / "nowhere"), code=1)
    assert report["rejected"][0]["reason"] == "there is no such file or folder"


def test_a_mapping_is_kept_with_its_source(cli, tmp_path):
    columns = {"id": "nr", "name": "naam", "description": "wat"}
    mapping = {"tables": [{"file": "lijst.csv", "resource": "organization", "columns": columns}]}
    (tmp_path / "mapping.json").write_text(json.dumps(mapping))
    (tmp_path / "lijst.csv").write_text("nr;naam;wat\n1;De Brug;Budgethulp\n")
    path = [str(tmp_path / "lijst.csv"), "--source", "lijst"]
    assert cli.json("socialmap", "import", *path, code=1)["rejected"]
    first = cli.json("socialmap", "import", *path, "--mapping", str(tmp_path / "mapping.json"))
    assert (first["new"], first["rejected"]) == (1, [])
    assert cli.json("socialmap", "import", *path)["unchanged"] == 1


def test_a_mapping_that_is_wrong_says_what(cli, tmp_path):
    (tmp_path / "mapping.json").write_text('{"tables": [{"file": "a.csv", "resource": "dragon"}]}')
    (tmp_path / "a.csv").write_text("nr\n1\n")
    options = ["--mapping", str(tmp_path / "mapping.json")]
    report = cli.json("socialmap", "import", str(tmp_path / "a.csv"), *options, code=1)
    assert report["rejected"][0]["reason"] == "table 1: name a `file` and a `resource` of HSDS"


def test_a_raw_directory_of_others_is_read_by_the_mapping_that_comes_along(cli, shared):
    path = [str(shared / "data" / "ilao-legal-aid-illinois" / "input"), "--source", "legal-aid"]
    first = cli.json("socialmap", "import", *path, code=1)
    assert first["by_type"]["organization"]["new"] == 33
    # Numbers come from three tables: of 33 organizations, their places and their services.
    assert first["by_type"]["phone"]["new"] == 193
    # The directory names organizations that it does not hold; each such row is told, the rest is taken.
    reasons = {(row["file"], row["column"], row["value"]) for row in first["rejected"] if row["line"] == 2}
    assert ("services.csv", "organization_id", "91676") in reasons
    again = cli.json("socialmap", "import", *path, code=1)
    assert (again["new"], again["changed"], again["missing"]) == (0, 0, 0)


def test_a_mapping_that_cannot_be_read_is_a_rejection(cli, tmp_path):
    package = str(write_package(tmp_path / "a", make_files()))
    (tmp_path / "latin.json").write_bytes(b'{"name": "caf\xe9"}')
    for name in ("absent.json", "latin.json"):
        report = cli.json("socialmap", "import", package, "--mapping", str(tmp_path / name), code=1)
        assert (report["state"], len(report["rejected"])) == ("refused", 1)
        assert report["rejected"][0]["reason"]


def test_an_export_to_a_place_that_is_not_there_is_refused_in_one_document(cli, tmp_path):
    path = str(tmp_path / "absent" / "map.json")
    assert "map.json" in cli.json("socialmap", "export", path, code=1)["error"]
    assert "absent" in cli.json("projects", "export", path, code=1)["error"]


def test_search_gives_hits_with_categories_and_area(map_cli):
    found = map_cli.json("socialmap", "search", "schulden", "--nis", "44019")
    hit = found["hits"][0]
    assert set(hit) >= {"organization", "service", "categories", "nis"}
    assert (hit["categories"], hit["nis"]) == (["B.2"], ["44019"])


def test_duplicates_gives_pairs_by_the_ids_of_the_source(map_cli):
    pairs = map_cli.json("socialmap", "duplicates")["pairs"]
    assert len(pairs) == 10
    assert set(pairs[0]) >= {"a", "b", "reason"}


def test_an_export_comes_back_without_change(map_cli, tmp_path):
    for kind, name in (("hsds-json", "map.json"), ("hsds-csv", "map")):
        path = str(tmp_path / name)
        map_cli.json("socialmap", "export", path, "--format", kind)
        report = map_cli.json("socialmap", "import", path)
        assert [report[k] for k in ("new", "changed", "missing")] == [0, 0, 0], (kind, report["rejected"][:3])
    map_cli.json("socialmap", "export", str(tmp_path / "map.zip"), "--format", "hsds-csv")
    with zipfile.ZipFile(tmp_path / "map.zip") as archive:  # the same tables, so they come back the same
        packed = {name: archive.read(name) for name in archive.namelist()}
    assert packed == {file.name: file.read_bytes() for file in (tmp_path / "map").iterdir()}
