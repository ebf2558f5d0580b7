"""The words of the demo of projects, in Dutch as the authorities write them. All fictional."""

from dataclasses import dataclass, field
from typing import Any

from projects.models.awards import Outcome
from projects.models.evaluations import Conclusion

FIRST = "Erf in beeld: rechten van oudere landbouwers"
SECOND = "Dichtbij op het platteland"
THIRD = "Sterk op het erf"
COUNCIL = "Buurtgerichte zorg in het Meetjesland"

REGULATION = "Provinciaal reglement impulsprojecten plattelandsbeleid"
REMEDIES = (
    "Ga je niet akkoord? Je kunt binnen 60 dagen na deze brief een verzoekschrift indienen bij de "
    "Raad van State, "
    "Wetenschapsstraat 33, 1040 Brussel, of via het elektronisch loket."
)
GROUP = "Oudere landbouwers en hun gezin"
RELEVANT = "De cijfers en de bronnen wijzen op dezelfde drempel. Een oproep kan hier iets aan doen."
TIE = "Ik zit in de raad van bestuur."
ADVICE = (
    "Provinciale landbouwkamer",
    "Positief. Laat iemand aan huis komen: oudere landbouwers stappen niet naar een loket.",
    "Overgenomen: een huisbezoek telt als kost en als criterium.",
)

FIRST_TEXT = (
    "We steunen partners die oudere landbouwers op hun erf bezoeken en samen nagaan welke rechten ze missen.",
    "Veel oudere landbouwers kennen hun rechten niet. Ze hebben een laag pensioen, maar vragen geen "
    "inkomensgarantie of sociaal tarief.\n\nWe steunen projecten die naar het erf gaan. Een "
    "vertrouwde figuur komt "
    "langs, gaat samen na welke rechten er zijn en helpt bij de aanvraag.\n\nWerk samen over "
    "gemeenten en sectoren "
    "heen. Toon hoe het werk na het project verder gaat.",
)
SECOND_TEXT = (
    "We steunen buurtzorg en ontmoeting in dorpen waar de diensten ver weg zijn.",
    "In kleine dorpen verdwijnen winkel, bus en loket. Wie weinig mobiel is, komt alleen te zitten.\n\n"
    "We steunen initiatieven die zorg en ontmoeting terugbrengen naar het dorp, samen met bewoners.",
)
THIRD_TEXT = (
    "We steunen praktische hulp en rust voor landbouwgezinnen in moeilijkheden.",
    "Ziekte, schulden of een scheiding treffen op een boerderij ook het bedrijf. Gezinnen wachten "
    "lang met hulp "
    "vragen.\n\nWe steunen projecten die snel en discreet naast het gezin gaan staan, en die zorgen "
    "dat het werk op "
    "het erf intussen doorgaat.\n\nJe kunt op twee momenten indienen. Wie de eerste ronde mist, kan "
    "mee in de tweede.",
)
COUNCIL_TEXT = (
    "Kleine steun voor buurten die zelf zorg organiseren.",
    "De zorgraad geeft kleine steun aan buurten die samen met zorgverleners iets opzetten.",
)
FIRST_NEED = "Oudere landbouwers zonder inkomensgarantie"
FIRST_FACTS = [
    ("1 op 5 landbouwers ouder dan 65 leeft onder de armoedegrens.", "Provincies in cijfers, 2024"),
    ("Boeren op een Kruispunt kreeg 12 % meer vragen van 65-plussers.", "Jaarverslag 2024, fictief"),
]
SECOND_NEED = "Diensten ver van het dorp"
SECOND_FACTS = [("In 23 dorpen rijdt na 18 uur geen bus meer.", "Vervoersregio, nota 2025, fictief")]
THIRD_NEED = "Landbouwgezinnen vragen te laat hulp"
THIRD_FACTS = [
    ("Gemiddeld 14 maanden tussen eerste schuld en eerste hulpvraag.", "CAW, cijfers 2025, fictief")
]

