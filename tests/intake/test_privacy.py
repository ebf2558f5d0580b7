"""What leaves equals what the policy allows: at every door, for every sort of user.

The doors are real ones: pages, search, printed sheets, PDF, the interface for programs, mails. A secret is a
text that can be recognized wherever it turns up. `test_privacy_worlds.py` does it for random worlds.
"""

import random

import pytest

from core.access import Role
from core.models.accounts import Tenant
from intake import referrals
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


def seen_at(client, doors, secrets, **values):
    """Which secrets come out of these doors."""
    text = ""
    for door in doors:
        answer = client.get(door.format(**values), follow_redirects="q=" in door or door == "/my-day")
        assert answer.status_code in {200, 403, 404}, door
        text += answer.data.decode(errors="replace")
    return {key for key, secret in secrets.items() if secret in text}


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
