"""Rows by their ids: any number of them, in statements of a few lengths."""

import uuid

from core.batches import Batch
from core.models.accounts import Tenant
from tests.factories.core import make_tenant

NAMES = Batch(Tenant, "name")


def test_rows_are_found_by_id_and_gone_ones_left_out(session, statements):
    tenants = [make_tenant(f"Desk {number}") for number in range(3)]
    session.flush()
    with statements() as seen:
        found = NAMES.find(session, [*(tenant.id for tenant in tenants), uuid.uuid4()])
    assert {key: row.name for key, row in found.items()} == {tenant.id: tenant.name for tenant in tenants}
    assert len(seen) == 1
    assert NAMES.find(session, []) == {}


def test_many_ids_take_a_statement_for_each_hundred(session, statements):
    tenant = make_tenant("Last")
    session.flush()
    with statements() as seen:
        found = NAMES.find(session, [*(uuid.UUID(int=number) for number in range(230)), tenant.id])
    assert [row.name for row in found.values()] == ["Last"]
    assert len(seen) == 3
    assert seen[0] == seen[1], "lists of one length are one statement"
