"""Signs as a printer sets them: curly apostrophes and quotes, and in French a space that never breaks.

Whoever writes a text types what the keyboard has; `catalogues update` sets it. Placeholders have none of
these signs, so they stay as they are.
"""

import re

QUOTES = {"nl": ("“", "”"), "en": ("“", "”"), "de": ("„", "“"), "fr": ("«", "»")}
AS_TYPED = re.compile(r"<[/a-zA-Z][^<>]*>|`[^`]*`")  # markup and code
HOLE = "\ue000"  # of the private use area, so in no text
SPACE = "\N{NO-BREAK SPACE}"


def typeset(text: str, locale: str) -> str:
    """The text with the signs of its language."""
    kept = iter(AS_TYPED.findall(text))
    return re.sub(HOLE, lambda _: next(kept), _typeset(AS_TYPED.sub(HOLE, text), locale))


def _typeset(text: str, locale: str) -> str:
    first, last = QUOTES[locale]
    text = re.sub(r'"([^"]*)"', rf"{first}\1{last}", text)
    text = text.replace("'", "’").replace("...", "…")
    if locale == "fr":
        text = re.sub(r"«\s*", f"«{SPACE}", text)
        text = re.sub(r"\s*»", f"{SPACE}»", text)
        text = re.sub(r"(?<=\S) (?=[;:!?](?:\s|$|%))", SPACE, text)
    return text
