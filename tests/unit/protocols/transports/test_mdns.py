"""mDNS against real responders in other processes: python-zeroconf's own, and one that sends what no responder should."""

import asyncio
import socket
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from protocols.clock import SystemClock
from protocols.errors import DeviceError
from protocols.transports import mdns

pytest.importorskip("zeroconf")
HERE = ["127.0.0.1"]

RESPONDER = """
    import asyncio, socket, sys
    from zeroconf import ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

    async def main():
        asked = AsyncZeroconf(interfaces=["127.0.0.1"])
        texts = {"ty": "LaserJet 400", "UUID": "4509a320", "note": b"\\xff<b>\\x1b[31m\\x00", "Color": None}
        for name in sys.argv[2:]:
            await asked.async_register_service(ServiceInfo(
                f"{sys.argv[1]}.local.", f"{name}.{sys.argv[1]}.local.", addresses=[socket.inet_aton("127.0.0.1")],
                port=631, properties=texts, server="room12.local.",
            ), strict=False)
        print("ready", flush=True)
        await asyncio.sleep(60)

    asyncio.run(main())
"""
FLOOD = """
    import itertools, socket, struct, sys
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    print("ready", flush=True)
    kind = b"\\x04" + sys.argv[1].encode()[:4] + b"\\x04_tcp\\x05local\\0"
    for number in itertools.count():
        rows = b""
        for each in range(40):
            name = b"%09d" % (number * 40 + each)
            rows += kind + struct.pack("!HHIH", 12, 1, 4500, 10 + len(kind)) + bytes([len(name)]) + name + kind
        sock.sendto(struct.pack("!6H", 0, 0x8400, 0, 40, 0, 0) + rows, ("224.0.0.251", 5353))
        sock.sendto(b"\\0" * (number % 600), ("224.0.0.251", 5353))
"""
ONE_NAME = """
    import itertools, socket, struct
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    print("ready", flush=True)
    for number in itertools.count():
        rows = b"".join(
            b"\\x01x\\x05local\\0" + struct.pack("!HHIHI", 1, 1, 4500, 4, number * 40 + each) for each in range(40)
        )
        sock.sendto(struct.pack("!6H", 0, 0x8400, 0, 40, 0, 0) + rows, ("224.0.0.251", 5353))
"""


@asynccontextmanager
async def running(program: str, *arguments: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield
    finally:
        process.kill()
        await process.wait()


async def test_a_service_is_found_with_all_that_it_says() -> None:
    async with running(RESPONDER, "_fbone._tcp", "Room 12 \u202ePrinter"):
        [service] = await mdns.browse(["_fbone._tcp", "_fbnone._tcp"], 0.7, SystemClock(), HERE)
    assert service[:5] == ("Room 12 \u202ePrinter", "_fbone._tcp", "room12.local", ("127.0.0.1",), 631)
    assert service.properties == {
        "ty": "LaserJet 400",
        "uuid": "4509a320",
        "note": "\ufffd<b>\x1b[31m\ufffd",
        "color": "",
    }


async def test_all_interfaces_are_asked_when_none_is_named() -> None:
    async with running(RESPONDER, "_fbtwo._tcp", "A", "B"):
        found = await mdns.browse(["_fbtwo._tcp.local."], 0.7, SystemClock())
    assert [service.name for service in found] == ["A", "B"]


async def test_a_flood_ends_the_look_and_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mdns, "RECORDS", 2_000)
    async with running(FLOOD, "_fbt"), asyncio.timeout(30):
        found = await mdns.browse(["_fbt._tcp"], 1e6, SystemClock(), HERE)
    assert found == []


async def test_a_flood_of_records_of_one_name_ends_the_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mdns, "RECORDS", 2_000)
    async with running(ONE_NAME), asyncio.timeout(30):
        assert await mdns.browse(["_fbnone._tcp"], 1e6, SystemClock(), HERE) == []


async def test_an_interface_that_is_not_ours_is_one_clear_error() -> None:
    with pytest.raises(DeviceError, match=r"mDNS cannot be asked on 192\.0\.2\.77: "):
        await mdns.browse(["_ipp._tcp"], 0.1, SystemClock(), ["192.0.2.77"])


async def test_without_the_library_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    with pytest.raises(DeviceError, match=r"firstbell\[discovery\]"):
        await mdns.browse(["_ipp._tcp"], 0.1, SystemClock())


async def test_nothing_is_left_open_behind_a_look() -> None:
    for _ in range(2):
        await mdns.browse(["_fbnone._tcp"], 0.05, SystemClock(), HERE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as alone:
        assert alone.fileno() > 0
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
