"""What a partner sees equals what the policy allows: over random persons, items, states, withdrawals."""

import random
from contextlib import suppress
from datetime import timedelta

import pytest

from core import clock
from core.errors import Conflict
from intake import bases, cases, households, items, notes, partner_view, policy, referrals
from intake.models.bases import BasisKind, ConsentChannel
from intake.models.households import Relation
from intake.models.notes import Visibility
from intake.models.persons import Avoid
from intake.models.referrals import DeclineReason, FailReason, ReferralKind
from intake.models.vocabulary import LifeDomain, Urgency
from tests.factories import intake as make

STEPS = [
    lambda r, by, partner: referrals.see(r, by=partner),
    lambda r, by, partner: referrals.accept(r, by=partner),
    lambda r, by, partner: referrals.start(r, by=partner),
    lambda r, by, partner: referrals.complete(r, by=partner),
    lambda r, by, partner: referrals.fail(r, FailReason.OTHER, by=partner),
    lambda r, by, partner: referrals.decline(r, DeclineReason.NO_CAPACITY, by=partner),
    lambda r, by, partner: referrals.put_on_waiting_list(r, by=partner),
    lambda r, by, partner: referrals.withdraw(r, by=by),
    lambda r, by, partner: bases.withdraw_basis(r.basis, by=by),
]


def story(chance: random.Random, by):
    """A file with something of everything; each text can be recognized wherever it turns up."""
    secrets = {
        "name": f"Voornaam{chance.randrange(10**6)}",
        "phone": f"0400 {chance.randrange(10**6):06}",
        "address": f"Geheimstraat {chance.randrange(10**6)}",
        "member": f"Kind{chance.randrange(10**6)}",
        "shareable": f"Deelbaar{chance.randrange(10**6)}",
        "internal": f"Intern{chance.randrange(10**6)}",
        "not_to_know": f"Buurman{chance.randrange(10**6)}",
    }
    person = make.make_person(
        by, first_name=secrets["name"], last_name="Test", phone=secrets["phone"], address=secrets["address"],
        ssin=make.SAFE_SSIN if chance.random() < 0.5 else "", not_to_know=secrets["not_to_know"],
        avoid=(Avoid.POST,) if chance.random() < 0.5 else (),
    )  # fmt: skip
    case = make.make_case(by, person=person)
    household = households.create_household("Test", nis=make.EVERGEM, first=person, by=by)
    households.add_member(household, described_as=secrets["member"], relation=Relation.CHILD, by=by)
    cases.set_person(case, household=household, by=by)
    for domain in chance.sample(list(LifeDomain), chance.randrange(1, 4)):
        words = f"Vraag{chance.randrange(10**6)}"
        secrets[str(domain)] = words
        make.make_question(case, by, domain, own_words=words)
    notes.add_note(case, secrets["shareable"], visibility=Visibility.SHAREABLE, by=by)
    notes.add_note(case, secrets["internal"], by=by)
    session_refresh(case)
    return case, secrets


def session_refresh(case):
    from core.db import session

    session.refresh(case, ["help_requests"])


@pytest.mark.parametrize("seed", range(12))
def test_the_partner_sees_what_was_agreed_and_nothing_else(session, seed):
    chance = random.Random(seed)
    by, partner = make.make_worker(), make.make_partner()
    case, secrets = story(chance, by)
    from core.models.accounts import Tenant

    service = make.make_service(session.get(Tenant, partner.tenant_id))
    offered = partner_view.available(case)
    shared = set(chance.sample(offered, chance.randrange(len(offered) + 1)))
    basis = make.make_basis(case, service, by, tuple(shared))
    terms = {
        "kind": ReferralKind.WARM,
        "request": "Help mee.",
        "shared": shared,
        "urgency": chance.choice(list(Urgency)),
    }
    preview = partner_view.compose(
        case, **terms, answer_by=referrals.answer_by(terms["urgency"], tenant_id=case.tenant_id),
        basis_kind=basis.kind, given_on=basis.given_on,
    )  # fmt: skip
    referral = referrals.refer(case, service, **terms, basis=basis, by=by)
    assert partner_view.package_of(referral) == preview
    # What changes in the file after sending does not change what was agreed.
    notes.add_note(case, f"Later{seed}", visibility=Visibility.SHAREABLE, by=by)
    check(referral, preview, secrets, shared)
    for step in chance.sample(STEPS, len(STEPS)):
        with suppress(Conflict):
            step(referral, by, partner)
        check(referral, preview, secrets, shared)


def check(referral, preview, secrets, shared):
    """The rule, written once more and simply: stage by state and basis, content by items."""
    view = partner_view.view_of(referral)
    basis = referral.basis
    live = basis.withdrawn_at is None and (basis.ends_on is None or basis.ends_on >= clock.today())
    undecided = referral.status in {"sent", "seen", "question_asked"}
    agreed = referral.status in {"accepted", "waitlisted", "in_progress", "completed", "failed"}
    expected = "before" if live and undecided else "after" if live and agreed else "closed"
    assert view.stage == expected == policy.stage(referral, basis, clock.today())
    text = str([(line.code, line.values) for line in (*view.now, *view.agreed)])
    allowed = {"name", "phone"} if expected == "after" else set()
    if expected == "after":
        allowed |= {"address"} & shared | ({"member"} if items.HOUSEHOLD in shared else set())
        allowed |= {"shareable"} if items.NOTES in shared else set()
        allowed |= {code for code in shared if code in set(LifeDomain)}
    found = {key for key, secret in secrets.items() if secret in text}
    assert found == {key for key in allowed if key in secrets}
    assert make.SAFE_SSIN.replace("-", "") not in text
    assert (view.now == ()) == (expected == "closed")
    assert (view.agreed == preview.agreed) == (expected == "after" or preview.agreed == ())


def test_a_preview_before_deciding_names_nobody(session):
    by = make.make_worker()
    referral = make.make_referral(by, make.make_partner())
    codes = {line.code for line in partner_view.view_of(referral).now}
    assert codes == {
        "request", "who", "municipality", "language", "urgency", "sender", "basis", "answer_by",
    }  # fmt: skip


def test_a_package_survives_its_own_json():
    package = partner_view.Package((partner_view.Line("who", ("f", "")),), (), ("contact",), ("ssin",))
    assert partner_view.Package.from_json(package.to_json()) == package


def test_a_basis_opens_and_closes_on_its_days(session):
    by = make.make_worker()
    referral = make.make_referral(by, make.make_partner())
    basis = referral.basis
    basis.ends_on = clock.today() + timedelta(days=3)
    for days, stage in ((-1, "closed"), (0, "before"), (3, "before"), (4, "closed")):
        assert partner_view.view_of(referral, on=clock.today() + timedelta(days=days)).stage == stage
    assert (basis.kind, basis.channel) == (BasisKind.CONSENT, ConsentChannel.ORAL)
