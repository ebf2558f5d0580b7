"""The desk of the demo: the contact register and requests for aid in each of their states."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from core import clock
from core.db import session
from core.models.accounts import User
from intake import aid_requests, contacts, households, signals, teams
from intake.models.aid_requests import AidKind, AidOutcome, AidRequest
from intake.models.cases import Case, CaseStatus
from intake.models.contacts import AttemptResult, ContactOutcome
from intake.models.households import Relation
from intake.models.persons import Sex
from intake.models.signals import Informed, Source
from intake.models.vocabulary import Channel, LifeDomain, Urgency

if TYPE_CHECKING:
    from intake.demo import Stage

EVERGEM = "44019"


def requests(s: "Stage") -> None:
    """One of each: new, examined and late, decided, notified, forwarded, withdrawn, decided urgently."""
    fresh = _asked(s, "Yusuf", "Demir", AidKind.LIVING_WAGE, "Ik heb geen inkomen meer.", days=3)
    _give_receipt(s, fresh)
    late = _asked(s, "Nicole", "De Pauw", AidKind.EXTRA_AID, "Ik kan de tandarts niet betalen.", days=33)
    aid_requests.confirm_competence(late, by=s.nele)
    decided = _asked(s, "Bram", "Lievens", AidKind.DEPOSIT, "Ik heb geld nodig voor een waarborg.", days=20)
    _decide(s, decided, AidOutcome.GRANTED, 4)
    told = _asked(s, "Amina", "Haddou", AidKind.ENERGY, "De factuur van het gas is te hoog.", days=26)
    _decide(s, told, AidOutcome.PARTLY_GRANTED, 12)
    aid_requests.record_notice(told, notified_on=_ago(9), by=s.nele)
    moved = _asked(s, "Gust", "Van Damme", AidKind.LIVING_WAGE, "Ik woon sinds kort bij mijn broer.", days=6)
    _give_receipt(s, moved)
    aid_requests.forward_request(
        moved,
        "OCMW Lievegem",
        reason="De verblijfplaats is in Lievegem.",
        forwarded_on=_ago(2),
        by=s.nele,
    )
    back = _asked(s, "Chantal", "Mertens", AidKind.OTHER, "Ik vraag hulp voor een fiets.", days=10)
    aid_requests.withdraw_request(back, reason="Ze kreeg een fiets van haar zus.", by=s.nele)
    urgent = _asked(s, "Ilir", "Hoxha", AidKind.ENERGY, "De budgetmeter is leeg, het is koud.", days=9)
    _decide(s, urgent, AidOutcome.GRANTED, 8, is_urgent=True)
    aid_requests.record_ratification(urgent, ratified_on=_ago(1), by=s.nele)


def _ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


def _asked(s: "Stage", first: str, last: str, kind: AidKind, words: str, *, days: int) -> AidRequest:
    case = s.case(s.nele, s.person(s.nele, first, last), phase=CaseStatus.PLANNING)
    made = aid_requests.register_request(case, kind, words, asked_on=_ago(days), by=s.nele)
    made.registered_at = _morning(made, 10)
    s.age(case, days)
    return made


def _give_receipt(s: "Stage", request: AidRequest) -> None:
    aid_requests.give_receipt(request, by=s.nele)
    request.receipt_given_at = _morning(request, 11)
    session.flush()  # the next act reads the record anew


def _morning(request: AidRequest, hour: int) -> datetime:
    return clock.start_of(request.asked_on) + timedelta(hours=hour)


def _decide(
    s: "Stage", request: AidRequest, outcome: AidOutcome, days: int, *, is_urgent: bool = False
) -> None:
    bodies = aid_requests.bodies(request.tenant_id)
    _give_receipt(s, request)
    aid_requests.confirm_competence(request, by=s.nele)
    aid_requests.record_decision(
        request,
        outcome,
        body=bodies[-1] if is_urgent else bodies[0],
        reason="Het sociaal onderzoek toont dat het inkomen te laag is.",
        decided_on=_ago(days),
        is_urgent=is_urgent,
        by=s.nele,
    )


def register(s: "Stage") -> None:
    """A morning at the desk: answered, kept for later, made a file, made a notice."""
    for channel, theme, line in (
        (Channel.DESK, LifeDomain.ADMIN, "Waar vraag ik een attest van samenstelling?"),
        (Channel.PHONE, LifeDomain.ENERGY, "Vraag over het sociaal tarief."),
        (Channel.MAIL, LifeDomain.HOUSING, "Zoekt een grotere woning."),
    ):
        answered = contacts.register_contact(channel=channel, nis=EVERGEM, theme=theme, line=line, by=s.nele)
        contacts.settle_contact(answered, ContactOutcome.ANSWERED, by=s.nele)
    contacts.register_contact(
        channel=Channel.PHONE,
        theme=LifeDomain.DEBTS,
        line="Belt straks terug over een deurwaarder.",
        by=s.nele,
    )
    walk_in = contacts.register_contact(
        channel=Channel.DESK,
        nis=EVERGEM,
        theme=LifeDomain.INCOME,
        line="Mijn uitkering stopt eind deze maand.",
        by=s.nele,
    )
    contacts.open_intake(walk_in, by=s.nele)
    heard = contacts.register_contact(
        channel=Channel.PHONE,
        nis=EVERGEM,
        theme=LifeDomain.CARE,
        line="Buur ziet het licht nooit aan.",
        by=s.nele,
    )
    notice = s.notice(s.nele, "Het licht gaat nooit aan.", LifeDomain.CARE, source=Source.NETWORK)
    contacts.settle_contact(heard, ContactOutcome.SIGNAL, signal_id=notice.id, by=s.nele)


def unreachable(s: "Stage") -> None:
    """Three attempts over two ways in vain; and a household whose children are written down."""
    notice = s.notice(
        s.nele,
        "Mevrouw komt niet meer naar de voedselbank.",
        LifeDomain.INCOME,
        source=Source.PARTNER,
        informed=Informed.NOT_YET,
        agrees=False,
    )
    signals.triage(notice, notice.urgency, by=s.nele)
    person = s.person(s.nele, "Ludo", "Steyaert", (1966, 2, 2), sex=Sex.MALE, phone="0400 00 01 41")
    case = signals.take(notice, person=person, by=s.nele)
    for channel, text in (
        (Channel.PHONE, "Geen antwoord."),
        (Channel.PHONE, "Opnieuw geen antwoord."),
        (Channel.HOME_VISIT, "Niemand thuis."),
    ):
        s.talk(case, s.nele, channel, AttemptResult.NOT_REACHED, text)
    s.age(case, 8)
    _family(s)
    session.flush()


def planned_leave(s: "Stage") -> None:
    """The team lead is away next week; a colleague stands in."""
    away, stands_in = session.get_one(User, s.karim.user_id), session.get_one(User, s.nele.user_id)
    day = clock.today() + timedelta(days=7)
    teams.set_absence(away, stands_in, day, day + timedelta(days=4), by=s.karim)


def _family(s: "Stage") -> None:
    mother = s.person(s.nele, "Samira", "Bouzid", (1986, 9, 30), sex=Sex.FEMALE, phone="0400 00 01 42")
    case: Case = s.case(s.nele, mother, phase=CaseStatus.CLARIFYING, urgency=Urgency.U2)
    home = households.ensure(case, by=s.nele)
    day = clock.today()
    son = s.person(
        s.nele,
        "Ilyas",
        "Bouzid",
        (day.year - 14, 1, 15),
        sex=Sex.MALE,
        capacity_note="Begrijpt wat we vragen en beslist mee.",
    )
    households.add_member(home, person=son, relation=Relation.CHILD, is_dependant=True, by=s.nele)
    households.add_member(
        home, described_as="dochter, 6 jaar", relation=Relation.CHILD, is_dependant=True, by=s.nele
    )
    s.question(case, LifeDomain.HOUSING, "We wonen met drie in een studio.", s.nele)
    s.age(case, 4)
