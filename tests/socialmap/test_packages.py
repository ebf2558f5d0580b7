"""Bad deliveries are refused or their rows rejected, with file, line, column, value and reason."""

import io
import json
import zipfile

import pytest

from socialmap import hsds, packages, validation
from tests.factories.socialmap import ident, make_files, table, write_package


def checked(files, tmp_path, **options):
    package = packages.read(write_package(tmp_path / "delivery", files))
    return validation.check(package, "test", lambda _resource, _ident: None)


def service(**values):
    row = {"id": ident("one"), "organization_id": ident("org"), "name": "Taalcafé", "status": "active"}
    return row | values


def test_a_valid_package_passes_whole(tmp_path):
    result = checked(make_files(), tmp_path)
    assert result.rejections == []
    assert len(result.records["service"]) == 2


@pytest.mark.parametrize(
    ("rows", "line", "column", "value", "reason"),
    [
        ([service(assured_date="31/12/2026")], 2, "assured_date", "31/12/2026", "no date"),
        ([service(assured_date="2026-02-30")], 2, "assured_date", "2026-02-30", "no date"),
        ([service(status="open")], 2, "status", "open", "choose one of"),
        ([service(name="")], 2, "name", "", "required"),
        ([service(minimum_age="twelve")], 2, "minimum_age", "twelve", "no number"),
        ([service(minimum_age="nan")], 2, "minimum_age", "nan", "no number"),
        ([service(organization_id=ident("nobody"))], 2, "organization_id", ident("nobody"), "not there"),
        ([service(), service()], 3, "id", ident("one"), "there already"),
        ([service(id="")], 2, "id", "", "needs an id"),
        ([service(description="x" * 100_001)], 2, "description", None, "more than 100000"),
        ([service(description="a\x00b")], 2, "description", "a\x00b", "NUL"),
        ([service(minimum_age="30", maximum_age="20")], 2, "minimum_age", "30.0", "above the highest"),
    ],
)
def test_a_bad_service_is_rejected_with_the_place_and_the_reason(tmp_path, rows, line, column, value, reason):
    result = checked(make_files(services=rows, service_areas=[]), tmp_path)
    found = result.rejections[0]
    assert (found.file, found.line, found.column) == ("services.csv", line, column)
    assert value is None or found.value == value
    assert reason in found.reason


def test_a_value_that_its_column_cannot_hold_is_rejected(tmp_path):
    price = {"id": ident("price"), "service_id": ident("one"), "currency": "elf tekens x", "amount": "1"}
    number = {
        "id": ident("n"), "organization_id": ident("org"), "identifier_type": "OVO", "identifier": "x" * 3000,
    }  # fmt: skip
    files = make_files(cost_options=[price], organization_identifiers=[number])
    assert [(r.column, r.reason) for r in checked(files, tmp_path).rejections] == [
        ("identifier", "more than 500 characters"),
        ("currency", "more than 10 characters"),
    ]


def test_a_row_that_points_to_a_rejected_row_is_rejected_too(tmp_path):
    result = checked(make_files(services=[service(status="open")]), tmp_path)
    assert [(r.file, r.column) for r in result.rejections] == [
        ("services.csv", "status"),
        ("service_areas.csv", "service_id"),
    ]
    assert "was rejected" in result.rejections[1].reason


@pytest.mark.parametrize(
    ("file", "row", "column"),
    [
        ("service_areas", {"service_id": ident("one"), "extent": "99999", "extent_type": "nis"}, "extent"),
        ("locations", {"location_type": "physical", "latitude": "91", "longitude": "4"}, "latitude"),
        ("locations", {"location_type": "physical", "latitude": "51", "longitude": ""}, "longitude"),
        ("locations", {"location_type": "moon", "latitude": "", "longitude": ""}, "location_type"),
        (
            "organization_identifiers",
            {"organization_id": ident("org"), "identifier_type": "KBO-nummer", "identifier": "0566988258"},
            "identifier",
        ),
        ("phones", {"service_id": "", "number": "09 000 11 51"}, "location_id"),
        ("schedules", {"service_id": ident("one"), "opens_at": "25:00", "closes_at": "26:00"}, "opens_at"),
    ],
)
def test_bad_details_are_rejected(tmp_path, file, row, column):
    result = checked(make_files(**{file: [{"id": ident("detail"), **row}]}), tmp_path)
    assert [(r.file, r.line, r.column) for r in result.rejections[:1]] == [(f"{file}.csv", 2, column)]
    assert len(result.records["service"]) == 2


def test_lines_count_the_line_breaks_inside_values(tmp_path):
    rows = [service(name="Two\nlines"), service(id=ident("two"), status="open")]
    result = checked(make_files(services=rows, service_areas=[]), tmp_path)
    assert result.rejections[0].line == 4


