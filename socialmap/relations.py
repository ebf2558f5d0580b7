"""What an organization has to do with others on the map, read in one statement: what it went into, what went
into it, its parts, and the doubles that it stands for."""

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core.db import session
from socialmap.models.directory import Organization, OrganizationSuccessor

MOST_PARTS = 50


@dataclass(frozen=True)
class Named:
    """An organization as a link shows it."""

    id: uuid.UUID
    name: str


@dataclass
class Relations:
    """`successor` is who does its work today; `doubles` are merged into it, doubles of doubles included."""

    successor: Named | None = None
    merged_into: Named | None = None
    predecessors: list[Named] = field(default_factory=list)
    parts: list[Named] = field(default_factory=list)
    doubles: list[Named] = field(default_factory=list)


def relations_of(organization: Organization) -> Relations:
    """All relations of an organization, by name."""
    rows = session.execute(_query(organization)).all()
    found = Relations()
    links: list[tuple[uuid.UUID, Named, date]] = []
    lists = {"before": found.predecessors, "part": found.parts, "double": found.doubles}
    for kind, ident, name, source, on in rows:
        one = Named(ident, name)
        if kind == "after":
            links.append((source, one, on))
        elif kind == "into":
            found.merged_into = one
        elif kind != "part" or len(found.parts) < MOST_PARTS:
            lists[kind].append(one)
    found.successor = _last(organization.id, links)
    return found


def _last(start: uuid.UUID, links: list[tuple[uuid.UUID, Named, date]]) -> Named | None:
    """The end of the chain of mergers, by the latest link of each."""
    latest = {source: one for source, one, _on in sorted(links, key=lambda link: link[2])}
    current, seen, found = start, {start}, None
    while current in latest and latest[current].id not in seen:
        found = latest[current]
        current = found.id
        seen.add(current)
    return found


def _query(organization: Organization) -> sa.Select[Any]:
    o, link, ident = Organization, OrganizationSuccessor, organization.id
    none_on, none = sa.cast(sa.null(), sa.Date), sa.cast(sa.null(), sa.Uuid)

    after = sa.select(link.organization_id, link.successor_id, link.on).where(link.organization_id == ident)
    chain = after.cte("chain", recursive=True)
    further = orm.aliased(link)
    chain = chain.union(
        sa.select(further.organization_id, further.successor_id, further.on).join(
            chain, chain.c.successor_id == further.organization_id
        )
    )
    double = sa.select(o.id).where(o.merged_into_id == ident).cte("double", recursive=True)
    deeper = orm.aliased(o)
    double = double.union(sa.select(deeper.id).join(double, deeper.merged_into_id == double.c.id))
    parts = sa.union_all(
        sa.select(sa.literal("after").label("kind"), o.id, o.name, chain.c.organization_id.label("source"),
                  chain.c.on.label("since")).join(chain, chain.c.successor_id == o.id),
        sa.select(sa.literal("double"), o.id, o.name, none, none_on).join(double, double.c.id == o.id),
        sa.select(sa.literal("before"), o.id, o.name, none, none_on)
        .join(link, link.organization_id == o.id).where(link.successor_id == ident),
        sa.select(sa.literal("part"), o.id, o.name, none, none_on).where(o.parent_organization_id == ident),
        sa.select(sa.literal("into"), o.id, o.name, none, none_on).where(o.id == organization.merged_into_id),
    ).subquery()  # fmt: skip
    return sa.select(parts).order_by(parts.c.name, parts.c.id)
