"""What somebody types to find a person never stands in an address, where a log or a neighbour would read it.

A search is posted; its answer stands at an address that holds what was typed sealed, for who typed it, on
that page, for a day. So reloading, going back and the next page work as they do for any list.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from core import clock, crypto
from core.access import Actor
from core.text import clean

PARAM = "asked"
MARK = (
    "asking"  # a hidden field of the form that asks, so that a page can also take forms that change something
)
LASTS = timedelta(days=1)
LONGEST = 200

View = Callable[..., ResponseReturnValue]


def asks(*names: str) -> Callable[[View], View]:
    """Run a view with `asked`: what was typed in these fields, empty where nothing was.

    What the form sends beside them, such as a chosen tab, stays in the address in clear. An address with a
    field in clear, made by hand, leads to the sealed one.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*args: Any, by: Actor, **kwargs: Any) -> ResponseReturnValue:
            if is_asking() or (request.method == "GET" and any(name in request.args for name in names)):
                return redirect(_sealed_address(names, by), 303)
            return view(*args, by=by, asked=opened(names, by), **kwargs)

        answer.asks = names  # type: ignore[attr-defined]
        return answer

    return decorate


def is_asking() -> bool:
    """Whether the form that was sent only looks something up."""
    return request.method == "POST" and MARK in request.form


def sealed(typed: Mapping[str, str], path: str, by: Actor) -> str:
    """What was typed, for the address of a page; shorter than any server cuts off."""
    kept = {name: text[:LONGEST] for name, text in typed.items() if text.strip()}
    clear = json.dumps({"at": clock.now().isoformat(), "typed": kept}).encode()
    return base64.urlsafe_b64encode(crypto.seal(_place(path, by), clear)).decode().rstrip("=")


def _sealed_address(names: tuple[str, ...], by: Actor) -> str:
    sent = request.form if is_asking() else request.args
    typed = {name: clean(sent.get(name, "")) or "" for name in names}
    beside = {
        name: [text[:LONGEST] for text in sent.getlist(name) if text.strip()]
        for name in sent
        if name not in {*names, MARK, PARAM, "after", "csrf_token"}
    }
    if any(text.strip() for text in typed.values()):
        beside[PARAM] = [sealed(typed, _here(), by)]
    # Not by url_for, to which some names mean something: who sends the form chooses them.
    address = url_for(request.endpoint or "", **(request.view_args or {}))
    return f"{address}?{urlencode(beside, doseq=True)}" if beside else address


def _here() -> str:
    """This page, as `url_for` says it too where the product stands under a path of a site."""
    return request.script_root + request.path


def opened(names: tuple[str, ...], by: Actor) -> dict[str, str]:
    """What the address holds; nothing when it is of somebody else, of another page, or of another day."""
    empty = dict.fromkeys(names, "")
    token = request.args.get(PARAM, "")
    try:
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        held = json.loads(crypto.unseal(_place(_here(), by), data))
    except (binascii.Error, ValueError, crypto.CannotOpen):
        return empty
    if datetime.fromisoformat(held["at"]) < clock.now() - LASTS:
        return empty
    return empty | {name: text for name, text in held["typed"].items() if name in empty}


def _place(path: str, by: Actor) -> str:
    return f"{PARAM}.{path}.{by.user_id}"
