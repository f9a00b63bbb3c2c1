"""Errors as RFC 9457 `application/problem+json`: each says what to do; a 422 names every bad field."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.api.fields import example
from collector.store.paging import CursorError
from protocols.errors import StoreError

log = logging.getLogger(__name__)
_NAMED = 5
_SAID = {"missing": "is missing", "extra_forbidden": "is not known here"}
_NO_OBJECT = frozenset({"missing", "model_attributes_type", "model_type", "dict_type"})
MEDIA_TYPE = "application/problem+json"


class BadField(BaseModel):
    """One field of a request that cannot be used."""

    field: str = Field(description="Where it is: `query.limit`, `path.id`, `body.note`.")
    detail: str


class ProblemDetail(BaseModel):
    """What went wrong and what to do (RFC 9457)."""

    model_config = example(
        type="about:blank",
        title="Unprocessable Entity",
        status=422,
        detail="Correct and send again: query.limit should be less than or equal to 1000.",
        errors=[{"field": "query.limit", "detail": "should be less than or equal to 1000"}],
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[BadField] | None = None


class Refused(HTTPException):
    """A request that is refused: the status and one sentence that says what to do; `field` is the one to correct."""

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None, field: str | None = None
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.field = field


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": f"{HTTPStatus(status).phrase}: {why}", "model": ProblemDetail}
    for status, why in (
        (401, "no valid credential."),
        (403, "the role is too small."),
        (404, "not there, or outside the caller's buildings."),
        (422, "a field cannot be used; `errors` names each."),
        (429, "too many requests; `Retry-After` says when."),
        (503, "the database is out of reach."),
    )
}
"""The errors any route may answer, for `responses=`."""


def not_found(what: str, which: object) -> Refused:
    """The 404 for a thing that is not there or not the caller's to see."""
    return Refused(404, f"There is no {what} {which}, or it is outside the buildings of this credential.")


def problem(status: int, detail: str, **more: Any) -> JSONResponse:
    """The response for an error."""
    headers = more.pop("headers", None)
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def include(app: FastAPI) -> None:
    """Answer every error of `app` in this form."""
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(CursorError, _bad_cursor)
    app.add_exception_handler(StoreError, _store_failed)
    app.add_exception_handler(Exception, failed)


async def refused(request: Request, error: Exception) -> Response:
    """The answer to a refusal."""
    assert isinstance(error, HTTPException)
    if error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    detail = str(error.detail)
    if error.status_code == 404 and detail == HTTPStatus(404).phrase:
        detail = f"There is nothing at {request.url.path}; /api/v1/docs lists every route."
    elif error.status_code == 400 and "parsing the body" in detail:
        detail = "The body cannot be read: send JSON in UTF-8."
    elif error.status_code == 405 and detail == HTTPStatus(405).phrase:
        detail = f"{request.method} is not possible here; /api/v1/docs lists what is."
    field = error.field if isinstance(error, Refused) else None
    more = {"errors": [{"field": field, "detail": detail}]} if field else {}
    return problem(error.status_code, detail, headers=error.headers, **more)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [{"field": ".".join(str(part) for part in one["loc"]), "detail": rule_of(one)} for one in error.errors()]
    named = "; ".join(f"{field['field']} {field['detail']}" for field in fields[:_NAMED])
    more = f"; and {len(fields) - _NAMED} more" if len(fields) > _NAMED else ""
    end = "" if f"{named}{more}".endswith("?") else "."
    return problem(422, f"Correct and send again: {named}{more}{end}", errors=fields)


def rule_of(one: Mapping[str, Any]) -> str:
    """What a field must be, as it follows the field's name."""
    if one["type"] == "string_pattern_mismatch":
        return "must not hold a NUL character"
    if tuple(one["loc"]) == ("body",) and one["type"] in _NO_OBJECT:
        return "must be a JSON object, sent with Content-Type: application/json"
    text = str(one["msg"]).removeprefix("Value error, ").rstrip(".")
    for subject in ("Input ", "String ", "List "):
        text = text.removeprefix(subject)
    return _SAID.get(one["type"], f"{text[:1].lower()}{text[1:]}")


async def _bad_cursor(request: Request, error: Exception) -> Response:
    return problem(422, f"query.cursor {error}.", errors=[{"field": "query.cursor", "detail": str(error)}])


async def failed(request: Request, error: Exception) -> Response:
    """The last resort; the server's log has the traceback."""
    return problem(500, "The collector failed at this; its log says why. Please report it.")


async def _store_failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, StoreError)
    if error.permanent:
        log.error("%s %s: %s", request.method, request.url.path, error)
        return problem(500, "The collector could not do this; its log says why.")
    return problem(503, "The database is out of reach; try again in a little while.", headers={"Retry-After": "5"})
