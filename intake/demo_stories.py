"""The stories of the demo: one short function each, in the words of the work. All people are fictional."""

from datetime import timedelta
from typing import TYPE_CHECKING

from core import clock
from core.access import system_actor
from core.db import session
from core.models.accounts import Tenant
from intake import bases, cases, demo_aid, notes, referrals, signals
from intake.models.cases import CaseStatus, ClosingReason
from intake.models.contacts import AttemptResult
from intake.models.help_requests import Outcome
from intake.models.households import Relation
from intake.models.persons import Avoid, Sex
from intake.models.referrals import DeclineReason, FailReason, ReferralKind
from intake.models.signals import About, Circumstance, Informed, Source
from intake.models.vocabulary import AgeGroup, Channel, LifeDomain, Mutuality, Urgency

if TYPE_CHECKING:
    from intake.demo import Stage

REACHED, NOT_REACHED = AttemptResult.REACHED, AttemptResult.NOT_REACHED


def tell(stage: "Stage") -> None:
    """Play every story, the oldest first."""
    for story in (
        lena,
        karim_said,
        fatima,
        jozef,
        ingrid,
        omar,
        rosa,
        guy,
        sofie,
        ana,
        willy,
        luc,
        ruth,
        mehmet,
        els,
        noor,
        marie,
        beginnings,
        notices,
        demo_aid.requests,
        demo_aid.register,
        demo_aid.unreachable,
        demo_aid.planned_leave,
    ):
        story(stage)


def lena(s: "Stage") -> None:
    """A widow with a gas bill; CM has a question (I1 of the scenarios)."""
    person = s.person(
        s.nele,
        "Lena",
        "Aerts",
        ssin="520317-000-21",
        sex=Sex.FEMALE,
        phone="0400 00 01 52",
        mutuality=Mutuality.CM,
        contact_hours="Na 10 uur",
        address="Kerkstraat 12, 9940 Evergem",
    )
    case = s.case(s.nele, person)
    s.talk(case, s.nele, Channel.DESK, REACHED, "Kwam zelf langs met haar gasfactuur.")
    s.question(
        case,
        LifeDomain.ENERGY,
        "Ik kan mijn gasfactuur niet betalen en durf niet meer te stoken.",
        s.nele,
        facts="Gasfactuur van € 1.184. Ze verwarmt alleen de keuken.",
    )
    s.question(
        case,
        LifeDomain.ADMIN,
        "Al die brieven sinds mijn man stierf, ik doe ze niet meer open.",
        s.nele,
        facts="Weduwe. Pensioenattest van januari 2026 aanwezig.",
    )
    s.question(case, LifeDomain.NETWORK, "Ik zie bijna niemand meer.", s.nele)
    s.talk(case, s.nele, Channel.HOME_VISIT, REACHED, "Huisbezoek van 50 minuten. Slecht te been.")
    s.note(case, s.nele, "Dochter Katrien helpt bij de brieven. Bel eerst Lena zelf.", shareable=True)
    referral = s.refer(
        case,
        "dmw-cm",
        "Help mevrouw de verhoogde tegemoetkoming aan te vragen. Brieven en digitale formulieren "
        "zijn moeilijk voor haar.",
        s.nele,
        shared=("admin", "notes"),
        witness="Dochter Katrien",
    )
    referrals.see(referral, by=s.joris)
    referrals.ask(
        referral,
        "Heeft mevrouw een attest van haar pensioen? Dan kan ik de aanvraag meteen afmaken.",
        by=s.joris,
    )
    s.age(case, 4)


def karim_said(s: "Stage") -> None:
    """A prepaid meter that is empty, from the winter list; nobody was at home yet."""
    signal = s.notice(
        s.nele,
        "Staat op de winterlijst: budgetmeter al twee weken leeg.",
        LifeDomain.ENERGY,
        source=Source.LIST,
        source_name="Fluvius",
        subject_name="Karim Said",
        subject_phone="0400 00 01 16",
        circumstances=(Circumstance.NO_HEATING, Circumstance.CHILDREN),
        age_group=AgeGroup.ADULT,
    )
    person = s.person(
        s.nele, "Karim", "Said", (1985, 6, 4), sex=Sex.MALE, phone="0400 00 01 16", language="ar"
    )
    case = signals.take(signal, person=person, by=s.nele)
    s.talk(case, s.nele, Channel.PHONE, NOT_REACHED, "Twee keer gebeld, geen antwoord.")
    s.talk(case, s.nele, Channel.HOME_VISIT, NOT_REACHED, "Niemand thuis. Kaartje in de bus.")
    todo = notes.plan_follow_up(case, "Derde poging, samen met de buurtwerker", clock.today(), by=s.nele)
    todo.due_on = clock.today() - timedelta(days=1)
    s.age(case, 3)


