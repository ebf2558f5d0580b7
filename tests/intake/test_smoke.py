from core.db import session as db
from intake import cases, referrals, signals, bases
from intake.models.cases import CaseStatus, ClosingReason
from tests.factories import intake as make


def test_whole_path(session):
    by = make.make_worker()
    partner = make.make_partner()
    signal = make.make_signal(by)
    case = signals.take(signal, by=by)
    person = make.make_person(by)
    cases.set_person(case, person=person, by=by)
    assert signal.status == "linked"
    q = make.make_question(case, by)
    ref = make.make_referral(by, partner, case=case, shared=("energy",))
    assert case.status == "awaiting_partner"
    referrals.see(ref, by=partner)
    referrals.ask(ref, "Wie?", by=partner)
    referrals.answer_question(ref, "Zij", by=by)
    referrals.accept(ref, by=partner)
    referrals.start(ref, by=partner)
    referrals.complete(ref, by=partner)
    from intake.models.help_requests import Outcome
    cases.close_case(case, ClosingReason.RIGHT_REALISED, outcomes={q.id: Outcome.SOLVED}, by=by)
    cases.reopen_case(case, CaseStatus.IN_SUPPORT, by=by)
