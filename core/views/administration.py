"""What an administrator watches: how it goes, messages that failed, amounts and terms with their dates."""

import json

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import InputRequired, Optional

from core import acting, health, outbox, parameters, policy
from core.access import Actor, requires
from core.clock import today
from core.fields import DayField
from core.forms import Form, max_length
from core.i18n import _, _l
from core.navigation import administration
from core.parameters import Dated
from core.views import bp


@bp.get("/admin")
@requires(policy.can_administer)
def show_administration(*, by: Actor) -> ResponseReturnValue:
    """The first page: signs of life, and where everything is."""
    return render_template(
        "core/show_administration.html",
        report=health.check(),
        messages=outbox.counts() if policy.can_watch_messages(by) else None,
        entries=administration(by),
    )


# ---------------------------------------------------------------- messages
class ActForm(Form):
    """A button."""


@bp.get("/admin/messages")
@requires(policy.can_watch_messages)
def list_messages(*, by: Actor) -> ResponseReturnValue:
    """Messages that were given up, the newest first, and those that keep waiting."""
    after = request.args.get("after", "")
    page = outbox.failures(after=int(after) if after.isdecimal() and len(after) < 19 else None)
    more = url_for("core.list_messages", after=page[-1].id) if len(page) == outbox.PAGE else None
    return render_template("core/list_messages.html", rows=page, more=more, counts=outbox.counts())


@bp.post("/admin/messages/<int:message_id>/retry")
@requires(policy.can_watch_messages)
def retry_message(message_id: int, *, by: Actor) -> ResponseReturnValue:
    """Give a message another life."""

    def do() -> str:
        outbox.retry(message_id, by=by)
        return url_for("core.list_messages")

    return acting.act(ActForm(), do, by=by, said=_("It will be tried again in a moment."))


# ---------------------------------------------------------------- parameters
class ParameterForm(Form):
    """Another value of something that is there, from a day on."""

    value = StringField(_l("Value"), [InputRequired(_l("Fill in the value.")), max_length(2000)])
    valid_from = DayField(_l("From"), [InputRequired(_l("Fill in the first day."))])
    valid_to = DayField(_l("Until and including"), [Optional()])
    source = StringField(
        _l("Source"), [InputRequired(_l("Say where this comes from: a law, a decision.")), max_length(300)]
    )


@bp.get("/admin/parameters")
@requires(policy.can_administer)
def list_parameters(*, by: Actor) -> ResponseReturnValue:
    """Amounts, terms and texts as they hold today."""
    rows = parameters.overview(request.args.get("q", "")[:100], tenant_id=by.tenant_id)
    return render_template("core/list_parameters.html", rows=rows, q=request.args.get("q", "")[:100])


def can_see_parameter(by: Actor, _dated: Dated) -> bool:
    """Amounts and terms are no secret to an administrator."""
    return policy.can_administer(by)


@bp.route("/admin/parameters/<string:key>", methods=["GET", "POST"])
@requires(can_see_parameter, parameters.find)
def show_parameter(dated: Dated, *, by: Actor) -> ResponseReturnValue:
    """Every value with its dates and source, and a new one: of the platform for all, else for one's own."""
    shared = policy.is_platform(by)
    newest = "" if dated.newest is None else json.dumps(dated.newest, ensure_ascii=False)
    form = ParameterForm(value=newest, valid_from=today())
    if form.validate_on_submit():

        def do() -> str:
            parameters.change(
                dated,
                form.value.data or "",
                valid_from=form.valid_from.data or today(),
                valid_to=form.valid_to.data,
                source=form.source.data or "",
                tenant_id=None if shared else by.tenant_id,
                by=by,
            )
            return url_for("core.show_parameter", key=dated.key)

        to = acting.carry_out(form, do, by=by)
        if to:
            flash(_("Saved. It holds from its first day."), "ok")
            return redirect(to)
    values = [one for one in dated.values if shared or one.tenant_id in {None, by.tenant_id}]
    return render_template(
        "core/show_parameter.html", form=form, values=values, dated=dated, shared=shared
    ), 422 if form.errors else 200
