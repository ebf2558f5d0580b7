"""Bad input over HTTP: refused where it was typed, in plain words, with all that was typed kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import orm

from core import clock
from core.access import Actor
from core.errors import DomainError
from core.models.accounts import User
from projects import applications, payments, reports
from socialmap.models.directory import Organization, OrganizationSuccessor
from tests.conftest import Client
from tests.factories.projects import (
    People,
    make_application,
    make_draft_call,
    make_in_jury,
    make_on_agenda,
    make_open_call,
    make_organization,
    make_people,
    make_running,
    submit,
)


@dataclass
class Attempt:
    """Who sends what where; `kept` are the texts that the answer still shows."""

    by: Actor
    path: str
    data: dict[str, object]
    kept: tuple[str, ...] = ()
    status: int = 422


def early_closing(people: People) -> Attempt:
    call = make_draft_call(people)
    data = {"name": "Herfstronde", "opens_at": "1/10/2027 9.00", "closes_at": "1/9/2027 9.00"}
    return Attempt(people.officer, f"/calls/{call.id}/rounds", data, ("Herfstronde",))


def score_outside_its_scale(people: People) -> Attempt:
    application = make_in_jury(people, make_open_call(people))
    data = {
        "points-need": "11",
        "motivation-need": "Zeer sterk",
        "points-plan": "7",
        "motivation-plan": "Goed",
    }
    return Attempt(people.jurors[0], f"/applications/{application.id}/score", data, ("Zeer sterk", "Goed"))


def decision_without_reasons(people: People) -> Attempt:
    application = make_on_agenda(people, make_open_call(people))
    data = {"outcome": "partly_granted", "amount": "31.415,00", "motivation": " ", "deviation": "Te duur"}
    return Attempt(people.decider, f"/applications/{application.id}/decide", data, ("Te duur", "31.415"))


def award_above_the_credit(people: People) -> Attempt:
    application = make_on_agenda(people, make_open_call(people, credit_cents=40_000_00))
    data = {"outcome": "granted", "amount": "45.000", "motivation": "Sterk plan", "deviation": "Toch"}
    return Attempt(people.decider, f"/applications/{application.id}/decide", data, ("Sterk plan",))


def payment_proposed_twice(people: People) -> Attempt:
    payment = payments.of_project(make_running(people))[0]
    payments.propose_payment(payment, by=people.finance)
    return Attempt(people.finance2, f"/payments/{payment.id}/propose", {})


def stopped_organization(people: People) -> Attempt:
    call = make_open_call(people)
    stopped = make_organization(
        "vzw Gestopt", merged_into_id=make_organization().id, tenant_id=people.applicant.tenant_id
    )
    return Attempt(people.applicant, f"/calls/{call.id}/apply", {"organization": str(stopped.id)})


def second_application(people: People) -> Attempt:
    call, own = make_open_call(people), make_organization("vzw Dubbel", tenant_id=people.applicant.tenant_id)
    make_application(people, call, organization=own)
    return Attempt(people.applicant, f"/calls/{call.id}/apply", {"organization": str(own.id)})


def cost_outside_the_period(people: People) -> Attempt:
    project = make_running(people)
    report = reports.of_project(project)[-1]
    day = project.ends_on + timedelta(days=5)
    data = {
        "text": "Wij gingen langs.", "lines-0-description": "",
        "lines-1-category": "staff", "lines-1-description": "Loon van later",
        "lines-1-spent_on": f"{day:%d/%m/%Y}", "lines-1-amount": "100", "submit": "1",
    }  # fmt: skip
    return Attempt(
        people.applicant,
        f"/reports/{report.id}/edit",
        data,
        ("Wij gingen langs.", "Loon van later", 'id="lines-1-spent_on-error"'),
    )


def cost_without_a_day(people: People) -> Attempt:
    """Also where the row above it is empty."""
    report = reports.of_project(make_running(people))[-1]
    data = {"lines-0-description": "", "lines-1-description": "Loon", "lines-1-amount": "100"}
    kept = "Loon", 'id="lines-1-spent_on-error"'
    return Attempt(people.applicant, f"/reports/{report.id}/edit", data, kept)


def duty_without_its_source(people: People) -> Attempt:
    call = make_draft_call(people)
    data = {"rows-0-text": "Je komt vertellen wat je leerde", "rows-0-source": " "}
    kept = "Je komt vertellen wat je leerde", 'id="rows-0-source-error"'
    return Attempt(people.officer, f"/calls/{call.id}/duties", data, kept)


def weight_that_is_no_number(people: People) -> Attempt:
    call = make_draft_call(people)
    data = {"rows-0-title": "Nood", "rows-0-weight": "de helft", "rows-1-title": "", "rows-1-weight": "101"}
    kept = "Nood", "de helft", "101", "Vul een geheel getal van 0 tot 100 in."
    return Attempt(people.officer, f"/calls/{call.id}/criteria", data, kept)


def organization_after_its_last_day(people: People) -> Attempt:
    call, gone = make_open_call(people), clock.today() - timedelta(days=1)
    ended = make_organization("vzw Gedaan", ends_on=gone, tenant_id=people.applicant.tenant_id)
    kept = ("vzw Gedaan stopte op",)
    return Attempt(people.applicant, f"/calls/{call.id}/apply", {"organization": str(ended.id)}, kept)


ATTEMPTS: list[Callable[[People], Attempt]] = [
    early_closing, score_outside_its_scale, decision_without_reasons, award_above_the_credit,
    payment_proposed_twice, stopped_organization, second_application, cost_outside_the_period,
    cost_without_a_day, duty_without_its_source,
    weight_that_is_no_number, organization_after_its_last_day,
]  # fmt: skip


@pytest.mark.parametrize("make", ATTEMPTS, ids=lambda make: make.__name__)
def test_it_is_refused_where_it_was_typed_and_nothing_is_lost(
    client: Client, session: orm.Session, make: Callable[[People], Attempt]
) -> None:
    attempt = make(make_people())
    session.commit()
    client.sign_in(session.get_one(User, attempt.by.user_id).email)
    answer = client.post(attempt.path, data=attempt.data)
    assert answer.status_code == attempt.status
    page = unescape(answer.text)
    summary = page.split('data-testid="error-summary"')[1].split("</ul>")[0]
    assert "</li>" in summary  # it says what is wrong, not only that something is
    assert [text for text in attempt.kept if text not in page] == []


@pytest.mark.parametrize(
    ("values", "says"),
    [({"asked_cents": 60_000_00}, "75"), ({"asked_cents": 50_000_00}, "€")],
    ids=["above the share", "money that does not add up"],
)
def test_co_funding_against_the_rule_stands_beside_the_form(
    client: Client, session: orm.Session, values: dict[str, int], says: str
) -> None:
    people = make_people()
    application = make_application(people, make_open_call(people))
    for name, value in values.items():
        setattr(application, name, value)
    session.commit()
    client.sign_in(session.get_one(User, people.applicant.user_id).email)
    answer = client.get(f"/applications/{application.id}/submit")
    assert says in answer.text
    assert f'href="/applications/{application.id}/edit#' in answer.text
    assert 'name="submit"' not in answer.text
    sent = client.post(f"/applications/{application.id}/submit")
    assert sent.status_code in (200, 422)
    session.refresh(application)
    assert application.versions == []


def test_weights_that_do_not_add_up_stand_on_the_page_of_the_call(
    client: Client, session: orm.Session
) -> None:
    people = make_people()
    call = make_draft_call(people)
    call.criteria[1].weight = 50
    session.commit()
    client.sign_in(session.get_one(User, people.officer.user_id).email)
    assert "90" in client.get(f"/calls/{call.id}").text
    assert client.post(f"/calls/{call.id}/review").status_code == 422


def test_an_organization_that_stopped_meanwhile_neither_applies_nor_takes_part(session: orm.Session) -> None:
    people = make_people()
    application = make_application(people, make_open_call(people))
    partner = make_organization("vzw Partner")
    applications.add_partner(application, partner, role="", by=people.applicant)
    gone, following = make_organization(), make_organization()
    partner.merged_into_id = following.id
    link = OrganizationSuccessor(organization_id=gone.id, successor_id=following.id, on=clock.today())
    session.add(link)
    with pytest.raises(DomainError) as refusal:
        submit(people, application)
    assert refusal.value.field == "partner"
    with pytest.raises(DomainError):
        applications.add_partner(application, gone, role="", by=people.applicant)


def test_an_organization_that_a_source_missed_applies_with_a_warning(
    client: Client, session: orm.Session
) -> None:
    people = make_people()
    call = make_open_call(people)
    missed = make_organization("vzw Gemist", not_seen_since=clock.now(), tenant_id=people.applicant.tenant_id)
    session.commit()
    client.sign_in(session.get_one(User, people.applicant.user_id).email)
    sent = {"organization": str(missed.id)}
    page = client.post(f"/calls/{call.id}/apply", data=sent, follow_redirects=True)
    assert "Een bron noemt vzw Gemist niet meer" in page.text
    application = make_application(people, call)
    applications.add_partner(application, missed, role="", by=people.applicant)
    submit(people, application)


@pytest.mark.parametrize("trouble", ["missed", "stopped", "ended"])
def test_who_handles_the_file_is_warned_of_an_organization_that_may_be_gone(
    client: Client, session: orm.Session, trouble: str
) -> None:
    people = make_people()
    project = make_running(people)
    application = make_application(people, make_open_call(people))
    submit(people, application)
    for held in (project, application):
        organization = session.get_one(Organization, held.organization_id)
        organization.not_seen_since = clock.now() if trouble != "ended" else None
        organization.ends_on = clock.today() - timedelta(days=1) if trouble == "ended" else None
        if trouble == "stopped":
            follows = make_organization("vzw Opvolger")
            session.add(
                OrganizationSuccessor(
                    organization_id=organization.id, successor_id=follows.id, on=clock.today()
                )
            )
    payment = payments.of_project(project)[0]
    session.commit()
    says = {
        "missed": "Controleer of de organisatie nog bestaat",
        "stopped": "vzw Opvolger nam het over",
        "ended": "Kijk na wie verderwerkt en wie betaald wordt",
    }[trouble]
    pages = {
        people.officer: [
            f"/applications/{application.id}", f"/applications/{application.id}/check",
            f"/applications/{application.id}/admit", f"/projects/{project.id}",
            f"/projects/{project.id}/agreement", f"/payments/{payment.id}/propose",
        ],
        people.finance: ["/payments", f"/payments/{payment.id}/approve"],
    }  # fmt: skip
    silent = []
    for person, asked in pages.items():
        client.get("/logout")
        client.sign_in(session.get_one(User, person.user_id).email)
        silent += [page for page in asked if says not in unescape(client.get(page).text)]
    assert silent == []
