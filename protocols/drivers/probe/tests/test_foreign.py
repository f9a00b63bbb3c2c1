"""Foreign peers: dnsmasq, aiosmtpd, uvicorn, OpenSSL, chrony where it is installed."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from protocols.clock import SystemClock
from protocols.drivers.probe import mail
from protocols.drivers.probe.judge import DOWN, ENDED, NOT_BLOCKED, UP, WRONG
from protocols.drivers.probe.simulator.authority import Authority

from .conftest import Prober, state, value


@asynccontextmanager
async def dnsmasq(port: int, *options: str) -> AsyncIterator[str]:
    """A resolver that knows what it is told and asks nobody."""
    program = shutil.which("dnsmasq") or "/usr/sbin/dnsmasq"
    if not os.access(program, os.X_OK):
        pytest.skip("dnsmasq is not installed (apt install dnsmasq-base)")
    fixed = (
        "-C",
        "/dev/null",
        "-k",
        "--no-resolv",
        "--no-hosts",
        "--bind-interfaces",
        "--pid-file=",
        "--listen-address=127.0.0.1",
    )
    command = (program, *fixed, f"--port={port}", "--log-facility=-", *options)
    server = await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE)
    try:
        assert server.stderr is not None
        await asyncio.wait_for(_until(server.stderr, b"started"), 10)
        yield f"dns://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            server.kill()
        await server.communicate()


KNOWN = ("--address=/sis.example/198.51.100.7", "--address=/games.example/0.0.0.0", "--address=/gone.example/",
         "--mx-host=school.example,mx.example,10", "--txt-record=text.example,hello", "--local=/example/",
         *(f"--host-record=many.example,198.51.100.{each}" for each in range(1, 200)))  # fmt: skip


async def test_dnsmasq(probe: Prober, free: int) -> None:
    async with dnsmasq(free, *KNOWN) as server:
        up = await probe(f"{server}/sis.example", answers=("198.51.100.*",))
        assert (state(up), up.attributes["answer"]) == (UP, "as expected")
        assert value(up, "probe.duration", "first byte") > 0
        assert "NXDOMAIN" in str((await probe(f"{server}/gone.example")).attributes["answer"])
        assert "no such record" in str((await probe(f"{server}/many.example?type=MX")).attributes["answer"])
        assert state(await probe(f"{server}/school.example?type=MX", answers=("10 mx.example",))) == UP
        assert state(await probe(f"{server}/text.example?type=TXT", answers=('"hello"',))) == UP
        assert state(await probe(f"{server}/games.example", must_be_blocked=True)) == UP
        assert state(await probe(f"{server}/sis.example", must_be_blocked=True)) == NOT_BLOCKED
        refused = await probe(f"{server}/elsewhere.test")
        assert (state(refused), "REFUSED" in str(refused.attributes["answer"])) == (WRONG, True)


async def test_dnsmasq_over_tcp_when_the_answer_is_long(probe: Prober, free: int) -> None:
    """199 addresses are 3.2 kB: truncated over UDP, asked again over TCP."""
    async with dnsmasq(free, *KNOWN) as server:
        long = await probe(f"{server}/many.example", answers=("198.51.100.1*",))
    assert state(long) == UP
    assert value(long, "probe.duration", "connect") > 0


@asynccontextmanager
async def aiosmtpd(port: int, *options: str) -> AsyncIterator[str]:
    """A mail server in a process of its own."""
    command = (sys.executable, "-u", "-m", "aiosmtpd", "-n", "-d", "-l", f"127.0.0.1:{port}", *options)
    server = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert server.stdout is not None
        await asyncio.wait_for(_until(server.stdout, b"Server is listening"), 20)
        yield f"smtp://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            server.kill()
        await server.communicate()


@pytest.fixture
def authority() -> Iterator[Authority]:
    made = Authority(("127.0.0.1", "localhost"), SystemClock())
    yield made
    made.close()


def leaf(authority: Authority, fault: str) -> str:
    """A PEM file of certificate and key."""
    authority.context({fault})
    return str(authority.ca_file.with_name("leaf.pem"))


@pytest.mark.parametrize(
    ("fault", "verify", "expected", "problem"),
    [
        ("", True, UP, None),
        ("certificate-expired", True, ENDED, "has expired"),
        ("certificate-self-signed", False, UP, "is self-signed"),
    ],
)
async def test_aiosmtpd_with_starttls(
    fault: str, verify: bool, expected: int, problem: str | None, probe: Prober, free: int, authority: Authority
) -> None:
    file = leaf(authority, fault)
    async with aiosmtpd(free, "--tlscert", file, "--tlskey", file, "--no-requiretls") as server:
        reading = await probe(server, ca_file=str(authority.ca_file), verify=verify)
    assert state(reading) == expected
    assert reading.attributes["starttls"] is True
    assert reading.attributes["certificate.problem"] == problem
    assert "SMTP" in str(reading.attributes["server"])
    told = [sample.value for sample in reading.samples if sample.metric == "probe.certificate.remaining"]
    assert len(told) == verify
    assert all(-3 < days < 201 for days in told)


async def test_aiosmtpd_over_tls_from_the_first_byte(
    probe: Prober, free: int, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "TLS_PORT", free)
    file = leaf(authority, "")
    async with aiosmtpd(free, "--smtpscert", file, "--smtpskey", file) as server:
        reading = await probe(server, ca_file=str(authority.ca_file))
    assert state(reading) == UP
    assert value(reading, "probe.certificate.remaining") > 199


async def test_aiosmtpd_without_tls(probe: Prober, free: int) -> None:
    async with aiosmtpd(free) as server:
        reading = await probe(server)
    assert (state(reading), reading.attributes["starttls"]) == (UP, False)


async def page(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """`/` leads to the sign-in page, which is at `/login`; `/slow` never ends."""
    if scope["type"] != "http":
        return
    moved = scope["path"] == "/"
    headers = [(b"location", b"/login")] if moved else [(b"content-type", b"text/html; charset=latin-1")]
    await send({"type": "http.response.start", "status": 302 if moved else 200, "headers": headers})
    await send({"type": "http.response.body", "body": "Anmeldung für Schüler".encode("latin-1")})


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[int]:
    server = uvicorn.Server(uvicorn.Config(page, port=0, log_level="critical", lifespan="off", **options))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def test_uvicorn(probe: Prober) -> None:
    async with serving() as port:
        reading = await probe(f"http://127.0.0.1:{port}/", contains=("anmeldung für schüler",))
        stopped = await probe(f"http://127.0.0.1:{port}/", follow=0)
        head = await probe(f"http://127.0.0.1:{port}/login", method="HEAD")
    assert (state(reading), state(stopped), state(head)) == (UP, UP, UP)
    assert reading.attributes["server"] == "uvicorn"


@asynccontextmanager
async def openssl(port: int, authority: Authority, fault: str) -> AsyncIterator[None]:
    file = leaf(authority, fault)
    command = ("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-cert", file, "-key", file)
    try:
        server = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    try:
        assert server.stdout is not None
        async for line in server.stdout:
            if line.startswith(b"ACCEPT"):
                break
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            server.kill()
        await server.communicate()


@pytest.mark.parametrize(
    ("fault", "expected", "words"),
    [
        ("", UP, "as expected"),
        ("certificate-expired", ENDED, "the certificate has expired"),
        ("certificate-wrong-name", WRONG, "the certificate is for another address"),
        ("certificate-self-signed", WRONG, "the certificate is self-signed"),
    ],
)
@pytest.mark.parametrize("scheme", ["https", "tls"])
async def test_openssl(
    scheme: str, fault: str, expected: int, words: str, probe: Prober, free: int, authority: Authority
) -> None:
    async with openssl(free, authority, fault):
        reading = await probe(f"{scheme}://127.0.0.1:{free}", ca_file=str(authority.ca_file))
    assert (state(reading), reading.attributes["answer"]) == (expected, words)
    assert reading.attributes["tls.version"] == "TLSv1.3"


async def test_an_issuer_that_nobody_knows(probe: Prober, free: int, authority: Authority) -> None:
    async with openssl(free, authority, ""):
        reading = await probe(f"tls://127.0.0.1:{free}")
        told = await probe(f"tls://127.0.0.1:{free}", verify=False)
    assert "issuer that is not known" in str(reading.attributes["answer"])
    assert (state(reading), state(told)) == (WRONG, UP)
    assert "issuer" in str(told.attributes["certificate.problem"])


async def test_chrony(probe: Prober, free: int, tmp_path: Path) -> None:
    """A real server of the Network Time Protocol, whose clock is this machine's."""
    program = shutil.which("chronyd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("chronyd is not installed (apt install chrony)")
    settings = (f"port {free}", "cmdport 0", "bindaddress 127.0.0.1", "allow 127.0.0.1", "local stratum 7",
                f"pidfile {tmp_path}/pid", f"bindcmdaddress {tmp_path}/socket")  # fmt: skip
    file = tmp_path / "chrony.conf"  # it removes its pid file at its end: that has to be ours
    file.write_text("\n".join(settings) + "\n")
    server = await asyncio.create_subprocess_exec(
        program, "-x", "-d", "-u", "root", "-f", str(file), stderr=subprocess.PIPE
    )
    try:
        assert server.stderr is not None
        await asyncio.wait_for(_until(server.stderr, b"starting"), 10)
        while state(reading := await probe(f"ntp://127.0.0.1:{free}")) == DOWN:
            await asyncio.sleep(0.02)  # it says that it starts before it listens
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            server.kill()
        await server.communicate()
    assert state(reading) == UP
    assert value(reading, "probe.clock.stratum") == 7
    assert abs(value(reading, "probe.clock.offset")) < 0.05


async def _until(stream: asyncio.StreamReader, word: bytes) -> None:
    said = []
    async for line in stream:
        said.append(line)
        if word in line:
            return
    pytest.fail(f"the server has not started: {b''.join(said).decode()}")
