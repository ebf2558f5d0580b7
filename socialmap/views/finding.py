"""What the one search box at the top finds on the map."""

from flask import url_for

from core.access import Actor
from core.asking import PARAM, sealed
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


def all_results(text: str, by: Actor) -> str:
    """The page of the map with the same words; they may name a person, so the address holds them sealed."""
    address = url_for("socialmap.search_services")
    return f"{address}?{PARAM}={sealed({'q': text}, address, by)}"
