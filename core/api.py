"""The HTTP interface for programs: its operations, what a request brings, how a POST counts once (ADR 0010).

An operation is a thin view with the same rule (`@requires`) as the page that does the same. What it takes and
gives is a dataclass, from which `core.openapi` tells the contract.
"""

import hashlib
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, request, url_for
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from core import commands, refusals, shapes
from core.access import Access, Actor, View
from core.config import Settings
from core.db import transaction
from core.shapes import Told

S = TypeVar("S")
PREFIX = "/api/v1"
KEY_HEADER = "Idempotency-Key"
MAX_KEY = 128
PAGE = 25
bp = Blueprint("api", __name__, url_prefix=PREFIX)


@dataclass(frozen=True)
class Operation:
    """One method on one address, as the contract tells it."""

    name: str
    method: str
    rule: str
    tag: str
    summary: str
    description: str
    answers: type | None
    takes: type | None
    asks: type | None
    paged: bool
    status: int
    access: Access


@dataclass(frozen=True)
class Receipt:
    """What a change answers: ids and codes, so that a repeat of the request can answer the same."""

    id: uuid.UUID
    number: Annotated[str, Told("The number for speech and letters.")]
    status: Annotated[str, Told("The code of its state after the change.")]
    version: Annotated[int, Told("Send it with the next change, to be told when somebody was first.")] = 1


operations: dict[str, Operation] = {}


def operation(
    method: str,
    rule: str,
    *,
    tag: str,
    summary: str,
    answers: type | None = None,
    takes: type | None = None,
    asks: type | None = None,
    paged: bool = False,
    status: int = 200,
) -> Callable[[View], View]:
    """Register a view under `/api/v1`: `takes` is the shape of its content, `asks` of its parameters."""

    def register(view: View) -> View:
        name = view.__name__
        access: Access = getattr(view, "access", Access("undeclared"))
        about = " ".join((view.__doc__ or "").split())
        bp.add_url_rule(rule, endpoint=name, view_func=view, methods=[method])
        operations[name] = Operation(
            name, method, rule, tag, summary, about, answers, takes, asks, paged, status, access
        )
        return view

    return register


# ---------------------------------------------------------------- what a request brings
def parameters(shape: type[S]) -> S:
    """The parameters of the address. A wrong one is answered with a problem."""
    try:
        return shapes.read_texts(shape, request.args.to_dict())
    except shapes.Invalid as error:
        abort(_wrong(error))


def content(shape: type[S]) -> S:
    """The JSON content of the request; an empty one counts as an object without fields."""
    if not request.get_data(cache=True):
        data: Any = {}
    else:
        try:
            data = request.get_json()
        except UnsupportedMediaType:
            abort(refusals.problem(415))
        except (BadRequest, RecursionError):
            abort(refusals.problem(400, "The content is no JSON."))
    try:
        return shapes.read(shape, data)
    except shapes.Invalid as error:
        abort(_wrong(error))


def _wrong(error: shapes.Invalid) -> Response:
    errors = [{"field": field, "detail": text} for field, text in error.errors]
    return refusals.problem(422, errors[0]["detail"], field=errors[0]["field"], errors=errors)


# ---------------------------------------------------------------- what it answers
def show(value: Any) -> Response:
    """One record."""
    made: Response = jsonify(shapes.write(value))
    return made


def show_page(items: Sequence[Any], after: str | None) -> Response:
    """A page of a list; `next` is where the following one begins, null on the last. Also as a Link header."""
    made: Response = jsonify(items=shapes.write(list(items)), next=after)
    if after is not None:
        values = {**(request.view_args or {}), **request.args.to_dict(), "after": after}
        made.headers["Link"] = f'<{url_for(request.endpoint or "", **values)}>; rel="next"'
    return made


def carry_out(do: Callable[[], Receipt], *, by: Actor, status: int = 200, at: str = "") -> Response:
    """Run an operation once for its key, in one transaction; a repeat gets the answer of the first time.

    `at` names the operation that shows what was made, for the Location header.
    """
    key = _sent_key()
    with transaction():
        earlier = commands.once(key, by, fingerprint=_fingerprint(by))
        if earlier is None:
            receipt = shapes.write(do())
            location = url_for(at, **{_key_of(at): receipt["id"]}) if at else None
            answer = {"receipt": receipt, "status": status, "location": location}
            commands.done(key, answer)
        else:
            answer = earlier
    made: Response = jsonify(answer["receipt"])
    made.status_code = answer["status"]
    if answer.get("location"):
        made.headers["Location"] = answer["location"]
    if earlier is not None:
        made.headers["Idempotency-Replayed"] = "true"
    return made


def _key_of(endpoint: str) -> str:
    return next(iter(next(current_app.url_map.iter_rules(endpoint)).arguments))


def _sent_key() -> str:
    key = request.headers.get(KEY_HEADER, "").strip()
    if not key or len(key) > MAX_KEY or not key.isascii() or not key.isprintable():
        text = f"Send a header {KEY_HEADER} of at most {MAX_KEY} characters, another one for each new act."
        abort(refusals.problem(400, text, field=KEY_HEADER))
    return f"api:{key}"


def _fingerprint(by: Actor) -> str:
    """A hash of who asks what: the same key for something else is a mistake of the program."""
    parts = (str(by.membership_id), request.method, request.path)
    return hashlib.sha256("\0".join(parts).encode() + b"\0" + request.get_data()).hexdigest()


# ---------------------------------------------------------------- not too fast
class Calls:
    """Calls of each token in this minute, in this process: against a program that runs wild."""

    def __init__(self) -> None:
        self._minute, self._counts, self._lock = 0, dict[uuid.UUID, int](), threading.Lock()

    def count(self, token_id: uuid.UUID, minute: int) -> int:
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            self._counts[token_id] = self._counts.get(token_id, 0) + 1
            return self._counts[token_id]


def _slow_down() -> Response | None:
    token_id = g.get("token_id")
    if token_id is None:
        return None
    settings: Settings = current_app.extensions["settings"]
    moment = time.time()
    calls: Calls = current_app.extensions["api_calls"]
    if calls.count(token_id, int(moment // 60)) <= settings.api_per_minute:
        return None
    made = refusals.problem(429)
    made.headers["Retry-After"] = str(60 - int(moment % 60))
    return made


def init_app(app: Flask) -> None:
    """Register the operations; called last, when all packages have added theirs."""
    app.extensions["api_calls"] = Calls()
    app.before_request(_slow_down)
    app.register_blueprint(bp)
