"""Signing in: passwords, throttle, memberships, sessions and tokens."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import g

from core import accounts, identity
from core.access import Role, system_actor
from core.clock import now, today
from core.db import session as proxy
from core.errors import DomainError, NotFound
from core.i18n import _
from core.models.accounts import SignInAttempt, UserSession
from core.models.trail import AuditEntry
from tests.factories.core import PASSWORD, make_actor, make_membership, make_session, make_tenant, make_user

WRONG = "something else"


def sign_in(email: str, password: str = PASSWORD, address: str = "10.0.0.1"):
    return accounts.sign_in(email, password, address=address)


@pytest.fixture
def user(session):
    made = make_user("nele@example.org")
    make_membership(made)
    session.commit()
    return made


def test_the_right_password_opens_a_session(user):
    token, actor = sign_in("  Nele@Example.org ")
    assert actor.user_id == user.id
    assert actor.has(Role.INTAKE_WORKER)
    row = proxy.scalars(sa.select(UserSession)).one()
    assert row.token_hash == accounts.hash_token(token)
    assert token not in row.token_hash


PAIRS = [("nele@example.org", WRONG), ("nobody@example.org", PASSWORD)]


@pytest.mark.parametrize(("email", "password"), PAIRS)
def test_a_wrong_password_and_an_unknown_person_sound_the_same(user, email, password):
    with pytest.raises(DomainError) as refusal:
        sign_in(email, password)
    assert refusal.value.message == _("This e-mail address and password do not belong together.")
    assert proxy.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 0


def test_a_blocked_person_does_not_get_in(user):
    user.blocked_at = now()
    proxy.commit()
    with pytest.raises(DomainError):
        sign_in(user.email)


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [(timedelta(days=1), None), (timedelta(days=-400), timedelta(days=-1))],
)
def test_without_a_live_membership_nobody_gets_in(session, starts_on, ends_on):
    person, day = make_user(), today()  # asked here: a run may pass midnight
    make_membership(person, starts_on=day + starts_on, ends_on=None if ends_on is None else day + ends_on)
    session.commit()
    with pytest.raises(DomainError):
        sign_in(person.email)


def test_a_closed_organization_lets_nobody_in(session):
    person = make_user()
    make_membership(person, make_tenant(closed_on=today()))
    session.commit()
    with pytest.raises(DomainError):
        sign_in(person.email)


def test_guessing_one_account_is_stopped_and_the_right_password_does_not_help(user):
    for _try in range(accounts.MAX_FAILURES_PER_EMAIL):
        with pytest.raises(DomainError):
            sign_in(user.email, WRONG)
    with pytest.raises(DomainError) as refusal:
        sign_in(user.email)
    assert refusal.value.message == _("Too many tries. Wait a quarter of an hour and try again.")


def test_the_stop_ends_after_a_quarter_of_an_hour(user):
    import time_machine

    with time_machine.travel(now() - timedelta(minutes=16), tick=True):
        for _try in range(accounts.MAX_FAILURES_PER_EMAIL):
            with pytest.raises(DomainError):
                sign_in(user.email, WRONG)
    assert sign_in(user.email)


def test_guessing_many_accounts_from_one_address_is_stopped(user, monkeypatch):
    monkeypatch.setattr(accounts, "MAX_FAILURES_PER_ADDRESS", 3)
    for number in range(3):
        with pytest.raises(DomainError):
            sign_in(f"guess{number}@example.org", WRONG)
    with pytest.raises(DomainError):
        sign_in(user.email)
    assert sign_in(user.email, address="10.0.0.2")


def test_good_sign_ins_of_colleagues_do_not_count_against_their_address(user, monkeypatch):
    monkeypatch.setattr(accounts, "MAX_FAILURES_PER_ADDRESS", 3)
    for _try in range(5):
        sign_in(user.email)
    assert proxy.scalar(sa.select(sa.func.count()).select_from(SignInAttempt)) == 0


def test_tries_keep_no_address_and_no_name(user):
    with pytest.raises(DomainError):
        sign_in(user.email, WRONG)
    kept = list(proxy.scalars(sa.select(SignInAttempt.key_hash)))
    assert len(kept) == 2
    assert all(len(key) == 64 and "nele" not in key and "10.0" not in key for key in kept)


def test_opening_a_session_is_in_the_trail(user):
    sign_in(user.email)
    mine = sa.select(AuditEntry.action).where(AuditEntry.user_id == user.id)
    assert proxy.scalars(mine).all() == ["session.opened"]


def test_one_acts_in_the_membership_chosen_last(session):
    person = make_user()
    first = make_membership(person, make_tenant("A"))
    second = make_membership(person, make_tenant("B"), Role.PARTNER_DESK)
    session.commit()
    _, actor = sign_in(person.email)
    assert actor.membership_id == first.id
    accounts.act_in(second.id, by=actor)
    session.commit()
    assert session.get_one(UserSession, actor.session_id).membership_id == second.id
    _, again = sign_in(person.email)
    assert again.membership_id == second.id


def test_a_membership_of_somebody_else_cannot_be_chosen(session):
    actor, other = make_actor(), make_membership()
    with pytest.raises(NotFound):
        accounts.act_in(other.id, by=actor)


def test_a_session_of_somebody_else_cannot_be_ended(session):
    actor, other = make_actor(), make_session(make_membership())
    with pytest.raises(NotFound):
        accounts.end_session(other.id, by=actor)
    assert other.ended_at is None


def test_a_new_password_ends_the_other_sessions(user):
    sign_in(user.email)
    _, actor = sign_in(user.email)
    accounts.set_password_hash(accounts.new_password_hash("een heel nieuwe zin"), by=actor)
    proxy.commit()
    assert [row.id for row in accounts.open_sessions(user.id)] == [actor.session_id]
    assert accounts.check_password("een heel nieuwe zin", by=actor)
    assert not accounts.check_password(PASSWORD, by=actor)


def test_a_short_password_is_refused_on_its_field(session):
    with pytest.raises(DomainError) as refusal:
        accounts.new_password_hash("kort")
    assert refusal.value.field == "new_password"


def test_members_are_the_live_holders_of_a_role(session):
    tenant = make_tenant()
    wanted = make_membership(make_user(name="A"), tenant, Role.PARTNER_DESK)
    make_membership(make_user(), tenant, Role.DPO)
    make_membership(make_user(), tenant, Role.PARTNER_DESK, ends_on=today() - timedelta(days=1))
    make_membership(make_user(blocked_at=now()), tenant, Role.PARTNER_DESK)
    make_membership(make_user(), make_tenant(), Role.PARTNER_DESK)
    assert [user.id for user in accounts.members(tenant.id, Role.PARTNER_DESK)] == [wanted.user_id]


@pytest.mark.parametrize("email", ["nele@example.org", "NELE@example.org"])
def test_an_address_belongs_to_one_account(user, email):
    tenant = make_tenant()
    with pytest.raises(DomainError) as refusal:
        accounts.create_user(email, "X", "hash", tenant.id, [Role.DPO], by=system_actor())
    assert refusal.value.field == "email"


def test_a_language_that_we_do_not_have_is_refused(session):
    with pytest.raises(DomainError):
        accounts.change_locale("xx", by=make_actor())


def test_who_makes_a_request_is_whoever_the_membership_makes_of_them(app, session):
    membership = make_membership(
        make_user(preferences={"rows": 20}), make_tenant(), Role.INTAKE_WORKER, Role.JUROR
    )
    row = make_session(membership, token_hash=accounts.hash_token("token"))
    session.commit()
    with app.test_request_context():
        g.reading_only = False
        identity._load_session("token")
        found = g.actor
    made = accounts.actor_of(membership, membership.user, session_id=row.id)
    assert (found, found.preferences) == (made, made.preferences)
