"""Sender, partner and term at the same moment: whoever holds the referral first wins, in both orders."""

import threading
import time

from core.db import session, transaction
from core.errors import Conflict
from intake import acceptance, referrals
from intake.models.referrals import Referral
from tests.factories import intake as make


def accept(referral, by, partner):
    referrals.accept(referral, by=partner)


def withdraw(referral, by, partner):
    referrals.withdraw(referral, by=by)


def expire(referral, by, partner):
    referrals.expire(referral, by=by)


def start(referral, by, partner):
    referrals.start(referral, by=partner)


def undo(referral, by, partner):
    acceptance.undo_accept(referral, by=partner)


def in_order(app, first, second):
    """Two connections: the second begins while the first has done its act and not committed yet."""
    results, waits, done = {}, threading.Event(), threading.Event()

    def run(name, act):
        with app.app_context():
            try:
                if name == "second":
                    done.wait(30)
                    waits.set()
                with transaction():
                    act()
                    if name == "first":
                        done.set()
                        waits.wait(30)
                        time.sleep(0.05)  # so that the second one stands before the lock; the end is the same
                results[name] = "won"
            except Conflict as refusal:
                results[name] = refusal
            finally:
                done.set()

    threads = [threading.Thread(target=run, args=pair) for pair in (("first", first), ("second", second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [type(results[name]).__name__ for name in ("first", "second")]


# What was done before, the two acts, who wins, and how the referral stands after.
RACES = [
    ([], accept, withdraw, ["str", "Conflict"], "accepted"),
    ([], withdraw, accept, ["str", "Conflict"], "withdrawn"),
    ([], accept, expire, ["str", "str"], "accepted"),  # the sweep leaves an answered one alone
    ([], expire, accept, ["str", "Conflict"], "expired"),
    ([accept], undo, start, ["str", "Conflict"], "seen"),
    ([accept], start, undo, ["str", "Conflict"], "in_progress"),
    ([accept], undo, withdraw, ["str", "str"], "withdrawn"),
    ([accept], withdraw, undo, ["Conflict", "str"], "seen"),
]


def made(app, before):
    with app.app_context(), transaction():
        by, partner = make.make_worker(), make.make_partner()
        referral = make.make_referral(by, partner)
        for act in before:
            act(referral, by, partner)
        return referral.id, by, partner


def test_of_two_acts_on_one_referral_the_first_one_counts(fresh_app):
    for before, first, second, expected, status in RACES:
        key, by, partner = made(fresh_app, before)

        def on(act, key=key, by=by, partner=partner):
            return lambda: act(referrals.get(key), by, partner)

        race = f"{first.__name__} before {second.__name__}"
        assert in_order(fresh_app, on(first), on(second)) == expected, race
        with fresh_app.app_context():
            assert session.get(Referral, key).status == status, race
