"""How templates are run, and the parts of pages that are drawn once and shown often (filter `kept`).

Such a part is a macro whose output depends on its arguments and the language alone. Lists of work show the
same fifty lines over and over, and every page the same top: drawing them was half the time of a page.
"""

from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import Any

from flask import Flask
from flask.templating import Environment
from flask_babel import get_locale
from markupsafe import Markup

# Lines of lists and tops of pages, about a kilobyte each.
KEPT = 4096


class PageEnvironment(Environment):
    """Templates with their globals in a plain dictionary.

    Jinja's chain of dictionaries is searched for every imported file of every page. Ours are complete when
    the application is made, and templates are loaded after that.
    """

    def make_globals(self, d: Any) -> Any:  # the name is Jinja's
        return {**self.globals, **(d or {})}


def init_app(app: Flask) -> None:
    @lru_cache(maxsize=KEPT)
    def draw(macro: Any, _language: str, line: tuple[Hashable, ...]) -> str:
        return str(macro(*line))

    def kept(lines: Iterable[tuple[Hashable, ...]], macro: Any) -> Markup:
        """Every line drawn by an imported macro, or as it was drawn before.

        What differs from request to request (a token, the address of the page) may be in it only as a value.
        """
        language = str(get_locale() or "")
        drawn = [draw(macro, language, line) for line in lines]
        return Markup("".join(drawn))  # noqa: S704 - made by templates

    app.jinja_env.filters["kept"] = kept