def fatima(s: "Stage") -> None:
    person = s.person(s.nele, "Fatima", "El Amrani", (1990, 2, 11), sex=Sex.FEMALE, phone="0400 00 01 18")
    case = s.case(s.nele, person, phase=CaseStatus.RIGHTS_REVIEW, urgency=Urgency.U2)
    s.talk(case, s.nele, Channel.DESK, REACHED, "Sinds twee maanden geen inkomen meer.")
    s.question(
        case, LifeDomain.INCOME, "Ik heb niets meer om de huur te betalen.", s.nele, facts="Uitkering stopte."
    )
    notes.plan_follow_up(case, "Ontvangstbewijs van de aanvraag meegeven", clock.today(), by=s.nele)
    s.age(case, 2)


def jozef(s: "Stage") -> None:
    person = s.person(s.nele, "Jozef", "Lippens", (1941, 9, 23), sex=Sex.MALE, phone="0400 00 01 19")
    case = s.case(s.nele, person, phase=CaseStatus.PLANNING)
    s.question(case, LifeDomain.HOUSING, "De mazout is op en de ketel is stuk.", s.nele)
    notes.plan_follow_up(
        case,
        "Huisbezoek in Kluizen, 14 uur. Neem het formulier van het Verwarmingsfonds mee",
        clock.today(),
        by=s.nele,
    )
    s.age(case, 6)


def ingrid(s: "Stage") -> None:
    """Handed over to De Brug, which is finished; follow-up after two weeks."""
    person = s.person(s.nele, "Ingrid", "Goethals", (1974, 12, 2), sex=Sex.FEMALE, phone="0400 00 01 22")
    case = s.case(s.nele, person)
    s.question(
        case, LifeDomain.DEBTS, "Ik weet niet meer wie ik moet betalen.", s.nele, facts="Zes schuldeisers."
    )
    referral = s.refer(case, "de-brug", "Begeleid mevrouw bij een budgetplan.", s.nele, shared=("debts",))
    referrals.see(referral, by=s.fatma)
    referrals.accept(referral, by=s.fatma)
    referrals.start(referral, by=s.fatma)
    referrals.complete(referral, remark="Budgetplan is klaar en loopt.", by=s.fatma)
    notes.plan_follow_up(case, "Bel na 2 weken: lukt het budgetplan?", clock.today(), by=s.nele)
    s.age(case, 15)


def omar(s: "Stage") -> None:
    """Waits for the CAW, which opened the referral."""
    person = s.person(s.nele, "Omar", "Haddad", (1996,), sex=Sex.MALE, language="ar", needs_interpreter=True)
    case = s.case(s.nele, person)
    s.question(case, LifeDomain.HOUSING, "Ik slaap bij vrienden, elke week bij een ander.", s.nele)
    referral = s.refer(
        case, "caw-oost-vlaanderen", "Zoek mee naar woonbegeleiding.", s.nele, shared=("housing",)
    )
    referrals.see(referral, by=s.lotte)
    s.age(case, 3)


def rosa(s: "Stage") -> None:
    person = s.person(s.nele, "Rosa", "Martens", (1968, 5, 30), sex=Sex.FEMALE, phone="0400 00 01 24")
    case = s.case(s.nele, person)
    s.question(case, LifeDomain.ADMIN, "Wat moet ik doen met die brief van de belasting?", s.nele)
    cases.ask_citizen(case, by=s.nele)
    s.age(case, 6)


def guy(s: "Stage") -> None:
    """CM accepted and helps."""
    person = s.person(
        s.nele, "Guy", "Baert", (1957, 1, 8), sex=Sex.MALE, mutuality=Mutuality.CM, phone="0400 00 01 25"
    )
    case = s.case(s.nele, person)
    s.question(case, LifeDomain.CARE, "Mijn vrouw valt en ik kan haar niet meer optillen.", s.nele)
    s.household(case, s.nele, "Baert-De Clercq", [("Greta, zijn vrouw", Relation.PARTNER)])
    referral = s.refer(case, "dmw-cm", "Kijk welke thuiszorg kan.", s.nele, shared=("care", "household"))
    referrals.see(referral, by=s.joris)
    referrals.accept(referral, by=s.joris)
    referrals.start(referral, by=s.joris)
    s.age(case, 8)


