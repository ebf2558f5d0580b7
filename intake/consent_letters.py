"""A consent on paper, for the citizen: what was told, in which version, to whom, what, until when.

On another ground nobody agreed: that letter says what is passed on, and that the law lets us.
"""

from flask_babel import force_locale, format_date

from core import letters
from intake import consent_texts, labels, safe_contact
from intake.consent_texts import Told
from intake.models.bases import Basis, BasisKind

AGREED = "Waar je mee akkoord ging", "Wij schreven op wat wij met jou afspraken. Je kunt dit altijd stoppen."
OTHERWISE = (
    "Wat wij over jou doorgeven",
    "Wij geven iets over jou door aan een andere dienst. Hieronder lees je waarom dat mag zonder dat jij het "
    "goedkeurt. Je mag ons altijd vragen wat wij over jou bewaren en wie het las.",
)


def consent_letter(basis: Basis) -> bytes:
    """The PDF, in Dutch with the text in the language in which it was told. Raises NotSafe for paper."""
    case = basis.case
    safe_contact.check(case.person, safe_contact.Way.PRINT)
    with force_locale("nl"):
        told = consent_texts.told_for(basis)
        title, opening = AGREED if basis.kind == BasisKind.CONSENT else OTHERWISE
        return letters.make(
            "letter_to_carry",
            {
                "title": title,
                "sender": case.tenant.name,
                "opening": opening,
                "facts": [list(fact) for fact in _facts(basis, told) if fact[1]],
                "parts": [
                    {
                        "title": "Wat wij doorgeven",
                        "lines": [str(labels.ITEMS[code]) for code in basis.items],
                    },
                    *([{"title": "Wat niet", "lines": [basis.exclusions]}] if basis.exclusions else []),
                    *([{"title": "Wat wij je vertelden", "lines": [told.text]}] if told else []),
                ],
                "closing": f"{_day(basis)}, {case.tenant.name}",
            },
        )


def _facts(basis: Basis, told: Told | None) -> list[tuple[str, str]]:
    name = basis.case.person.name if basis.case.person else ""
    spoke = f"{labels.label(basis.capacity)}: {basis.representative}" if basis.representative else ""
    text = f"versie {told.number}, {str(labels.LANGUAGES[told.language]).lower()}" if told else ""
    return [
        ("Naam", name),
        ("Dossier", basis.case.number),
        ("Aan wie", basis.recipient),
        ("Waarom wij mogen delen", labels.label(basis.kind)),
        ("Wie akkoord ging", spoke),
        ("Tolk", basis.interpreter or ""),
        ("Tot en met", str(format_date(basis.ends_on, "d MMMM yyyy")) if basis.ends_on else ""),
        ("Gestopt op", str(format_date(basis.withdrawn_at, "d MMMM yyyy")) if basis.withdrawn_at else ""),
        ("Tekst van de uitleg", text),
    ]


def _day(basis: Basis) -> str:
    return str(format_date(basis.given_on, "d MMMM yyyy"))
