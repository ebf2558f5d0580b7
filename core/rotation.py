"""Rotation of the root key: a new one seals from now on, also what older ones sealed (ADR 0005)."""

from typing import Any

import sqlalchemy as sa
from flask import current_app

from core import crypto, drafts, keys
from core.config import Settings
from core.db import session, transaction
from core.models.accounts import Tenant

BATCH = 500


def rotate(settings: Settings) -> dict[str, Any]:
    """Make a new root key where the key file can be written, then use the current one for everything.

    Class A values and the keys of tenants are sealed again, batch by batch; the keys of files stay as they
    are under their tenant's key. Old roots stay in the key file for backups. Safe to run again after a crash.
    """
    path = keys.file_of(settings)
    if path is not None:
        found = keys.with_new_root(keys.load(settings))
        keys.save(found, path)
        current_app.extensions["keys"] = found
    tenants = _rewrap_tenants()
    values = sum(_reseal(model, name) for model, name in crypto.Encrypted.registered)
    with transaction():
        values += drafts.reseal()
    return {"key": crypto.current_keys().current, "tenants": tenants, "values": values}


def _rewrap_tenants() -> int:
    with transaction():
        found = session.scalars(sa.select(Tenant).where(Tenant.wrapped_key.is_not(None)).with_for_update())
        number = 0
        for tenant in found:
            key = crypto.unwrap_for_tenant(tenant.id, tenant.wrapped_key or "")
            tenant.wrapped_key = crypto.wrap_for_tenant(tenant.id, key)
            number += 1
    return number


def _reseal(model: Any, name: str) -> int:
    """Seal one attribute of one table again, in batches by id, each in a transaction of its own."""
    attribute: crypto.Encrypted = getattr(model, name)
    column, after, number = getattr(model, attribute.column), None, 0
    while True:
        with transaction():
            query = (
                sa.select(model).where(column.is_not(None)).order_by(model.id).limit(BATCH).with_for_update()
            )
            batch = list(session.scalars(query if after is None else query.where(model.id > after)))
            number += sum(attribute.reseal(record) for record in batch)
            after = batch[-1].id if batch else None
        session.expunge_all()
        if len(batch) < BATCH:
            return number
