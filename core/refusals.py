"""How the application says no: a page for people, a problem document for programs (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, render_template, request

API = "/api/"
PAGES = {400, 403, 404, 405, 409, 410, 413, 429, 500, 503}
# What a program may get, by status; the word ends the `type` and is an anchor on the page of the interface.
PROBLEMS = {
    400: ("bad-request", "The request cannot be read: its JSON, a header or a parameter."),
    401: ("no-token", "There is no bearer token, or it does not hold any more."),
    403: ("not-allowed", "The account behind the token has no right to do this."),
    404: (
        "not-found",
        "There is no such record for this account. One that it may not know answers the same.",
    ),
    405: ("method", "This address does not take this method."),
    409: (
        "conflict",
        "Somebody was first, or the key was used for other content. Read again and decide again.",
    ),
    410: ("gone", "What was here has been removed."),
    413: ("too-large", "The request is too large."),
    415: ("no-json", "The content has to be application/json."),
    422: ("refused", "A value is wrong, or a rule of the trade refuses it; `field` or `errors` say which."),
    429: ("too-many", "Too many calls with one token. `Retry-After` says after how many seconds to go on."),
    500: ("failed", "Something went wrong here. It was noted, without the content of the request."),
    503: ("unavailable", "The answer cannot be given now. Nothing was changed."),
}


def for_program() -> bool:
    """Whether this request is one of a program."""
    return request.path.startswith(API)


def answer(code: int, *, field: str | None = None, **context: Any) -> Response:
    """The refusal in the form that suits who asked."""
    if for_program():
        return problem(code, context.get("message"), field=field)
    return Response(render_template(f"errors/{code}.html", **context), code)


def problem(
    code: int,
    detail: str | None = None,
    *,
    field: str | None = None,
    errors: list[dict[str, str]] | None = None,
) -> Response:
    """A problem document; `errors` names every wrong value as `{field, detail}`."""
    slug, meaning = PROBLEMS.get(code, ("", HTTPStatus(code).phrase))
    body: dict[str, Any] = {
        "type": f"/api/v1/#{slug}" if slug else "about:blank",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": detail or meaning,
    }
    if field:
        body["field"] = field
    if errors:
        body["errors"] = errors
    made: Response = jsonify(body)
    made.status_code, made.mimetype = code, "application/problem+json"
    if code == 401:
        made.headers["WWW-Authenticate"] = "Bearer"
    return made
