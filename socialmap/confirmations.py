"""The yearly request to confirm: who keeps an entry says that it is right, or what is wrong with it.

The desk of an organization that takes part is asked here; others get a mail with a link, no account needed.
"""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadData
from sqlalchemy import orm

from core import accounts, audit, clock, crypto, mail, outbox, parameters
from core.access import Actor, Role, system_actor
from core.db import session, transaction
from core.errors import DomainError, NotFound
from core.i18n import _
from core.models.accounts import User
from socialmap import corrections, services
from socialmap.models.directory import Organization, Service, ServiceStatus
from socialmap.models.searching import ServiceSearch
from socialmap.models.upkeep import ConfirmationRequest

KIND = "mail.map_confirmation"
PURPOSE = "confirm-entries"
MONTHS_KEY = "socialmap.confirm_months"
MONTHS = 12
LINK_DAYS = 90
SWEEP_SECONDS = 3600
# A sweep asks about so many services; a large old map is spread over days instead of flooding mailboxes.
BATCH = 300
MOST_PER_REQUEST = 50
DESK = (Role.PARTNER_DESK, Role.TEAM_LEAD, Role.INTAKE_WORKER)
MOST_AT_DESK = 5


def sweep() -> None:
    """What the worker calls: ask about services that nobody checked for a year, each once a year."""
    with transaction():
        ask_due()


def ask_due(limit: int = BATCH) -> int:
    """Ask about the services that are due, together per organization; returns how many services."""
    held = parameters.entry(MONTHS_KEY)
    months = int(held.value) if held else MONTHS
    if months <= 0:
        return 0
    edge = clock.add_months(clock.today(), -months)
    s = Service
    due = (
        sa.select(s)
        .join(s.organization)
        .where(
            s.status == ServiceStatus.ACTIVE,
            s.not_seen_since.is_(None),
            sa.or_(s.assured_date.is_(None), s.assured_date <= edge),
            sa.or_(s.asked_on.is_(None), s.asked_on <= edge),
            sa.or_(Organization.tenant_id.is_not(None), _email() != ""),
        )
        .order_by(s.organization_id, s.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=s)
        .options(orm.contains_eager(s.organization))
    )
    return _ask(session.scalars(due), by=system_actor())


def ask(service: Service, *, by: Actor) -> None:
    """Ask about one service now, whatever was asked before. Raises DomainError when nobody can be asked."""
    if not _ask([service], by=by):
        raise DomainError(_("Nobody can be asked: there is no e-mail address. Call instead."))


def _email() -> sa.ColumnElement[str]:
    s, o = Service, Organization
    return sa.func.coalesce(s.assurer_email, s.referral_email, s.email, o.email, "")


def _ask(found: Iterable[Service], *, by: Actor) -> int:
    groups: dict[tuple[uuid.UUID, str | None], list[Service]] = {}
    desks: dict[uuid.UUID, bool] = {}
    for service in found:
        here = service.organization
        if here.tenant_id is not None and here.tenant_id not in desks:
            desks[here.tenant_id] = bool(accounts.members(here.tenant_id, *DESK))
        address = service.assurer_email or service.referral_email or service.email or here.email
        if here.tenant_id is not None and desks[here.tenant_id]:
            groups.setdefault((here.id, None), []).append(service)
        elif address and "@" in address:
            groups.setdefault((here.id, address), []).append(service)
        else:
            service.asked_on = clock.today()  # nobody answers: an editor sees it and calls
    for (organization_id, email), asked in groups.items():
        for start in range(0, len(asked), MOST_PER_REQUEST):
            _put(organization_id, email, asked[start : start + MOST_PER_REQUEST], by)
    session.flush()
    return sum(len(asked) for asked in groups.values())


def _put(organization_id: uuid.UUID, email: str | None, asked: list[Service], by: Actor) -> None:
    made = ConfirmationRequest(
        organization_id=organization_id, email=email, made_at=clock.now(),
        service_ids=[str(service.id) for service in asked],
    )  # fmt: skip
    session.add(made)
    for service in asked:
        service.asked_on = clock.today()
    session.flush()
    outbox.put(KIND, {"request_id": str(made.id)})
    audit.record("confirmation.asked", made, by=by, changes={"services": len(asked)})


