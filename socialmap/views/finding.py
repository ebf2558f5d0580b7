"""What the one search box at the top finds on the map."""

from flask import url_for

from core.access import Actor
from core.search import Found
from socialmap import search


def find(text: str, by: Actor, limit: int) -> list[Found]:
    """Services for the words, the place in them included."""
    results = search.find(text, limit=limit, with_facets=False)
    return [
        Found(
            hit.service.name,
            url_for("socialmap.show_service", service_id=hit.service.id),
            meta=hit.organization.name,
            icon="place",
            kind="service",
            id=hit.service.id,
        )
        for hit in results.hits
    ]


def all_results(text: str) -> str:
    """The page of the map with the same words."""
    return url_for("socialmap.search_services", q=text)