SCORED = [
    ("need", "Nood en doelgroep", 25, "Is de nood aangetoond? Bereikt het project de doelgroep?"),
    ("reach", "Bovenlokaal en intersectoraal", 20, "Minstens twee gemeenten en twee sectoren."),
    ("plan", "Aanpak en haalbaarheid", 25, "Is het plan concreet en haalbaar?"),
    ("budget", "Begroting", 15, "Staan de kosten in verhouding?"),
    ("after", "Verankering", 15, "Wat blijft er na het project?"),
]
FORMAL = [
    ("applicant", "De aanvrager komt in aanmerking"),
    ("complete", "Het dossier is volledig"),
    ("territory", "Het project loopt in Oost-Vlaanderen"),
    ("double", "Er is geen dubbele financiering"),
]
COSTS: list[dict[str, Any]] = [
    {
        "code": "staff", "title": "Personeel", "is_wage": True,
        "guidance": "Bruto loon en patronale lasten.", "max_share_bp": 8_500,
    },
    {
        "code": "work", "title": "Werking", "vat_accepted": True,
        "guidance": "Verplaatsing, materiaal, vorming.",
    },
    {
        "code": "communication", "title": "Communicatie", "vat_accepted": True,
        "guidance": "Druk, website, ontmoetingen.", "max_share_bp": 2_000,
    },
]  # fmt: skip
QUESTIONS: list[dict[str, Any]] = [
    {
        "section": "nood", "code": "need", "title": "Welke nood pak je aan?", "max_words": 250,
        "why": "De jury toetst dit aan de cijfers van de oproep.",
    },
    {
        "section": "aanpak", "code": "plan", "title": "Wat ga je doen, en met wie?", "max_words": 400,
        "why": "De jury scoort hierop aanpak en samenwerking.",
    },
    {
        "section": "verankering", "code": "after", "title": "Wat blijft er na het project?", "max_words": 200,
        "why": "De deputatie wil weten wat er na de steun gebeurt.",
    },
]  # fmt: skip
COMPLETION = (
    "De begroting telt geen verplaatsingen, hoewel je plan veel huisbezoeken noemt. Vul aan of licht toe."
)
NOTICE = "Veel organisaties vroegen of vrijwilligers mogen meedoen. Dat staat nu in de tekst."
ADDED = "Een huisbezoek mag ook door vrijwilligers gebeuren, als een beroepskracht hen begeleidt."
CLEARER = "We steunen praktische hulp en rust voor landbouwgezinnen in moeilijkheden, ook in bijberoep."
CLEARER_WHY = "Boeren in bijberoep vragen of zij meetellen."
AMENDMENT = "De huisbezoeker is drie maanden ziek geweest. We vragen om de einddatum op te schuiven."
COST_REFUSED = "Deze factuur viel deels buiten het project."
REPORT_ANSWER = "Dank voor het heldere verslag."
REASONS = [
    "Nauwelijks uitgewerkt.",
    "Te vaag om te beoordelen.",
    "Goed, met enkele open vragen.",
    "Sterk en concreet.",
]
JURY_ADVICE = {True: "Steunen. Het project vult een leegte.", False: "Niet steunen in deze vorm."}
MOTIVATIONS = {
    Outcome.GRANTED: (
        "Het project scoort goed op nood en aanpak, werkt over gemeenten heen en past binnen het krediet."
    ),
    Outcome.PARTLY_GRANTED: "Sterk project. De kosten voor communicatie zijn hoog; die steunen we "
    "voor een deel.",
    Outcome.RESERVE: "Goed project, maar het krediet is op. Het staat als eerste op de reservelijst.",
    Outcome.REFUSED: "Nood en verankering halen het minimum niet: er is geen partner buiten de eigen sector.",
}
DEVIATION = "De deputatie volgt de rangorde, en verlaagt het bedrag tot wat redelijk is voor het bereik."
PEOPLE = {
    "OCMW Maldegem": "Greet Lammens", "OCMW Lievegem": "Peter De Clercq", "OCMW Aalter": "Ann Van Hecke",
    "OCMW Eeklo": "Tine Rogiers", "OCMW Kaprijke": "Joke Bral", "OCMW Assenede": "Wim Cools",
    "OCMW Zelzate": "Sara Dobbelaere", "CAW Oost-Vlaanderen vzw": "Els Matthys",
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What an organization asks for, and what becomes of it. Cents."""

    organization: str
    title: str
    asked: int
    costs: tuple[tuple[str, str, int], ...]
    municipalities: tuple[str, ...] = ("44019", "43010")
    partners: tuple[str, ...] = ()
    outcome: Outcome = Outcome.GRANTED
    granted: int = 0
    refused: int = 0
    people: int | None = None
    report: str = ""
    state: str = "submitted"
    answers: tuple[tuple[str, str], ...] = field(
        default=(
            (
                "need",
                "Wij zien elk jaar meer mensen die hun rechten niet kennen. Ze komen niet naar een loket.",
            ),
            (
                "plan",
                "Een vaste bezoeker gaat langs met een vrijwilliger uit het dorp. Wij volgen elke vraag op.",
            ),
            ("after", "De gemeenten nemen de bezoeken op in hun geïntegreerd breed onthaal."),
        )
    )


@dataclass(frozen=True)
class Card:
    """What was learned."""

    outcome: str
    lessons: str
    conclusion: Conclusion
    people: int


FIRST_PLANS = [
    Plan(
        "vzw De Brug", "Rechten op het erf", 45_000_00,
        (("staff", "Erfbezoeker, halftijds", 46_000_00), ("work", "Verplaatsingen en vorming", 9_000_00),
         ("communication", "Folder en dorpsavonden", 5_000_00)),
        ("44019", "43010", "44085"), ("OCMW Evergem", "OCMW Maldegem", "OCMW Lievegem", "CAW "
        "Oost-Vlaanderen vzw"),
        granted=45_000_00, refused=4_000_00, people=83,
        report="We bezochten 83 gezinnen. 31 vroegen een recht aan dat ze niet kenden; 24 kregen het.",
    ),
    Plan(
        "OCMW Maldegem", "De rechtenbus", 30_000_00,
        (("staff", "Maatschappelijk werker", 32_000_00), ("work", "Huur van de bus", 10_000_00)),
        ("43010", "43005"), ("OCMW Eeklo",), granted=30_000_00, people=140,
        report="De bus stond op 22 markten. We spraken 140 mensen, de helft voor het eerst.",
    ),
    Plan(
        "OCMW Lievegem", "Boer zoekt raad", 36_000_00,
        (("staff", "Trajectbegeleider", 34_000_00), ("work", "Werking", 8_000_00),
         ("communication", "Campagne", 6_000_00)),
        ("44085", "44019"), ("vzw De Brug",), Outcome.PARTLY_GRANTED, 30_000_00, people=47,
        report="47 gezinnen kregen begeleiding. De wachttijd daalde van negen naar drie weken.",
    ),
    Plan(
        "CAW Oost-Vlaanderen vzw", "Helpdesk landbouw", 28_000_00,
        (("staff", "Telefonische helpdesk", 31_000_00), ("communication", "Website", 7_000_00)),
        outcome=Outcome.REFUSED,
    ),
]  # fmt: skip
FIRST_SCORES = [
    [(9, 8, 8, 7, 7), (8, 8, 8, 7, 8), (8, 7, 8, 7, 8)],
    [(7, 7, 8, 8, 6), (8, 7, 7, 7, 7), (7, 7, 7, 7, 7)],
    [(8, 6, 7, 6, 7), (7, 7, 7, 6, 7), (7, 6, 8, 6, 7)],
    [(5, 3, 6, 5, 4), (4, 4, 6, 6, 4), (6, 3, 5, 5, 4)],
]
CARDS = [
    Card(
        "Mensen die nooit naar een loket gingen, kregen thuis hun rechten. 24 gezinnen hebben nu "
        "meer inkomen.",
        "Ga met een vertrouwde figuur mee, zoals de dierenarts. Kom terug: pas bij het tweede "
        "bezoek komt de vraag.",
        Conclusion.EMBED, 83,
    ),
    Card(
        "Op de markt durven mensen iets vragen. De helft kende het OCMW niet.",
        "Zet de bus naast de koffiekraam. Neem altijd dezelfde twee gezichten mee.",
        Conclusion.SCALE, 140,
    ),
    Card(
        "Gezinnen werden sneller geholpen, maar de begeleiding bleef duur per gezin.",
        "Werk met groepen van buren. Alleen een-op-een is niet vol te houden.",
        Conclusion.STOP, 47,
    ),
]  # fmt: skip
SECOND_PLANS = [
    Plan(
        "vzw De Brug", "Koffie met de dorpsverpleegkundige", 40_000_00,
        (("staff", "Dorpscoördinator", 40_000_00), ("work", "Lokalen en koffie", 14_000_00)),
        ("44019", "43007"), ("OCMW Kaprijke",), granted=40_000_00, people=210,
        report="In zes dorpen is er elke week een moment. 210 mensen kwamen minstens drie keer.",
    ),
    Plan(
        "OCMW Aalter", "Rijdende huiskamer", 38_000_00,
        (("staff", "Begeleider", 41_000_00), ("work", "Wagen en onderhoud", 11_000_00)),
        ("44084", "44085"), ("OCMW Lievegem",), granted=38_000_00,
    ),
    Plan(
        "OCMW Eeklo", "Samen aan tafel", 24_000_00,
        (("staff", "Kok en begeleiding", 26_000_00), ("work", "Keuken", 8_000_00)),
        ("43005", "43007"), ("OCMW Kaprijke",), granted=24_000_00, refused=1_500_00, people=96,
        report="96 bewoners aten wekelijks samen. De kookploeg doet nu zelf verder.",
    ),
    Plan(
        "OCMW Kaprijke", "Buur helpt buur", 30_000_00,
        (("staff", "Buurtwerker", 32_000_00), ("communication", "Buurtkrant", 8_000_00)),
        ("43007", "43002"), ("OCMW Assenede",), granted=30_000_00,
    ),
    Plan(
        "OCMW Maldegem", "Dorpspunt Kleit", 36_000_00,
        (("staff", "Loketmedewerker", 39_000_00), ("work", "Inrichting", 9_000_00)),
        ("43010", "44084"), ("OCMW Aalter",), granted=36_000_00,
    ),
    Plan(
        "OCMW Assenede", "Polderbus", 35_000_00,
        (("staff", "Chauffeur", 36_000_00), ("work", "Huur van de bus", 12_000_00)),
        ("43002", "43018"), ("OCMW Zelzate",), Outcome.RESERVE,
    ),
]  # fmt: skip
SECOND_SCORES = [
    [(9, 8, 9, 8, 8), (9, 8, 8, 8, 7), (8, 8, 9, 7, 8)],
    [(8, 8, 8, 7, 8), (8, 7, 8, 8, 8), (8, 8, 8, 8, 8)],
    [(8, 7, 8, 8, 7), (7, 7, 8, 8, 8), (8, 7, 7, 8, 7)],
    [(7, 7, 7, 7, 8), (8, 7, 7, 6, 7), (7, 7, 7, 7, 7)],
    [(7, 7, 7, 6, 7), (7, 6, 7, 7, 7), (7, 7, 7, 6, 6)],
    [(7, 6, 6, 6, 7), (6, 6, 7, 6, 7), (7, 6, 6, 6, 6)],
]
THIRD_PLANS = [
    Plan(
        "vzw De Brug", "Adem op de boerderij", 32_000_00,
        (("staff", "Gezinsbegeleider", 34_000_00), ("work", "Verplaatsingen", 8_000_00)),
        ("44019",), ("OCMW Evergem",), state="draft",
        answers=(("need", "Gezinnen met schulden op een boerderij wachten lang. Wij horen er elke "
        "maand van."),),
    ),
    Plan(
        "OCMW Lievegem", "Handen op het erf", 40_000_00,
        (("staff", "Bedrijfshulp", 42_000_00), ("work", "Werking", 12_000_00)),
        ("44085", "44084"), ("OCMW Aalter",),
    ),
    Plan(
        "OCMW Zelzate", "Rust voor wie boert", 27_500_00,
        (("staff", "Psycholoog, deeltijds", 30_000_00), ("communication", "Affiches", 7_000_00)),
        ("43018", "43002"), ("OCMW Assenede",),
    ),
    Plan(
        "OCMW Eeklo", "Erfgesprek", 22_000_00,
        (("staff", "Gesprekswerker", 24_000_00), ("communication", "Film", 6_000_00)),
        ("43005", "43010"), ("OCMW Maldegem",), state="completion",
    ),
]  # fmt: skip

# ---------------------------------------------------------------- what the jury and the body have now
FOURTH = "Jong in het dorp"
FOURTH_TEXT = (
    "We steunen plekken en begeleiding voor jongeren die ver van de stad wonen.",
    "Jongeren in kleine dorpen vinden moeilijk hulp dicht bij huis. De bus rijdt zelden en iedereen kent "
    "iedereen.\n\nWe steunen projecten waarin jongeren zelf mee beslissen.",
)
FOURTH_PLANS = [
    Plan(
        "OCMW Eeklo", "Schuur open", 26_000_00,
        (("staff", "Jongerenwerker", 27_000_00), ("work", "Inrichting van de schuur", 8_000_00)),
        ("43005", "43007"), ("OCMW Kaprijke",),
    ),
    Plan(
        "OCMW Aalter", "Praatbank", 18_000_00,
        (("staff", "Begeleider", 19_000_00), ("work", "Banken", 1_500_00),
         ("communication", "Filmpjes van jongeren", 3_500_00)),
        ("44084", "44085"), ("OCMW Lievegem",),
    ),
    Plan(
        "OCMW Zelzate", "Nachtbus naar huis", 24_000_00,
        (("staff", "Chauffeur en begeleider", 22_000_00), ("work", "Huur van de bus", 10_000_00)),
        ("43018", "43002"), ("OCMW Assenede",),
    ),
]  # fmt: skip
FOURTH_SCORES: list[list[tuple[int, ...]]] = [
    [(8, 7, 8, 7, 7), (8, 8, 7, 7, 7), (7, 8, 8, 7, 6)],
    [(), (7, 6, 7, 8, 6), ()],
    [(), (6, 7, 6, 5, 6), (7, 7, 6, 6, 6)],
]
FIFTH = "Warm wonen op het platteland"
FIFTH_TEXT = (
    "We steunen hulp bij energie en wonen voor wie afgelegen woont.",
    "Oude hoeves kosten veel om te verwarmen. Wie weinig inkomen heeft, stelt verbouwen uit.\n\n"
    "We steunen begeleiding aan huis, samen met woonloket en energiehuis.",
)
FIFTH_PLANS = [
    Plan(
        "OCMW Lievegem", "Warme hoeve", 33_000_00,
        (("staff", "Woonbegeleider", 36_000_00), ("work", "Klein materiaal", 9_000_00)),
        ("44085", "44019"), ("OCMW Evergem",),
    ),
    Plan(
        "OCMW Assenede", "Energie aan de keukentafel", 21_000_00,
        (("staff", "Energiecoach", 23_000_00), ("work", "Meettoestellen", 2_000_00),
         ("communication", "Brieven en folders", 4_000_00)),
        ("43002", "43018"), ("OCMW Zelzate",),
    ),
    Plan(
        "OCMW Kaprijke", "Samen isoleren", 21_000_00,
        (("staff", "Begeleider van groepen", 20_000_00), ("work", "Werking", 8_000_00)),
        ("43007", "43005"), ("OCMW Eeklo",),
    ),
]  # fmt: skip
FIFTH_SCORES = [
    [(9, 8, 8, 8, 8), (8, 8, 8, 7, 8), (8, 8, 9, 8, 7)],
    [(7, 7, 8, 7, 7), (8, 7, 7, 7, 6), (7, 7, 7, 8, 7)],
    [(7, 6, 7, 7, 6), (6, 6, 7, 7, 7), (7, 7, 6, 6, 6)],
]
# What the care council asks of who gets a grant; the province goes by the usual lines.
COUNCIL_DUTIES = [
    {"text": "De ontvanger gebruikt de subsidie alleen voor dit project en toont dat aan met bewijsstukken",
     "source": "wet van 14 november 1983"},
    {"text": "De ontvanger vertelt twee keer per jaar aan de vier clusters wat het project leerde",
     "source": "huishoudelijk reglement zorgraad, art. 14"},
    {"text": "De ontvanger bewaart de bewijsstukken zeven jaar", "source": "deze overeenkomst"},
]  # fmt: skip
SIXTH = "Digitaal mee, ook op de buiten"
SIXTH_TEXT = (
    "We steunen hulp dicht bij huis voor wie niet meekan met de digitale overheid.",
    "Wie geen computer heeft, mist brieven, premies en afspraken. In de dorpen sloot vaak ook het loket.\n\n"
    "We steunen plekken en mensen die samen met de bewoner het scherm openen.",
)
SIXTH_PLANS = [
    Plan(
        "OCMW Maldegem", "De digibus", 28_000_00,
        (("staff", "Digicoach", 29_000_00), ("work", "Huur van de bus", 9_000_00)),
        ("43010", "43005"), ("OCMW Eeklo",),
    ),
    Plan(
        "OCMW Evergem", "Scherm en koffie", 15_000_00,
        (("staff", "Begeleider", 16_500_00), ("communication", "Affiches", 3_500_00)),
        ("44019", "44085"), ("OCMW Lievegem",),
    ),
]  # fmt: skip
