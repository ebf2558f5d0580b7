"""What an OpenAPI 3.1 document may hold, as a JSON Schema: the part of the specification that ours can use.

Written from the specification (OAS 3.1.0, section 4.8). Objects are closed, so that a misspelt or misplaced
member is found.
"""

from typing import Any

TEXT = {"type": "string"}
SCHEMA = {"type": ["object", "boolean"]}  # JSON Schema 2020-12: judged by its own meta-schema


def closed(needed: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def table_of(value: dict[str, Any], names: str = "") -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": value,
        **({"propertyNames": {"pattern": names}} if names else {}),
    }


REFERENCE = closed(["$ref"], **{"$ref": {"type": "string", "pattern": "^#/components/"}})
CONTENT = table_of(closed(["schema"], schema=SCHEMA), "^[a-z]+/[a-z+.]+$")
PARAMETER = closed(
    ["name", "in", "schema"],
    **{"name": TEXT, "in": {"enum": ["path", "query", "header"]}, "required": {"type": "boolean"}},
    description=TEXT,
    schema=SCHEMA,
)
PARAMETER["if"] = {"properties": {"in": {"const": "path"}}}
PARAMETER["then"] = {"properties": {"required": {"const": True}}, "required": ["required"]}
RESPONSE = {"anyOf": [REFERENCE, closed(["description"], description=TEXT, content=CONTENT)]}
SECURITY = {"type": "array", "items": table_of({"type": "array", "items": TEXT})}
OPERATION = closed(
    ["operationId", "responses"],
    operationId={"type": "string", "pattern": "^[a-z_]+$"},
    tags={"type": "array", "items": TEXT},
    summary=TEXT,
    description=TEXT,
    parameters={"type": "array", "items": PARAMETER, "uniqueItems": True},
    requestBody=closed(["content"], required={"type": "boolean"}, content=CONTENT),
    responses={**table_of(RESPONSE, "^[1-5][0-9][0-9]$"), "minProperties": 2},
    security=SECURITY,
)
META = closed(
    ["openapi", "info", "paths", "components"],
    openapi={"const": "3.1.0"},
    info=closed(
        ["title", "version"],
        title=TEXT,
        version=TEXT,
        description=TEXT,
        license=closed(["name"], name=TEXT, identifier=TEXT),
    ),
    servers={"type": "array", "items": closed(["url"], url=TEXT)},
    tags={"type": "array", "items": closed(["name"], name=TEXT, description=TEXT)},
    security=SECURITY,
    paths=table_of(table_of(OPERATION, "^(get|post|put|patch|delete)$"), "^/"),
    components=closed(
        [],
        schemas=table_of(SCHEMA, "^[A-Za-z0-9._-]+$"),
        responses=table_of(RESPONSE, "^[A-Za-z0-9._-]+$"),
        securitySchemes=table_of(closed(["type", "scheme"], type={"const": "http"}, scheme=TEXT)),
    ),
)
