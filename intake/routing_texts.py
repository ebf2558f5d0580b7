"""Why a notice lies with an organization, in words."""

from typing import Any

from core.i18n import _
from intake import labels, places
from intake.models.routing import RoutingRule, RuleKind
from intake.models.signals import Signal
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality
from intake.routing import CONDITIONS, Route


def reason(signal: Signal) -> str:
    """One sentence for the page of a notice."""
    return _because(signal.tenant.name, signal.routing_reason, signal.routing_facts)


def of_route(route: Route) -> str:
    """The same for a notice that nobody registered yet."""
    return _because(route.tenant.name, route.reason, route.facts)


def conditions(rule: RoutingRule) -> str:
    """For which notices a row is."""
    if rule.kind == RuleKind.WISH:
        return str(_("Who wants a certain organization"))
    matched = {name: str(value) for name in CONDITIONS if (value := getattr(rule, name)) is not None}
    return ", ".join(_condition(*pair) for pair in matched.items()) or str(_("Everything else"))


def _because(name: str, why: str, facts: dict[str, Any]) -> str:
    if why == "wish":
        return str(_("%(name)s, because the person wants it.", name=name))
    if why == "passed_on":
        return str(_("%(name)s, passed on by %(source)s.", name=name, source=facts.get("from", "")))
    if why == "ocmw":
        return str(_("%(name)s, the OCMW of %(place)s.", name=name, place=places.name(facts.get("nis"))))
    if why == "rule":
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
