"""How soon someone must act on a notice: proposed by the table `triage`, with its rule as the reason."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core import clock
from intake.models.signals import Circumstance, Source
from intake.models.vocabulary import AgeGroup, LifeDomain, Urgency
from workflows import decisions

TABLE = "triage"


WORKING_DAYS = {Urgency.U2: 5, Urgency.U3: 15}


def act_by(urgency: Urgency, received_at: datetime) -> datetime | None:
    """The moment by which someone must have acted on a notice; a campaign (U4) has none."""
    if urgency == Urgency.U1:
        return received_at + timedelta(hours=24)
    days = WORKING_DAYS.get(urgency)
    if days is None:
        return None
    return clock.end_of(clock.add_working_days(clock.brussels(received_at).date(), days))


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
