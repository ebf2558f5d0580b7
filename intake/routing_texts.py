"""Why a notice lies with an organization, in words."""

from typing import Any

from core.i18n import _
from intake import labels, places
from intake.models.signals import Signal
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality


def reason(signal: Signal) -> str:
    """One sentence for the page of a notice."""
    facts: dict[str, Any] = signal.routing_facts
    name = signal.tenant.name
    if signal.routing_reason == "wish":
        return str(_("%(name)s, because the person wants it.", name=name))
    if signal.routing_reason == "passed_on":
        return str(_("%(name)s, passed on by %(source)s.", name=name, source=facts.get("from", "")))
    if signal.routing_reason == "ocmw":
        return str(_("%(name)s, the OCMW of %(place)s.", name=name, place=places.name(facts.get("nis"))))
    if signal.routing_reason == "rule":
        because = ", ".join(_condition(code, value) for code, value in facts.get("matched", {}).items())
        told = _(
            "agreement of %(partnership)s, row %(row)s",
            partnership=facts.get("partnership", ""),
            row=facts.get("row", ""),
        )
        if because:
            return str(
                _("%(name)s, because of: %(because)s (%(told)s).", name=name, because=because, told=told)
            )
        return str(_("%(name)s, for everything else (%(told)s).", name=name, told=told))
    return str(_("%(name)s, because it was registered there.", name=name))


def _condition(code: str, value: str) -> str:
    if code == "nis":
        return places.name(value)
    if code == "age_group":
        return labels.label_of(AgeGroup, value)
    if code == "mutuality":
        return str(_("member of %(name)s", name=labels.label_of(Mutuality, value)))
    return labels.label_of(LifeDomain, value)
