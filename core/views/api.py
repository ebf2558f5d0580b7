"""The interface for programs tells of itself: an index, the contract, and the contract as a page."""

from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from typing import Any

from flask import jsonify, render_template
from flask.typing import ResponseReturnValue

from core import api, openapi, refusals
from core.access import public
from core.views import bp


@dataclass(frozen=True)
class Index:
    """Where to find what."""

    contract: str
    page: str
    services: str


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    try:
        version = metadata.version("draaischijf")
    except metadata.PackageNotFoundError:
        version = "0.1.0"
    return openapi.document(version)


@api.operation("GET", "/openapi.json", tag="contract", summary="This contract")
@public
def show_openapi() -> ResponseReturnValue:
    """The contract as an OpenAPI 3.1 document."""
    return jsonify(_document())


@api.operation("GET", "/services", tag="services", summary="Where the social map is", answers=Index)
@public
def show_services() -> ResponseReturnValue:
    """Organizations, services and places follow HSDS 3.1 under /hsds/, without a token."""
    return api.show(Index(f"{api.PREFIX}/openapi.json", f"{api.PREFIX}/", "/hsds/services"))


@bp.get(f"{api.PREFIX}/")
@public
def show_api() -> ResponseReturnValue:
    """The contract as a page."""
    document = _document()
    groups: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]].append({"path": path, "method": method.upper(), **operation})
    return render_template(
        "core/show_api.html", document=document, groups=groups, problems=refusals.PROBLEMS, prefix=api.PREFIX
    )
