"""Text as people paste it, made fit for databases and pages."""

import re
import unicodedata
import uuid

# Control characters but tab and new line, halves of a pair, and marks that reorder what follows: a name
# with one of those would reverse the rest of a page or a log line.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean(text: str | None) -> str | None:
    """Text without characters that a database or a page cannot bear; accents composed, new lines alike."""
    if not isinstance(text, str):
        return text
    if text.replace("\n", " ").isprintable() and unicodedata.is_normalized("NFC", text):
        return text  # as most text is; what is harmful cannot be printed either
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _HARMFUL.sub("", composed)


def safe_cell(text: str) -> str:
    """A cell of a table that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def uuid_or_none(text: str | None) -> uuid.UUID | None:
    """An id from an address or a form; None for anything else."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
