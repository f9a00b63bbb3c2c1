"""GET /openapi.json and /docs: the API's description, for programs and for people. Nothing comes from another server."""

from pathlib import Path

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from collector.api.auth import viewer
from collector.api.schema import described, operations, shown

router = APIRouter(include_in_schema=False)
_FOLDER = Path(__file__).parent / "pages"
_pages = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@router.get("/openapi.json", dependencies=[Depends(viewer)])
async def openapi(request: Request) -> JSONResponse:
    """The OpenAPI document."""
    return JSONResponse(described(request.app))


@router.get("/docs", dependencies=[Depends(viewer)])
async def docs(request: Request) -> HTMLResponse:
    """The same for people: every route with its parameters, one page."""
    schema = described(request.app)
    page = _pages.get_template("docs.html").render(
        schema=schema, operations=list(operations(schema)), shown=shown, base=str(request.base_url).rstrip("/")
    )
    return HTMLResponse(page)


@router.get("/docs.css")
async def style() -> PlainTextResponse:
    """The page's style."""
    return PlainTextResponse((_FOLDER / "docs.css").read_text(encoding="utf-8"), media_type="text/css")
