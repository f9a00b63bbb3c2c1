"""What every request passes: a limit on the body, HEAD as GET without one, and the headers that keep a browser safe."""

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector.api.errors import Refused, problem

BODY_LIMIT = 1024 * 1024
IMPORT_LIMIT = 20 * BODY_LIMIT
REPORT_LIMIT = 64 * BODY_LIMIT
"""Bytes of a request's body."""
LONGER = (("/api/v1/imports/", IMPORT_LIMIT), ("/api/v1/heartbeats/", REPORT_LIMIT))
"""Where a POST may have more: a list of devices; a roster that a job has moved, which is counted and not held."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""Sent with every answer that does not set its own: nothing from elsewhere, nothing inline, no framing."""


class Gate:
    """ASGI middleware: a body over `limit` bytes is 413, declared or not; every answer has `HEADERS`."""

    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope)
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared) > limit:
            await problem(413, _too_long(limit))(scope, receive, _safe(send))
            return
        if scope["method"] == "HEAD":
            await self._head(scope, receive, _safe(send))
            return
        await self._app(scope, self._counted(receive, limit), _safe(send))

    def _limit_of(self, scope: Scope) -> int:
        if scope["method"] != "POST":
            return self._limit
        return max([self._limit, *(longer for prefix, longer in LONGER if scope["path"].startswith(prefix))])

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as GET would, without the body; a stream is told that nobody listens once its headers are out."""
        answered = asyncio.Event()

        async def headers_alone(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                answered.set()

        async def gone_once_answered() -> Message:
            await answered.wait()
            return {"type": "http.disconnect"}

        await self._app({**scope, "method": "GET"}, gone_once_answered, headers_alone)

    def _counted(self, receive: Receive, limit: int) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise Refused(413, _too_long(limit))
            return message

        return counted


def _too_long(limit: int) -> str:
    return f"The body is longer than {limit} bytes: send less at once."


def _safe(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return with_headers
