"""Whose turn a file is: one answer on its pages and in the list."""

import re

from intake import referrals
from intake.models.cases import CaseStatus
from tests.factories import intake as make

HOLDER = re.compile(r'data-state="(\w+)" data-testid="turn-holder"')


def test_a_question_of_the_partner_makes_it_the_senders_turn_on_every_page(client, session):
    worker, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(worker, partner)
    case = referral.case
    case.holder_id, case.status = worker.user_id, CaseStatus.AWAITING_PARTNER
    session.flush()
    client.sign_in(worker.email)
    assert _turns(client, case) == {"partner"}
    referrals.ask(referral, "Wie?", by=partner)
    assert _turns(client, case) == {"me"}


def _turns(client, case):
    """The first holder named on the pages of a file and in the list that holds only this file."""
    paths = [
        "/cases",
        *(f"/cases/{case.id}{part}" for part in ("", "/questions", "/rights", "/person", "/documents")),
    ]
    return {HOLDER.search(client.get(path).text).group(1) for path in paths}
