"""The page behind the search box of every page."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core import search as sources
from core.access import Actor, signed_in
from core.views import bp


@bp.get("/search")
@signed_in
def search(*, by: Actor) -> ResponseReturnValue:
    """Persons, files and services that match, as far as one may see them."""
    text = request.args.get("q", "")[: sources.MAX_LENGTH]
    return render_template("core/search.html", text=text, groups=sources.find(text, by=by))
