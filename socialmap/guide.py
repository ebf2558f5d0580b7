"""What there is in one municipality: the themes of the start page, and the guide to print."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.db import session
from socialmap.models import details
from socialmap.models.directory import Organization, Sector, ServiceAreaNis
from socialmap.models.searching import ServiceFacet, ServiceSearch
from socialmap.search import Card

MOST = 1500
ROLE = "target_group"


@dataclass(frozen=True)
class Theme:
    """A category of the first level, with how many services here fall under it."""

    code: str
    name: str
    count: int


@dataclass(frozen=True)
class Chapter:
    """A category of the guide with its services, in the order of their names."""

    code: str
    title: str
    cards: list[Card]


def themes(nis: str | None) -> list[Theme]:
    """The main categories, with the services that cover the municipality, or all of them."""
    term, taxonomy, f, s = details.TaxonomyTerm, details.Taxonomy, ServiceFacet, ServiceSearch
    query = (
        sa.select(term.code, sa.func.min(term.name), sa.func.count(sa.distinct(f.doc)))
        .join(taxonomy, taxonomy.id == term.taxonomy_id)
        .join(f, f.code == sa.literal("cat:") + term.code)
        .join(s, s.doc == f.doc)
        .where(term.parent_id.is_(None), taxonomy.role.is_distinct_from(ROLE), s.status == "active")
        .group_by(term.code)
        .order_by(term.code)
    )
    if nis is not None:
        covering = sa.select(ServiceAreaNis.service_id).where(ServiceAreaNis.nis == nis)
        query = query.where(s.service_id.in_(covering))
    return [Theme(code or "", name, count) for code, name, count in session.execute(query)]


def chapters(nis: str) -> list[Chapter]:
    """Services that cover the municipality, by category, to print and hand out.

    Practitioners stay out (their data may not be spread in bulk); a secret place shows no address.
    """
    s, a = ServiceSearch, ServiceAreaNis
    query = (
        sa.select(s.service_id, s.status, s.card)
        .join(a, a.service_id == s.service_id)
        .join(Organization, Organization.id == s.organization_id)
        .where(a.nis == nis, s.status == "active", Organization.sector != Sector.PRACTITIONER)
        .order_by(a.level, s.doc)
        .limit(MOST)
    )
    found: dict[tuple[str, str], list[Card]] = {}
    for row in session.execute(query):
        card = Card(row.service_id, row.card["name"], row.status, _public(row.card))
        for code, name in card.categories[:1] or [["", ""]]:
            found.setdefault((code, name), []).append(card)
    return [
        Chapter(code, title, sorted(cards, key=lambda c: (c.name.casefold(), c.organization)))
        for (code, title), cards in sorted(found.items(), key=lambda pair: (not pair[0][0], pair[0]))
    ]


def _public(card: dict[str, Any]) -> dict[str, Any]:
    return card | {"place": None, "city": None} if card["secret"] else card
