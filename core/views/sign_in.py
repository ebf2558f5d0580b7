"""Signing in and out, and the language of the page."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired

from core import accounts, demo
from core.access import current_actor, public
from core.config import Settings
from core.db import transaction
from core.forms import Form, max_length
from core.i18n import LOCALES, _l
from core.views import bp


class SignInForm(Form):
    """E-mail and password; `next` is where to go afterwards."""

    email = StringField(
        _l("E-mail address"), [InputRequired(_l("Fill in your e-mail address.")), max_length(320)]
    )
    password = PasswordField(_l("Password"), [InputRequired(_l("Fill in your password.")), max_length(1000)])
    next = HiddenField()


@bp.route("/login", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask who it is; afterwards back to where they were going."""
    if request.method == "GET" and current_actor() is not None:
        return redirect(safe_target(request.args.get("next")))
    form = SignInForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        with form.errors_from_domain():
            token, actor = accounts.sign_in(
                form.email.data or "",
                form.password.data or "",
                address=request.remote_addr or "",
                device=device_name(request.user_agent.string),
            )
        if not form.errors:
            accounts.remember_in_browser(token, actor)
            return redirect(
                safe_target(form.next.data or request.args.get("next"), kept="kept" in request.args)
            )
    settings: Settings = current_app.extensions["settings"]
    context: dict[str, Any] = {
        "form": form,
        "demo_accounts": demo.listed_accounts() if settings.demo else [],
        "idle_minutes": settings.session_idle_minutes,
    }
    return render_template("core/sign_in.html", **context)


@bp.post("/logout")
@public
def sign_out() -> ResponseReturnValue:
    """End this session; also for whom it had ended already."""
    actor = current_actor()
    if actor is not None and actor.session_id is not None:
        with transaction():
            accounts.end_session(actor.session_id, by=actor)
    accounts.forget_in_browser()
    return redirect(url_for("core.sign_in"))


@bp.post("/language")
@public
def set_language() -> ResponseReturnValue:
    """Change the language of this browser, and of the person who is signed in."""
    locale = request.form.get("locale", "")
    answer = make_response(redirect(safe_target(request.form.get("next"))))
    if locale in LOCALES:
        actor = current_actor()
        if actor is not None and actor.user_id is not None:
            with transaction():
                accounts.change_locale(locale, by=actor)
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        answer.set_cookie("lang", locale, max_age=31_536_000, samesite="Lax", secure=secure, httponly=True)
    return answer


def safe_target(target: str | None, *, kept: bool = False) -> str:
    """A path of this site, else the start: what stands in an address may come from a stranger."""
    parts = urlsplit((target or "").replace("\\", "/"))
    is_own = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    if not is_own or parts.path.startswith("//"):
        # A full address that our own page sent along is fine as well, without its host.
        is_own = bool(parts.netloc) and parts.netloc == request.host and not parts.path.startswith("//")
    if not is_own:
        return url_for("core.start")
    query = f"{parts.query}&kept=1".lstrip("&") if kept else parts.query
    return f"{parts.path or '/'}?{query}" if query else parts.path or "/"


def device_name(agent: str) -> str:
    """What a user would call this browser, such as `Firefox, Windows`; never the whole fingerprint."""
    browsers = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
    systems = {
        "Windows": "Windows", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Mac OS": "macOS",
        "Linux": "Linux",
    }  # fmt: skip
    found = [
        next((name for mark, name in names.items() if mark in agent), "") for names in (browsers, systems)
    ]
    return ", ".join(name for name in found if name) or agent.partition("/")[0][:40] or "?"
