"""Deliveries that came by the browser: staged as they came, shown, then applied or thrown away."""

import zlib
from typing import Any

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import Conflict, DomainError, NotFound
from core.i18n import _
from socialmap import imports, packages, previews
from socialmap.models.deliveries import Delivery, DeliveryState

MAX_UPLOAD = 100 * 1024 * 1024


def get(delivery_id: int) -> Delivery:
    found = session.get(Delivery, delivery_id)
    if found is None:
        raise NotFound(delivery_id)
    return found


def recent(limit: int = 20) -> list[Delivery]:
    """The last deliveries, newest first."""
    query = sa.select(Delivery).order_by(Delivery.id.desc()).limit(limit)
    return list(session.scalars(query.options(sa.orm.defer(Delivery.content))))


def stage(name: str, content: bytes, *, source: str, full: bool | None, by: Actor) -> Delivery:
    """Read and compare an upload and keep it for a person to look at; changes no entry of the map."""
    if len(content) > MAX_UPLOAD:
        raise DomainError(_("This file is too big. Use the command line for it."), field="file")
    try:
        plan = imports.plan_upload(name, content, source=source, full=full)
    except packages.Refused as refused:
        first = refused.rejections[0]
        where = ":".join(str(part) for part in (first.file, first.line, first.column) if part is not None)
        raise DomainError(
            _("This file cannot be read. %(where)s: %(reason)s", where=where, reason=first.reason),
            field="file",
        ) from refused
    report = {**plan.report(), "preview": previews.of(plan)}
    made = Delivery(
        source=source, state=DeliveryState.STAGED, file_name=name[:200], full=plan.checked.package.full,
        content=zlib.compress(content, 6), report=report, received_at=clock.now(), made_by=by.user_id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record("delivery.staged", made, by=by, changes={"source": source})
    return made


def apply(delivery: Delivery, *, confirmed: bool, by: Actor) -> dict[str, Any]:
    """Carry out a staged delivery as it stands against the map of now; returns the report."""
    if delivery.state not in (DeliveryState.STAGED, DeliveryState.WAITING) or delivery.content is None:
        raise Conflict(_("This delivery was settled already."))
    plan = imports.plan_upload(
        delivery.file_name, zlib.decompress(delivery.content), source=delivery.source, full=delivery.full
    )
    if plan.waits and not confirmed:
        raise DomainError(_("More than a tenth would vanish. Check it and tick the box."), field="confirmed")
    preview = previews.of(plan)
    imports.apply(plan, confirmed=confirmed, by=by.name, staged=delivery)
    delivery.report, delivery.content = {**delivery.report, "preview": preview}, None
    session.flush()
    audit.record("delivery.applied", delivery, by=by, changes={"source": delivery.source})
    return delivery.report


def throw_away(delivery: Delivery, *, by: Actor) -> None:
    """Do not take a delivery in; its report stays."""
    if delivery.state == DeliveryState.APPLIED:
        raise Conflict(_("This delivery was settled already."))
    delivery.state, delivery.content = DeliveryState.REFUSED, None
    session.flush()
    audit.record("delivery.refused", delivery, by=by)
