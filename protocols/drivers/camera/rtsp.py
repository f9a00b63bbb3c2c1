"""RTSP 1.0 (RFC 2326) as far as it reads: OPTIONS, DESCRIBE, and, where allowed, a stream played to its first packet."""

import asyncio
import re
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from protocols.address import Place
from protocols.clock import Clock
from protocols.errors import DeviceError
from protocols.transports.http.digest import Challenge, Credential, authorization, best, challenges
from protocols.transports.soap import Login
from protocols.transports.soap.client import DEVICE
from protocols.transports.soap.xml import clean
from protocols.transports.stream import Stopwatch, Stream, StreamError, Tls, open_stream

MOST_BODY = 65_536
PORTS = {"rtsp": 554, "rtsps": 322}
"""RFC 7826, 22.6."""
MOST_SKIPPED = 4_000_000
"""Bytes of interleaved packets that are passed over while an answer is waited for."""
DOWN, UP, NO_CREDENTIAL, UNKNOWN = 0, 1, 2, 255
"""States of `camera.stream.state`."""
REFUSED = "RTSP: answers but refuses the credential"
_STATUS = re.compile(rb"RTSP/1\.\d (\d{3}) ?([^\r\n]*)\r?\n")


class Offered(NamedTuple):
    """Whether a stream is offered: a state, in words why not, seconds to its first packet where it was played."""

    state: int
    reason: str = ""
    first_frame: float | None = None


class _Answer(NamedTuple):
    status: int
    reason: str
    headers: dict[str, list[str]]
    body: bytes


async def ask(url: str, login: Login | None, clock: Clock, seconds: float, play: bool = False) -> Offered:
    """Whether `url` (rtsp://host:port/…, or rtsps) offers video. Never raises `DeviceError`: a silent stream is down, and the reason says so."""
    watch = Stopwatch(clock)
    stream: Stream | None = None
    try:
        async with asyncio.timeout(seconds):
            place, tls = _place(url)
            stream = await open_stream(place, tls, watch)
            return await _Talk(stream, url, login).offered(watch, play)
    except StreamError as error:
        return Offered(DOWN, f"RTSP: {error}")
    except DeviceError as error:
        return Offered(DOWN, f"RTSP {urlsplit(url).netloc}: {error}")
    except TimeoutError:
        return Offered(DOWN, f"RTSP {urlsplit(url).netloc}: no complete answer within {seconds:g} s")
    except (OSError, EOFError) as error:
        return Offered(DOWN, f"RTSP {urlsplit(url).netloc}: ends the connection ({type(error).__name__})")
    finally:
        if stream is not None:
            stream.close()


