"""Addresses of pages and static files, as templates and menus ask them: dozens of times a page.

The address of a static file tells its content. In production files stay as they are while a process runs;
elsewhere they are looked at again each second. Such a second, or all of the run, is an edition.
"""

from functools import lru_cache
from time import monotonic
from typing import Any

from flask import current_app, request


def edition() -> int:
    """What is made of the addresses of static files holds as long as this number stays the same."""
    return 0 if current_app.extensions["settings"].production else int(monotonic())


def url_for(endpoint: str, **values: Any) -> str:
    """Flask's own, from memory where only the endpoint decides."""
    if request and not endpoint.startswith("."):
        if not values:
            return _page(request.script_root, endpoint)
        if endpoint == "static" and values.keys() == {"filename"}:
            return _static(request.script_root, edition(), values["filename"])
    return current_app.url_for(endpoint, **values)


@lru_cache(maxsize=512)
def _page(_root: str, endpoint: str) -> str:
    return current_app.url_for(endpoint)


@lru_cache(maxsize=512)
def _static(_root: str, _edition: int, filename: str) -> str:
    return current_app.url_for("static", filename=filename)
