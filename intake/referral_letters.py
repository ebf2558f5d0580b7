"""The letter that a citizen carries to a service: where to go and what about, without a name."""

from typing import Any

from flask_babel import force_locale, format_date

from core import clock, letters
from intake import labels, places, safe_contact
from intake.models.referrals import Referral, ReferralKind


def letter_to_carry(referral: Referral) -> bytes:
    """The PDF to hand over, in Dutch. Raises NotSafe when paper is not safe for this person."""
    safe_contact.check(referral.case.person, safe_contact.Way.PRINT)
    with force_locale("nl"):  # letters are Dutch whatever the language of the screen
        return _made(referral)


def _made(referral: Referral) -> bytes:
    snapshot = referral.service_snapshot
    facts = [["Dienst", referral.service_name], ["Organisatie", referral.organization_name]]
    facts += [[name, text] for name, text in _reach(snapshot) if text]
    if referral.help_request is not None:
        facts.append(["Waarover", labels.label(referral.help_request.life_domain)])
    facts.append(["Gemeente", places.name(referral.case.nis)])
    return letters.make(
        "letter_to_carry",
        {
            "title": "Brief om mee te nemen",
            "sender": referral.tenant.name,
            "opening": "Met deze brief kun je zelf naar de dienst gaan. Je naam staat er niet op.",
            "facts": facts,
            "parts": [
                {
                    "title": "Goed om te weten",
                    "lines": [
                        "Jij kiest of je gaat en wat je vertelt.",
                        "Wij gaven niets over jou door aan deze dienst.",
                        "Lukt het niet, kom dan terug. Wij zoeken samen verder.",
                    ],
                }
            ],
            "closing": f"{_day()}, {referral.tenant.name}",
        },
    )


def _reach(snapshot: dict[str, Any]) -> list[tuple[str, str]]:
    """How the citizen reaches the service, as it stood when they were told."""
    phones = ", ".join(str(number) for number in snapshot.get("phones") or [])
    addresses = "; ".join(str(address) for address in snapshot.get("addresses") or [])
    return [("Adres", addresses), ("Telefoon", phones), ("Aanmelden", str(snapshot.get("apply") or ""))]


def _day() -> str:
    return str(format_date(clock.today(), "d MMMM yyyy"))


def carries_letter(referral: Referral) -> bool:
    """Whether there is something to carry: the citizen goes there alone."""
    return referral.kind == ReferralKind.OWN_CONTACT
