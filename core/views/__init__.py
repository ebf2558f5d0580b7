"""Pages of no domain: signing in, one's own settings, search, health, statements, administration."""

from flask import Blueprint

bp = Blueprint("core", __name__)

from core.views import (  # noqa: E402
    account,
    administration,
    api,
    drafts,
    health,
    pages,
    passwords,
    people,
    search,
    sign_in,
    trail,
)

__all__ = [
    "account",
    "administration",
    "api",
    "bp",
    "drafts",
    "health",
    "pages",
    "passwords",
    "people",
    "search",
    "sign_in",
    "trail",
]
