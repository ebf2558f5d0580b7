"""How a citizen gets to a service: nothing leaves without need, and both sides agree on a moment."""

import re
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.errors import Conflict, DomainError
from intake import appointments, referral_letters, referral_links, referrals
from intake.models.appointments import Appointment, ReferralLink
from intake.models.referrals import ReferralKind, ReferralStatus
from tests.factories import intake as make


def soon():
    return clock.now() + timedelta(days=2)


@pytest.mark.parametrize("kind", [ReferralKind.INFORMATION, ReferralKind.OWN_CONTACT])
def test_information_and_own_contact_work_for_nobody_known_and_transfer_nothing(session, kind):
    by = make.make_worker()
    case = make.make_case(by, with_person=False)
    referral = make.make_referral(by, case=case, kind=kind)
    assert referral.status == ReferralStatus.COMPLETED
    assert (referral.items, referral.basis_id, referral.receiving_tenant_id) == ([], None, None)


def test_own_contact_makes_a_letter_without_a_name(client, session):
    by = make.make_worker()
    client.sign_in(by.email)
    referral = make.make_referral(by, kind=ReferralKind.OWN_CONTACT)
    assert 'data-testid="letter"' in client.get(f"/referrals/{referral.id}").text
    answer = client.get(f"/referrals/{referral.id}/letter")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    assert b"Aerts" not in answer.data
    assert len(referral_letters.letter_to_carry(referral)) > 1000


def test_a_warm_referral_has_an_appointment_that_both_confirm(client, session):
    by, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(by, partner, kind=ReferralKind.WARM)
    referrals.accept(referral, by=partner)
    made = appointments.propose(referral, soon(), "Loket Evergem", by=by)
    assert not made.is_confirmed
    client.sign_in(partner.email)
    page = client.get(f"/referrals/{referral.id}").text
    assert 'data-testid="confirm-appointment"' in page
    assert "Loket Evergem" in page
    client.post(f"/appointments/{made.id}/confirm", data={"command_id": str(uuid.uuid4())})
    assert made.is_confirmed


def test_a_new_moment_replaces_the_old_one(session):
    by, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(by, partner, kind=ReferralKind.WARM)
    first = appointments.propose(referral, soon(), "Loket", by=by)
    second = appointments.propose(referral, soon() + timedelta(days=1), "Bij de partner", by=partner)
    with pytest.raises(Conflict):
        appointments.confirm(first, by=partner)
    assert appointments.confirm(second, by=by).is_confirmed


def test_a_partner_proposes_a_moment_on_an_announced_referral_too(client, session):
    by, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(by, partner)
    client.sign_in(partner.email)
    assert 'data-testid="appointment"' in client.get(f"/referrals/{referral.id}").text
    moment = appointments.propose(referral, soon(), "Bij de partner", by=partner)
    assert not moment.is_confirmed
    assert appointments.confirm(moment, by=by).is_confirmed


@pytest.mark.parametrize("kind", [ReferralKind.INFORMATION, ReferralKind.OWN_CONTACT])
def test_a_referral_that_sends_nothing_has_no_appointment(session, kind):
    by, partner = make.make_worker(), make.make_partner()
    with pytest.raises(DomainError):
        appointments.propose(make.make_referral(by, partner, kind=kind), soon(), "Loket", by=by)


def test_a_moment_in_the_past_is_refused_on_the_form(client, session):
    by, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(by, partner, kind=ReferralKind.WARM)
    client.sign_in(by.email)
    data = {"at": "01/01/2020 10:00", "place": "Loket"}
    assert client.post(f"/referrals/{referral.id}/appointment", data=data).status_code == 422
    assert session.scalars(sa.select(Appointment)).first() is None


def test_a_service_without_account_gets_a_link_that_opens_once(client, session):
    by = make.make_worker()
    client.sign_in(by.email)
    referral = make.make_referral(by, request="Help met de gasfactuur.")
    page = client.post(f"/referrals/{referral.id}/link").text
    found = re.search(r'data-testid="link-address">([^<]+)<', page)
    assert found is not None
    path = "/l/" + found[1].rsplit("/", 1)[1]
    link = session.scalars(sa.select(ReferralLink)).one()
    assert path.rsplit("/", 1)[1] not in link.token_hash
    assert "gasfactuur" not in client.get(path).text
    seen = client.post(path)
    assert seen.status_code == 200
    assert "Help met de gasfactuur." in seen.text
    assert "Evergem" in seen.text
    for secret in ("Aerts", "Lena", "1952", "0400"):
        assert secret not in seen.text
    again = client.post(path)
    assert again.status_code == 410
    assert "gasfactuur" not in again.text


def test_an_expired_or_unknown_link_says_so(client, session):
    by = make.make_worker()
    token = referral_links.make_link(make.make_referral(by), by=by)
    session.scalars(sa.select(ReferralLink)).one().expires_at = clock.now()
    session.flush()
    assert client.get(f"/l/{token}").status_code == 410
    assert client.get(f"/l/{uuid.uuid4()}").status_code == 410


def test_a_link_ends_with_its_referral_and_with_a_newer_one(session):
    by = make.make_worker()
    referral = make.make_referral(by)
    old = referral_links.make_link(referral, by=by)
    new = referral_links.make_link(referral, by=by)
    assert referral_links.look(old) is None
    assert referral_links.look(new) is not None
    referrals.withdraw(referral, by=by)
    assert referral_links.look(new) is None


def test_a_service_with_account_needs_no_link(session):
    by, partner = make.make_worker(), make.make_partner()
    with pytest.raises(DomainError):
        referral_links.make_link(make.make_referral(by, partner), by=by)
