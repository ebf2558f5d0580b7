"""Addresses of pages and static files, as templates and menus ask them: dozens of times a page."""

from functools import lru_cache
from time import monotonic
from typing import Any

from flask import current_app, request


def url_for(endpoint: str, **values: Any) -> str:
    """Flask's own, from memory where only the endpoint decides; a static file is looked at once a second."""
    if request and not endpoint.startswith("."):
        if not values:
            return _page(request.script_root, endpoint)
        if endpoint == "static" and values.keys() == {"filename"}:
            return _static(request.script_root, int(monotonic()), values["filename"])
    return current_app.url_for(endpoint, **values)


@lru_cache(maxsize=512)
def _page(_root: str, endpoint: str) -> str:
    return current_app.url_for(endpoint)


@lru_cache(maxsize=512)
def _static(_root: str, _second: int, filename: str) -> str:
    return current_app.url_for("static", filename=filename)