class _Talk:
    """One connection."""

    def __init__(self, stream: Stream, url: str, login: Login | None) -> None:
        self._stream, self._url = stream, url
        self._credential = Credential(login.user, login.password) if login is not None else None
        self._challenge: Challenge | None = None
        self._sent = self._signed = 0

    async def offered(self, watch: Stopwatch, play: bool) -> Offered:
        await self._request("OPTIONS", self._url)
        answer = await self._request("DESCRIBE", self._url, {"Accept": "application/sdp"})
        if answer.status == 401:
            return Offered(NO_CREDENTIAL, REFUSED if self._credential else "")
        if answer.status != 200:
            return Offered(DOWN, f"RTSP: {answer.status} {answer.reason}")
        control = video_control(answer.body)
        if control is None:
            return Offered(DOWN, "RTSP: the stream has no video")
        if not play:
            return Offered(UP)
        base = next(iter(answer.headers.get("content-base", [])), self._url).strip()
        return await self._played(control if "://" in control else urljoin(base.rstrip("/") + "/", control), watch)

    async def _played(self, track: str, watch: Stopwatch) -> Offered:
        began = watch.now()
        answer = await self._request("SETUP", track, {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"})
        session = next(iter(answer.headers.get("session", [])), "").partition(";")[0].strip()
        if answer.status != 200 or not session:
            return Offered(UP, f"RTSP: cannot be played: {answer.status} {answer.reason}")
        held = {"Session": session}
        await self._send("PLAY", self._url, {**held, "Range": "npt=0-"})
        took = await self._first_packet(watch, began)
        await self._send("TEARDOWN", self._url, held)
        return Offered(UP if took is not None else DOWN, "" if took is not None else "RTSP: plays no video", took)

    async def _first_packet(self, watch: Stopwatch, began: float) -> float | None:
        """Seconds to the first packet of channel 0; None when the device refuses to play."""
        for _ in range(1000):
            mark = await self._stream.reader.readexactly(1)
            if mark == b"$":
                channel, size = await self._packet()
                if channel == 0 and size > 12:
                    return watch.now() - began
            elif (await self._answer(mark)).status != 200:
                return None
        return None

    async def _packet(self) -> tuple[int, int]:
        head = await self._stream.reader.readexactly(3)
        size = int.from_bytes(head[1:])
        await self._stream.reader.readexactly(size)
        return head[0], size

    async def _request(self, method: str, target: str, headers: dict[str, str] | None = None) -> _Answer:
        """The answer, signed in once where it asks for that and a credential is there."""
        await self._send(method, target, headers or {})
        answer = await self._answer()
        if answer.status != 401 or self._credential is None or self._challenge is not None:
            return answer
        self._challenge = best(challenges(answer.headers.get("www-authenticate", [])))
        if self._challenge is None:
            return answer
        await self._send(method, target, headers or {})
        return await self._answer()

    async def _send(self, method: str, target: str, headers: dict[str, str]) -> None:
        self._sent += 1
        lines = [f"{method} {target} RTSP/1.0", f"CSeq: {self._sent}", "User-Agent: FirstBell"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self._challenge is not None and self._credential is not None:
            self._signed += 1
            signed = authorization(self._challenge, self._credential, method, target, self._signed)
            lines.append(f"Authorization: {signed.encode('latin-1').decode('utf-8', 'surrogateescape')}")
        self._stream.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape"))
        await self._stream.writer.drain()

    async def _answer(self, begun: bytes = b"") -> _Answer:
        reader, skipped = self._stream.reader, 0
        while not begun:
            begun = await reader.readexactly(1)
            if begun == b"$":
                skipped += 4 + (await self._packet())[1]
                begun = b""
            if skipped > MOST_SKIPPED:
                raise DeviceError("sends packets and no answer")
        head = begun + await self._head()
        status = _STATUS.match(head)
        if status is None:
            raise DeviceError(f"answers no RTSP: {clean(head[:60].decode('latin-1'))!r}")
        headers = _headers(head)
        length = next(iter(headers.get("content-length", [])), "0").strip()
        if not length.isdigit() or len(length) > 9 or int(length) > MOST_BODY:
            raise DeviceError(f"its answer is longer than {MOST_BODY} bytes")
        body = await reader.readexactly(int(length))
        return _Answer(int(status[1]), clean(status[2].decode("latin-1")), headers, body)

    async def _head(self) -> bytes:
        try:
            return await self._stream.reader.readuntil(b"\r\n\r\n")  # of 64 kB at most, the reader's own limit
        except asyncio.LimitOverrunError as error:
            raise DeviceError(f"its answer has no end within {error.consumed} bytes") from error


def video_control(sdp: bytes) -> str | None:
    """The control address of the first video in a session description (RFC 2326, C.1.1); "" where it has none; None: no video."""
    video, control = False, ""
    for line in sdp.decode("utf-8", "replace").splitlines():
        if line.startswith("m="):
            if video:
                break
            video = line.startswith("m=video")
        elif video and line.startswith("a=control:"):
            control = line[10:].strip()[:1000]
    if not video:
        return None
    return "" if control == "*" or not control.isprintable() else control


def _place(url: str) -> tuple[Place, Tls | None]:
    try:
        parts = urlsplit(url)
        place = Place(parts.hostname or "", parts.port or PORTS[parts.scheme])
    except (ValueError, KeyError) as error:
        raise DeviceError(f"its stream's address is no rtsp address: {clean(url)[:80]!r}") from error
    if not place.host:
        raise DeviceError(f"its stream's address makes no sense: {clean(url)[:80]!r}")
    return place, DEVICE if parts.scheme == "rtsps" else None


def _headers(head: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in head.decode("latin-1").split("\r\n")[1:100]:
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), []).append(value.strip())
    return found