def sofie(s: "Stage") -> None:
    """The CAW declined with a better address."""
    person = s.person(s.nele, "Sofie", "Maes", (2004, 11, 9), ssin="041109-999-85", phone="0400 00 01 26")
    case = s.case(s.nele, person)
    s.question(case, LifeDomain.ENERGY, "Zonder stroom kan ik niet studeren.", s.nele)
    referral = s.refer(
        case, "caw-oost-vlaanderen", "Bemiddel met de leverancier.", s.nele, shared=("energy",)
    )
    referrals.see(referral, by=s.lotte)
    referrals.decline(
        referral,
        DeclineReason.NOT_TARGET_GROUP,
        better_address="Energiehuis, schuldbemiddeling energie",
        by=s.lotte,
    )
    s.age(case, 2)


def ana(s: "Stage") -> None:
    """Withdrew her consent: the CAW sees nothing any more."""
    person = s.person(
        s.nele,
        "Ana",
        "Ionescu",
        (1988, 3, 3),
        sex=Sex.FEMALE,
        language="ro",
        avoid=(Avoid.POST, Avoid.VOICEMAIL),
        contact_hours="Alleen tussen 9 en 12 uur",
        not_to_know="Haar man",
        code_word="zonnebloem",
    )
    case = s.case(s.nele, person)
    s.question(case, LifeDomain.FAMILY, "Ik wil weten wat kan als ik wegga.", s.nele)
    referral = s.refer(
        case, "caw-oost-vlaanderen", "Een gesprek over veilig wonen.", s.nele, shared=("family",)
    )
    referrals.see(referral, by=s.lotte)
    assert referral.basis is not None  # noqa: S101 - this kind of referral rests on consent
    bases.withdraw_basis(referral.basis, reason="Ze wil eerst nadenken.", by=s.nele)
    s.age(case, 1)


def willy(s: "Stage") -> None:
    """Closed: the right was realised."""
    person = s.person(s.nele, "Willy", "Dhaenens", (1949, 4, 14), sex=Sex.MALE, phone="0400 00 01 27")
    case = s.case(s.nele, person)
    question = s.question(case, LifeDomain.INCOME, "Mijn pensioen is te klein.", s.nele)
    outcomes = {question.id: Outcome.SOLVED}
    note = "Inkomensgarantie toegekend sinds oktober."
    cases.close_case(case, ClosingReason.RIGHT_REALISED, outcomes=outcomes, note=note, by=s.nele)
    s.age(case, 40)


def luc(s: "Stage") -> None:
    """On the waiting list of De Brug."""
    person = s.person(s.karim, "Luc", "Verbeke", (1979, 7, 19), sex=Sex.MALE, phone="0400 00 01 28")
    case = s.case(s.karim, person)
    s.question(case, LifeDomain.DEBTS, "De deurwaarder stond hier al twee keer.", s.karim)
    referral = s.refer(case, "de-brug", "Help de post ordenen.", s.karim, shared=("debts",))
    referrals.see(referral, by=s.fatma)
    referrals.put_on_waiting_list(referral, by=s.fatma)
    s.age(case, 9)


def ruth(s: "Stage") -> None:
    """It came to nothing: she could not be reached."""
    person = s.person(s.karim, "Ruth", "De Backer", (1992, 10, 5), sex=Sex.FEMALE)
    case = s.case(s.karim, person)
    s.question(case, LifeDomain.NETWORK, "Ik ken hier niemand.", s.karim)
    referral = s.refer(case, "de-brug", "Zoek een maatje.", s.karim, shared=("network",))
    referrals.accept(referral, by=s.fatma)
    referrals.fail(referral, FailReason.UNREACHABLE, remark="Vier keer gebeld, geen antwoord.", by=s.fatma)
    s.age(case, 21)


