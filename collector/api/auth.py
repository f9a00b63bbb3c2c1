"""Who asks, and whether they may: a bearer token, or the console's session cookie with its CSRF token on writes.

A route takes `Annotated[Caller, Depends(viewer)]` (or `operator`, `admin`). A credential that is missing or over is 401, a
role that is too small 403; what lies outside a caller's buildings is the route's own 404.
"""

import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer

from collector.api.errors import Refused
from collector.api.limits import Limiter
from collector.api.schema import refuse_unknown_query
from collector.house import TheHouse, house_of
from collector.store import accounts
from collector.store.accounts import Caller
from protocols.clock import utc
from protocols.errors import StoreError

COOKIE = "firstbell_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="An access token: `firstbell token create`.")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session", description="The console's session.")


async def caller_of(request: Request) -> Caller | None:
    """Whoever asks, or None; for pages that answer a stranger with the sign-in form. Checks no CSRF token.

    Raises `StoreError` when the database is out of reach.
    """
    house = house_of(request)
    if house.unreachable is not None:
        raise StoreError(house.unreachable)
    now = utc(house.clock.now_ms())
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        return (
            await accounts.caller_of_token(house.database, token.strip(), now) if scheme.lower() == "bearer" else None
        )
    cookie = request.cookies.get(COOKIE)
    return await accounts.caller_of_session(house.database, cookie, now) if cookie else None


async def check_csrf(request: Request, caller: Caller) -> None:
    """Refuse a session's write that does not repeat the session's CSRF token in a header or form field."""
    if caller.csrf is None or request.method in _SAFE:
        return
    sent = request.headers.get(CSRF_HEADER)
    if sent is None and request.headers.get("content-type", "").startswith(_FORMS):
        field = (await request.form()).get(CSRF_FIELD)
        sent = field if isinstance(field, str) else None
    if sent is None or not hmac.compare_digest(sent.encode(), caller.csrf.encode()):
        raise Refused(403, f"This change lacks the session's CSRF token: reload the page, or send it as {CSRF_HEADER}.")


async def signed_in(
    request: Request,
    house: TheHouse,
    _token: Annotated[object, Depends(_bearer)] = None,
    _session: Annotated[object, Depends(_cookie)] = None,
) -> Caller:
    """Any caller, counted against the rate limit; 401 for nobody. A query parameter that the route lacks is 422."""
    caller = await caller_of(request)
    if caller is None:
        raise Refused(
            401,
            "Send a valid access token as `Authorization: Bearer fb_…` (make one with `firstbell token create`), or sign in.",
            headers={"WWW-Authenticate": 'Bearer realm="First Bell"'},
        )
    limiter: Limiter = request.app.state.limiter
    wait = limiter.wait(caller.key, house.clock.monotonic())
    if wait > 0:
        raise Refused(
            429,
            f"More than {limiter.rate:g} requests a second with one credential: wait and try again.",
            headers={"Retry-After": str(max(1, round(wait + 0.5)))},
        )
    await check_csrf(request, caller)
    refuse_unknown_query(request)
    return caller


async def viewer(caller: Annotated[Caller, Depends(signed_in)]) -> Caller:
    """Anybody who is signed in: reads."""
    return caller


async def operator(caller: Annotated[Caller, Depends(signed_in)]) -> Caller:
    """Acknowledges, notes, asks for a poll."""
    return _at_least(caller, "operator")


async def admin(caller: Annotated[Caller, Depends(signed_in)]) -> Caller:
    """Changes fleet, rules, channels, accounts."""
    return _at_least(caller, "admin")


def _at_least(caller: Caller, role: str) -> Caller:
    if not caller.may(role):
        raise Refused(403, f"This needs the role {role}; {caller.name!r} is {caller.role}.")
    return caller
