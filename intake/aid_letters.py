"""What an OCMW gives on paper about a request for aid: in Dutch, by law (language law)."""

from datetime import date, datetime, timedelta

from flask_babel import format_date

from core import clock, letters
from intake import aid_requests
from intake.models.aid_requests import AidKind, AidRequest
from workflows import terms

# Official letters are Dutch whatever the language of the screen; a translation would be an annex.
KINDS = {
    AidKind.LIVING_WAGE: "Leefloon",
    AidKind.EXTRA_AID: "Aanvullende financiële hulp",
    AidKind.ENERGY: "Hulp voor energie",
    AidKind.DEPOSIT: "Huurwaarborg",
    AidKind.DEBT_MEDIATION: "Schuldbemiddeling",
    AidKind.INSTALLATION: "Installatiepremie",
    AidKind.URGENT_MEDICAL: "Dringende medische hulp",
    AidKind.OTHER: "Andere hulp",
}


def receipt(request: AidRequest) -> bytes:
    """The dated proof of a request: what was asked, when the OCMW decides, which rights one has."""
    decide_by = terms.due_at(aid_requests.DECISION, on=request.asked_on, tenant_id=request.tenant_id)
    last_day = _last_day(decide_by) if decide_by else request.asked_on
    person = request.case.person
    name = person.name if person is not None else "(naam niet opgegeven)"
    registered = clock.brussels(request.registered_at).date()
    facts = [
        ["Nummer", request.number],
        ["Aangevraagd door", name],
        ["Datum van de aanvraag", _day(request.asked_on)],
        ["Hoe", "mondeling" if request.spoken else "schriftelijk"],
        ["Vraag", KINDS[request.kind]],
    ]
    return letters.make(
        "aid_receipt",
        {
            "title": "Ontvangstbewijs van je aanvraag",
            "sender": request.case.tenant.name,
            "opening": "Wij hebben je aanvraag ingeschreven. Bewaar dit bewijs goed.",
            "facts": facts,
            "parts": [
                {
                    "title": "Wat gebeurt er nu",
                    "lines": [
                        f"Wij beslissen ten laatste op {_day(last_day)}.",
                        "Binnen 8 dagen na de beslissing krijg je een brief met de redenen.",
                        "Zijn wij niet bevoegd, dan sturen wij je aanvraag binnen 5 dagen door "
                        "en zeggen wij waarom.",
                    ],
                },
                {
                    "title": "Jouw rechten en plichten",
                    "lines": [
                        "Je mag gehoord worden voor wij beslissen. Je mag iemand meebrengen.",
                        "Verandert er iets in je inkomen, gezin of adres, zeg het ons meteen.",
                        "Ben je het niet eens met de beslissing, dan kun je naar de arbeidsrechtbank "
                        "tot 3 maanden na de brief.",
                        "Kreeg je geen beslissing, dan kun je naar de arbeidsrechtbank tot "
                        f"{_day(aid_requests.appeal_without_decision_until(request))}.",
                    ],
                },
            ],
            "closing": f"Gegeven op {_day(registered)} door {request.case.tenant.name}.",
        },
    )


def _day(day: date) -> str:
    return str(format_date(day, "d MMMM yyyy"))


def _last_day(end: datetime) -> date:
    """Terms end at the first moment after their last day."""
    return clock.brussels(end - timedelta(seconds=1)).date()
