"""Signing in and out: a one-time link that is used up only when its button is pressed, or a pasted access token."""

import math
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api.auth import COOKIE, caller_of, check_csrf
from collector.api.limits import Limiter
from collector.console.page import HEADERS, Page, render
from collector.house import House, house_of
from collector.store import accounts
from protocols.clock import utc

router = APIRouter(route_class=Page, include_in_schema=False)


@router.get("/sign-in")
async def sign_in_page(request: Request, link: str = "", next: str = "/") -> Response:  # noqa: A002 (the field's name)
    """The form. A link is shown with a button: what merely fetches it, such as a mail filter, does not use it up."""
    if not link and await caller_of(request) is not None:
        return RedirectResponse(local(next), 303, headers=HEADERS)
    return _form(request, link, next)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    link: Annotated[str, Form(max_length=200)] = "",
    token: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 (the field's name)
) -> Response:
    """Start a session with a one-time link or an access token, and go where the person was going."""
    _refuse_other_sites(request)
    house = house_of(request)
    _slow_down(request, house.clock.monotonic())
    now = utc(house.clock.now_ms())
    if link:
        session = await accounts.use_link(house.database, link, now)
    else:
        session = await accounts.sign_in_with_token(house.database, token.strip(), now)
    if session is None:
        if link and await caller_of(request) is not None:
            return RedirectResponse(local(next), 303, headers=HEADERS)
        return _form(request, "", next, "link" if link else "token", status=401)
    response = RedirectResponse(local(next), 303, headers=HEADERS)
    response.set_cookie(
        COOKIE,
        session[0],
        max_age=int(accounts.SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_is_secure(request, house),
    )
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session."""
    caller = await caller_of(request)
    cookie = request.cookies.get(COOKIE)
    if caller is not None and cookie:
        await check_csrf(request, caller)
        await accounts.sign_out(house_of(request).database, cookie)
    response = RedirectResponse("/sign-in", 303, headers=HEADERS)
    response.delete_cookie(COOKIE)
    return response


def local(target: str) -> str:
    """`target` if it is a path of this console, else `/`: nobody is sent elsewhere."""
    fits = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if fits and not target.startswith("/sign-in") else "/"


def _form(request: Request, link: str, target: str, error: str = "", status: int = 200) -> Response:
    return render(request, "sign_in.html", status, link=link[:200], next=local(target), error=error)


def _is_secure(request: Request, house: House) -> bool:
    return request.url.scheme == "https" or house.base_url.startswith("https://")


def _slow_down(request: Request, now: float) -> None:
    """Guessing is slow: an address that tried too often waits."""
    limiter: Limiter = request.app.state.sign_ins
    wait = limiter.wait(request.client.host if request.client else "", now)
    if wait > 0:
        seconds = str(math.ceil(wait))
        detail = f"Too many tries to sign in from here. Wait {seconds} s, then go back and try again."
        raise HTTPException(429, detail, {"Retry-After": seconds})


def _refuse_other_sites(request: Request) -> None:
    """Another site cannot sign a person in as somebody else."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "Another site sent this form. Open the console itself and sign in there.")
