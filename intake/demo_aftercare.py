"""After the help of the demo: questions that each ended in their way, and citizens who say how it went."""

from typing import TYPE_CHECKING

import sqlalchemy as sa

from core import clock
from core.db import session
from intake import cases, help_requests, look_backs, referrals
from intake.models.cases import Case, CaseStatus, ClosingReason, FollowUp, FollowUpKind
from intake.models.help_requests import Outcome
from intake.models.persons import Sex
from intake.models.referrals import ReferralKind
from intake.models.vocabulary import CitizenSays, LifeDomain

if TYPE_CHECKING:
    from intake.demo import Stage


def tell(s: "Stage") -> None:
    godelieve(s)
    rik(s)


def godelieve(s: "Stage") -> None:
    """Closed after a letter to carry: four questions, four ends; today somebody asks how it goes."""
    person = s.person(s.nele, "Godelieve", "Claeys", (1951, 8, 30), sex=Sex.FEMALE, phone="0400 00 01 44")
    case = s.case(s.nele, person)
    for domain, words, outcome in (
        (LifeDomain.INCOME, "Mijn spaargeld is op.", Outcome.PARTLY_SOLVED),
        (LifeDomain.CARE, "Ik zoek iemand die helpt met wassen.", Outcome.HANDED_OVER),
        (LifeDomain.HOUSING, "Ik wil kleiner gaan wonen.", Outcome.NOT_SOLVED),
        (LifeDomain.LEISURE, "Is hier een kaartclub?", Outcome.DROPPED),
    ):
        question = s.question(case, domain, words, s.nele)
        help_requests.close_help_request(question, outcome, by=s.nele)
    s.refer(case, "dmw-cm", "Welke thuiszorg kan?", s.nele, kind=ReferralKind.OWN_CONTACT)
    note = "Kreeg een brief mee voor de zitdag."
    cases.close_case(case, ClosingReason.ANSWERED, note=note, by=s.nele)
    s.age(case, 15)
    _first_look(case).due_on = clock.today()


def rik(s: "Stage") -> None:
    """De Brug reported that it is finished; Rik says that he was not helped: the question is open again."""
    person = s.person(s.nele, "Rik", "Vercruysse", (1966, 3, 12), sex=Sex.MALE, phone="0400 00 01 45")
    case = s.case(s.nele, person, phase=CaseStatus.IN_SUPPORT)
    question = s.question(case, LifeDomain.DEBTS, "Ik durf mijn post niet meer open te doen.", s.nele)
    referral = s.refer(
        case, "de-brug", "Orden samen de post.", s.nele, shared=("debts",), kind=ReferralKind.WARM
    )
    referrals.accept(referral, by=s.fatma)
    referrals.start(referral, by=s.fatma)
    referrals.complete(referral, remark="Twee keer samen gezeten.", by=s.fatma)
    help_requests.close_help_request(question, Outcome.SOLVED, by=s.nele)
    s.age(case, 16)
    words = "De derde keer kwam er niemand meer."
    look_backs.answer(_first_look(case), CitizenSays.NO, words=words, by=s.nele)


def _first_look(case: Case) -> FollowUp:
    query = sa.select(FollowUp).where(
        FollowUp.case_id == case.id, FollowUp.kind == FollowUpKind.LOOK_BACK, FollowUp.done_at.is_(None)
    )
    return session.scalars(query.order_by(FollowUp.due_on).limit(1)).one()
