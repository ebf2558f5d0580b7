"""How templates are run, and the parts of pages that are drawn once and shown often (filter `kept`).

Such a part is a macro whose output depends on its arguments, the language and where the application is
mounted. Lists of work show the same fifty lines over and over, and every page the same top: drawing them was
half the time of a page.
The forms in such a part have places for the token and the address of the page (filter `filled`).
"""

from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import Any

from flask import Flask, request
from flask.templating import Environment
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

# Lines of lists and tops of pages, about a kilobyte each.
KEPT = 4096
TOKEN, HERE = "%token%", "%here%"


class PageEnvironment(Environment):
    """Templates with their globals in a plain dictionary.

    Jinja's chain of dictionaries is searched for every imported file of every page. Ours are complete when
    the application is made, and templates are loaded after that.
    """

    def make_globals(self, d: Any) -> Any:  # the name is Jinja's
        return {**self.globals, **(d or {})}


def init_app(app: Flask) -> None:
    def where() -> tuple[str, str]:
        return str(get_locale() or ""), request.script_root

    @lru_cache(maxsize=KEPT)
    def draw(macro: Any, _where: tuple[str, str], *values: Hashable) -> Markup:
        return Markup(macro(*values))  # noqa: S704 - made by a template

    def kept(macro: Any, *values: Hashable) -> Markup:
        """What an imported macro draws for these values, or as it was drawn before.

        What differs from request to request may be in it only as a value, or as a place to be filled.
        """
        return draw(macro, where(), *values)

    def each_kept(macro: Any, lines: Iterable[tuple[Hashable, ...]]) -> list[Markup]:
        """The same for every line of a list. Loop over them: each copy of a long text costs."""
        here = where()
        return [draw(macro, here, *line) for line in lines]

    app.jinja_env.filters.update(kept=kept, each_kept=each_kept, filled=filled)
    app.jinja_env.globals.update(TOKEN=TOKEN, HERE=HERE)


def filled(part: Markup) -> Markup:
    """A kept part with the token of this visitor and the address to come back to in their places."""
    here = request.full_path if request.method == "GET" else request.referrer or "/"
    return part.replace(TOKEN, generate_csrf()).replace(HERE, here)
