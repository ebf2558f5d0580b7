"""Random worlds: what any door shows anybody equals what a small model of the policy allows.

A world has three organizations with users of every role, files of two of them with referrals between them, on
every kind of ground. Acts happen in a random order: steps of partners, withdrawals, exclusions, restrictions,
another holder, a last day that passes, a colleague who leaves. One world in every run, forty in a long one.
"""

import random
import string
import uuid
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock, mail, people
from core.access import Role, system_actor
from core.db import session as database_session
from core.errors import Conflict, DomainError
from core.models.accounts import Membership, TenantKind, User
from core.models.outbox import OutboxMessage
from intake import bases, cases, exclusions, households, notes, referrals, restrictions
from intake.models.bases import BasisKind
from intake.models.households import Relation
from intake.models.notes import Visibility
from intake.models.persons import Avoid
from intake.models.referrals import DeclineReason, FailReason, ReferralKind
from intake.models.vocabulary import LifeDomain
from socialmap.models.directory import Service
from tests.factories import intake as make
from tests.factories.core import make_actor, make_tenant
from tests.intake import privacy_model as model
from tests.intake.test_privacy_routes import doors, program, shown_at
from workflows.subjects import Reference

ROLES = {
    "own": ("intake_worker", "intake_worker", "team_lead", "partner_desk", "dpo", "administrator"),
    "caw": ("intake_worker", "partner_desk", "team_lead", "coordinator"),
    "vzw": ("partner_desk", "applicant"),
    "elsewhere": ("intake_worker", "officer", "process_manager", "steering_group"),
}
STEPS, WALKS = 7, 3


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(40 if metafunc.config.getoption("--long") else 1))


def word(chance):
    """A name that no slip of spelling makes another one."""
    return "".join(chance.choices(string.ascii_lowercase, k=11)).capitalize()


