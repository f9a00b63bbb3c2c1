"""GET /openapi.json and /docs: the API's description, for programs and for people. Nothing comes from another server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from collector.api.auth import viewer
from collector.api.errors import MEDIA_TYPE, ProblemDetail

router = APIRouter(include_in_schema=False)
_FOLDER = Path(__file__).parent / "pages"
_pages = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
Schema = dict[str, Any]


async def describe(request: Request) -> Schema:
    """The OpenAPI document of the running application, made once."""
    app = request.app
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        for _, _, operation in operations(schema):
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if int(status) >= 400 and ProblemDetail.__name__ in str(content.get("application/json")):
                    content[MEDIA_TYPE] = content.pop("application/json")
        app.openapi_schema = schema
    described: Schema = app.openapi_schema
    return described


def operations(schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Each (path, method, operation) of a document, in its order."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


@router.get("/openapi.json", dependencies=[Depends(viewer)])
async def openapi(schema: Annotated[Schema, Depends(describe)]) -> JSONResponse:
    """The OpenAPI document."""
    return JSONResponse(schema)


@router.get("/docs", dependencies=[Depends(viewer)])
async def docs(schema: Annotated[Schema, Depends(describe)]) -> HTMLResponse:
    """The same for people: every route with its parameters, one page."""
    page = _pages.get_template("docs.html").render(schema=schema, operations=list(operations(schema)))
    return HTMLResponse(page)


@router.get("/docs.css")
async def style() -> PlainTextResponse:
    """The page's style."""
    return PlainTextResponse((_FOLDER / "docs.css").read_text(encoding="utf-8"), media_type="text/css")
