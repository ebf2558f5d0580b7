"""The settlement sheet: what the grant finally is, and how each sum of it is made."""

from dataclasses import dataclass

from projects import ledger, money, reports
from projects.models.projects import Project
from projects.models.reports import Report, ReportStatus


@dataclass(frozen=True)
class Sheet:
    """One settlement, in cents."""

    awarded_cents: int
    accepted_cents: int  # cost by cost, as the officer judged them
    counted_cents: int  # of those, within the shares that the regulation sets to categories
    rate_bp: int
    other_income_cents: int
    paid_cents: int
    final_cents: int
    rest_cents: int  # negative: to pay back

    @property
    def cut_cents(self) -> int:
        """What was accepted but lies above the share of its category."""
        return self.accepted_cents - self.counted_cents

    @property
    def by_rate_cents(self) -> int:
        """The share of the costs that count."""
        return money.share_of(self.counted_cents, self.rate_bp)

    @property
    def by_need_cents(self) -> int:
        """What other income leaves of the costs that count."""
        return max(0, self.counted_cents - self.other_income_cents)


def sheet(project: Project) -> Sheet:
    """The sums of a project as its accepted reports stand now. Formula: `projects.money.settlement`."""
    accepted = [r for r in reports.of_project(project) if r.status == ReportStatus.ACCEPTED]
    per_category = _per_category(accepted)
    counted = sum(money.within_shares(per_category, _most_bp(project)).values())
    other_income = sum(report.other_income_cents for report in accepted)
    paid = ledger.paid(project.id)
    final, rest = money.settlement(
        granted=project.awarded_cents,
        rate_bp=project.share_bp,
        accepted=counted,
        other_income=other_income,
        paid=paid,
    )
    return Sheet(
        awarded_cents=project.awarded_cents,
        accepted_cents=sum(per_category.values()),
        counted_cents=counted,
        rate_bp=project.share_bp,
        other_income_cents=other_income,
        paid_cents=paid,
        final_cents=final,
        rest_cents=rest,
    )


def _per_category(accepted: list[Report]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in (line for report in accepted for line in report.lines):
        found[line.category] = found.get(line.category, 0) + (line.accepted_cents or 0)
    return found


def _most_bp(project: Project) -> dict[str, int]:
    categories = project.application.call.cost_categories
    return {c.code: c.max_share_bp for c in categories if c.max_share_bp is not None}
