"""Redirects, sign-in, the kept connection, and foreign servers: uvicorn, Python's http.server, OpenSSL's s_server."""

import asyncio
import contextlib
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from protocols.clock import ManualClock, SystemClock
from protocols.secret import Secret
from protocols.transports.http import Client, Credential, Request, StreamError, Tls, fetch
from protocols.transports.http.digest import authorization, challenges

from .conftest import Maker, listening, says

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
WHO = Credential("monitor", Secret("right"))


def moved(where: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()


async def test_no_redirect_is_followed_unasked(clock: SystemClock) -> None:
    async with listening(says(moved("/x"))) as port:
        assert (await fetch(Request("GET", f"http://127.0.0.1:{port}/"), clock)).status == 302


async def test_a_redirect_is_followed_on_the_same_connection(clock: SystemClock) -> None:
    async with listening(says(moved("/x?y"), OK)) as port:
        response = await fetch(Request("GET", f"http://127.0.0.1:{port}/", follow=5), clock)
    assert (response.status, response.url) == (200, f"http://127.0.0.1:{port}/x?y")


async def test_redirects_end(clock: SystemClock) -> None:
    async with listening(says(*[moved("/")] * 10)) as port:
        with pytest.raises(StreamError, match="more than 5 times"):
            await fetch(Request("GET", f"http://127.0.0.1:{port}/", follow=99), clock)


async def test_a_redirect_to_nowhere_is_an_error(clock: SystemClock) -> None:
    async with listening(says(moved("file:///etc/passwd"))) as port:
        with pytest.raises(StreamError, match="no web address"):
            await fetch(Request("GET", f"http://127.0.0.1:{port}/", follow=5), clock)


@pytest.mark.parametrize(("headers", "status"), [({}, 200), ({"X-Key": "k"}, None)])
async def test_https_to_http(headers: dict[str, str], status: int | None, clock: SystemClock, certify: Maker) -> None:
    """Browsers follow; what must not be seen by others stays behind."""
    made = certify()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.certificate, made.key)
    async with listening(says(OK)) as plain, listening(says(moved(f"http://127.0.0.1:{plain}/")), tls=context) as port:
        request = Request("GET", f"https://127.0.0.1:{port}/", headers=headers, tls=Tls(ca_file=str(made.ca)), follow=5)
        if status is not None:
            assert (await fetch(request, clock)).status == status
            return
        with pytest.raises(StreamError, match="from https to http"):
            await fetch(request, clock)


async def test_another_host_gets_neither_credential_nor_headers(clock: SystemClock) -> None:
    heard: list[bytes] = []

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n')
        heard.append(await reader.read(1000))

    async with listening(other) as far, listening(says(moved(f"http://127.0.0.1:{far}/"))) as port:
        request = Request("GET", f"http://127.0.0.1:{port}/", headers={"X-Key": "k"}, credential=WHO, follow=5)
        assert (await fetch(request, clock)).status == 401
    sent = b"".join(heard).lower()
    assert b"x-key" not in sent
    assert b"authorization" not in sent


async def test_a_realm_with_an_umlaut_is_signed_in_to(clock: SystemClock) -> None:
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        refusal = 'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="Büro", nonce="n"\r\nContent-Length: 0\r\n\r\n'
        for answer in (refusal.encode(), OK):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)

    async with listening(talk) as port:
        request = Request("GET", f"http://127.0.0.1:{port}/", headers={"X-Room": "Büro"}, credential=WHO)
        assert (await fetch(request, clock)).status == 200
    assert 'realm="Büro"'.encode() in heard[1]
    assert "X-Room: Büro".encode() in heard[1]


class Guarded:
    """An ASGI application behind Digest or Basic that checks what it is told by our own arithmetic of the RFC."""

    def __init__(self, challenge: str) -> None:
        self.challenge, self.nonce, self.asked, self.refused = challenge, "one", 0, 0
        self.bodies: list[bytes] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.asked += 1
        said = dict(scope["headers"]).get(b"authorization", b"").decode()
        allowed = self._allows(said, scope["method"], scope["path"])
        self.refused += bool(said) and not allowed
        if allowed:
            self.bodies.append(body)
        headers = [] if allowed else [(b"www-authenticate", self.challenge.format(nonce=self.nonce).encode())]
        await send({"type": "http.response.start", "status": 200 if allowed else 401, "headers": headers})
        await send({"type": "http.response.body", "body": b"in" if allowed else b"out"})

    def _allows(self, said: str, method: str, path: str) -> bool:
        (asked,) = challenges([self.challenge.format(nonce=self.nonce)])
        count, own = re.search(r"nc=(\w+)", said), re.search(r'cnonce="(\w+)"', said)
        number = int(count[1], 16) if count else 1
        return said == authorization(asked, WHO, method, path, number, own[1] if own else "x")


@asynccontextmanager
async def serving(app: Any, **options: Any) -> AsyncIterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off", **options))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


GUARDS = [
    'Basic realm="r"',
    'Digest realm="r", nonce="{nonce}", qop="auth", algorithm=SHA-256',
    'Digest realm="r", nonce="{nonce}"',
]


@pytest.mark.parametrize("guard", GUARDS)
async def test_sign_in_is_asked_for_once_and_remembered(guard: str, clock: SystemClock) -> None:
    app = Guarded(guard)
    async with serving(app) as port:
        client = Client(clock)
        for _ in range(3):
            request = Request("POST", f"http://127.0.0.1:{port}/ipp", b"body", {"Content-Type": "a/b"}, WHO)
            assert (await client.send(request)).body == b"in"
        assert app.asked == 4
        app.nonce = "two"
        assert (await client.send(request)).body == b"in"
        await client.close()
    assert app.bodies == [b"body"] * 4


