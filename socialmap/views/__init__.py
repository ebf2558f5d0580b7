"""Pages of the social map, and its open interface under /hsds/."""

from flask import Blueprint

bp = Blueprint("socialmap", __name__)

from socialmap.views import corrections, deliveries, duplicates, organizations, search, services  # noqa: E402

__all__ = ["bp", "corrections", "deliveries", "duplicates", "organizations", "search", "services"]
