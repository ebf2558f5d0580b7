"""Tables of the social map; importing this package registers them all."""

from socialmap.models import areas, deliveries, details, directory, searching, upkeep

__all__ = ["areas", "deliveries", "details", "directory", "searching", "upkeep"]