def mehmet(s: "Stage") -> None:
    """De Brug has to decide; a second one is urgent, a third was accepted yesterday."""
    for first, last, born, words, request, urgency, accepted in (
        (
            "Mehmet",
            "Yılmaz",
            (1983, 3, 27),
            "We leven op krediet.",
            "Maak samen een budgetplan.",
            Urgency.U3,
            False,
        ),
        (
            "Kim",
            "Roels",
            (1999, 8, 16),
            "Morgen komt de deurwaarder.",
            "Ga mee naar het gesprek.",
            Urgency.U1,
            False,
        ),
        ("Dirk", "Standaert", (1962, 2, 20), "Ik kan niet rekenen.", "Help met de post.", Urgency.U3, True),
    ):
        person = s.person(s.karim, first, last, born, phone="0400 00 01 30")
        case = s.case(s.karim, person, urgency=urgency)
        s.question(case, LifeDomain.DEBTS, words, s.karim)
        referral = s.refer(case, "de-brug", request, s.karim, shared=("debts",), urgency=urgency)
        if accepted:
            referrals.accept(referral, by=s.fatma)
        s.age(case, 2)


def els(s: "Stage") -> None:
    """Nobody answered in time: it came back to the sender."""
    person = s.person(s.karim, "Els", "Van Hecke", (1955, 6, 1), sex=Sex.FEMALE)
    case = s.case(s.karim, person)
    s.question(case, LifeDomain.HEALTH, "De dokter kost te veel.", s.karim)
    referral = s.refer(case, "caw-oost-vlaanderen", "Bekijk een betaalplan.", s.karim, shared=("health",))
    referrals.expire(referral, by=system_actor(referral.tenant_id))
    s.age(case, 11)


def noor(s: "Stage") -> None:
    """Anonymous at the CAW: information is always possible, data never leaves (I3 of the scenarios)."""
    person = s.person(
        s.lotte,
        "",
        "",
        alias="Noor",
        avoid=(Avoid.POST, Avoid.SMS, Avoid.VOICEMAIL),
        contact_hours="Na 17 uur",
    )
    case = s.case(s.lotte, person, urgency=Urgency.U1)
    s.question(case, LifeDomain.SAFETY, "Ik wil niet dat iemand weet dat ik hier ben.", s.lotte)
    s.refer(
        case,
        "ocmw-evergem",
        "Waar vraag je leefloon als je niet thuis kunt wonen?",
        s.lotte,
        kind=ReferralKind.INFORMATION,
    )
    s.age(case, 5)


def marie(s: "Stage") -> None:
    """From the CAW and CM to the OCMW: two referrals that Evergem has to decide."""
    person = s.person(s.lotte, "Marie", "Coppens", (1992, 5, 12), sex=Sex.FEMALE, phone="0400 00 01 31")
    case = s.case(s.lotte, person)
    s.question(
        case, LifeDomain.DEBTS, "De energieschuld wordt elke maand groter.", s.lotte, facts="€ 2.300 schuld."
    )
    referral = s.refer(case, "ocmw-evergem", "Hulp bij energieschulden.", s.lotte, shared=("debts",))
    s.age(case, 3)
    assert referral.sent_at is not None  # noqa: S101 - it was just sent
    other = s.person(s.joris, "André", "Wyffels", (1946, 1, 30), sex=Sex.MALE, mutuality=Mutuality.CM)
    second = s.case(s.joris, other)
    s.question(second, LifeDomain.INCOME, "Er blijft niets over na de apotheek.", s.joris)
    s.refer(
        second, "ocmw-evergem", "Kijk of een tussenkomst in de medicatie kan.", s.joris, shared=("income",)
    )
    s.age(second, 1)


def beginnings(s: "Stage") -> None:
    """Files at their very start: a first talk, a question to clarify, a notice without a name yet."""
    nadia = s.case(s.karim, s.person(s.karim, "Nadia", "Benali", (1987, 4, 2)), phase=CaseStatus.INTAKE)
    s.age(nadia, 1)
    piet = s.case(s.karim, s.person(s.karim, "Piet", "Claes", (1971,)), phase=CaseStatus.CLARIFYING)
    s.question(piet, LifeDomain.WORK, "Ik wil weer werken, maar wie neemt mij aan?", s.karim)
    s.age(piet, 2)
    nameless = s.notice(s.karim, "Vrouw slaapt al drie nachten in het station.", LifeDomain.HOUSING)
    signals.take(nameless, by=s.karim)


