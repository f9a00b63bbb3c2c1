"""Routes whose answers carry an ETag: a client that has the same answer already is told so, without the body."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Tagged(APIRoute):
    """A route whose complete 200 answers to GET are tagged with a hash of the body (RFC 9110, 8.8.3: a strong tag)."""

    def get_route_handler(self) -> Handler:
        """The route's handler, with the tag added and compared."""
        plain = super().get_route_handler()

        async def tagged(request: Request) -> Response:
            response = await plain(request)
            if request.method != "GET" or response.status_code != 200 or not getattr(response, "body", b""):
                return response
            tag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
            headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
            if tag in (part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")):
                return Response(status_code=304, headers=headers)
            response.headers.update(headers)
            return response

        return tagged