@pytest.mark.parametrize("guard", GUARDS)
async def test_a_wrong_password_is_sent_once_and_is_an_answer(guard: str, clock: SystemClock) -> None:
    """Devices lock an account after a few attempts."""
    app = Guarded(guard)
    async with serving(app) as port:
        request = Request("GET", f"http://127.0.0.1:{port}/", credential=Credential("monitor", Secret("wrong")))
        assert (await fetch(request, clock)).status == 401
    assert app.refused == 1


async def test_a_kept_connection_that_was_closed_meanwhile_is_no_failure(clock: SystemClock) -> None:
    async with listening(says(OK)) as port:
        client = Client(clock)
        for _ in range(3):
            assert (await client.send(Request("GET", f"http://127.0.0.1:{port}/"))).text() == "ok"
        await client.close()


async def test_phases_are_timed_by_the_given_clock() -> None:
    manual = ManualClock()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await manual.advance(2)
        writer.write(OK)
        await writer.drain()

    async with listening(slow) as port:
        response = await fetch(Request("GET", f"http://127.0.0.1:{port}/"), manual)
    assert response.phases == {"lookup": 0, "connect": 0, "first byte": 2, "transfer": 0, "total": 2}


async def test_nothing_listens(clock: SystemClock, free: int) -> None:
    with pytest.raises(StreamError, match="nothing listens") as refused:
        await fetch(Request("GET", f"http://127.0.0.1:{free}/"), clock)
    assert refused.value.reason == "refused"


async def test_no_such_name(clock: SystemClock) -> None:
    with pytest.raises(StreamError) as refused:
        await fetch(Request("GET", "http://no-such-host.invalid/"), clock)
    assert refused.value.reason in ("no name", "lookup")


async def test_ipv6_first_and_ipv4_when_it_fails(clock: SystemClock) -> None:
    """localhost is ::1 and 127.0.0.1 where both are; the server is on one of them."""
    async with listening(says(OK)) as port:
        response = await fetch(Request("GET", f"http://localhost:{port}/"), clock)
    assert response.peer == "127.0.0.1"
    assert set(response.phases) == {"lookup", "connect", "first byte", "transfer", "total"}


@pytest.fixture
def free() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


async def test_pythons_own_server(clock: SystemClock, tmp_path: Path, free: int) -> None:
    (tmp_path / "page.html").write_text("<h1>Gradebook</h1>")
    command = (
        sys.executable,
        "-u",
        "-m",
        "http.server",
        str(free),
        "--bind",
        "127.0.0.1",
        "--directory",
        str(tmp_path),
    )
    server = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert server.stdout is not None
        await server.stdout.readline()
        response = await fetch(Request("GET", f"http://127.0.0.1:{free}/page.html"), clock)
        missing = await fetch(Request("GET", f"http://127.0.0.1:{free}/none"), clock)
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            server.kill()
        await server.communicate()
    assert response.text() == "<h1>Gradebook</h1>"
    assert missing.status == 404


@asynccontextmanager
async def openssl(port: int, *options: str) -> AsyncIterator[str]:
    """`openssl s_server -www`: its status page over TLS."""
    command = ("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", *options)
    try:
        server = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    try:
        assert server.stdout is not None
        async for line in server.stdout:
            if line.startswith(b"ACCEPT"):
                break
        yield f"https://127.0.0.1:{port}/"
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            server.kill()
        await server.communicate()


async def test_tls_by_an_own_authority(clock: SystemClock, certify: Maker, free: int) -> None:
    made = certify()
    async with openssl(free, "-cert", str(made.certificate), "-key", str(made.key)) as url:
        response = await fetch(Request("GET", url, tls=Tls(ca_file=str(made.ca))), clock)
        assert response.status == 200
        assert response.certificate is not None
        assert response.certificate.problem is None
        assert "tls" in response.phases
        with pytest.raises(StreamError, match="the certificate has an issuer that is not known") as refused:
            await fetch(Request("GET", url), clock)
        assert refused.value.reason == "certificate"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"self_signed": True}, "is self-signed"),
        ({"days": -2}, "has expired"),
        ({"names": ("other.example",)}, "is for another"),
    ],
)
async def test_a_certificate_without_trust_is_accepted_where_told_and_says_why(
    options: dict[str, Any], words: str, clock: SystemClock, certify: Maker, free: int
) -> None:
    made = certify(**options)
    own = "" if "self_signed" in options else str(made.ca)
    async with openssl(free, "-cert", str(made.certificate), "-key", str(made.key)) as url:
        for _ in range(2):
            response = await fetch(Request("GET", url, tls=Tls(verify=False, ca_file=own)), clock)
            assert response.certificate is not None
            assert words in (response.certificate.problem or "")
        with pytest.raises(StreamError, match=words):
            await fetch(Request("GET", url, tls=Tls(ca_file=own)), clock)


async def test_old_tls_is_accepted_where_told(clock: SystemClock, certify: Maker, free: int) -> None:
    made = certify(self_signed=True)
    old = ("-tls1", "-cipher", "ALL:@SECLEVEL=0")
    async with openssl(free, "-cert", str(made.certificate), "-key", str(made.key), *old) as url:
        response = await fetch(Request("GET", url, tls=Tls(verify=False)), clock)
        assert response.certificate is not None
        assert response.certificate.version == "TLSv1"
        with pytest.raises(StreamError) as refused:
            await fetch(Request("GET", url), clock)
        assert refused.value.reason == "tls"


async def test_no_tls_at_that_port(clock: SystemClock) -> None:
    async def blunt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with listening(blunt) as port:
        for verify in (True, False):
            with pytest.raises(StreamError, match="no TLS is spoken at this port"):
                await fetch(Request("GET", f"https://127.0.0.1:{port}/", tls=Tls(verify=verify)), clock)
