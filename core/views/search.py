"""The page behind the search box of every page."""

from flask import render_template
from flask.typing import ResponseReturnValue

from core import search as sources
from core.access import Actor, signed_in
from core.asking import asks
from core.views import bp


@bp.route("/search", methods=["GET", "POST"])
@signed_in
@asks("q")
def search(*, asked: dict[str, str], by: Actor) -> ResponseReturnValue:
    """Persons, files and services that match, as far as one may see them."""
    text = asked["q"]
    return render_template("core/search.html", text=text, groups=sources.find(text, by=by))
