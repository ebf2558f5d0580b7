"""The search entries follow the code that makes them: an upgrade that changed it writes them anew."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

import sqlalchemy as sa

from core.db import session
from socialmap import indexing, words
from socialmap.models.searching import SearchIndex

_HERE = Path(__file__).parent
# What decides on the entry of a service; a change of comment costs one reindexing, a forgotten number none.
_MAKERS = (
    _HERE / "indexing.py", _HERE / "openings.py", _HERE / "words.py", _HERE / "models" / "searching.py",
    words.DATA / "compounds.txt", words.DATA / "fillers.txt",
)  # fmt: skip


@cache
def current() -> str:
    """The version of the entries that this code makes."""
    made = blake2b(digest_size=12)
    for path in _MAKERS:
        made.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return made.hexdigest()


def keep() -> None:
    """Note that the entries were made by this code."""
    held = session.get(SearchIndex, 1)
    if held is None:
        session.add(SearchIndex(id=1, version=current()))
    else:
        held.version = current()
    session.flush()


def catch_up() -> int | None:
    """Write all entries anew when other code made them; how many, or None when they are right already.
    `flask db upgrade` calls it."""
    held = session.scalar(sa.select(SearchIndex.version))
    if held == current():
        return None
    count = indexing.rebuild()
    keep()
    return count
