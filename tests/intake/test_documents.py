"""Documents of a file, its plan on paper, and looking back afterwards."""

import io
import uuid
from datetime import timedelta

import sqlalchemy as sa

from core import clock, parameters
from core.models.files import StoredFile
from core.models.trail import AuditEntry
from intake import aftercare, cases, day, notes, referrals
from intake.models.cases import CaseStatus, ClosingReason, FollowUp
from tests.factories import intake as make

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


def upload(data=PDF, name="brief.pdf"):
    return {"file": (io.BytesIO(data), name)}


def due_days(session, case):
    query = sa.select(FollowUp.due_on).where(FollowUp.case_id == case.id).order_by(FollowUp.due_on)
    return [(day - clock.today()).days for day in session.scalars(query)]


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


def test_acceptance_plans_looking_back_at_two_weeks_six_weeks_and_three_months(session):
    by, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(by, partner)
    referrals.accept(referral, by=partner)
    assert due_days(session, referral.case) == [14, 42, 91]
    aftercare.plan(referral.case, by=by)
    assert due_days(session, referral.case) == [14, 42, 91]


def test_an_organization_sets_its_own_days(session):
    by = make.make_worker()
    case = make.make_case(by)
    parameters.put("follow_up.days", [7], valid_from=clock.today(), tenant_id=by.tenant_id)
    session.flush()
    aftercare.plan(case, by=by)
    assert due_days(session, case) == [7]


def test_a_closed_file_comes_back_in_my_day_and_can_be_reopened(session):
    by = make.make_worker()
    case = make.make_case(by)
    older = notes.plan_follow_up(case, "Bellen", clock.today(), by=by)
    cases.close_case(case, ClosingReason.RIGHT_REALISED, by=by)
    session.execute(
        sa.update(FollowUp)
        .where(FollowUp.case_id == case.id, FollowUp.id != older.id)
        .values(due_on=clock.today() - timedelta(days=1))
    )
    due = day.of(by).due
    assert len(due) == 3
    assert older.id not in {found.id for found in due}
    notes.finish_follow_up(due[0], by=by)
    cases.reopen_case(case, CaseStatus.IN_SUPPORT, by=by)
    assert not case.is_closed


def test_nobody_looks_back_after_a_refusal(session):
    by = make.make_worker()
    case = make.make_case(by)
    cases.close_case(case, ClosingReason.REFUSED, by=by)
    assert due_days(session, case) == []
