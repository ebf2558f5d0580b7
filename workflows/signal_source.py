"""The seam between intake and projects: what projects may know of signals (ADR 0016).

Bundles are made on the intake side at a fixed grain (theme x zone x quarter, five cases or more) and keep the
links to the files; what crosses is a sheet of frozen counts.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from core.access import Actor
from core.i18n import _l

# Themes of policy: what workers tag with, what bundles and calls are about. Labels are lazy texts.
THEMES: dict[str, Any] = {
    "rural": _l("Rural policy"),
    "farmers": _l("Farmers"),
    "income": _l("Income and rights"),
    "energy": _l("Energy and water"),
    "debts": _l("Debts"),
    "housing": _l("Housing"),
    "loneliness": _l("Loneliness"),
    "family": _l("Family and children"),
    "digital": _l("Papers and digital"),
    "care": _l("Care"),
}


@dataclass(frozen=True)
class NeedSheet:
    """Frozen counts of a validated bundle. No identifiers, no count below five."""

    key: str
    theme: str
    zone: str
    quarter: str
    cases: int
    municipalities: tuple[str, ...] = ()
    counts: dict[str, int | None] = field(default_factory=dict)  # label -> count; None: fewer than five
    summary: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class SignalSource(Protocol):
    """What the intake side offers to officers."""

    def validated_sheets(self, *, themes: list[str] | None = None) -> list[NeedSheet]: ...

    def give_feedback(self, key: str, status: str, reason: str, *, by: Actor) -> None: ...

    def count_now(self, theme: str, municipalities: list[str]) -> int | None: ...


class NoSignals:
    """An installation without intake: there are no sheets."""

    def validated_sheets(self, *, themes: list[str] | None = None) -> list[NeedSheet]:
        return []

    def give_feedback(self, key: str, status: str, reason: str, *, by: Actor) -> None:
        return None

    def count_now(self, theme: str, municipalities: list[str]) -> int | None:
        return None


_source: SignalSource = NoSignals()


def register(source: SignalSource) -> None:
    global _source
    _source = source


def source() -> SignalSource:
    """The registered source; an empty one where the intake package is not in use."""
    return _source
