"""Why something of a delivery was not taken: English for logs and programs, any language for readers."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.i18n import _

Kept = tuple[str, dict[str, Any]]


class Reason(str):
    """A sentence with its values filled in; `message` and `values` say it again in another language.

    The catalogues know the first argument as a message id, as they know those of `_`.
    """

    __slots__ = ("message", "values")
    message: str
    values: dict[str, Any]

    def __new__(cls, message: str, **values: Any) -> "Reason":
        made = super().__new__(cls, message % values if values else message)
        made.message, made.values = message, values
        return made

    def kept(self) -> Kept:
        """What the report of a delivery keeps of it, beside the sentence."""
        values = {name: v.kept() if isinstance(v, Reason) else v for name, v in self.values.items()}
        return self.message, values


class Unfit(ValueError):
    """A value that cannot be taken; `reason` says why."""

    def __init__(self, message: str | Reason, **values: Any) -> None:
        self.reason = message if isinstance(message, Reason) else Reason(message, **values)
        super().__init__(self.reason)


def kept(texts: Iterable[str]) -> dict[str, Kept]:
    """What to keep of the reasons among these sentences, by sentence; there are far fewer than rows."""
    return {str(text): text.kept() for text in texts if isinstance(text, Reason)}


def told(text: str, known: Mapping[str, Any], kind_of: Any) -> str:
    """The sentence in the reader's language; a report of before the reasons were kept has English alone.

    `kind_of(resource)` is what readers call a table of the standard.
    """
    return _told(known[text], kind_of) if text in known else text


def _told(found: Any, kind_of: Any) -> str:
    message, values = found
    shown = {
        name: _told(value, kind_of)
        if isinstance(value, list | tuple)
        else kind_of(value)
        if name == "target"
        else value
        for name, value in values.items()
    }
    return str(_(message, **shown)) if shown else str(_(message))
