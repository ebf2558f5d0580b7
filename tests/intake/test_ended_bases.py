"""A ground that ends in mid-flow: the door closes at once, the message says why, nothing typed is lost."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.access import system_actor
from core.db import session
from core.models.outbox import OutboxMessage
from intake import appointments, bases, ended_bases, exclusions, referral_links, referrals
from intake.models.referrals import ReferralKind, ReferralStatus
from socialmap.models.directory import Service
from tests.factories import intake as make
from workflows.models.terms import Term, TermStatus

WORDS = "Wij belden haar twee keer"
# Path of the step, what is typed, and the state in which it is done.
STEPS = {
    "accept": ({}, "sent"),
    "waiting-list": ({}, "sent"),
    "decline": ({"reason": "no_capacity", "who": "organization", "remark": WORDS}, "sent"),
    "ask": ({"question": WORDS}, "sent"),
    "start": ({}, "accepted"),
    "complete": ({"result": WORDS}, "accepted"),
    "fail": ({"fail_reason": "unreachable", "fail_remark": WORDS}, "accepted"),
    "copy": ({}, "accepted"),
}
SECRETS = ("Lena", "Aerts", "0400", "afbetalingsplan")


def expire(referral):
    referral.basis.given_on = clock.today() - timedelta(days=9)
    referral.basis.ends_on = clock.today() - timedelta(days=1)


def withdraw(referral):
    bases.withdraw_basis(referral.basis, by=system_actor(referral.tenant_id))


def exclude(referral):
    service = session.get(Service, referral.service_id)
    exclusions.exclude(referral.case, organization=service.organization, by=system_actor(referral.tenant_id))


# Every step against the one that no act of anybody ends; the others against some of each sort.
PAIRS = [
    *((step, expire) for step in STEPS),
    *((step, withdraw) for step in ("accept", "ask", "complete", "copy")),
    *((step, exclude) for step in ("decline", "start")),
]


@pytest.mark.parametrize(("step", "ending"), PAIRS, ids=[f"{step}-{end.__name__}" for step, end in PAIRS])
def test_a_partner_with_an_open_page_is_told_and_keeps_its_words(client, session, step, ending):
    by = make.make_worker()
    partner = make.make_partner()
    if step == "copy":  # only who keeps files copies
        partner = make.make_worker()
    referral = make.make_referral(by, partner)
    typed, state = STEPS[step]
    if state == "accepted":
        referrals.accept(referral, by=partner)
    client.sign_in(partner.email)
    address = f"/referrals/{referral.id}"
    assert SECRETS[-1] in client.get(address).text
    ending(referral)
    session.flush()
    before = referral.status
    answer = client.post(f"{address}/{step}", data=typed)
    assert answer.status_code in {404, 409, 422}
    assert answer.status_code != 404 or step == "copy"
    assert not [secret for secret in SECRETS if secret in answer.text]
    if WORDS in typed.values():
        assert WORDS in answer.text
    if step != "copy":
        assert "toestemming voor deze verwijzing" in answer.text or "ingetrokken" in answer.text
    session.expire_all()
    assert referral.status == before
    page = client.get(address)
    assert page.status_code == 200
    assert not [secret for secret in SECRETS if secret in page.text]


def test_the_sender_is_not_let_to_answer_or_meet_on_an_ended_basis(client, session):
    by, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(by, partner, kind=ReferralKind.WARM)
    at = clock.now() + timedelta(days=3)
    meeting = appointments.propose(referral, at, "Sociaal Huis", by=partner)
    referrals.ask(referral, "Wie is er thuis?", by=partner)
    expire(referral)
    session.flush()
    client.sign_in(by.email)
    answer = client.post(f"/referrals/{referral.id}/answer", data={"answer": "Niemand, zij is alleen"})
    assert answer.status_code == 422
    assert "Niemand, zij is alleen" in answer.text
    data = {"place": "Bij haar thuis", "at": f"{at:%d/%m/%Y %H:%M}"}
    late = client.post(f"/referrals/{referral.id}/appointment", data=data)
    assert late.status_code == 422
    assert "Bij haar thuis" in late.text
    assert client.post(f"/appointments/{meeting.id}/confirm", data={}).status_code == 409


@pytest.mark.parametrize("ending", [expire, withdraw], ids=["last day passed", "withdrawn"])
def test_a_link_that_was_looked_at_does_not_open_any_more(client, session, ending):
    by = make.make_worker()
    referral = make.make_referral(by)
    path = f"/l/{referral_links.make_link(referral, by=by)}"
    assert client.get(path).status_code == 200
    ending(referral)
    session.flush()
    late = client.post(path)
    assert late.status_code == 410
    assert "vraag" in late.text.lower()
    assert "afbetalingsplan" not in late.text


def test_a_link_that_expired_between_look_and_click_says_how_to_go_on(client, session, monkeypatch):
    by = make.make_worker()
    path = f"/l/{referral_links.make_link(make.make_referral(by), by=by)}"
    assert client.get(path).status_code == 200
    later = clock.now() + timedelta(days=referral_links.DAYS, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    late = client.post(path)
    assert late.status_code == 410
    assert "Vraag de afzender" in late.text


def test_the_sweep_brings_back_what_ran_on_an_ended_basis(session):
    by, partner = make.make_worker(), make.make_partner()
    other = make.make_case(by, person=make.make_person(by, first_name="Mia"))
    ended, running = make.make_referral(by, partner), make.make_referral(by, partner, case=other)
    expire(ended)
    session.flush()
    assert ended_bases.close_ended() == 1
    assert ended_bases.close_ended() == 0
    assert (ended.status, running.status) == (ReferralStatus.WITHDRAWN, ReferralStatus.SENT)
    left = {term.status for term in session.scalars(sa.select(Term).where(Term.subject_id == ended.id))}
    assert left.isdisjoint({TermStatus.RUNNING, TermStatus.SUSPENDED})
    mails = [row.payload for row in session.scalars(sa.select(OutboxMessage)) if "template" in row.payload]
    assert {"outcome": "basis_ended"} in [mail["values"] for mail in mails]
