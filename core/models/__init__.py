"""Tables of the shared ground; importing this package registers them all."""

from core.models import accounts, files, outbox, records, trail

__all__ = ["accounts", "files", "outbox", "records", "trail"]
