"""Traps and informs: whose they are, what they say, and that garbage and strangers cost nothing."""

import asyncio
import socket
from pathlib import Path

import pytest

from protocols.address import Place
from protocols.clock import SystemClock
from protocols.errors import DeviceError
from protocols.transports.snmp import pdu
from protocols.transports.snmp.agent import Access, Agent, simulated_agent
from protocols.transports.snmp.notifications import Receiver
from protocols.transports.snmp.options import TrapOptions
from protocols.transports.snmp.tests.conftest import LOCAL, USER, Snmpd, free_port, mib, place
from protocols.transports.snmp.traps import MOST_WAITING, Hearing, Notification, hear
from protocols.transports.snmp.values import integer, object_identifier, time_ticks

LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
COLD_START = "1.3.6.1.6.3.1.1.5.1"
CONFIGURED = "rocommunity public\ncreateUser reader SHA-256 authpass1 AES privpass1\n"


async def told(hearing: Hearing, count: int = 1) -> list[Notification]:
    found: list[Notification] = []
    async with asyncio.timeout(8):
        async for each in hearing:
            found.append(each)
            if len(found) == count:
                break
    return found


async def until(condition) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def listen(agent: Agent | None, port: int, **options: object) -> Hearing:
    at = place(agent.address) if agent else Place("127.0.0.1", 161)
    return await hear(at, TrapOptions(trap_port=port, **options), SystemClock(), "device 'x'")  # type: ignore[arg-type]


@pytest.mark.parametrize("version", [pdu.V1, pdu.V2C])
async def test_a_trap_is_told_to_the_session_of_its_source(agent: Agent, version: int) -> None:
    async with simulated_agent(LOCAL, mib(), SystemClock(), name="other") as other:
        port = free_port()
        mine, its = await listen(agent, port), await listen(other, port)
        sink = Place("127.0.0.1", port)
        other.notify(sink, "1.3.6.1.4.1.318.0.6", version=version)
        agent.notify(sink, "1.3.6.1.4.1.318.0.5", [("1.3.6.1.2.1.2.2.1.1.3", integer(3))], version=version)
        [found] = await told(mine)
        assert found.trap == "1.3.6.1.4.1.318.0.5"
        assert found.bindings == {"1.3.6.1.2.1.2.2.1.1.3": 3}
        assert found.source == place(agent.address)
        assert [each.trap for each in await told(its)] == ["1.3.6.1.4.1.318.0.6"]
        for hearing in (mine, its, its):
            await hearing.close()


async def test_an_inform_is_acknowledged_and_told_once(agent: Agent) -> None:
    port = free_port()
    hearing = await listen(agent, port)
    number = agent.notify(Place("127.0.0.1", port), LINK_DOWN, inform=True)
    await told(hearing)
    await until(lambda: number in agent.acknowledged)
    await hearing.close()


def test_an_inform_sent_again_is_told_once_and_another_of_the_same_number_too() -> None:
    """Its number begins at 1 again after a restart: what else it says tells the two apart."""
    receiver = Receiver("2c", None, SystemClock())

    def inform(uptime: int) -> bytes:
        rows = [("1.3.6.1.2.1.1.3.0", time_ticks(uptime)), ("1.3.6.1.6.3.1.1.4.1.0", object_identifier(COLD_START))]
        return pdu.message(pdu.V2C, b"public", pdu.encode(pdu.INFORM, 1, 0, 0, rows))

    heard = [receiver.receive(inform(uptime)) for uptime in (900_000, 900_000, 150, 150)]
    assert [told is not None for told, _ in heard] == [True, False, True, False]
    assert all(answer is not None for _, answer in heard)


async def test_a_version_3_trap_needs_the_users_signature(agent: Agent, passwords: dict[str, str]) -> None:
    port = free_port()
    hearing = await listen(agent, port, version="3", user="reader", **passwords)
    sink = Place("127.0.0.1", port)
    other = USER._replace(password=USER.privacy_password)
    async with simulated_agent(LOCAL, mib(), SystemClock(), Access(users=(other,))) as forger:
        forger.notify(sink, "1.3.6.1.4.1.1.0.1", version=3)
        forger.notify(sink, "1.3.6.1.4.1.1.0.2")
        await until(lambda: hearing.receiver.refused == 2)
    agent.notify(sink, LINK_DOWN, version=3)
    assert [each.trap for each in await told(hearing)] == [LINK_DOWN]
    await hearing.close()


async def test_garbage_and_strangers_are_dropped_and_a_flood_is_bounded(agent: Agent) -> None:
    port = free_port()
    hearing = await listen(agent, port)
    stranger = await hear(Place("192.0.2.9", 161), TrapOptions(trap_port=port), SystemClock(), "x")
    sink = Place("127.0.0.1", port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for junk in (b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\xa4" * 60_000):
            sock.sendto(junk, sink)
    await until(lambda: hearing.receiver.refused == 4)
    for _ in range(MOST_WAITING + 20):
        agent.notify(sink, LINK_DOWN)
        await asyncio.sleep(0)
    await until(lambda: hearing.dropped == 20)
    assert len(await told(hearing, MOST_WAITING)) == MOST_WAITING
    assert stranger.receiver.refused == 0
    await stranger.close()
    await hearing.close()


async def test_a_port_that_is_taken_is_said_and_a_closed_one_is_free_again() -> None:
    port = free_port()
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.bind(("::", port))
        with pytest.raises(DeviceError, match=f"UDP port {port} cannot be opened.*trap_port"):
            await listen(None, port)
    hearing = await listen(None, port)
    await hearing.close()
    await (await listen(None, port)).close()


@pytest.mark.parametrize(
    ("sink", "is_v3"),
    [
        ("trapsink 127.0.0.1:{port} public", False),
        ("trap2sink 127.0.0.1:{port} public", False),
        ("informsink 127.0.0.1:{port} public", False),
        ("trapsess -v 3 -u reader -a SHA-256 -A authpass1 -x AES -X privpass1 -l authPriv 127.0.0.1:{port}", True),
        ("trapsess -Ci -v 3 -u reader -a SHA-256 -A authpass1 -x AES -X privpass1 -l authPriv 127.0.0.1:{port}", True),
    ],
)
async def test_snmpd_tells_that_it_started(tmp_path: Path, passwords: dict[str, str], sink: str, is_v3: bool) -> None:
    pytest.importorskip("shutil").which("snmpd") or pytest.skip("snmpd is not installed")
    port = free_port()
    options = {"version": "3", "user": "reader", **passwords} if is_v3 else {}
    hearing = await listen(None, port, **options)
    running = Snmpd(tmp_path, CONFIGURED + sink.format(port=port), free_port())
    try:
        [found] = await told(hearing)
        assert found.trap == COLD_START
        assert found.uptime is not None
    finally:
        running.stop()
        await hearing.close()
