"""What is told before somebody agrees: its versions, and publishing a new one."""

import contextlib
import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import clock
from core.access import Actor, requires
from core.acting import carry_out
from core.i18n import _
from intake import consent_texts, policy
from intake.forms.consent_texts import ConsentTextForm
from intake.views import bp


@bp.route("/consent-texts", methods=["GET", "POST"])
@requires(policy.can_publish_consent_text)
def list_consent_texts(*, by: Actor) -> ResponseReturnValue:
    form = ConsentTextForm()
    if form.validate_on_submit():

        def do() -> str:
            consent_texts.publish_text(
                form.language.data or "", form.text.data or "", valid_from=form.valid_from.day, by=by
            )
            return url_for("intake.list_consent_texts")

        to = carry_out(form, do, by=by)
        if to:
            flash(_("Published. Consents given before keep the text that was told."), "ok")
            return redirect(to)
    if not form.is_submitted() and not form.restored:
        form.valid_from.data = clock.today().strftime("%d/%m/%Y")
    after = None
    with contextlib.suppress(ValueError):
        after = uuid.UUID(request.args.get("after", ""))
    rows, following = consent_texts.listed(by, after=after)
    assert by.tenant_id is not None  # noqa: S101 - the rule asks for an organization
    page = render_template(
        "intake/list_consent_texts.html",
        form=form,
        rows=rows,
        texts=consent_texts.in_force(by.tenant_id),
        owner=consent_texts.owner_for(by),
        more=url_for("intake.list_consent_texts", after=following) if following else None,
    )
    return page, 422 if form.errors else 200
