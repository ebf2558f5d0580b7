"""Pages of applications: nothing typed is lost, refusals stand where the user looks, both sides "
"see their own."""

import io
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from core import clock
from core.access import Role
from core.models.accounts import Tenant, User
from core.models.files import FileState, StoredFile
from projects import admissibility, applications, payments, reports, submissions
from projects import projects as projects_
from projects.models.applications import Application
from tests.conftest import Client
from tests.factories.core import make_membership
from tests.factories.projects import (
    YEAR,
    People,
    add_round,
    close_rounds,
    make_admissible,
    make_application,
    make_draft_call,
    make_in_jury,
    make_open_call,
    make_organization,
    make_people,
    make_project,
    make_running,
    submit,
)

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


def enter(client: Client, session: orm.Session, tenant_id: Any, *roles: Role) -> Client:
    """Sign in as a new colleague with these roles."""
    member = make_membership(None, session.get_one(Tenant, tenant_id), *roles)
    session.commit()
    client.get("/logout")
    return client.sign_in(member.user.email)


def applicant(client: Client, session: orm.Session, people: People) -> Client:
    return enter(client, session, people.applicant.tenant_id, Role.APPLICANT)


def staff(client: Client, session: orm.Session, people: People, *roles: Role) -> Client:
    return enter(client, session, people.officer.tenant_id, *roles)


def typed(page: str) -> dict[str, str]:
    """What a form would send as it stands: its inputs, texts and choices."""
    found = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    found |= {n: v.strip() for n, v in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)', page)}
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', body)
        found[name] = chosen[1] if chosen else ""
    return {name: value for name, value in found.items() if name not in {"q", "csrf_token", "submit"}}


def test_the_tab_that_comes_second_keeps_both_texts(
    client: Client, session: orm.Session, people: People
) -> None:
    application = make_application(people, make_open_call(people))
    applicant(client, session, people)
    url = f"/applications/{application.id}/edit"
    first, second = typed(client.get(url).text), typed(client.get(url).text)
    assert client.post(url, data={**first, "answer_what": "Tekst van tab een"}).status_code == 302
    answer = client.post(url, data={**second, "answer_what": "Tekst van tab twee"})
    assert answer.status_code == 422
    assert 'data-testid="conflict"' in answer.text
    assert "Tekst van tab een" in answer.text
    assert "Tekst van tab twee" in answer.text
    again = typed(answer.text)
    assert client.post(url, data={**again, "answer_what": "Tekst van tab twee"}).status_code == 302
    assert session.get_one(Application, application.id).answers["what"] == "Tekst van tab twee"


@pytest.mark.parametrize("what", ["budget", "report", "criteria", "costs", "questions"])
def test_a_table_that_was_changed_in_another_tab_is_not_overwritten(
    client: Client, session: orm.Session, people: People, what: str
) -> None:
    if what == "budget":
        application = make_application(people, make_open_call(people))
        url, cell = f"/applications/{application.id}/edit", "costs-0-description"
    elif what == "report":
        url = f"/reports/{reports.of_project(make_running(people))[-1].id}/edit"
        cell = "lines-0-description"
    else:
        url, cell = f"/calls/{make_draft_call(people).id}/{what}", "rows-0-title"
    if cell == "rows-0-title":
        staff(client, session, people, Role.OFFICER)
    else:
        applicant(client, session, people)
    row = {"lines-0-category": "staff", "lines-0-spent_on": f"1/3/{YEAR}", "lines-0-amount": "1"}
    first, second = typed(client.get(url).text) | row, typed(client.get(url).text) | row
    assert client.post(url, data={**first, cell: "Rij van tab een"}).status_code == 302
    answer = client.post(url, data={**second, cell: "Rij van tab twee"})
    assert answer.status_code == 422
    assert "Rij van tab een" in answer.text.split('data-testid="conflict"')[1]
    assert typed(answer.text)[cell] == "Rij van tab twee"
    assert client.post(url, data={**typed(answer.text), cell: "Rij van tab twee"}).status_code == 302
    assert "Rij van tab twee" in client.get(url).text


def test_a_wrong_account_number_stands_at_its_field_and_keeps_the_rest(
    client: Client, session: orm.Session, people: People
) -> None:
    application = make_application(people, make_open_call(people))
    applicant(client, session, people)
    url = f"/applications/{application.id}/edit"
    form = {**typed(client.get(url).text), "iban": "BE71 0961 2345 6768", "title": "Mijn nieuwe titel"}
    page = client.post(url, data=form).text
    assert 'id="iban-error"' in page
    assert "Mijn nieuwe titel" in page
    assert "BE71 0961 2345 6768" in page


def test_a_draft_is_saved_with_empty_fields(client: Client, session: orm.Session, people: People) -> None:
    application = make_application(people, make_open_call(people))
    applicant(client, session, people)
    url = f"/applications/{application.id}/edit"
    form = {**typed(client.get(url).text), "title": "", "asked": "", "iban": ""}
    assert client.post(url, data=form).status_code == 302
    assert session.get_one(Application, application.id).title == ""


