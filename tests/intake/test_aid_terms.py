"""A statutory term is seen, reminded of and red when it is late, until what it asks for was done."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.access import Role, system_actor
from core.db import session as db_session
from core.db import transaction
from core.models.accounts import Tenant
from core.models.outbox import OutboxMessage
from intake import aid_requests, aid_terms, day, teams
from intake.models.aid_requests import AidKind, AidOutcome
from tests.factories import intake as make
from workflows import jobs, terms


def asked(by, *, days=0, receipt=True):
    case = make.make_case(by)
    on = clock.today() - timedelta(days=days)
    made = aid_requests.register_request(case, AidKind.LIVING_WAGE, "Ik heb niets.", asked_on=on, by=by)
    if receipt:
        aid_requests.give_receipt(made, by=by)
    return made


def kinds(by, *, mine=True):
    return [term.kind for term, _request in aid_terms.near(by, mine=mine)]


@pytest.mark.parametrize(("days", "expected"), [(0, []), (1, []), (3, ["aid_forward"]), (9, ["aid_forward"])])
def test_a_term_stands_in_the_day_from_three_days_before_its_end(session, days, expected):
    by = make.make_worker()
    asked(by, days=days)
    assert kinds(by) == expected


def test_what_the_term_asked_for_takes_it_away(session):
    by = make.make_worker()
    request = asked(by, days=32)
    assert kinds(by) == ["aid_forward", "aid_decision"]
    aid_requests.confirm_competence(request, by=by)
    assert kinds(by) == ["aid_decision"]
    late = {"body": "BCSD", "reason": "Te weinig inkomen.", "decided_on": clock.today() - timedelta(days=9)}
    aid_requests.record_decision(request, AidOutcome.GRANTED, **late, by=by)
    assert kinds(by) == ["aid_notice"]
    aid_requests.record_notice(request, notified_on=clock.today(), by=by)
    assert kinds(by) == []


def test_a_passed_term_stays_red_after_its_end_was_reached(client, session, nele):
    request = asked(nele, days=9)
    term = terms.find(request, aid_requests.FORWARD)
    term.status = "reached"
    session.flush()
    page = client.get("/my-day").text
    assert request.number in page
    assert f'data-testid="task-row" data-state="{request.status.value}" class="is-late"' in page


def test_a_substitute_sees_terms_and_files_of_who_is_away_and_nobody_else(session):
    by = make.make_worker()
    tenant = session.get(Tenant, by.tenant_id)
    stand_in, lead = make.make_worker(tenant), make.make_worker(tenant, Role.TEAM_LEAD)
    request = asked(by, days=9)
    assert kinds(stand_in) == []
    from core.models.accounts import User

    today = clock.today()
    away, here = session.get(User, by.user_id), session.get(User, stand_in.user_id)
    teams.set_absence(away, here, today, today, by=lead)
    assert kinds(stand_in) == ["aid_forward"]
    assert request.case_id in [case.id for case in day.of(stand_in).open_cases]
    assert kinds(make.make_worker()) == []


def mails(session, template):
    rows = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "mail.send"))
    return [row.payload for row in rows if row.payload["template"] == template]


def test_the_desk_hears_of_a_passed_term_once_it_still_matters(session):
    by = make.make_worker()
    request = asked(by, days=9)
    term = terms.find(request, aid_requests.FORWARD)
    aid_terms.passed(term, system_actor())
    assert len(mails(session, "term_passed")) == 1
    aid_requests.confirm_competence(request, by=by)
    aid_terms.passed(term, system_actor())
    assert len(mails(session, "term_passed")) == 1


def test_the_day_keeps_to_its_statements_with_many_requests(client, session, statements, nele):
    for days in range(8):
        asked(nele, days=20 + days)
    client.get("/my-day")
    with statements() as seen:
        page = client.get("/my-day")
    assert page.text.count('class="is-late"') >= 8
    assert len(seen) <= 10


def test_the_holder_is_reminded_once_before_each_end(fresh_app):
    with fresh_app.app_context(), transaction():
        by = make.make_worker()
        case_id = asked(by, days=4).case_id
    with fresh_app.app_context():
        assert (aid_terms.remind(), aid_terms.remind()) == (1, 0)
        told = mails(db_session, "term_near")
        assert [mail["user_id"] for mail in told] == [str(by.user_id)]
        assert told[0]["path"] == f"/cases/{case_id}/aid-requests"
        assert aid_terms.remind(clock.now() + timedelta(days=25)) == 1  # the decision, in its turn


def test_a_receipt_stands_in_the_day_until_it_is_given_and_is_late_the_next_day(client, session, nele):
    fresh, old = asked(nele, receipt=False), asked(nele, days=1, receipt=False)
    assert kinds(nele) == ["aid_receipt", "aid_receipt"]
    page = client.get("/my-day").text
    assert page.count('class="is-late"') == 1
    aid_requests.give_receipt(fresh, by=nele)
    aid_requests.give_receipt(old, by=nele)
    assert kinds(nele) == []


def test_the_holder_hears_once_that_a_receipt_was_not_given_the_same_day(fresh_app):
    with fresh_app.app_context(), transaction():
        by = make.make_worker()
        late, fresh = asked(by, days=1, receipt=False).case_id, asked(by, receipt=False).case_id
        asked(by, days=1)
    with fresh_app.app_context():
        jobs.sweep_terms()
        jobs.sweep_terms()
        told = mails(db_session, "receipt_missing")
        assert [(mail["user_id"], mail["path"]) for mail in told] == [
            (str(by.user_id), f"/cases/{late}/aid-requests")
        ]
        jobs.sweep_terms(at=clock.now() + timedelta(days=1))
        paths = {mail["path"] for mail in mails(db_session, "receipt_missing")}
        assert paths == {f"/cases/{late}/aid-requests", f"/cases/{fresh}/aid-requests"}


def test_who_took_the_request_back_needs_no_receipt_any_more(session):
    by = make.make_worker()
    request = asked(by, days=1, receipt=False)
    term = terms.find(request, aid_requests.RECEIPT)
    aid_requests.withdraw_request(request, reason="Niet meer nodig.", by=by)
    aid_terms.receipt_missed(term, system_actor())
    assert mails(session, "receipt_missing") == []
