"""Requests to one or more hosts: the deadline, redirects, sign-in, and a connection that is kept while the server keeps it."""

import asyncio
from dataclasses import replace

from protocols.address import Place
from protocols.clock import Clock
from protocols.errors import OptionError
from protocols.transports.http.digest import Challenge, authorization, best, challenges
from protocols.transports.http.exchange import Exchange, Sent
from protocols.transports.http.request import Request
from protocols.transports.http.response import Response
from protocols.transports.http.url import Url, follow, read_url
from protocols.transports.stream import Stopwatch, StreamError, Tls, open_stream

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
AGENT = "FirstBell"


async def fetch(request: Request, clock: Clock) -> Response:
    """One request on a connection of its own. Raises as `Client.send`."""
    client = Client(clock)
    try:
        return await client.send(request)
    finally:
        await client.close()


class Client:
    """Keeps one connection and the last sign-in between requests; one request at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._exchange: Exchange | None = None
        self._open_to: tuple[str, Place, Tls] | None = None
        self._challenge: tuple[tuple[str, Place], Challenge] | None = None
        self._count = 0

    async def send(self, request: Request) -> Response:
        """The answer, whatever its status: a 401 is one that wants another credential. Raises `StreamError` where there is none,
        `OptionError` where the address is wrong."""
        url = read_url(request.url, "url")
        watch = Stopwatch(self._clock)
        try:
            async with asyncio.timeout(request.limits.seconds):
                response = await self._follow(request, url, watch)
        except TimeoutError as error:
            await self.close()
            waited = f"no answer within {request.limits.seconds:g} s (while it waited for: {watch.phase or 'nothing'})"
            raise StreamError("timeout", f"{url.place}: {waited}") from error
        except BaseException:
            await self.close()
            raise
        if self._exchange is not None and not self._exchange.reusable:
            await self.close()
        return response.timed(watch.stop())

    async def close(self) -> None:
        """Ends the connection; the next request opens another."""
        if self._exchange is not None:
            self._exchange.stream.close()
        self._exchange = None

    async def _follow(self, request: Request, url: Url, watch: Stopwatch) -> Response:
        home = url.origin
        for _ in range(min(request.follow, MOST_REDIRECTS) + 1):
            response = await self._signed(request, url, watch)
            location = response.header("location")
            if response.status not in REDIRECTS or location is None or request.method not in ("GET", "HEAD"):
                return response
            if not request.follow:
                return response
            try:
                onward = follow(url, location)
            except OptionError as error:
                raise StreamError(
                    "redirect", f"{url.place}: redirects to what is no web address: {location[:80]!r}"
                ) from error
            if url.scheme == "https" and onward.scheme == "http" and (request.credential or request.headers):
                raise StreamError(
                    "redirect", f"{url.place}: redirects from https to http ({str(onward)[:80]}), which is not followed"
                )
            url = onward
            if url.origin != home:
                request = replace(request, credential=None, headers={}, tls=request.tls._replace(server_name=""))
        raise StreamError("redirect", f"{url.place}: redirects more than {min(request.follow, MOST_REDIRECTS)} times")

    async def _signed(self, request: Request, url: Url, watch: Stopwatch) -> Response:
        """The answer, signed in where the server asks and a credential is there; what is remembered may have gone stale.

        A refused password is sent once a request: devices lock an account that tries too often.
        """
        who = request.credential
        known = self._challenge[1] if who is not None and self._challenge and self._challenge[0] == url.origin else None
        response = await self._ask(request, url, watch, known)
        if response.status != 401 or who is None:
            return response
        asked = best(challenges(response.every("www-authenticate")))
        self._challenge = None
        if asked is None or asked == known:
            return response
        self._challenge, self._count = (url.origin, asked), 0
        response = await self._ask(request, url, watch, asked)
        if response.status == 401:
            self._challenge = None
        return response

    async def _ask(self, request: Request, url: Url, watch: Stopwatch, challenge: Challenge | None) -> Response:
        signed = None
        if challenge is not None and request.credential is not None:
            self._count += 1
            signed = authorization(challenge, request.credential, request.method, url.target, self._count)
        sent = Sent(request.method, url, _headers(request, url, signed), request.body)
        exchange = await self._connected(request, url, watch)
        kept = exchange.used
        try:
            return await exchange.ask(sent, request.limits, watch)
        except StreamError:
            await self.close()
            if not kept or exchange.received:
                raise
        # The server had closed the kept connection meanwhile: that is no failure.
        exchange = await self._connected(request, url, watch)
        return await exchange.ask(sent, request.limits, watch)

    async def _connected(self, request: Request, url: Url, watch: Stopwatch) -> Exchange:
        wanted = (url.scheme, url.place, request.tls)
        if self._exchange is not None and self._open_to == wanted and self._exchange.reusable:
            return self._exchange
        await self.close()
        tls = request.tls if url.scheme == "https" else None
        self._exchange = Exchange(await open_stream(url.place, tls, watch))
        self._open_to = wanted
        return self._exchange


def _headers(request: Request, url: Url, signed: str | None) -> list[tuple[bytes, bytes]]:
    own = {name.lower() for name in request.headers}
    rows = [("Host", url.host)]
    rows += [
        row
        for row in (("User-Agent", AGENT), ("Accept", "*/*"), ("Accept-Encoding", "identity"))
        if row[0].lower() not in own
    ]
    rows += [(name, value) for name, value in request.headers.items() if name.lower() not in ("host", "content-length")]
    if request.body or request.method == "POST":
        rows.append(("Content-Length", str(len(request.body))))
    encoded = [(name.encode(), value.encode()) for name, value in rows]
    if signed is not None:
        encoded.append((b"Authorization", signed.encode("latin-1")))
    return encoded
