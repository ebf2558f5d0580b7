"""The public form, and how notices were spread over the partners."""

from datetime import timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import clock
from core.access import Actor, public, requires
from core.db import transaction
from intake import distribution, places, policy, public_notices
from intake.forms.public_notices import PublicNoticeForm
from intake.models.vocabulary import LifeDomain
from intake.views import bp


@bp.route("/notice", methods=["GET", "POST"])
@public
def send_notice() -> ResponseReturnValue:
    """Place, concern, optional contact. A robot that fills the trap is thanked and forgotten."""
    form = PublicNoticeForm()
    if form.is_submitted() and form.website.data:
        return redirect(url_for("intake.thank_for_notice"))
    if form.validate_on_submit():
        with form.errors_from_domain():
            public_notices.check_token(form.opened.data or "")
            with transaction():
                public_notices.register(
                    nis=places.parse(form.place.data or "").nis,
                    theme=LifeDomain(form.theme.data) if form.theme.data else None,
                    concern=form.concern.data or "",
                    contact=form.contact.data or "",
                    address=request.remote_addr or "",
                )
            return redirect(url_for("intake.thank_for_notice"))
    form.opened.data = public_notices.kept_token(form.opened.data or "")
    return render_template("intake/send_notice.html", form=form), 422 if form.errors else 200


@bp.route("/notice/received")
@public
def thank_for_notice() -> ResponseReturnValue:
    return render_template("intake/thank_for_notice.html")


@bp.route("/signals/distribution")
@requires(policy.sees_distribution)
def show_distribution(*, by: Actor) -> ResponseReturnValue:
    """Counts of the last year per organization of each own partnership."""
    since = clock.today() - timedelta(days=365)
    found = distribution.tables(by, since=since)
    return render_template("intake/show_distribution.html", tables=found, since=since)
