"""Text as people paste it, made fit for databases and pages."""

import unicodedata

_KEPT = {"\n", "\t"}
# Marks that reorder what follows: a name with one would reverse the rest of a page or a log line.
_REORDER = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def clean(text: str | None) -> str | None:
    """Text without characters that a database or a page cannot bear; accents composed, new lines alike."""
    if not isinstance(text, str):
        return text
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(ch for ch in composed if ch in _KEPT or not _is_harmful(ch))


def _is_harmful(ch: str) -> bool:
    return unicodedata.category(ch) in {"Cc", "Cs"} or ch in _REORDER
