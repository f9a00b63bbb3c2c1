"""What every page shares: who asks, the template, the security headers, and errors that are pages too."""

import gzip
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api.auth import caller_of
from collector.console.assets import ASSETS
from collector.console.standing import WORDS
from collector.console.strip import Run
from collector.console.text import device_text, plain, with_code
from collector.console.times import age_tag, day_tag, time_tag
from collector.house import house_of
from collector.store.accounts import Caller
from protocols.errors import StoreError

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}

_templates = Environment(
    loader=PackageLoader("collector.console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@lru_cache(2_000)
def _icon(state: str) -> Markup:
    """A state's icon; made once."""
    module: Any = _templates.get_template("_macros.html").module
    return Markup(module.draw_icon(state))  # noqa: S704 (made by the template)


@lru_cache(2_000)
def _strip(runs: tuple[Run, ...], label: str) -> Markup:
    """A strip's drawing; most buildings' are alike."""
    module: Any = _templates.get_template("_macros.html").module
    return Markup(module.draw_strip(runs, label))  # noqa: S704 (made by the template)


def strip(runs: Sequence[Run], label: str) -> Markup:
    """The drawing of a strip, with its words for who cannot see it."""
    return _strip(tuple(runs), label)


_templates.filters |= {
    "device_text": device_text,
    "with_code": with_code,
    "plain": plain,
    "time": time_tag,
    "day": day_tag,
    "age": age_tag,
}
_templates.globals |= {"asset": ASSETS.url, "words": WORDS, "icon": _icon, "strip": strip}


class _SignInFirst(HTTPException):
    """A page that was asked for by a stranger."""

    def __init__(self) -> None:
        super().__init__(401, "Sign in first.")


async def signed_in(request: Request) -> Caller:
    """Who asks for a page; a stranger is sent to the sign-in page and comes back afterwards."""
    waiting = house_of(request).starting
    if waiting is not None:
        raise HTTPException(503, f"First Bell is starting: {waiting}.")
    request.state.live_after = house_of(request).hub.last  # before anything is read: what comes later, the page is told
    caller = await caller_of(request)
    if caller is None:
        raise _SignInFirst
    return caller


SignedIn = Annotated[Caller, Depends(signed_in)]
"""What a page names to be given its caller."""


def render(request: Request, template: str, status: int = 200, **given: Any) -> Response:
    """The page made from `template`, packed if the browser takes that. `caller` None: nobody is signed in."""
    given.setdefault("caller", None)
    given.setdefault("section", "")
    given["live_after"] = getattr(request.state, "live_after", None)
    given["csrf"] = (given["caller"] and given["caller"].csrf) or ""  # in a macro `caller` is something else
    body = _templates.get_template(template).render(given).encode()
    headers = dict(HEADERS)
    if "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, compresslevel=4)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(body, status, headers, media_type="text/html")


class Page(APIRoute):
    """A route whose errors are pages: not signed in, not found, the database out of reach."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with every refusal answered as HTML."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except _SignInFirst:
                return _to_sign_in(request)
            except HTTPException as error:
                return refused(request, error.status_code, str(error.detail), error.headers)
            except RequestValidationError:
                return refused(request, 422, "Part of this address or form cannot be used.")
            except StoreError as error:
                if error.permanent:
                    raise
                return refused(request, 503, "The database is out of reach. This page tries again by itself.")

        return answer


def _to_sign_in(request: Request) -> Response:
    where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = "/sign-in" if where == "/" else f"/sign-in?next={quote(where, safe='')}"
    return RedirectResponse(target, 303, headers=HEADERS)


def refused(request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal as a page."""
    titles = {403: "Not allowed", 404: "Nothing here", 429: "One moment", 503: "One moment"}
    title = titles.get(status, "That did not work")
    response = render(request, "refused.html", status, title=title, detail=detail, again=status == 503)
    response.headers.update(headers or {})
    return response