class World:
    """The product and the model of its policy, side by side."""

    def __init__(self, chance, session):
        self.chance, self.session = chance, session
        kinds = {"own": TenantKind.OCMW, "caw": TenantKind.CAW, "vzw": TenantKind.PARTNER}
        self.tenants = {name: make_tenant(kind=kinds.get(name, TenantKind.OCMW)) for name in ROLES}
        self.users = [
            model.User(make_actor(Role(role), tenant=tenant), tenant.id, role)
            for name, tenant in self.tenants.items()
            for role in ROLES[name]
        ]
        self.services = {name: make.make_service(self.tenants[name]) for name in ("own", "caw", "vzw")}
        self.files = [self.open_file("own"), self.open_file("caw")]
        for sender, receiver in (("own", "caw"), ("own", "vzw"), ("caw", "vzw"), ("caw", "own")):
            self.refer(self.files[sender == "caw"], receiver)
        session.flush()

    def workers(self, tenant_id, *roles):
        return [user.actor for user in self.users if user.tenant == tenant_id and user.role in roles]

    def open_file(self, name):
        """A file with a citizen, a household, questions and notes, each with words of its own."""
        chance, tenant = self.chance, self.tenants[name]
        by = self.workers(tenant.id, "intake_worker")[0]
        keys = ("name", "address", "member", "shareable", "internal", "not_to_know")
        secrets = {key: word(chance) for key in keys}
        secrets["phone"] = f"0400 {chance.randrange(10**6):06}"
        person = make.make_person(
            by, first_name=secrets["name"], last_name="Test", phone=secrets["phone"],
            address=f"{secrets['address']} 7", not_to_know=secrets["not_to_know"],
            avoid=(Avoid.POST,) if chance.random() < 0.5 else (),
        )  # fmt: skip
        case = make.make_case(by, person=person)
        household = households.create_household("Test", nis=make.EVERGEM, first=person, by=by)
        households.add_member(household, described_as=secrets["member"], relation=Relation.CHILD, by=by)
        cases.set_person(case, household=household, by=by)
        for domain in chance.sample(list(LifeDomain), 3):
            secrets[str(domain)] = word(chance)
            make.make_question(case, by, domain, own_words=f"Over {secrets[str(domain)]}.")
        notes.add_note(case, secrets["shareable"], visibility=Visibility.SHAREABLE, by=by)
        notes.add_note(case, secrets["internal"], by=by)
        if case.holder_id is None:
            cases.allocate(case, self.session.get(User, by.user_id), by=by)
        file = model.File(tenant.id, case.holder_id, secrets)
        file.case, file.by, file.referrals = case, by, []
        return file

    def refer(self, file, receiver):
        chance, case, by = self.chance, file.case, file.by
        asked = [str(request.life_domain) for request in case.help_requests]
        offered = [*asked, "address", "household", "notes"]
        shared = set(chance.sample(offered, chance.randrange(len(offered) + 1)))
        ground = chance.choice([BasisKind.CONSENT, *BasisKind])
        why = {} if ground == BasisKind.CONSENT else {"channel": None, "motivation": "Het moet."}
        basis = make.make_basis(case, self.services[receiver], by, tuple(shared), kind=ground, **why)
        secrets = {"request": word(chance)}
        made = referrals.refer(
            case, self.services[receiver], kind=chance.choice([ReferralKind.ANNOUNCED, ReferralKind.WARM]),
            request=f"Graag hulp: {secrets['request']}.", shared=shared, basis=basis, by=by,
        )  # fmt: skip
        share = model.Share(self.tenants[receiver].id, str(ground), frozenset(shared), secrets)
        file.shares.append(share)
        file.referrals.append(made)

    # ------------------------------------------------------------ what happens
    def happen(self):
        """One act; what the product refuses did not happen."""
        file = self.chance.choice(self.files)
        at = self.chance.randrange(len(file.shares))
        act = self.chance.choice([self.partner_acts] * 4 + [self.sender_acts] * 2 + [self.file_changes] * 3)
        with suppress(Conflict, DomainError):
            act(file, file.shares[at], file.referrals[at])
        self.session.commit()

    def partner_acts(self, file, share, referral):
        by = self.chance.choice(self.workers(share.receiver, "intake_worker", "team_lead", "partner_desk"))
        acts = {
            "seen": lambda: referrals.see(referral, by=by),
            "accepted": lambda: referrals.accept(referral, by=by),
            "waitlisted": lambda: referrals.put_on_waiting_list(referral, by=by),
            "in_progress": lambda: referrals.start(referral, by=by),
            "completed": lambda: referrals.complete(referral, by=by),
            "failed": lambda: referrals.fail(referral, FailReason.UNREACHABLE, by=by),
            "declined": lambda: referrals.decline(referral, DeclineReason.NO_CAPACITY, by=by),
            "question_asked": lambda: self.ask(share, referral, by),
        }
        state = self.chance.choice(["seen", "accepted", "accepted", "question_asked", *acts])
        if state != "seen" or share.state == "sent":
            acts[state]()
            share.state = state

    def ask(self, share, referral, by):
        text = word(self.chance)
        referrals.ask(referral, text, by=by)
        share.secrets["asked"] = text

    def sender_acts(self, file, share, referral):
        act = self.chance.choice(["answer", "withdraw", "withdraw basis", "last day"])
        if act == "answer":
            text = word(self.chance)
            referrals.answer_question(referral, text, by=file.by)
            share.secrets["answered"], share.state = text, "seen"
        elif act == "withdraw":
            referrals.withdraw(referral, by=file.by)
            share.state = "withdrawn"
        elif act == "withdraw basis":
            bases.withdraw_basis(referral.basis, by=file.by)
            share.withdrawn = True
        else:
            yesterday = clock.today() - timedelta(days=1)
            referral.basis.given_on = referral.basis.ends_on = share.last_day = yesterday

    def file_changes(self, file, share, referral):
        case, by = file.case, file.by
        act = self.chance.choice(["item", "member", "organization", "restrict", "open", "holder", "leave"])
        if act == "item":
            item = self.chance.choice([*map(str, LifeDomain), "household", "notes", "address"])
            exclusions.exclude(case, item=item, by=by)
            file.left_out_items.add(item)
        elif act == "member":
            exclusions.exclude(case, name=f"mijn zus {file.secrets['member']}", by=by)
            file.is_member_left_out = True
        elif act == "organization":
            service = self.session.get(Service, referral.service_id)
            exclusions.exclude(case, organization=service.organization, by=by)
            for each in file.shares:
                if each.receiver == share.receiver and each.ground in model.ASKS_THE_CITIZEN:
                    each.withdrawn = True
        elif act == "restrict":
            restrictions.restrict_case(case, "Familie van een collega.", by=by)
            file.restricted = True
        elif act == "open":
            restrictions.lift_restriction(case, "Niet meer nodig.", by=by)
            file.restricted = False
        elif act == "holder":
            to = self.chance.choice(self.workers(file.tenant, "intake_worker", "team_lead"))
            cases.allocate(case, self.session.get(User, to.user_id), by=by)
            file.holder = to.user_id
        else:
            self.leave()

    def leave(self):
        """Somebody who is not needed for the acts stops working there."""
        user = next(each for each in self.users if each.role == "steering_group" or each.is_gone)
        colleague = [each for each in self.users if each.tenant == self.files[0].tenant][1]
        for each in (user, colleague):
            if not each.is_gone and each.actor.user_id != self.files[0].holder:
                people.end_membership(
                    self.session.get(Membership, each.actor.membership_id), by=system_actor()
                )
                each.is_gone = True

    # ------------------------------------------------------------ who reads what
    def every_secret(self):
        return {secret for file in self.files for secret in file.every_secret()}

    def may_read(self, user):
        today = clock.today()
        return {secret for file in self.files for secret in model.allowed(user, file, today)}

    def named(self, secrets):
        """Secrets by what they are, for a failure that can be read."""
        known = {}
        for at, file in enumerate(self.files):
            known |= {text: f"file {at}: {key}" for key, text in file.secrets.items()}
            for to, share in enumerate(file.shares):
                of_share = f"file {at}, share {to} ({share.state})"
                known |= {text: f"{of_share}: {key}" for key, text in share.secrets.items()}
        return {known[secret] for secret in secrets}

    def found_in(self, text):
        return {secret for secret in self.every_secret() if secret in text}

    def addresses(self, app):
        """Every address that reads, for every file and every referral."""
        found = {}
        for file in self.files:
            for referral in file.referrals:
                keys = {
                    "case_id": file.case.id, "referral_id": referral.id, "basis_id": referral.basis_id,
                    "request_id": file.case.help_requests[0].id, "subject": Reference("case", file.case.id),
                }  # fmt: skip
                found |= dict.fromkeys(doors(app, keys, file.case.number))
        return list(found)


