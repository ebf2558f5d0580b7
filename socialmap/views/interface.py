"""The read interface under /hsds/, in the form of the Open Referral API (HSDA 3.1); open to all."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from core.access import public
from core.errors import DomainError, NotFound
from socialmap import exports, hsds, interface
from socialmap.views import bp

KIND = f"any({', '.join(interface.KINDS)})"


class _Bad(Exception):
    """A parameter that cannot be understood."""


def _problem(status: int, title: str, detail: str) -> ResponseReturnValue:
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
    return Response(body, status, mimetype="application/problem+json")


def _parameter(name: str, read: Callable[[str], Any]) -> Any:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        return read(text)
    except ValueError as error:
        raise _Bad(f"{name}: {error}") from error


def _moment(text: str) -> datetime:
    value = datetime.fromisoformat(text.replace(" ", "+"))
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _natural(text: str) -> int:
    value = int(text)
    if not 0 < value < 10**7:
        raise ValueError("a whole number above zero")
    return value


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError("true or false")
    return text.lower() in ("true", "1")


def _filters() -> interface.Filters:
    return interface.Filters(
        search=_parameter("search", str),
        taxonomy_term_id=_parameter("taxonomy_term_id", uuid.UUID),
        taxonomy_id=_parameter("taxonomy_id", uuid.UUID),
        organization_id=_parameter("organization_id", uuid.UUID),
        modified_after=_parameter("modified_after", _moment),
        postcode=_parameter("postcode", str),
        proximity=_parameter("proximity", _natural),
        top_only=bool(_parameter("top_only", _flag)),
        parent_id=_parameter("parent_id", uuid.UUID),
    )


@bp.get("/hsds/")
@public
def show_interface() -> ResponseReturnValue:
    """Version and profile."""
    return {
        "version": exports.VERSION,
        "profile": hsds.PROFILE_URI,
        "openapi_url": "https://raw.githubusercontent.com/openreferral/specification/3.1/schema/openapi.json",
    }


@bp.get(f"/hsds/<{KIND}:kind>")
@public
def list_records(kind: str) -> ResponseReturnValue:
    """A page of records; filters add up."""
    try:
        full = _parameter("full", _flag)
        found = interface.page(
            kind,
            _filters(),
            number=_parameter("page", _natural) or 1,
            size=_parameter("per_page", _natural) or 50,
            minimal=bool(_parameter("minimal", _flag)),
            full=bool(full),
        )
    except _Bad as error:
        return _problem(400, "Bad parameter", str(error))
    except DomainError as error:
        return _problem(400, "Bad parameter", error.message)
    if request.args.get("format") == "ndjson":
        lines = "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in found["contents"])
        return Response(lines, mimetype="application/x-ndjson")
    return Response(json.dumps(found, ensure_ascii=False), mimetype="application/json")


@bp.get(
    "/hsds/<any(services, organizations, service_at_locations, taxonomies, taxonomy_terms):kind>/<uuid:ident>"
)
@public
def show_record(kind: str, ident: uuid.UUID) -> ResponseReturnValue:
    """One whole record."""
    try:
        found = interface.record(kind, ident)
    except NotFound:
        return _problem(404, "Not found", "There is no such record.")
    return Response(json.dumps(found, ensure_ascii=False), mimetype="application/json")
