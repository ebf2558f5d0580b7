"""Tables of the shared ground; importing this package registers them all."""

from core.models import accounts, outbox, records, trail

__all__ = ["accounts", "outbox", "records", "trail"]
