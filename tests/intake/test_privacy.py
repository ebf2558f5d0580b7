"""What leaves equals what the policy allows: over random bases and withdrawals, at every door.

The doors are real ones: pages, search, printed sheets, PDF, the interface for programs, mails. A secret is a
text that can be recognized wherever it turns up.
"""

import random
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import accounts, clock
from core.access import Role, system_actor
from core.errors import Conflict
from core.models.accounts import Tenant
from core.models.outbox import OutboxMessage
from intake import items, referrals
from intake.models.referrals import ReferralKind
from intake.models.vocabulary import LifeDomain
from tests.factories import intake as make
from tests.factories.core import make_actor
from tests.intake.test_partner_view import STEPS, story

REFERRAL_DOORS = ("/referrals/{referral}", "/referrals", "/referrals?tab=running", "/referrals?tab=ended")
DAY_DOORS = ("/my-day", "/search?q=Test", "/search?q={number}")
FILE_DOORS = (
    "/cases/{case}", "/cases/{case}/questions", "/cases/{case}/referrals", "/cases/{case}/person",
    "/cases/{case}/plan", "/cases/{case}/plan.pdf", "/cases/{case}/rights", "/cases/{case}/documents",
    "/cases/{case}/readers", "/cases/{case}/readers.pdf", "/cases/{case}/refer", "/cases", "/signals",
)  # fmt: skip
PROGRAM_DOORS = ("/api/v1/referrals", "/api/v1/referrals/{referral}")


def allowed(referral, shared):
    """The rule, written once more and simply: content by items, door by state and basis."""
    basis, today = referral.basis, clock.today()
    live = basis.withdrawn_at is None and (basis.ends_on is None or basis.ends_on >= today)
    agreed = referral.status in {"accepted", "waitlisted", "in_progress", "completed", "failed"}
    if not live or not agreed:
        return set()
    extra = {"address"} & shared | ({"member"} if items.HOUSEHOLD in shared else set())
    notes = {"shareable"} if items.NOTES in shared else set()
    return {"name", "phone"} | extra | notes | {code for code in shared if code in set(LifeDomain)}


def seen_at(client, doors, secrets, **values):
    """Which secrets come out of these doors."""
    text = ""
    for door in doors:
        answer = client.get(door.format(**values), follow_redirects="q=" in door)
        assert answer.status_code in {200, 403, 404}, door
        text += answer.data.decode(errors="replace")
    return {key for key, secret in secrets.items() if secret in text}


@pytest.mark.parametrize("seed", range(6))
def test_every_door_shows_a_partner_what_was_agreed_and_nothing_else(client, session, seed):
    chance = random.Random(seed)
    by, partner = make.make_worker(), make.make_partner()
    case, secrets = story(chance, by)
    shared = set(chance.sample([*map(str, LifeDomain), "address", "household", "notes"], 9))
    service = make.make_service(session.get(Tenant, partner.tenant_id))
    basis = make.make_basis(case, service, by, tuple(shared))
    referral = referrals.refer(
        case, service, kind=ReferralKind.ANNOUNCED, request="Help mee.", shared=shared, basis=basis, by=by
    )
    doors = {"case": case.id, "referral": referral.id, "number": case.number}
    token = accounts.create_token(partner.email, name="proef", valid=timedelta(days=1), by=system_actor())
    program = {"Authorization": f"Bearer {token}"}
    client.sign_in(partner.email)
    for step in (None, *chance.sample(STEPS, 4)):
        if step is not None:
            with suppress(Conflict):
                step(referral, by, partner)
        if chance.random() < 0.2:
            basis.ends_on = clock.today() - timedelta(days=1)
            basis.given_on = basis.ends_on
        expected = {key for key in allowed(referral, shared) if key in secrets}
        assert seen_at(client, REFERRAL_DOORS[:1], secrets, **doors) == expected
        assert seen_at(client, (*REFERRAL_DOORS, *DAY_DOORS), secrets, **doors) <= expected
        assert seen_at(client, FILE_DOORS, secrets, **doors) == set()
        texts = [client.get(door.format(**doors), headers=program).text for door in PROGRAM_DOORS]
        assert {key for key, secret in secrets.items() if secret in str(texts)} <= expected
    mails = str([row.payload for row in session.scalars(sa.select(OutboxMessage))])
    assert {key for key, secret in secrets.items() if secret in mails} == set()


@pytest.mark.parametrize(
    "stranger",
    [
        lambda tenant: make.make_worker(),
        lambda tenant: make.make_partner(),
        lambda tenant: make_actor(Role.COORDINATOR, tenant=tenant),
        lambda tenant: make_actor(Role.OFFICER),
        lambda tenant: make_actor(Role.DPO, tenant=tenant),
        lambda tenant: make_actor(Role.ADMINISTRATOR),
    ],
    ids=["other worker", "other partner", "coordinator", "officer", "own data protection officer", "admin"],
)
def test_no_door_shows_a_stranger_anything(client, session, stranger):
    by, partner = make.make_worker(), make.make_partner()
    case, secrets = story(random.Random(1), by)
    referral = make.make_referral(by, partner, case=case)
    referrals.accept(referral, by=partner)
    doors = {"case": case.id, "referral": referral.id, "number": case.number}
    client.sign_in(stranger(session.get(Tenant, by.tenant_id)).email)
    assert seen_at(client, (*REFERRAL_DOORS, *DAY_DOORS, *FILE_DOORS), secrets, **doors) == set()


def test_a_withdrawal_closes_an_open_page_the_same_second(client, session):
    by, partner = make.make_worker(), make.make_partner()
    case, secrets = story(random.Random(2), by)
    referral = make.make_referral(by, partner, case=case)
    referrals.accept(referral, by=partner)
    client.sign_in(partner.email)
    doors = {"referral": referral.id, "number": case.number}
    assert "phone" in seen_at(client, REFERRAL_DOORS[:1], secrets, **doors)
    STEPS[-1](referral, by, partner)
    assert seen_at(client, REFERRAL_DOORS, secrets, **doors) == set()
    late = client.post(f"/referrals/{referral.id}/start", data={"command_id": str(referral.id)})
    assert late.status_code == 409
    assert not {key for key, secret in secrets.items() if secret in late.text}
