"""Documents of a file, and its plan on paper."""

import io
import uuid

import sqlalchemy as sa

from core import files
from core.models.files import StoredFile
from core.models.trail import AuditEntry
from tests.factories import intake as make

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


def upload(data=PDF, name="brief.pdf"):
    return {"file": (io.BytesIO(data), name)}


def test_a_document_is_kept_looked_at_and_removed(client, session):
    by = make.make_worker()
    case = make.make_case(by)
    client.sign_in(by.email)
    assert client.post(f"/cases/{case.id}/documents", data=upload()).status_code == 302
    stored = session.scalars(sa.select(StoredFile)).one()
    page = client.get(f"/cases/{case.id}/documents").text
    assert "brief.pdf" in page
    answer = client.get(f"/documents/{stored.id}")
    assert answer.data == PDF
    assert "attachment" in answer.headers["Content-Disposition"]
    looked = sa.select(AuditEntry).where(AuditEntry.subject_id == str(stored.id))
    assert session.scalars(looked).first() is not None
    removed = client.post(f"/documents/{stored.id}/remove", data={"command_id": str(uuid.uuid4())})
    assert removed.status_code == 302
    assert session.scalars(sa.select(StoredFile)).first() is None


def test_a_wrong_or_empty_document_is_refused(client, session):
    by = make.make_worker()
    case = make.make_case(by)
    client.sign_in(by.email)
    nothing: dict[str, tuple[io.BytesIO, str]] = {}
    for wrong in (upload(b"MZ\x90\x00" * 40, "brief.pdf"), upload(b"", "leeg.pdf"), nothing):
        assert client.post(f"/cases/{case.id}/documents", data=wrong).status_code == 422
    assert session.scalars(sa.select(StoredFile)).first() is None


def test_a_document_that_is_too_large_is_refused_with_its_limit(client, session):
    by = make.make_worker()
    case = make.make_case(by)
    client.sign_in(by.email)
    answer = client.post(f"/cases/{case.id}/documents", data=upload(PDF + b"0" * files.MOST))
    assert answer.status_code == 422
    assert "10 MB" in answer.text
    assert session.scalars(sa.select(StoredFile)).first() is None


def test_a_document_of_another_organization_is_not_there(client, session):
    by, stranger = make.make_worker(), make.make_worker()
    case = make.make_case(by)
    client.sign_in(by.email)
    client.post(f"/cases/{case.id}/documents", data=upload())
    stored = session.scalars(sa.select(StoredFile)).one()
    client.sign_in(stranger.email)
    assert client.get(f"/documents/{stored.id}").status_code == 404
    assert client.get(f"/cases/{case.id}/documents").status_code == 404


def test_the_plan_is_a_pdf_and_warns_about_unsafe_ways(client, session):
    by = make.make_worker()
    case = make.make_case(by)
    client.sign_in(by.email)
    assert case.person is not None
    case.person.avoid = ["post"]
    session.flush()
    assert 'data-testid="safe-contact"' in client.get(f"/cases/{case.id}/plan").text
    answer = client.get(f"/cases/{case.id}/plan.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
