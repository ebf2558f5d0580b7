"""The filter of a list is kept while somebody is signed in: by the menu or after an act it is there again.

Only codes of a fixed set and days are kept, in the signed cookie of the session. What somebody typed to find
a person, such as a name or a number, never is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import request, url_for
from flask import session as cookie

from core.fields import parse_day

KEY = "filters"
DAY: Collection[str] = frozenset()  # instead of codes: a day, as typed; kept as 2026-11-27


@dataclass(frozen=True)
class Filter:
    """What a list shows. `first`: what it shows by itself. `wrong`: days that cannot be read, with why.

    `within`: what the address of the list itself names, such as the call whose applications it holds."""

    endpoint: str
    values: Mapping[str, Any]
    first: Mapping[str, Any]
    wrong: Mapping[str, str] = field(default_factory=dict)
    within: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return str(self.values[name])

    @property
    def is_set(self) -> bool:
        return self.values != self.first

    def day(self, name: str) -> date | None:
        return date.fromisoformat(self.values[name]) if self.values[name] else None

    def typed(self, name: str) -> str:
        """A day as people write it, also one that cannot be read."""
        day = self.day(name)
        return f"{day:%d/%m/%Y}" if day else request.args.get(name, "")[:10]

    def url(self, **other: Any) -> str:
        """The address of the list with this filter, some of it changed, or the next page of it.

        It names at least the first part: an address that names none means the kept filter.
        """
        wanted = {**self.values, **other}
        told = {name: value for name, value in wanted.items() if value != self.first.get(name)}
        name = next(iter(self.first))
        return url_for(self.endpoint, **self.within, **{name: wanted[name], **told})

    @property
    def clear_url(self) -> str:
        return self.url(**self.first)


def of_list(endpoint: str, within: Mapping[str, Any] | None = None, /, **allowed: Collection[str]) -> Filter:
    """The filter that the address names, else the kept one.

    `allowed`: each name with its codes, the usual one first, or DAY.
    """
    first = {name: next(iter(codes), "") for name, codes in allowed.items()}
    kept: dict[str, dict[str, str]] = cookie.get(KEY, {})
    is_asked = any(name in request.args for name in allowed)
    asked: Mapping[str, str] = request.args if is_asked else kept.get(endpoint, {})
    values, wrong = dict(first), {}
    for name, codes in allowed.items():
        text = asked.get(name, "").strip()
        if codes and text in codes:
            values[name] = text
        elif text and not codes:
            try:
                values[name] = parse_day(text).isoformat()
            except ValueError as error:
                wrong[name] = str(error)
    _keep(endpoint, {name: value for name, value in values.items() if value != first[name]}, kept)
    return Filter(endpoint, values, first, wrong, within or {})


def _keep(endpoint: str, changed: dict[str, str], kept: dict[str, dict[str, str]]) -> None:
    """Remember what differs from the usual; the cookie travels only when that is new."""
    if changed == kept.get(endpoint, {}):
        return
    others = {other: found for other, found in kept.items() if other != endpoint}
    cookie[KEY] = {**others, endpoint: changed} if changed else others