def test_a_document_is_uploaded_read_and_a_forbidden_one_refused(
    client: Client, session: orm.Session, people: People
) -> None:
    application = make_application(people, make_open_call(people))
    applicant(client, session, people)
    url = f"/applications/{application.id}/documents"
    form = typed(client.get(url).text)
    bad = client.post(
        url, data={**form, "kind": "annex", "file": (io.BytesIO(b"MZ\x90" + b"\0" * 99), "x.pdf")}
    )
    assert bad.status_code == 422
    assert 'id="file-error"' in bad.text
    form = typed(client.get(url).text)
    kept = client.post(url, data={**form, "kind": "annex", "file": (io.BytesIO(PDF), "plan.pdf")})
    assert kept.status_code == 302
    page = client.get(f"/applications/{application.id}").text
    path = re.search(r'href="(/attachments/[^"/]+)"', page)
    assert path is not None
    answer = client.get(path[1])
    assert answer.data == PDF
    stored = session.scalars(sa.select(StoredFile)).one()
    for state in (FileState.QUARANTINED, FileState.REFUSED):
        stored.state = state
        session.commit()
        for page in (f"/applications/{application.id}", f"/applications/{application.id}/edit"):
            shown = client.get(page).text
            assert f'data-state="{state}"' in shown
            assert f'href="{path[1]}"' not in shown  # it would answer 404
    staff(client, session, people, Role.OFFICER)
    assert client.get(path[1]).status_code in (403, 404)  # a draft is of the applicant alone


def test_the_authority_reads_the_version_that_counts(
    client: Client, session: orm.Session, people: People
) -> None:
    application = make_application(people, make_open_call(people))
    submit(people, application)
    applications.save_answers(application, by=people.applicant, title="Na het indienen getypt")
    session.commit()
    staff(client, session, people, Role.OFFICER)
    page = client.get(f"/applications/{application.id}").text
    assert "Rechten op het erf" in page
    assert "Na het indienen getypt" not in page


def test_what_is_asked_once_fills_the_next_application(
    client: Client, session: orm.Session, people: People
) -> None:
    from tests.factories.projects import IBAN, make_organization

    owner = make_organization("vzw De Brug", tenant_id=people.applicant.tenant_id)
    call = make_open_call(people)
    applicant(client, session, people)
    form = typed(client.get("/my-organization").text)
    form |= {
        "organization": str(owner.id),
        "signatories": "Fatma, Directeur",
        "iban": IBAN,
        "accounts_year": "2025",
        "statutes": (io.BytesIO(PDF), "statuten.pdf"),
    }  # type: ignore[dict-item]
    assert client.post("/my-organization", data=form).status_code == 302
    assert "statuten.pdf" in client.get("/my-organization").text
    start = typed(client.get(f"/calls/{call.id}/apply").text)
    answer = client.post(f"/calls/{call.id}/apply", data={**start, "organization": str(owner.id)})
    made = session.get_one(Application, uuid.UUID(answer.location.split("/")[-2]))
    assert (made.iban, made.signatory_name) == (IBAN, "Fatma")


def test_a_double_click_submits_once(client: Client, session: orm.Session, people: People) -> None:
    application = make_application(people, make_open_call(people))
    applicant(client, session, people)
    url = f"/applications/{application.id}/submit"
    form = typed(client.get(url).text)
    first, second = client.post(url, data=form), client.post(url, data=form)
    assert first.location == second.location
    session.refresh(application)
    assert len(application.versions) == 1


@pytest.mark.parametrize("role", [Role.OFFICER, Role.JUROR, Role.DECIDER, Role.FINANCE])
def test_the_day_of_each_role_begins_on_its_work(
    client: Client, session: orm.Session, people: People, role: Role
) -> None:
    staff(client, session, people, role)
    assert client.get("/").location == "/my-work"
    assert client.get("/my-work").status_code == 200


def test_the_officer_sees_the_file_to_check_in_the_day(
    client: Client, session: orm.Session, people: People
) -> None:
    application = make_application(people, make_open_call(people))
    submit(people, application)
    staff(client, session, people, Role.OFFICER)
    page = client.get("/my-work").text
    assert application.number in page
    assert 'data-testid="task-row" data-state="submitted"' in page


def test_other_organizations_and_authorities_see_nothing(
    client: Client, session: orm.Session, people: People
) -> None:
    application = make_in_jury(people, make_open_call(people))
    stranger = make_membership(None, None, Role.APPLICANT, Role.OFFICER, Role.FINANCE, Role.DECIDER)
    session.commit()
    client.sign_in(stranger.user.email)
    assert client.get(f"/applications/{application.id}").status_code in (403, 404)
    assert application.number not in client.get("/applications").text
    assert application.title not in client.get("/search?q=A-20", follow_redirects=True).text


