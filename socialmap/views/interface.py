"""The read interface under /hsds/, in the form of the Open Referral API (HSDA 3.1); open to all."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from core.access import public
from core.db import reading
from core.errors import DomainError, NotFound
from socialmap import exports, hsds, interface, profile
from socialmap.views import bp

PAGING = ("page", "per_page", "format", "minimal", "search")
TERMS = ("taxonomy_term_id", "taxonomy_id")
# What each list understands. Anything else is refused: a filter that is passed over would give too much.
PARAMETERS: dict[str, frozenset[str]] = {
    "services": frozenset({*PAGING, *TERMS, "organization_id", "modified_after", "full"}),
    "organizations": frozenset({*PAGING, *TERMS, "modified_after", "full", "full_service"}),
    "service_at_locations": frozenset(
        {*PAGING, *TERMS, "organization_id", "modified_after", "full", "postcode", "proximity"}
    ),
    "taxonomies": frozenset({*PAGING, "modified_after", "full"}),
    "taxonomy_terms": frozenset({*PAGING, "taxonomy_id", "top_only", "parent_id", "modified_after", "full"}),
}
FORMATS = ("json", "ndjson")
PER_PAGE = 50


OPEN = {"Access-Control-Allow-Origin": "*"}  # public data: pages elsewhere may read it too


class _Bad(Exception):
    """A parameter that cannot be understood."""


def _problem(status: int, title: str, detail: str) -> ResponseReturnValue:
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
    return Response(body, status, mimetype="application/problem+json", headers=OPEN)


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
    if not text.isdecimal() or not 0 < int(text) < 10**7:
        raise ValueError("give a whole number above zero")
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError("give true or false")
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
    return _json({
        "version": exports.VERSION,
        "profile": url_for("socialmap.show_profile", _external=True),
        "openapi_url": "https://raw.githubusercontent.com/openreferral/specification/3.1/schema/openapi.json",
    })  # fmt: skip


@bp.get("/hsds/profile")
@public
def show_profile() -> ResponseReturnValue:
    """What our profile adds to the standard, and where its files are."""
    names = [resource.name for resource in hsds.RESOURCES]
    return _json({
        "name": "hsds-vlaanderen", "version": profile.VERSION, "hsds": exports.VERSION,
        "uri": url_for("socialmap.show_profile", _external=True),
        "files": [url_for("socialmap.show_profile_file", name=name, _external=True) for name in names],
    })  # fmt: skip


@bp.get("/hsds/profile/<string:name>.json")
@public
def show_profile_file(name: str) -> ResponseReturnValue:
    """One file of the profile: a merge patch (RFC 7386) on the file of that name in the standard."""
    if name not in hsds.BY_NAME:
        return _problem(404, "Not found", "The profile changes no such file.")
    return _json(profile.patch(hsds.BY_NAME[name]))


@bp.get("/hsds/<string:kind>")
@public
def list_records(kind: str) -> ResponseReturnValue:
    """A page of records; filters add up. As `ndjson` all of them, a record a line."""
    if kind not in interface.KINDS:
        return _problem(
            404, "Not found", f"There is no such list; choose one of {', '.join(interface.KINDS)}."
        )
    try:
        _refuse_unknown(PARAMETERS[kind])
        filters, shape = _filters(), _shape()
        if _parameter("format", _format) == "ndjson":
            return _stream(kind, filters, shape)
        size = _parameter("per_page", _page_size)
        number = _parameter("page", _natural) or 1
        if shape.minimal and size is None:
            found = interface.page(kind, filters, size=None, shape=shape)
        else:
            found = interface.page(kind, filters, number=number, size=size or PER_PAGE, shape=shape)
    except _Bad as error:
        return _problem(400, "Bad parameter", str(error))
    except DomainError as error:
        return _problem(400, "Bad parameter", error.message)
    return _json(found)


@bp.get("/hsds/<string:kind>/<string:ident>")
@public
def show_record(kind: str, ident: str) -> ResponseReturnValue:
    """One whole record."""
    try:
        _refuse_unknown(frozenset({"full_service"}) if kind == "organizations" else frozenset())
        services = bool(_parameter("full_service", _flag))
        if kind not in interface.KINDS:
            raise NotFound(kind)
        return _json(interface.record(kind, uuid.UUID(ident), services=services))
    except _Bad as error:
        return _problem(400, "Bad parameter", str(error))
    except (NotFound, ValueError):
        return _problem(404, "Not found", "There is no such record.")


def _json(document: dict[str, Any]) -> Response:
    body = json.dumps(document, ensure_ascii=False)
    return Response(body, mimetype="application/json", headers=OPEN)


def _stream(kind: str, filters: interface.Filters, shape: interface.Shape) -> Response:
    """All records, a part at a time, each in a short read of its own; a refusal comes before the first."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    first = interface.part(kind, filters, shape)

    def lines() -> Iterator[str]:
        records, mark = first
        while True:
            yield "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records)
            if mark is None:
                return
            with app.app_context(), reading():
                records, mark = interface.part(kind, filters, shape, after=mark)

    return Response(lines(), mimetype="application/x-ndjson", headers=OPEN)


def _refuse_unknown(known: frozenset[str]) -> None:
    unknown = sorted(set(request.args) - known)
    if unknown:
        said = ", ".join(sorted(known)) or "none"
        raise _Bad(f"{', '.join(unknown)}: not understood here; parameters are: {said}")


def _shape() -> interface.Shape:
    return interface.Shape(
        minimal=bool(_parameter("minimal", _flag)), full=bool(_parameter("full", _flag)),
        services=bool(_parameter("full_service", _flag)),
    )  # fmt: skip


def _format(text: str) -> str:
    if text not in FORMATS:
        raise ValueError(f"choose one of {', '.join(FORMATS)}")
    return text


def _page_size(text: str) -> int:
    value = _natural(text)
    if value > interface.MAX_PAGE:
        raise ValueError(f"at most {interface.MAX_PAGE}; page on, or use format=ndjson for everything")
    return value
