"""The demo shows each state that a notice, a file, a referral, a right, a request or a question can have."""

import sqlalchemy as sa

from core.db import session
from intake.models.aid_requests import AidRequest, AidStatus
from intake.models.cases import Case, CaseStatus, FollowUp
from intake.models.help_requests import HelpRequest, Outcome
from intake.models.referrals import Referral, ReferralKind, ReferralStatus
from intake.models.rights import RightOutcome, RightReview, RightStep
from intake.models.signals import Signal, SignalStatus
from intake.models.vocabulary import CitizenSays
from tests.databases import dispose, make_app

SHOWN = [
    (Signal.status, set(SignalStatus)),
    (Case.status, set(CaseStatus)),
    # A referral that is being written lies with the drafts of its writer until it is sent.
    (Referral.status, set(ReferralStatus) - {ReferralStatus.DRAFT}),
    (Referral.kind, set(ReferralKind)),
    (RightReview.outcome, set(RightOutcome)),
    (RightReview.step, set(RightStep)),
    (AidRequest.status, set(AidStatus)),
    (HelpRequest.outcome, {None, *Outcome}),
    (FollowUp.citizen_says, {None, CitizenSays.NO}),
]


def test_the_demo_shows_each_state(database, databases):
    copy = databases.demo(database.kind).copy()
    app = make_app(copy.url, copy.folder)
    with app.app_context():
        missing = {
            str(column): sorted(map(str, wanted - set(session.scalars(sa.select(column).distinct()))))
            for column, wanted in SHOWN
        }
    dispose(app)
    assert {column: codes for column, codes in missing.items() if codes} == {}