def test_finance_downloads_an_order_with_safe_cells(
    client: Client, session: orm.Session, people: People
) -> None:
    from projects import assessments

    project = make_running(people)
    advance = payments.of_project(project)[0]
    payments.propose_payment(advance, by=people.finance)
    payments.approve_payment(advance, by=people.finance2)
    staff(client, session, people, Role.FINANCE)
    form = typed(client.get("/payments").text)
    answer = client.post("/payments/order", data={**form, "payment": str(advance.id)}, follow_redirects=True)
    assert answer.mimetype == "text/csv"
    assert "36000,00" in answer.text
    assert assessments.find_declaration(project.application.call, people.finance.user_id) is not None


def test_an_agreement_is_a_pdf(client: Client, session: orm.Session, people: People) -> None:
    project = make_project(people)
    applicant(client, session, people)
    url, to_sign = f"/projects/{project.id}/signature", f"/projects/{project.id}/agreement.pdf"
    assert client.get(to_sign).status_code == 404
    projects_.send_agreement(project, by=people.officer)
    session.commit()
    blank = client.get(to_sign)
    assert (blank.mimetype, blank.data[:5]) == ("application/pdf", b"%PDF-")
    form = typed(client.get(url).text)
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 99
    refused = client.post(url, data={**form, "agreement": (io.BytesIO(png), "a.pdf")})
    assert 'id="agreement-error"' in refused.text
    form = typed(client.get(url).text) | {"signed_on": f"{clock.today():%d/%m/%Y}"}
    assert client.get(f"/projects/{project.id}/agreement/signed").status_code == 404
    assert client.post(url, data={**form, "agreement": (io.BytesIO(PDF), "a.pdf")}).status_code == 302
    assert client.get(to_sign).location == f"/projects/{project.id}/agreement/signed"
    assert f'href="/projects/{project.id}/agreement/signed"' in client.get(f"/projects/{project.id}").text
    for reader in (people.applicant, people.finance):
        client.get("/logout")
        client.sign_in(session.get_one(User, reader.user_id).email)
        page = f"/projects/{project.id}/agreement/signed"
        assert page in client.get(f"/projects/{project.id}").text
        assert client.get(page).data == PDF
        assert "-getekend.pdf" in client.get(page).headers["Content-Disposition"]


def test_a_list_of_applications_takes_six_statements(
    client: Client, session: orm.Session, people: People, statements: Any
) -> None:
    call = make_open_call(people, one_per_applicant=False)
    for _number in range(3):
        make_admissible(people, call)
    staff(client, session, people, Role.OFFICER)
    client.get(f"/calls/{call.id}/applications")
    with statements() as seen:
        page = client.get(f"/calls/{call.id}/applications").text
    assert page.count('data-testid="application-row"') == 3
    assert len(seen) <= 6, seen


def test_the_list_of_finance_goes_on_after_a_page_by_due_day(
    client: Client, session: orm.Session, people: People, statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from projects.views import showing

    monkeypatch.setattr(showing, "PAGE", 2)
    due = [payments.of_project(make_running(people))[0] for _number in range(3)]
    due[0].due_on = clock.today() + timedelta(days=3)
    staff(client, session, people, Role.FINANCE)
    client.get("/payments")
    with statements() as seen:
        first = client.get("/payments").text
    assert len(seen) <= 6, seen
    assert due[0].project.number not in first
    following = re.search(r'href="(/payments\?after=[^"]+)"', first)
    assert following
    last = client.get(following[1]).text
    assert [payment.project.number in last for payment in due] == [True, False, False]
    assert client.get("/payments?after=x.y").status_code == 200


def test_a_completion_says_what_why_and_until_when(
    client: Client, session: orm.Session, people: People
) -> None:
    application = make_application(people, make_open_call(people))
    applications.add_partner(application, make_organization("vzw Buur"), role="", by=people.applicant)
    submit(people, application)
    request = admissibility.ask_completion(
        application, sections=["budget"], reason="Het loon ontbreekt", by=people.officer
    )
    last_day = clock.brussels(request.due_at) - timedelta(days=1)
    applicant(client, session, people)
    for page in (f"/applications/{application.id}", f"/applications/{application.id}/edit"):
        said = client.get(page).text.split('data-testid="completion"')[1][:600]
        assert f" {last_day.day} " in said
        assert str(last_day.year) in said
        assert "Het loon ontbreekt" in said
        assert "Begroting" in said
    form = f"/applications/{application.id}/edit"
    assert "vzw Buur" in client.get(form).text
    assert "/partners" not in client.get(form).text
    request.sections = ["budget", "partners"]
    session.commit()
    assert client.get(form).text.count("/partners") == 2


def test_who_was_late_reads_whether_there_is_a_round_to_go_to(
    client: Client, session: orm.Session, people: People
) -> None:
    application = make_application(people, make_open_call(people))
    close_rounds(application.call)
    submit(people, application)
    applicant(client, session, people)
    pages = f"/applications/{application.id}", f"/applications/{application.id}/receipts/1"

    def says(words: str) -> bool:
        session.commit()
        return all(words in client.get(page).text for page in pages)

    assert says("deze oproep heeft geen latere ronde")
    add_round(people, application.call)
    assert says("naar de volgende ronde.")
    submissions.move_to_next_round(application, by=people.applicant)
    assert says(" mee")
    assert not says("/next-round")
