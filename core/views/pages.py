"""The start, help, the statements, and the building blocks."""

from flask import abort, current_app, redirect, render_template
from flask.typing import ResponseReturnValue

from core import navigation, showcase
from core.access import Actor, public, signed_in
from core.views import bp


@bp.get("/")
@signed_in
def start(*, by: Actor) -> ResponseReturnValue:
    """To the page where this person's day begins."""
    return redirect(navigation.start_url(by))


@bp.get("/help")
@public
def show_help() -> ResponseReturnValue:
    return render_template("core/show_help.html")


@bp.get("/privacy")
@public
def show_privacy() -> ResponseReturnValue:
    """Who sees what, and why."""
    return render_template("core/show_privacy.html")


@bp.get("/accessibility")
@public
def show_accessibility() -> ResponseReturnValue:
    """The accessibility statement that the Bestuursdecreet asks for."""
    return render_template("core/show_accessibility.html")


@bp.get("/components")
@public
def show_components() -> ResponseReturnValue:
    """Every building block once, to look at; only in development and in the demo."""
    settings = current_app.extensions["settings"]
    if settings.production and not settings.demo:
        abort(404)
    return render_template("core/show_components.html", **showcase.context())