def get(request_id: uuid.UUID) -> ConfirmationRequest:
    with_organization = orm.joinedload(ConfirmationRequest.organization)
    found = session.get(ConfirmationRequest, request_id, options=[with_organization])
    if found is None:
        raise NotFound(request_id)
    return found


def make_token(request: ConfirmationRequest) -> str:
    return str(crypto.signer(PURPOSE).dumps(str(request.id)))


def find(token: str) -> ConfirmationRequest | None:
    """The request of a link; None when the link is not ours or too old."""
    try:
        return get(uuid.UUID(crypto.signer(PURPOSE).loads(token, max_age=LINK_DAYS * 86_400)))
    except (BadData, NotFound, ValueError, TypeError):
        return None


def by_link(request: ConfirmationRequest) -> Actor:
    """Who answers by the link: nobody signed in, so the trail names the organization that was asked."""
    return replace(system_actor(), name=request.organization.name)


def asked(request: ConfirmationRequest) -> list[tuple[Service, dict[str, Any]]]:
    """The services of a request with the facts of their cards, by name."""
    ids = [uuid.UUID(text) for text in request.service_ids]
    query = (
        sa.select(Service, ServiceSearch.card)
        .outerjoin(ServiceSearch, ServiceSearch.service_id == Service.id)
        .where(Service.id.in_(ids))
        .order_by(Service.name, Service.id)
    )
    return [(service, card or {}) for service, card in session.execute(query)]


def waits(request: ConfirmationRequest, service: Service) -> bool:
    """Whether this request still wants an answer about a service."""
    made_on = clock.brussels(request.made_at).date()
    return all(on is None or on < made_on for on in (service.answered_on, service.assured_date))


def confirm(request: ConfirmationRequest, service_id: uuid.UUID, *, by: Actor) -> None:
    """The entry is right as it stands."""
    services.confirm(_asked_one(request, service_id), by=by)


def confirm_all(request: ConfirmationRequest, *, by: Actor) -> int:
    """Everything that still waits is right; returns how many that were."""
    waiting = [service for service, _card in asked(request) if waits(request, service)]
    for service in waiting:
        services.confirm(service, by=by)
    return len(waiting)


def correct(
    request: ConfirmationRequest, service_id: uuid.UUID, text: str, *, field: str = "", by: Actor
) -> None:
    """Something is wrong: a notice to the source, and an answer to the request."""
    service = _asked_one(request, service_id)
    corrections.report(service, text, field=field, by=by)
    service.answered_on = clock.today()
    session.flush()


def _asked_one(request: ConfirmationRequest, service_id: uuid.UUID) -> Service:
    if str(service_id) not in request.service_ids:
        raise NotFound(service_id)
    return services.get(service_id)


def send(payload: dict[str, Any]) -> None:
    """The outbox's handler: mail the link to the address, or the page to one person of the desk. The message
    of a desk becomes one for each person, so that a dead mailbox stops nobody else's. May be done twice."""
    request = get(uuid.UUID(payload["request_id"]))
    if request.email is not None:
        path = mail.path_to("socialmap.answer_by_link", token=make_token(request))
        address, locale = request.email, "nl"
    elif "user_id" not in payload:
        _split(request)
        return
    else:
        path = mail.path_to("socialmap.answer_request", request_id=request.id)
        person = next((user for user in _desk(request) if str(user.id) == payload["user_id"]), None)
        if person is None:
            return  # no longer at this desk
        address, locale = person.email, person.locale
    values = {
        "count": len(request.service_ids), "organization": request.organization.name,
        "days": LINK_DAYS if request.email else 0,
    }  # fmt: skip
    session.rollback()  # the mail server may be slow: hold no connection meanwhile
    message = mail.compose("map_confirmation", locale, path=path, values=values)
    message["To"] = address
    mail.deliver(message)


def _split(request: ConfirmationRequest) -> None:
    messages = [{"request_id": str(request.id), "user_id": str(user.id)} for user in _desk(request)]
    session.rollback()
    with transaction():
        for payload in messages:
            outbox.put(KIND, payload, dedup="{request_id}:{user_id}".format(**payload))


def _desk(request: ConfirmationRequest) -> list[User]:
    tenant_id = request.organization.tenant_id
    if tenant_id is None:
        return []
    found = (accounts.members(tenant_id, role) for role in DESK)
    return next(filter(None, found), [])[:MOST_AT_DESK]
