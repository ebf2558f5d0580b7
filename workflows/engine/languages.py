"""The languages in which the engine says what it has to say, in the order of its tables of texts."""

LANGUAGES = ("nl", "fr", "en", "de")


def column(locale: str) -> int:
    """Return the place of a language in a row of texts; that of English for any other language."""
    language = locale[:2]
    return LANGUAGES.index(language if language in LANGUAGES else "en")
