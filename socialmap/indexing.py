"""Keep the stored tokens, facets and cards of services in step with their records."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from core.db import session
from socialmap import openings, successions, words
from socialmap.models import details
from socialmap.models.directory import Location, Organization, Service, ServiceAreaNis, ServiceAtLocation
from socialmap.models.searching import COLUMNS, SearchTerm, ServiceFacet, ServiceOpening, ServiceSearch

CHUNK = 500
TOTAL = "*"
MAX_TOKEN = 60
FREE_WORDS = ("gratis", "kosteloos", "geen kosten", "gratuit")
_WHEELCHAIR = ("rolstoel", "drempelvrij", "wheelchair")


@dataclass(slots=True)
class _Entry:
    """Everything of one service that its search entry is made of."""

    service: Any
    terms: list["_Term"] = field(default_factory=list)
    spots: list[dict[str, Any]] = field(default_factory=list)
    phones: list[tuple[int, str]] = field(default_factory=list)
    languages: dict[str, str] = field(default_factory=dict)
    costs: list[tuple[float | None, str | None]] = field(default_factory=list)
    hours: list[dict[str, Any]] = field(default_factory=list)
    openings: list[dict[str, Any]] = field(default_factory=list)
    area: tuple[int, int] | None = None  # (number of municipalities, level)
    stays: tuple[uuid.UUID, str] | None = None  # the entry that its organization was merged into


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of a taxonomy with the tokens it brings to every service under it."""

    id: uuid.UUID
    role: str
    code: str
    name: str
    parent: uuid.UUID | None
    tokens: frozenset[str]
    described: frozenset[str]


def rebuild() -> int:
    """Write every search entry and every count of words anew; returns how many entries there are."""
    session.execute(sa.delete(ServiceOpening))
    session.execute(sa.delete(ServiceFacet))
    session.execute(sa.delete(ServiceSearch))
    session.execute(sa.delete(SearchTerm))
    session.flush()
    return refresh(session.scalars(sa.select(Service.id)).all())


def refresh(
    service_ids: Iterable[uuid.UUID], told: Callable[[int, int], None] = lambda _done, _total: None
) -> int:
    """Write the search entries of these services anew; returns how many there are now. `told` hears how
    many are done."""
    ordered = _in_order(service_ids)
    if not ordered:
        return 0
    terms = _terms()
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    written = 0
    for start in range(0, len(ordered), CHUNK):
        told(start, len(ordered))
        part = ordered[start : start + CHUNK]
        old = _old(part, before)
        entries = _load(part, terms)
        fresh: list[dict[str, Any]] = []
        known: list[dict[str, Any]] = []
        facets: list[dict[str, Any]] = []
        hours: list[dict[str, Any]] = []
        number = _next_doc()
        for ident in part:
            entry = entries[ident]
            row, codes = _document(entry, terms, spelled)
            doc = old.pop(entry.service.id, None)
            row["doc"] = number if doc is None else doc
            number += doc is None
            (fresh if doc is None else known).append(row)
            facets += [{"code": c, "doc": row["doc"], "label": label} for c, label in sorted(codes.items())]
            hours += [{"doc": row["doc"], **opening} for opening in entry.openings]
            after.update(_all_tokens(row))
            after[TOTAL] += 1
        _write(fresh, known, facets, hours, list(old.values()))
        written += len(entries)
    _count_terms(before, after, spelled)
    return written