def notices(s: "Stage") -> None:
    """The desk of today: what waits, what was passed on, what has ended."""
    told = {"informed": Informed.YES, "agrees": True}
    waiting = [
        s.notice(
            s.nele,
            "Leerling van 8 jaar komt al drie weken zonder lunch. Moeder zegt dat het kindergeld stopte na "
            "de verhuis. Het jongste kind heeft geen winterjas.",
            LifeDomain.INCOME,
            source=Source.SCHOOL,
            source_name="Greet Dhondt, CLB Meetjesland",
            source_contact="09 000 11 23",
            about=About.HOUSEHOLD,
            subject_name="Gezin Peeters-Novak",
            circumstances=(Circumstance.NO_FOOD,),
            wants_feedback=True,
            **told,
        ),
        s.notice(
            s.nele,
            "Budgetmeter leeg, geen verwarming. Twee kleine kinderen in huis.",
            LifeDomain.ENERGY,
            source=Source.LIST,
            source_name="Fluvius",
            age_group=AgeGroup.ADULT,
            about=About.HOUSEHOLD,
            circumstances=(Circumstance.NO_HEATING, Circumstance.CHILDREN),
            informed=Informed.NOT_YET,
            agrees=False,
        ),
        s.notice(
            s.nele,
            "Mevrouw valt vaak en wil geen hulp. De huisarts maakt zich zorgen.",
            LifeDomain.CARE,
            source=Source.CARE,
            source_name="Huisarts",
            age_group=AgeGroup.ELDERLY,
            circumstances=(Circumstance.OVER_80,),
            informed=Informed.NOT_YET,
            agrees=False,
        ),
        s.notice(
            s.nele,
            "Koppel moet op 18 december het huis uit, nog niets gevonden.",
            LifeDomain.HOUSING,
            source=Source.PARTNER,
            source_name="Woonmaatschappij",
            about=About.HOUSEHOLD,
            circumstances=(Circumstance.EVICTION,),
            **told,
        ),
        s.notice(
            s.nele,
            "Vader van 67 heeft nooit een pensioen aangevraagd.",
            LifeDomain.INCOME,
            source=Source.NETWORK,
            source_name="Dochter",
            age_group=AgeGroup.SENIOR,
            **told,
        ),
        s.notice(
            s.fatma,
            "Gezin aan de voedselbedeling zegt dat de stroom volgende week af gaat.",
            LifeDomain.ENERGY,
            source=Source.PARTNER,
            source_name="vzw De Brug",
            about=About.HOUSEHOLD,
            **told,
        ),
    ]
    for days, signal in enumerate(waiting):
        s.age_signal(signal, days)
    s.notice(
        s.nele, "Jonge man slaapt in zijn auto.", LifeDomain.HOUSING, age_group=AgeGroup.YOUNG_ADULT, **told
    )
    s.notice(
        s.fatma,
        "Mevrouw van 82 kan haar trap niet meer op.",
        LifeDomain.CARE,
        source=Source.PARTNER,
        age_group=AgeGroup.ELDERLY,
        mutuality=Mutuality.CM,
        **told,
    )
    _ended_notices(s)


def _ended_notices(s: "Stage") -> None:
    moved = s.notice(s.lotte, "Vraag over een leefloon.", LifeDomain.SAFETY, source=Source.COLLEAGUE)
    ocmw = session.get_one(Tenant, s.nele.tenant_id)
    signals.pass_on(moved, ocmw, reason="De vraag gaat over inkomen, niet over veiligheid.", by=s.lotte)
    answered = s.notice(
        s.nele, "Buurvrouw vraagt waar de voedselbank is.", LifeDomain.INCOME, source=Source.NETWORK
    )
    signals.answer(answered, "Adres en uren van de voedselbank gegeven.", by=s.nele)
    unfounded = s.notice(s.nele, "Gordijnen blijven dicht.", LifeDomain.NETWORK, source=Source.PUBLIC)
    signals.mark_unfounded(unfounded, "De bewoner is met vakantie.", by=s.nele)
    taken_back = s.notice(s.fatma, "Gezin zonder verwarming.", LifeDomain.ENERGY, source=Source.PARTNER)
    signals.withdraw(taken_back, "Het gezin belde intussen zelf.", by=s.fatma)
    triaged = s.notice(
        s.karim, "Man komt elke week om voedselbonnen.", LifeDomain.INCOME, source=Source.COLLEAGUE
    )
    signals.triage(triaged, Urgency.U2, reason="Er is geen eten meer in huis.", by=s.karim)
