"""The routing table of a partnership: partners read it, its coordinator changes it."""

import uuid
from types import SimpleNamespace
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import clock
from core.access import Actor, requires
from core.acting import act, perform
from core.db import session
from core.i18n import _
from core.models.accounts import Partnership, Tenant
from intake import distribution, places, policy, routing, routing_table, routing_texts
from intake.forms.cases import ActForm
from intake.forms.routing import WISH, LastDayForm, LineForm, ReceiverForm, TryForm
from intake.models.routing import RoutingRule, RuleKind
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality
from intake.routing_table import NewLine
from intake.views import bp


@bp.route("/routing-table")
@requires(policy.sees_distribution)
def show_routing_table(*, by: Actor) -> ResponseReturnValue:
    """The lines of today and later of each partnership of the organization, and what they would do."""
    changes = policy.coordinates(by)
    ours = distribution.partnerships(by)
    tables = [_table(each) for each in ours if not changes or each.id == by.partnership_id]
    form = TryForm(request.args, meta={"csrf": False})
    tried = _tried(form, by) if "place" in request.args and form.validate() else ""
    return render_template(
        "intake/show_routing_table.html",
        tables=tables,
        is_to_come=routing_table.is_to_come,
        conditions=routing_texts.conditions,
        history=routing_table.history(by.partnership_id) if changes and by.partnership_id else [],
        changes=changes,
        form=form,
        tried=tried,
    )


def _table(partnership: Partnership) -> SimpleNamespace:
    lines = routing_table.lines(partnership.id)
    return SimpleNamespace(
        name=partnership.name,
        lines=[line for line in lines if not routing_table.is_over(line)],
        over=[line for line in lines if routing_table.is_over(line)],
        gap=routing_table.day_without_rest(lines),
    )


def _tried(form: TryForm, by: Actor) -> str:
    """To whom a notice with these facts would go today, and why."""
    found: list[str] = []
    with form.errors_from_domain():
        facts = routing.Facts(
            nis=places.parse(form.place.data or "").nis,
            theme=LifeDomain(form.theme.data),
            age_group=AgeGroup(form.age_group.data) if form.age_group.data else None,
            mutuality=Mutuality(form.mutuality.data) if form.mutuality.data else None,
        )
        found.append(routing_texts.of_route(routing.route(facts, by=by)))
    return found[0] if found else ""


@bp.route("/routing-table/lines/new", methods=["GET", "POST"])
@requires(policy.coordinates)
def add_routing_line(*, by: Actor) -> ResponseReturnValue:
    partnership = session.get_one(Partnership, by.partnership_id)
    form = LineForm(receivers=_receivers(partnership.id, with_wish=True), data={"starts_on": clock.today()})

    def add() -> None:
        new = NewLine(
            row=form.row.data or 0,
            receiver=_tenant(form.receiver_id),
            starts_on=form.starts_on.data or clock.today(),
            age_group=AgeGroup(form.age_group.data) if form.age_group.data else None,
            mutuality=Mutuality(form.mutuality.data) if form.mutuality.data else None,
            theme=LifeDomain(form.theme.data) if form.theme.data else None,
            nis=places.parse(form.place.data).nis if form.place.data else None,
        )
        routing_table.add_line(partnership, new, by=by)

    return perform(
        form, add, by=by, title=_("Add a line"), done=_("Kept."), back=url_for("intake.show_routing_table"),
        lead=_("The lowest row that fits a notice decides. What you leave open fits every notice."),
    )  # fmt: skip


@bp.route("/routing-table/lines/<uuid:line_id>/change", methods=["GET", "POST"])
@requires(policy.can_change_routing, routing_table.get_line)
def change_routing_line(line: RoutingRule, *, by: Actor) -> ResponseReturnValue:
    is_wish = line.kind == RuleKind.WISH
    receivers = [(WISH, _("Whom the citizen wants"))] if is_wish else _receivers(line.partnership_id)
    now = {"receiver": str(line.to_tenant_id or WISH), "row": line.priority, "starts_on": clock.today()}
    form = ReceiverForm(receivers=receivers, data=now)

    def change() -> None:
        day, row = form.starts_on.data or clock.today(), form.row.data or 0
        routing_table.change_line(line, _tenant(form.receiver_id), row=row, starts_on=day, by=by)

    return perform(
        form, change, by=by, title=_("Change row %(row)s from a day", row=line.priority), button=_("Change"),
        lead=_("%(what)s. Until that day nothing changes.", what=routing_texts.conditions(line)),
        done=_("Kept."), back=url_for("intake.show_routing_table"),
    )  # fmt: skip


@bp.route("/routing-table/lines/<uuid:line_id>/end", methods=["GET", "POST"])
@requires(policy.can_change_routing, routing_table.get_line)
def end_routing_line(line: RoutingRule, *, by: Actor) -> ResponseReturnValue:
    form = LastDayForm(data={"ends_on": clock.today()})
    return perform(
        form,
        lambda: routing_table.end_line(line, ends_on=form.ends_on.data or clock.today(), by=by),
        by=by, title=_("End row %(row)s", row=line.priority), button=_("End the row"), kind="danger",
        lead=_("%(what)s. After this day the rows below decide.", what=routing_texts.conditions(line)),
        done=_("Kept."), back=url_for("intake.show_routing_table"),
    )  # fmt: skip


@bp.route("/routing-table/lines/<uuid:line_id>/remove", methods=["POST"])
@requires(policy.can_change_routing, routing_table.get_line)
def remove_routing_line(line: RoutingRule, *, by: Actor) -> ResponseReturnValue:
    def remove() -> str:
        routing_table.remove_line(line, by=by)
        return url_for("intake.show_routing_table")

    return act(ActForm(), remove, by=by, said=_("The line is gone before it began."))


def _receivers(partnership_id: uuid.UUID, *, with_wish: bool = False) -> list[Any]:
    members: list[Any] = [(tenant.id, tenant.name) for tenant in routing.members(partnership_id)]
    return [*members, (WISH, _("Whom the citizen wants"))] if with_wish else members


def _tenant(tenant_id: uuid.UUID | None) -> Tenant | None:
    return session.get_one(Tenant, tenant_id) if tenant_id else None
