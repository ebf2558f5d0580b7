"""How soon someone must act on a notice: proposed by the table `triage`, with its rule as the reason."""

from dataclasses import dataclass
from datetime import date

from core import clock
from intake.models.signals import Circumstance, Source
from intake.models.vocabulary import AgeGroup, LifeDomain, Urgency
from workflows import decisions

TABLE = "triage"


@dataclass(frozen=True)
class Assessment:
    """A proposal: `rule` and `version` say on what ground, and are kept with the notice."""

    urgency: Urgency
    rule: str
    version: str


def assess(
    circumstances: tuple[Circumstance, ...],
    age_group: AgeGroup | None = None,
    *,
    theme: LifeDomain | None = None,
    source: Source | None = None,
    on: date | None = None,
) -> Assessment:
    """Ask the table of a Brussels day (default today) how soon someone must act."""
    day = on or clock.today()
    decision = decisions.evaluate(
        TABLE,
        {
            "circumstances": [str(code) for code in circumstances],
            "theme": str(theme or "unknown"),
            "age_group": str(age_group or "unknown"),
            "campaign": source == Source.LIST,
            "month": day.month,
        },
        on=day,
    )
    return Assessment(Urgency(decision.outputs["urgency"]), decision.matched[0], decision.version)
