"""Pages of the social map, and its open interface under /hsds/."""

from flask import Blueprint

bp = Blueprint("socialmap", __name__)

from socialmap.views import (  # noqa: E402
    area_sets,
    atlas,
    corrections,
    deliveries,
    duplicates,
    interface,
    local_entries,
    mappings,
    organizations,
    search,
    services,
    upkeep,
)

__all__ = [
    "area_sets",
    "atlas",
    "bp",
    "corrections",
    "deliveries",
    "duplicates",
    "interface",
    "local_entries",
    "mappings",
    "organizations",
    "search",
    "services",
    "upkeep",
]
