"""A password by a link: for who forgot it, and for who is new."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from core import accounts, passwords
from core.access import public
from core.db import transaction
from core.forms import Form, max_length
from core.i18n import _, _l
from core.views import bp


class ForgottenForm(Form):
    """Whose password it is."""

    email = StringField(
        _l("E-mail address at work"), [InputRequired(_l("Fill in your e-mail address.")), max_length(320)]
    )


class ChosenForm(Form):
    """The new password."""

    new_password = PasswordField(
        _l("New password"), [InputRequired(_l("Fill in a new password.")), max_length(1000)]
    )


@bp.route("/forgotten-password", methods=["GET", "POST"])
@public
def ask_password_link() -> ResponseReturnValue:
    """Ask for a mail with a link; the answer never tells whether the address is known."""
    form = ForgottenForm()
    if form.validate_on_submit():
        with form.errors_from_domain():
            accounts.count_link_request(form.email.data or "", address=request.remote_addr or "")
            with transaction():
                passwords.ask_link(form.email.data or "")
        if not form.errors:
            flash(_("If this address has an account, a mail with a link is on its way."), "ok")
            return redirect(url_for("core.sign_in"))
    return render_template("core/ask_password_link.html", form=form), 422 if form.errors else 200


@bp.route("/choose-password/<string:token>", methods=["GET", "POST"])
@public
def choose_password(token: str) -> ResponseReturnValue:
    """Choose a password by the link of the mail."""
    form = ChosenForm()
    if passwords.find_user(token) is None:
        return render_template("core/choose_password.html", form=None), 410
    if form.validate_on_submit():
        with form.errors_from_domain():
            password_hash = accounts.new_password_hash(form.new_password.data or "")
            with transaction():
                passwords.choose_password(token, password_hash)
        if not form.errors:
            flash(_("Your password is set. Sign in with it."), "ok")
            return redirect(url_for("core.sign_in"))
    return render_template("core/choose_password.html", form=form), 422 if form.errors else 200
