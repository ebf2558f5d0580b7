"""The contract of the interface for programs as an OpenAPI 3.1 document, made from its operations."""

import dataclasses
import re
from typing import Any

from core import api, refusals, shapes
from core.api import Operation

ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
OF_ARGUMENT = {
    "uuid": {"type": "string", "format": "uuid"},
    "subject": {"type": "string", "pattern": "^[a-z_]+-[0-9a-f-]{36}$"},
}
TAGS = {
    "signals": "Notices (meldingen) of under-protection.",
    "cases": "Files of the own organization.",
    "referrals": "Questions from one organization to a service of another one.",
    "tasks": "The worklist, and whose turn it is.",
    "services": "The social map has an interface of its own, open to all.",
    "contract": "The interface itself.",
}
ABOUT = (
    "What the pages do, for programs: the same rules, the same trail of who looked. A bearer token stands "
    "for one membership of one person; `flask --app wsgi token create EMAIL` makes it. Every POST carries an "
    "Idempotency-Key; sending it again gives the same answer and changes nothing. Lists are pages in a fixed "
    "order: send `next` of one page as `after` for the following one. Codes are stable, labels are not."
)


def document(version: str) -> dict[str, Any]:
    """The whole contract."""
    known: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for operation in sorted(api.operations.values(), key=lambda each: (each.rule, each.method)):
        path = ARGUMENT.sub(r"{\2}", operation.rule)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Draaischijf",
            "version": version,
            "description": ABOUT,
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": api.PREFIX}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {**dict(sorted(known.items())), "Problem": _problem_schema()},
            "responses": {
                slug: {"description": meaning, "content": {"application/problem+json": {"schema": _PROBLEM}}}
                for slug, meaning in refusals.PROBLEMS.values()
            },
        },
    }


_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    wrong = {"type": "object", "properties": {"field": text, "detail": text}, "required": ["field", "detail"]}
    return {
        "type": "object",
        "description": "Why a request was refused (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": text,
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "For people, in the language of the account."},
            "field": {"type": "string", "description": "The field, parameter or header that it is about."},
            "errors": {"type": "array", "items": wrong, "description": "Every wrong value."},
        },
        "required": ["type", "title", "status", "detail"],
    }


def _operation(operation: Operation, known: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": _parameters(operation, known),
        "responses": _responses(operation, known),
    }
    if operation.access.kind == "public":
        made["security"] = []
    if operation.takes is not None:
        needed = any(field.default is dataclasses.MISSING for field in dataclasses.fields(operation.takes))
        shape = shapes.schema(operation.takes, known)
        made["requestBody"] = {"required": needed, "content": {"application/json": {"schema": shape}}}
    return made


def _parameters(operation: Operation, known: dict[str, Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": OF_ARGUMENT.get(kind, {"type": "string"})}
        for kind, name in ARGUMENT.findall(operation.rule)
    ]
    if operation.asks is not None:
        hints = shapes.hints_of(operation.asks)
        for field in dataclasses.fields(operation.asks):
            kind, words = shapes.plain_schema(hints[field.name], known)
            about = {"description": words} if words else {}
            if field.default is not None:
                kind["default"] = shapes.write(field.default)
            made.append({"name": field.name, "in": "query", "required": False, "schema": kind, **about})
    if operation.method == "POST":
        key = {"type": "string", "minLength": 1, "maxLength": api.MAX_KEY}
        about = {"description": "A new one for each act, the same one when it is sent again."}
        made.append({"name": api.KEY_HEADER, "in": "header", "required": True, "schema": key, **about})
    return made


def _responses(operation: Operation, known: dict[str, Any]) -> dict[str, Any]:
    well: dict[str, Any] = {"description": "Done." if operation.method == "POST" else "What was asked."}
    if operation.answers is not None:
        shape = shapes.schema(operation.answers, known)
        if operation.paged:
            shape = _page_of(shape)
        well["content"] = {"application/json": {"schema": shape}}
    refused = [500] if operation.access.kind == "public" else [401, 403, 404, 422, 429, 503]
    if operation.method == "POST":
        refused = sorted({*refused, 400, 409, 413, 415})
    made = {str(operation.status): well}
    for code in refused:
        made[str(code)] = {"$ref": f"#/components/responses/{refusals.PROBLEMS[code][0]}"}
    return made


def _page_of(shape: dict[str, Any]) -> dict[str, Any]:
    cursor = {"type": ["string", "null"], "description": "Send it as `after` for the following page."}
    return {
        "type": "object",
        "properties": {"items": {"type": "array", "items": shape}, "next": cursor},
        "required": ["items", "next"],
    }