def _in_order(service_ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """By name, so that of two equal hits the same one comes first on every database."""
    ids = sorted(set(service_ids))
    found: list[tuple[str, str, uuid.UUID]] = []
    for start in range(0, len(ids), CHUNK):
        query = sa.select(Service.name, Service.external_id, Service.id).where(
            Service.id.in_(ids[start : start + CHUNK])
        )
        found += [(words.fold(name), external, ident) for name, external, ident in session.execute(query)]
    return [ident for _name, _external, ident in sorted(found)]


def _write(
    fresh: list[dict[str, Any]], known: list[dict[str, Any]], facets: list[dict[str, Any]],
    hours: list[dict[str, Any]], gone: list[int],
) -> None:  # fmt: skip
    stale = [row["doc"] for row in known] + gone
    if stale:
        session.execute(sa.delete(ServiceFacet).where(ServiceFacet.doc.in_(stale)))
        session.execute(sa.delete(ServiceOpening).where(ServiceOpening.doc.in_(stale)))
    if gone:
        session.execute(sa.delete(ServiceSearch).where(ServiceSearch.doc.in_(gone)))
    if known:
        session.execute(sa.update(ServiceSearch), known)
    if fresh:
        session.execute(sa.insert(ServiceSearch.__table__), fresh)  # type: ignore[arg-type]
    if facets:
        session.execute(sa.insert(ServiceFacet.__table__), facets)  # type: ignore[arg-type]
    if hours:
        session.execute(sa.insert(ServiceOpening.__table__), hours)  # type: ignore[arg-type]


def _next_doc() -> int:
    return (session.scalar(sa.select(sa.func.max(ServiceSearch.doc))) or 0) + 1


def _old(part: list[uuid.UUID], before: Counter[str]) -> dict[uuid.UUID, int]:
    found = {}
    query = sa.select(
        ServiceSearch.doc, ServiceSearch.service_id, *(getattr(ServiceSearch, c) for c in COLUMNS)
    ).where(ServiceSearch.service_id.in_(part))
    for doc, service_id, *texts in session.execute(query):
        found[service_id] = doc
        before.update({token for text in texts for token in text.split()})
        before[TOTAL] += 1
    return found


def _all_tokens(row: dict[str, Any]) -> set[str]:
    return {token for column in COLUMNS for token in row[column].split()}


def _count_terms(before: Counter[str], after: Counter[str], spelled: dict[str, str]) -> None:
    after.subtract(before)
    moved = {token: count for token, count in sorted(after.items()) if count}
    known: set[str] = set()
    names = list(moved)
    for start in range(0, len(names), CHUNK):
        part = names[start : start + CHUNK]
        query = sa.select(SearchTerm.token).where(SearchTerm.token.in_(part)).with_for_update()
        known.update(session.scalars(query))
    updates = [{"key": token, "moved": moved[token]} for token in names if token in known]
    fresh = [
        {"token": token, "df": moved[token], "word": spelled.get(token)}
        for token in names
        if token not in known
    ]
    t: Any = SearchTerm.__table__
    if updates:
        change = (
            sa.update(t).where(t.c.token == sa.bindparam("key")).values(df=t.c.df + sa.bindparam("moved"))
        )
        session.connection().execute(change, updates)
    if fresh:
        session.execute(sa.insert(t), fresh)


def _terms() -> dict[uuid.UUID, _Term]:
    term, taxonomy = details.TaxonomyTerm, details.Taxonomy
    query = sa.select(
        term.id, taxonomy.role, term.code, term.name, term.parent_id, term.description
    ).outerjoin(taxonomy, taxonomy.id == term.taxonomy_id)
    return {
        ident: _Term(
            ident, role or "other", code or name, name, parent, frozenset(words.tokens(name)),
            frozenset(words.tokens(text)),
        )
        for ident, role, code, name, parent, text in session.execute(query)
    }  # fmt: skip


def _load_stays(entries: dict[uuid.UUID, _Entry]) -> None:
    """The entry that stays offers the services of the double that was merged into it."""
    links = successions.merged()
    merged = [entry for entry in entries.values() if entry.service.organization_id in links]
    stays = {entry.service.id: successions.stays_of(entry.service.organization_id) for entry in merged}
    query = sa.select(Organization.id, Organization.name).where(Organization.id.in_(set(stays.values())))
    rows = session.execute(query).all() if stays else []
    names = {row.id: row.name for row in rows}
    for entry in merged:
        ident = stays[entry.service.id]
        entry.stays = ident, names[ident]


def _load(ids: list[uuid.UUID], terms: dict[uuid.UUID, _Term]) -> dict[uuid.UUID, _Entry]:
    org = Organization
    rows = session.execute(
        sa.select(Service, org.name.label("org_name"), org.alternate_name.label("org_alternate"),
                  org.sector.label("sector"), org.email.label("org_email"))
        .join(org, org.id == Service.organization_id)
        .where(Service.id.in_(ids))
        .order_by(Service.id)
        .with_only_columns(
            *Service.__table__.c, org.name.label("org_name"), org.alternate_name.label("org_alternate"),
            org.sector.label("sector"), org.email.label("org_email"),
        )
    )  # fmt: skip
    entries = {row.id: _Entry(row) for row in rows}
    _load_stays(entries)
    _load_terms(ids, terms, entries)
    _load_places(ids, entries)
    _load_hours(ids, entries)
    _load_phones(entries)
    language = details.ServiceLanguage
    for ident, code, name in session.execute(
        sa.select(language.service_id, language.code, language.name)
        .where(language.service_id.in_(ids))
        .order_by(language.external_id)
    ):
        entries[ident].languages[(code or words.fold(name or ""))[:10]] = name or code or ""
    cost = details.CostOption
    for ident, amount, text in session.execute(
        sa.select(cost.service_id, cost.amount, cost.option)
        .where(cost.service_id.in_(ids))
        .order_by(cost.external_id)
    ):
        entries[ident].costs.append((amount, text))
    area = ServiceAreaNis
    for ident, count, level in session.execute(
        sa.select(area.service_id, sa.func.count(), sa.func.min(area.level))
        .where(area.service_id.in_(ids))
        .group_by(area.service_id)
    ):
        entries[ident].area = (count, level)
    return entries


def _load_terms(
    ids: list[uuid.UUID], terms: dict[uuid.UUID, _Term], entries: dict[uuid.UUID, _Entry]
) -> None:
    attribute = details.Attribute
    query = (
        sa.select(attribute.link_id, attribute.taxonomy_term_id)
        .where(attribute.link_id.in_(ids), attribute.link_entity == "service")
        .order_by(attribute.external_id)
    )
    for ident, term_id in session.execute(query):
        if term_id in terms:
            entries[ident].terms.append(terms[term_id])


def _load_places(ids: list[uuid.UUID], entries: dict[uuid.UUID, _Entry]) -> None:
    at, address, access = ServiceAtLocation, details.Address, details.Accessibility
    query = (
        sa.select(
            at.id, at.service_id, Location.id, Location.name, Location.latitude, Location.longitude,
            Location.confidential, address.address_1, address.postal_code, address.city,
            sa.select(access.description).where(access.location_id == Location.id).limit(1).scalar_subquery(),
        )
        .join(Location, Location.id == at.location_id)
        .outerjoin(address, sa.and_(address.location_id == Location.id, address.address_type == "physical"))
        .where(at.service_id.in_(ids), at.not_seen_since.is_(None))
        .order_by(at.service_id, at.external_id)
    )  # fmt: skip
    owner: dict[uuid.UUID, uuid.UUID] = {}
    for at_id, ident, location_id, name, lat, lon, secret, street, postcode, city, usable in session.execute(
        query
    ):
        if at_id in owner:
            continue
        owner[at_id] = ident
        spot = {
            "location_id": location_id,
            "name": name,
            "secret": bool(secret),
            "access": None if secret else usable,
        }
        if not secret:
            spot |= {"lat": lat, "lon": lon, "street": street, "postcode": postcode, "city": city}
        entries[ident].spots.append(spot)


def _load_hours(ids: list[uuid.UUID], entries: dict[uuid.UUID, _Entry]) -> None:
    at, hours = ServiceAtLocation, details.Schedule
    key = sa.func.coalesce(hours.service_id, at.service_id)
    # When a refuge can be reached helps; what is written beside the hours may say where it is.
    note = sa.case((Location.confidential.is_(True), None), else_=hours.description)
    opening = (
        sa.select(
            key, hours.byday, hours.opens_at, hours.closes_at, note, hours.interval,
            hours.freq, hours.valid_from, hours.valid_to,
        )
        .outerjoin(at, at.id == hours.service_at_location_id)
        .outerjoin(Location, Location.id == at.location_id)
        .where(sa.or_(hours.service_id.in_(ids), at.service_id.in_(ids)))
        .order_by(hours.external_id)
    )  # fmt: skip
    for ident, days, opens, closes, said, interval, freq, first, last in session.execute(opening):
        if ident in entries:
            entries[ident].hours.append({
                "days": (days or "").split(","), "from": opens.isoformat("minutes") if opens else None,
                "to": closes.isoformat("minutes") if closes else None, "note": said, "every": interval or 1,
            })  # fmt: skip
            if (interval or 1) == 1 and (freq or "WEEKLY") == "WEEKLY":
                entries[ident].openings += openings.of_schedule(days, opens, closes, first, last)


def _load_phones(entries: dict[uuid.UUID, _Entry]) -> None:
    """A service's own number first, then that of its location, then that of the organization."""
    phone = details.Phone
    places: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    owners: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for ident, entry in entries.items():
        owners[entry.service.organization_id].append(ident)
        for spot in entry.spots:
            if not spot["secret"]:
                places[spot["location_id"]].append(ident)
    query = (
        sa.select(phone.number, phone.service_id, phone.location_id, phone.organization_id)
        .where(sa.or_(
            phone.service_id.in_(list(entries)), phone.location_id.in_(list(places)),
            phone.organization_id.in_(list(owners)),
        ))
        .order_by(phone.external_id)
    )  # fmt: skip
    for number, service_id, location_id, organization_id in session.execute(query):
        if service_id in entries:
            entries[service_id].phones.append((0, number))
        for ident in places.get(location_id, ()) if location_id else ():
            entries[ident].phones.append((1, number))
        for ident in owners.get(organization_id, ()) if organization_id else ():
            entries[ident].phones.append((2, number))


def _document(
    entry: _Entry, terms: dict[uuid.UUID, _Term], spelled: dict[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    service = entry.service
    categories = [term for term in entry.terms if term.role != "target_group"]
    targets = [term for term in entry.terms if term.role == "target_group"]
    high = _tokens(spelled, service.name, service.alternate_name)
    mid: set[str] = set()
    for term in categories:
        high |= term.tokens
        mid |= term.described
        parent = terms.get(term.parent) if term.parent else None
        if parent is not None:
            mid |= parent.tokens
        _spell(spelled, words.split(term.name))
    for term in targets:
        mid |= term.tokens
        _spell(spelled, words.split(term.name))
    org = _tokens(spelled, service.org_name, service.org_alternate, entry.stays[1] if entry.stays else None)
    places = " ".join(spot["name"] or "" for spot in entry.spots if not spot["secret"])
    low = _tokens(
        spelled, service.description, service.eligibility_description, service.accreditations, places
    )
    spot = next((s for s in entry.spots if s.get("lat") is not None), None)
    row = {
        "service_id": service.id,
        "organization_id": entry.stays[0] if entry.stays else service.organization_id,
        "status": service.status.value,
        "high": _stored(high), "org": _stored(org - high), "mid": _stored(mid - high - org),
        "low": _stored(low - high - org - mid),
        "lat": spot["lat"] if spot else None, "lon": spot["lon"] if spot else None,
        "checked_on": service.assured_date,
        "card": _card(entry, categories, targets),
    }  # fmt: skip
    return row, _facets(entry, categories, targets, terms)


def _tokens(spelled: dict[str, str], *texts: str | None) -> set[str]:
    found: set[str] = set()
    for text in texts:
        if text:
            parts = words.split(text)
            found |= words.tokens_of(parts)
            _spell(spelled, parts)
    return found


def _spell(spelled: dict[str, str], parts: Iterable[str]) -> None:
    for word in parts:
        if len(word) > 3 and not word.isdecimal():
            spelled.setdefault(words.stem(word)[:MAX_TOKEN], word[:MAX_TOKEN])


def _stored(tokens: set[str]) -> str:
    """Words between blanks, so that ` word ` finds whole tokens on any database."""
    return f" {' '.join(sorted(token[:MAX_TOKEN] for token in tokens))} "


def _facets(
    entry: _Entry, categories: list[_Term], targets: list[_Term], terms: dict[uuid.UUID, _Term]
) -> dict[str, str]:
    """Codes to filter by, with the label that the source gives them."""
    codes = {f"target:{term.code}": term.name for term in targets}
    for term in categories:
        codes[f"cat:{term.code}"] = term.name
        parent = terms.get(term.parent) if term.parent else None
        if parent is not None:
            codes[f"cat:{parent.code}"] = parent.name
    codes |= {f"lang:{code}": name for code, name in entry.languages.items()}
    codes[f"sector:{entry.service.sector.value}"] = ""
    if _is_free(entry):
        codes["free"] = ""
    if _is_accessible(entry):
        codes["access"] = ""
    return {code[:120]: label for code, label in codes.items()}


def _is_free(entry: _Entry) -> bool:
    if entry.costs:
        return all(amount == 0 for amount, _text in entry.costs)
    text = words.fold(f"{entry.service.fees_description or ''} {entry.service.fees or ''}")
    return text.strip().startswith(FREE_WORDS)


def _is_accessible(entry: _Entry) -> bool:
    return any(words.fold(spot["access"] or "").startswith(_WHEELCHAIR) for spot in entry.spots)


def _card(entry: _Entry, categories: list[_Term], targets: list[_Term]) -> dict[str, Any]:
    """What a hit shows, ready made: a page of hits reads no other table."""
    service = entry.service
    spot = next((s for s in entry.spots if not s["secret"]), None)
    place = None
    if spot and spot.get("street"):
        place = f"{spot['street']}, {spot['postcode']} {spot['city']}"
    return {
        "name": service.name, "organization": entry.stays[1] if entry.stays else service.org_name,
        "sector": service.sector.value,
        "who": service.eligibility_description, "ages": [service.minimum_age, service.maximum_age],
        "apply": service.application_process, "wait": service.wait_time, "cost": service.fees_description,
        "free": _is_free(entry), "access": _is_accessible(entry), "languages": list(entry.languages.values()),
        "phone": min(entry.phones)[1] if entry.phones else None, "email": service.email or service.org_email,
        "url": service.url, "place": place, "city": spot.get("city") if spot else None,
        "secret": any(s["secret"] for s in entry.spots),
        "spots": [[s["lat"], s["lon"]] for s in entry.spots if s.get("lat") is not None],
        "checked": service.assured_date.isoformat() if service.assured_date else None,
        "hours": entry.hours, "alert": service.alert, "local": service.source == "local",
        "categories": [[t.code, t.name] for t in categories], "targets": [[t.code, t.name] for t in targets],
        "area": list(entry.area) if entry.area else None, "missed": service.missed,
        "capacity": service.capacity, "weeks": service.capacity_weeks,
        "until": service.capacity_until.isoformat() if service.capacity_until else None,
        "referral_contact": service.referral_contact,
    }  # fmt: skip
