"""Closed panels: ports, `openssl s_server` as a web server with a certificate, Debian's snmpd, and what `auto` makes of them."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from protocols.clock import ManualClock, SystemClock
from protocols.driver import Reading, Target
from protocols.drivers.door import DRIVER
from protocols.drivers.door import panel as module
from protocols.drivers.door.simulator import simulate
from protocols.errors import DeviceError
from protocols.options import read_options


def values(reading: Reading) -> dict[tuple[str, str | None], float]:
    return {(sample.metric, sample.label): sample.value for sample in reading.samples}


@pytest.fixture
async def host_port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[int, bytearray]]:
    """Something that listens as a panel's host port does and says nothing, and what it was sent. No usual port is asked beside it."""
    sent = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while octets := await reader.read(1000):
                sent.extend(octets)
        except OSError:
            pass
        finally:
            writer.close()

    monkeypatch.setattr(module, "USUAL", {})
    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], sent
    server.close()


async def test_a_host_port_is_connected_to_and_told_nothing(host_port: Any, opened: Any) -> None:
    port, sent = host_port
    async with opened("127.0.0.1", protocol="panel", ports=[port]) as session:
        reading = await session.poll()
    assert values(reading)["door.service", str(port)] == 1
    assert reading.attributes["protocol"] == "panel"
    assert sent == b""


async def test_a_port_that_closes_is_told_while_another_answers(host_port: Any, opened: Any) -> None:
    port, _ = host_port
    gone = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    other = gone.sockets[0].getsockname()[1]
    async with opened("127.0.0.1", protocol="panel", ports=[port, other]) as session:
        assert values(await session.poll())["door.service", str(other)] == 1
        gone.close()
        await gone.wait_closed()
        told = values(await session.poll())
    assert (told["door.service", str(other)], told["door.service", str(port)]) == (0, 1)


async def test_nothing_that_answers_is_an_error(opened: Any, free_port: int) -> None:
    async with opened("127.0.0.1", protocol="panel", ports=[free_port]) as session:
        with pytest.raises(DeviceError, match=f"is on, and refuses at every port tried .{free_port}.: set ports"):
            await session.poll()


async def test_openssl_as_a_panels_web_server(
    opened: Any, free_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run(
        [*make, "-keyout", key, "-out", certificate, "-days", "41", "-subj", "/CN=panel"],
        check=True,
        capture_output=True,
    )
    serve = [
        "openssl",
        "s_server",
        "-accept",
        f"127.0.0.1:{free_port}",
        "-key",
        key,
        "-cert",
        certificate,
        "-www",
        "-quiet",
    ]
    monkeypatch.setattr(module, "WEB", {free_port: "https"})
    process = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await _listening(free_port)
        async with opened("127.0.0.1", protocol="panel", ports=[free_port]) as session:
            told = values(await session.poll())
    finally:
        process.terminate()
        process.wait(5)
    assert told["door.service", f"https {free_port}"] == 1
    assert 39.9 < told["probe.certificate.remaining", None] <= 41


async def test_snmpd_tells_who_it_is_and_since_when_it_runs(
    host_port: Any, opened: Any, free_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("snmpd") is None:
        pytest.skip("snmpd is not installed")
    (tmp_path / "conf").write_text("rocommunity panel\nsysDescr LP1502 <b>\nsysName main panel\nsysLocation IDF 2\n")
    (tmp_path / "community").write_text("panel\n")
    monkeypatch.setattr(module, "PORT", free_port)
    command = ["snmpd", "-f", "-C", "-c", str(tmp_path / "conf"), "-Le", "-I", "-smux", f"udp:127.0.0.1:{free_port}"]
    process = subprocess.Popen(
        command, stderr=subprocess.DEVNULL, env={"SNMP_PERSISTENT_DIR": str(tmp_path), "PATH": "/usr/sbin:/usr/bin"}
    )
    try:
        async with opened(
            "127.0.0.1", protocol="panel", ports=[host_port[0]], community_file=str(tmp_path / "community")
        ) as session:
            async with asyncio.timeout(10):
                while ("network.uptime", None) not in values(reading := await session.poll()):
                    session._has_snmp = True
    finally:
        process.terminate()
        process.wait(5)
    assert {key: reading.attributes[key] for key in ("model", "name", "location")} == {
        "model": "LP1502 <b>", "name": "main panel", "location": "IDF 2",
    }  # fmt: skip


async def _listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    return
            await asyncio.sleep(0.01)


async def test_auto_takes_what_speaks_no_onvif_for_a_closed_panel(host_port: Any, opened: Any) -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nServer: panel\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(page, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with opened(f"127.0.0.1:{port}") as session:
        for _ in range(12):
            reading = await session.poll()
            assert values(reading)["door.service", str(port)] == 1
    server.close()


async def test_auto_keeps_to_a_controller_that_spoke_onvif(opened: Any) -> None:
    async with (
        simulate("127.0.0.1:0", SystemClock()) as simulated,
        opened(simulated.address, **simulated.options) as session,
    ):
        await session.poll()
        simulated.device.operations.clear()
        with pytest.raises(DeviceError):
            await session.poll()
        assert not session._is_panel


async def test_auto_keeps_to_it_when_the_session_is_opened_anew() -> None:
    """As the poller does after two failures: doors that fell silent must not become a panel that is well."""
    clock = SystemClock()
    async with simulate("127.0.0.1:0", clock) as simulated:
        target, options = Target("door", simulated.address), read_options(simulated.options, DRIVER.options, "test")
        first = await DRIVER.open(target, options, clock)
        await first.poll()
        await first.close()
        simulated.device.operations.clear()
        second = await DRIVER.open(target, options, clock)
        with pytest.raises(DeviceError):
            await second.poll()
        await second.close()


async def test_auto_says_both_when_nothing_answers(
    opened: Any, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "USUAL", {})
    async with opened(f"127.0.0.1:{free_port}") as session:
        with pytest.raises(DeviceError, match=r"refuses the connection.*nor is it a closed panel"):
            await session.poll()


def test_a_certificate_that_makes_no_sense_has_no_end() -> None:
    assert module.days_left(b"\x30\x03\x02\x01\x01", ManualClock().now_ms()) is None


@pytest.mark.parametrize("endless", [True, False])
async def test_a_web_page_without_end_counts_and_one_that_drips_does_not(
    endless: bool, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nServer: \x1b[31m<b>\xff\r\n\r\n" if endless else b"")
            while True:
                writer.write(b"x" * 65536 if endless else b"H")
                await writer.drain()
                await asyncio.sleep(0 if endless else 0.02)
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(page, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(module, "WEB", {port: "http"})
    async with opened("127.0.0.1", protocol="panel", ports=[port], timeout=0.5) as session:
        if endless:
            reading = await session.poll()
            assert values(reading)["door.service", f"http {port}"] == 1
            assert str(reading.attributes.get("server", "")).isprintable()
        else:
            with pytest.raises(DeviceError, match="no answer at ports"):
                await session.poll()
    server.close()
