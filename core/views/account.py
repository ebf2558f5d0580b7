"""One's own settings: language, keys, password, open sessions, the organization one acts for."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, PasswordField, SelectField
from wtforms.validators import InputRequired

from core import accounts
from core.access import Actor, signed_in
from core.db import transaction
from core.errors import DomainError, NotFound
from core.forms import Form, max_length
from core.i18n import LOCALES, _, _l
from core.views import bp


class SettingsForm(Form):
    """How the product works for this person."""

    locale = SelectField(_l("Language"), choices=list(LOCALES.items()))
    letter_keys = BooleanField(_l("Use letter keys"))


class PasswordForm(Form):
    """The password of now, and the new one."""

    current_password = PasswordField(
        _l("Your password now"), [InputRequired(_l("Fill in your password.")), max_length(1000)]
    )
    new_password = PasswordField(
        _l("New password"), [InputRequired(_l("Fill in a new password.")), max_length(1000)]
    )


@bp.route("/account", methods=["GET", "POST"])
@signed_in
def account(*, by: Actor) -> ResponseReturnValue:
    """Show and change one's own settings."""
    form = SettingsForm(locale=by.locale, letter_keys=by.preferences.get("letter_keys", True))
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            accounts.change_locale(form.locale.data, by=by)
            accounts.set_preference("letter_keys", bool(form.letter_keys.data), by=by)
        if not form.errors:
            flash(_("Your settings are saved."))
            answer = redirect(url_for("core.account"))
            answer.set_cookie("lang", form.locale.data, max_age=31_536_000, samesite="Lax", httponly=True)
            return answer
    page = render_template("core/account.html", form=form, sessions=session_rows(by))
    return page, 422 if form.errors else 200


def session_rows(by: Actor) -> list[dict[str, object]]:
    """Where this person is signed in, as the page shows it."""
    assert by.user_id is not None  # noqa: S101 -- @signed_in: an actor of a request is a person
    return [
        {
            "id": row.id,
            "device": row.device or _("Unknown browser"),
            "last_seen_at": row.last_seen_at,
            "current": row.id == by.session_id,
        }
        for row in accounts.open_sessions(by.user_id)
    ]


@bp.route("/account/password", methods=["GET", "POST"])
@signed_in
def change_password(*, by: Actor) -> ResponseReturnValue:
    """Change one's own password; hashing happens outside the transaction."""
    form = PasswordForm()
    if form.validate_on_submit():
        with form.errors_from_domain():
            if not accounts.check_password(form.current_password.data or "", by=by):
                raise DomainError(_("This is not your password now."), field="current_password")
            password_hash = accounts.new_password_hash(form.new_password.data or "")
            with transaction():
                accounts.set_password_hash(password_hash, by=by)
        if not form.errors:
            flash(_("Your password is changed. You are signed out everywhere else."))
            return redirect(url_for("core.account"))
    return render_template("core/change_password.html", form=form), 422 if form.errors else 200


@bp.post("/account/sessions/<uuid:session_id>/end")
@signed_in
def end_session(session_id: uuid.UUID, *, by: Actor) -> ResponseReturnValue:
    """Sign out one browser."""
    with transaction():
        accounts.end_session(session_id, by=by)
    flash(_("That browser is signed out."))
    return redirect(url_for("core.account"))


@bp.post("/account/sessions/end-others")
@signed_in
def end_other_sessions(*, by: Actor) -> ResponseReturnValue:
    """Sign out every browser but this one."""
    with transaction():
        accounts.end_other_sessions(by=by)
    flash(_("You are signed out everywhere else."))
    return redirect(url_for("core.account"))


@bp.post("/account/membership")
@signed_in
def switch_membership(*, by: Actor) -> ResponseReturnValue:
    """Act for another organization from now on."""
    try:
        membership_id = uuid.UUID(request.form.get("membership_id", ""))
    except ValueError:
        raise NotFound from None
    with transaction():
        accounts.act_in(membership_id, by=by)
    return redirect(url_for("core.start"))