def test_a_row_that_is_cut_off_is_rejected(tmp_path):
    files = make_files(service_areas=[])
    files["services.csv"] += b"abc,def\n"
    result = checked(files, tmp_path)
    assert "2 values" in result.rejections[0].reason


@pytest.mark.parametrize(
    "recode",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.decode().encode("utf-16"),
        lambda text: text.replace(b",", b";"),
        lambda text: text.replace(b",", b"\t"),
        lambda text: text.replace(b"\n", b"\r\n"),
    ],
    ids=["BOM", "UTF-16", "semicolons", "tabs", "CRLF"],
)
def test_other_forms_of_csv_are_read(tmp_path, recode):
    result = checked({name: recode(text) for name, text in make_files().items()}, tmp_path)
    assert result.rejections == []
    assert len(result.records["service"]) == 2


def test_a_wrong_encoding_is_refused_with_the_line(tmp_path):
    files = make_files()
    files["services.csv"] = files["services.csv"].decode().encode("latin-1")
    with pytest.raises(packages.Refused) as refusal:
        checked(files, tmp_path)
    assert (refusal.value.rejections[0].file, refusal.value.rejections[0].line) == ("services.csv", 2)
    assert "UTF-8" in refusal.value.rejections[0].reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"id,name\n1,x\n", "missing"),
        (b"id,id,organization_id,name,status\n", "twice"),
        (b'id,organization_id,name,status\n"open quote', "cannot be read"),
    ],
)
def test_a_damaged_table_refuses_the_delivery(tmp_path, content, reason):
    with pytest.raises(packages.Refused, match=reason):
        checked(make_files() | {"services.csv": content}, tmp_path)


def test_unknown_columns_and_tables_are_left_out_and_said(tmp_path):
    rows = [service(colour="blue")]
    files = make_files(services=rows, service_areas=[]) | {"pictures.csv": b"id\n1\n"}
    result = checked(files, tmp_path)
    assert result.rejections == []
    notes = " ".join(result.package.notes)
    assert "colour" in notes
    assert "pictures.csv" in notes


def test_a_half_uploaded_package_is_refused(tmp_path):
    listed = {"resources": [{"path": "services.csv"}, {"path": "phones.csv"}]}
    files = make_files() | {"datapackage.json": json.dumps(listed).encode()}
    with pytest.raises(packages.Refused, match=r"phones\.csv"):
        checked(files, tmp_path)


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"export/{name}", content)
    return out.getvalue()


def test_a_zip_is_read_like_a_folder():
    package = packages.read_bytes("export.zip", zipped(make_files()))
    assert [table.file for table in package.tables] == [
        "organizations.csv",
        "services.csv",
        "service_areas.csv",
    ]


def test_a_zip_bomb_is_refused():
    with pytest.raises(packages.Refused, match="grows too much"):
        packages.read_bytes("bomb.zip", zipped({"services.csv": b"0" * 30_000_000}))


def test_half_a_zip_is_refused():
    content = zipped(make_files())
    with pytest.raises(packages.Refused, match="damaged"):
        packages.read_bytes("half.zip", content[: len(content) // 2])


@pytest.mark.parametrize("content", [b"{", b'{"a": 1}', b"[[[", b'{"contents": 3}', b"\xff\xfe{"])
def test_json_without_services_is_refused(content):
    with pytest.raises(packages.Refused):
        packages.read_bytes("page.json", content)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(packages.Refused, match="no such file"):
        packages.read(tmp_path / "nowhere")


def test_a_semicolon_inside_a_name_is_no_delimiter(tmp_path):
    files = make_files(service_areas=[])
    files["services.csv"] = table([service(name="Praten; eten; lachen")])
    assert checked(files, tmp_path).rejections == []


def test_a_child_may_come_in_a_table_before_that_of_its_parent():
    header = ["id", "name", "description", "parent_organization_id"]
    organization = hsds.BY_NAME["organization"]
    files = {
        "branches.csv": [["b", "Afdeling", "Een", "a"], ["c", "Wees", "Twee", "nergens"]],
        "heads.csv": [["a", "Hoofd", "Drie", ""]],
    }
    tables = [
        packages.Table(organization, name, header, iter(enumerate(rows, 2))) for name, rows in files.items()
    ]
    package = packages.Package("lijst", tables, full=True)
    found = validation.check(package, "test", lambda _resource, _ident: None)
    parent = list(organization.by_name).index("parent_organization_id")
    records = {key[1]: record.values[parent] for key, record in found.records["organization"].items()}
    assert records["b"] == ("test", "a")
    assert [(row.file, row.line, row.value) for row in (*found.rejections, *found.warnings)] == [
        ("branches.csv", 3, "nergens")
    ]
