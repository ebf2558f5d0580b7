"""Sources of the map, and what is kept with each of them."""

from typing import Any

from core import audit
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from socialmap import imports, mappings
from socialmap.models.deliveries import Source


def set_mapping(key: str, mapping: dict[str, Any], *, by: Actor) -> Source:
    """Keep what the columns of a source are. Raises DomainError with all that is wrong with it."""
    imports.refuse_local(key)
    if problems := mappings.check(mapping):
        raise DomainError(_("The mapping cannot be used yet: %(problems)s.", problems="; ".join(problems)))
    found = session.get(Source, key)
    if found is None:
        found = Source(key=key, name=key)
        session.add(found)
    found.mapping = mapping
    session.flush()
    tables = [entry["resource"] for entry in mapping["tables"]]
    audit.record("source.mapping_changed", found, by=by, changes={"source": key, "tables": tables})
    return found
