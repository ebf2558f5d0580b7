"""Pages that belong to no domain: signing in, one's own settings, search, health, statements."""

from flask import Blueprint

bp = Blueprint("core", __name__)

from core.views import account, api, drafts, health, pages, search, sign_in  # noqa: E402

__all__ = ["account", "api", "bp", "drafts", "health", "pages", "search", "sign_in"]
