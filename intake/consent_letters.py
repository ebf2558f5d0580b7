"""A consent on paper, for the citizen: what was told, in which version, to whom, what, until when."""

from flask_babel import force_locale, format_date

from core import letters
from intake import consent_texts, labels, safe_contact
from intake.models.bases import Basis


def consent_letter(basis: Basis) -> bytes:
    """The PDF, in Dutch with the text in the language in which it was told. Raises NotSafe for paper."""
    case = basis.case
    safe_contact.check(case.person, safe_contact.Way.PRINT)
    with force_locale("nl"):
        told = consent_texts.told_for(basis)
        return letters.make(
            "letter_to_carry",
            {
                "title": "Waar je mee akkoord ging",
                "sender": case.tenant.name,
                "opening": "Wij schreven op wat wij met jou afspraken. Je kunt dit altijd stoppen.",
                "facts": [list(fact) for fact in _facts(basis) if fact[1]],
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


def _facts(basis: Basis) -> list[tuple[str, str]]:
    name = basis.case.person.name if basis.case.person else ""
    spoke = f"{labels.label(basis.capacity)}: {basis.representative}" if basis.representative else ""
    told = f"versie {basis.text_version}, {str(labels.LANGUAGES[basis.text_language]).lower()}"
    return [
        ("Naam", name),
        ("Dossier", basis.case.number),
        ("Aan wie", basis.recipient),
        ("Waarom wij mogen delen", labels.label(basis.kind)),
        ("Wie akkoord ging", spoke),
        ("Tolk", basis.interpreter or ""),
        ("Tot en met", str(format_date(basis.ends_on, "d MMMM yyyy")) if basis.ends_on else ""),
        ("Gestopt op", str(format_date(basis.withdrawn_at, "d MMMM yyyy")) if basis.withdrawn_at else ""),
        ("Tekst van de uitleg", told),
    ]


def _day(basis: Basis) -> str:
    return str(format_date(basis.given_on, "d MMMM yyyy"))
