"""The API's own description as OpenAPI, made once from its routes; what it says is taken is what is taken."""

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi

from collector.api.errors import MEDIA_TYPE, ProblemDetail
from protocols.options import nearest

Schema = dict[str, Any]


def described(app: FastAPI) -> Schema:
    """The OpenAPI document of the application; its errors are problem documents."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        for _, _, operation in operations(schema):
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if int(status) >= 400 and ProblemDetail.__name__ in str(content.get("application/json")):
                    content[MEDIA_TYPE] = content.pop("application/json")
        for model in schema["components"]["schemas"].values():
            if "examples" in model:
                model["examples"] = [json.loads(text) for text in model["examples"]]
        app.openapi_schema = schema
    made: Schema = app.openapi_schema
    return made


def operations(schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Each (path, method, operation) of a document, in its order."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def shown(schema: Schema, content: Schema) -> str:
    """An example of a body or an answer as text; empty when there is none. `content`: media types to their schemas."""
    for media in content.values():
        found = media.get("example", _example(schema, media.get("schema", {})))
        return (
            found
            if isinstance(found, str)
            else ""
            if found is None
            else json.dumps(found, indent=2, ensure_ascii=False)
        )
    return ""


def _example(schema: Schema, kind: Schema) -> Any:
    if kind.get("examples"):
        return kind["examples"][0]
    options = [one for one in kind.get("anyOf", [kind]) if "$ref" in one]
    if not options:
        return None
    model = schema["components"]["schemas"][options[0]["$ref"].rpartition("/")[2]]
    if "examples" in model:
        return model["examples"][0]
    properties = model.get("properties", {})
    items = properties.get("items", {}).get("items")
    if items is None:
        return None
    lists: dict[str, Any] = {name: [] for name, each in properties.items() if each.get("type") == "array"}
    return {**lists, "items": [_example(schema, items)], "next": None}


def refuse_unknown_query(request: Request) -> None:
    """Refuse a query parameter that the route does not take: a filter misspelt must not answer with everything.

    Routes that the document does not describe take what they like. Raises `RequestValidationError`.
    """
    name = request.scope["route"].name
    operation = next((one for _, _, one in operations(described(request.app)) if one["operationId"] == name), None)
    if operation is None:
        return
    known = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        raise RequestValidationError(
            [
                {"type": "extra", "loc": ("query", name[:60]), "msg": f"is not known here{nearest(name, known)}"}
                for name in unknown
            ]
        )
