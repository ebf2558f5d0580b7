"""Numbers that people say on the phone: year and sequence, per sort of record."""

from typing import Any

import sqlalchemy as sa

from core import clock
from core.db import session


def next_number(model: Any, prefix: str) -> str:
    """`2026-003` for a call, `A-2026-0012` for an application: the highest of this year plus one.

    The unique column catches two that ask at the same moment; the transaction of the second one is repeated.
    """
    start = f"{prefix}{clock.today().year}-"
    latest = session.scalar(sa.select(sa.func.max(model.number)).where(model.number.startswith(start)))
    following = int(latest.removeprefix(start)) + 1 if latest else 1
    return f"{start}{following:04d}"