@pytest.fixture
def sign_in(client):
    """A client of their own for each user, so that nobody signs in twice."""
    known = {}

    def for_user(user):
        if user.actor.email not in known:
            known[user.actor.email] = client.application.test_client()
            known[user.actor.email].post(
                "/login", data={"email": user.actor.email, "password": "draaischijf-demo"}
            )
        return known[user.actor.email]

    return for_user


def test_every_door_shows_everybody_what_the_policy_allows_and_nothing_else(client, session, sign_in, seed):
    chance = random.Random(seed)
    world = World(chance, session)
    tokens = {}
    for user in world.users:
        sign_in(user)
        if user.role in {"intake_worker", "partner_desk"}:
            tokens[user.actor.email] = program(user.actor)
    for _step in range(STEPS):
        world.happen()
        check_some(world, sign_in, tokens)
    addresses = world.addresses(client.application)
    for user in chance.sample(world.users, WALKS if seed < 2 else 2 * WALKS):
        seen = world.found_in(shown_at(sign_in(user), addresses))
        assert world.named(seen) == world.named(world.may_read(user)), user.role
    mails = list(session.scalars(sa.select(OutboxMessage)))
    assert world.found_in(str([row.payload for row in mails])) == set()
    for row in mails:
        if row.kind == "mail.send":
            payload = {key: row.payload[key] for key in ("path", "values")}
            assert world.found_in(str(mail.compose(row.payload["template"], "nl", **payload))) == set()
            assert session.get(User, uuid.UUID(row.payload["user_id"])) is not None  # never to a citizen


def check_some(world, sign_in, tokens):
    """One referral as each desk that gets it reads it, exactly; and what somebody else finds of it."""
    file = world.chance.choice(world.files)
    at = world.chance.randrange(len(file.shares))
    share, referral = file.shares[at], file.referrals[at]
    page = (f"/referrals/{referral.id}",)
    lists = ("/referrals", "/referrals?tab=running", "/referrals?tab=ended", "/my-day", "/search?q=Test")
    programs = (f"/api/v1/referrals/{referral.id}", "/api/v1/referrals", f"/api/v1/cases/{file.case.id}")
    desk = next(u for u in world.users if u.tenant == share.receiver and u.role == "partner_desk")
    expected = file.shared(share, clock.today())
    assert world.found_in(shown_at(sign_in(desk), page)) == expected
    assert world.found_in(shown_at(sign_in(desk), programs[:1], tokens[desk.actor.email])) == expected
    somebody = world.chance.choice(world.users)
    text = shown_at(
        sign_in(somebody), (*page, *lists, f"/cases/{file.case.id}", f"/search?q={file.case.number}")
    )
    if somebody.actor.email in tokens:
        text += shown_at(sign_in(somebody), programs, tokens[somebody.actor.email])
    assert world.found_in(text) <= world.may_read(somebody), somebody.role
    database_session.expire_all()
