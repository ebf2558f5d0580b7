"""The demo of files that not everybody reads, and of what happens in an emergency."""

from datetime import timedelta
from typing import TYPE_CHECKING

from core import accounts, clock, demo
from core.db import session
from core.models.accounts import Membership, User
from intake import emergencies, exclusions, restrictions
from intake.models.cases import CaseStatus
from intake.models.emergencies import EmergencyGround, Verdict
from intake.models.persons import Avoid, Sex
from intake.models.vocabulary import LifeDomain, Urgency

if TYPE_CHECKING:
    from intake.demo import Stage

OFFICER = "dpo@ocmw-evergem.example"


def tell(stage: "Stage") -> None:
    """A restricted file that was opened twice in an emergency: reviewed, and still to review."""
    officer = session.get_one(Membership, demo.membership(OFFICER))
    dpo = accounts.actor_of(officer, session.get_one(User, officer.user_id))
    person = stage.person(
        stage.karim,
        "Liesbet",
        "Wouters",
        (1989, 11, 2),
        sex=Sex.FEMALE,
        phone="0400 00 01 89",
        contact_hours="Alleen overdag",
        avoid=(Avoid.POST, Avoid.SMS),
    )
    case = stage.case(stage.karim, person, phase=CaseStatus.IN_SUPPORT, urgency=Urgency.U2)
    stage.question(case, LifeDomain.SAFETY, "Niemand van jullie die mij kent mag dit lezen.", stage.karim)
    stage.age(case, 12)
    exclusions.exclude(case, name="mijn zus Hilde", by=stage.karim)
    exclusions.exclude(case, item="health", by=stage.karim)
    restrictions.restrict_case(case, "Haar zus werkt op onze dienst.", by=stage.karim)
    emergencies.open_emergency(
        case.number,
        EmergencyGround.NECESSITY,
        "Ze staat aan het onthaal. Karim is niet bereikbaar.",
        by=stage.nele,
    )
    before = emergencies.open_emergency(
        case.number, EmergencyGround.VITAL_INTEREST, "Ze belde ons in paniek, in de nacht.", by=stage.lotte
    )
    before.opened_at = clock.now() - timedelta(days=3, hours=emergencies.HOURS)
    before.ends_at = clock.now() - timedelta(days=3)
    remark = "Nodig: de politie moest het adres meteen weten."
    emergencies.review_emergency(before, Verdict.JUSTIFIED, remark=remark, by=dpo)
