"""Nothing but questions leaves: what reaches the agent and the server in polls, pushes and discovery is looked at."""

import asyncio
import importlib
import inspect

from protocols.clock import SystemClock
from protocols.drivers.ups import nut
from protocols.drivers.ups.discover import discover
from protocols.drivers.ups.session import UpsSession
from protocols.drivers.ups.simulator import FAULTS, simulate
from protocols.drivers.ups.simulator.nut import NutSimulator
from protocols.drivers.ups.tests.conftest import opened
from protocols.errors import DeviceError
from protocols.transports.snmp import pdu
from protocols.transports.snmp.client import ALLOWED

DISCOVER = importlib.import_module("protocols.drivers.ups.discover")
"""The module: the package exports its function under the same name."""


async def test_an_agent_gets_no_set_whatever_is_wrong_with_it() -> None:
    async with simulate("127.0.0.1:0", SystemClock(), apc=False) as ups:
        assert ups.agent is not None
        session = await opened(ups.address, timeout=0.1, retries=0)
        for fault in FAULTS:
            await ups.fault(fault)
            try:
                await session.poll()
            except DeviceError:
                assert fault == "silent"
        await session.close()
        assert ups.agent.requests
        assert set(ups.agent.requests) <= {pdu.GET, pdu.GET_NEXT, pdu.GET_BULK} == set(ALLOWED)


async def test_a_nut_server_gets_no_command() -> None:
    async with simulate("nut://127.0.0.1:0/school", SystemClock()) as ups:
        assert ups.server is not None
        session = await opened(ups.address.removesuffix("/school"))
        for fault in sorted(set(FAULTS) - {"silent", "lost"}):
            await ups.fault(fault)
            await session.poll()
        assert isinstance(session, UpsSession)
        assert session.nut is not None
        assert "OB" in await session.nut.status()
        await session.close()
        assert ups.server.refused == []


def test_the_client_of_nut_knows_no_word_that_commands() -> None:
    text = inspect.getsource(nut).split('"""', 2)[2]
    assert not [word for word in ("INSTCMD", "SET ", "FSD", "USERNAME", "PASSWORD", "LOGIN") if word in text]


async def test_the_simulated_server_would_notice() -> None:
    async with simulate("nut://127.0.0.1:0/school", SystemClock()) as ups:
        assert isinstance(ups.server, NutSimulator)
        host, port = ups.address.removeprefix("nut://").split("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"INSTCMD school load.off\n")
        assert await reader.readline() == b"ERR ACCESS-DENIED\n"
        writer.close()
        assert ups.server.refused == ["INSTCMD school load.off"]


async def test_discovery_asks_only(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    async with simulate("127.0.0.1:0", SystemClock(), name="UPS-B") as ups:
        assert ups.agent is not None
        port = int(ups.address.split(":")[1])
        monkeypatch.setattr(DISCOVER, "PORT", port)
        [found] = [each async for each in discover("127.0.0.1", SystemClock())]
        assert (found.kind, found.name, found.attributes["model"]) == ("ups", "UPS-B", "Smart-UPS 1500")
        assert ups.agent.sets == 0


async def test_discovery_finds_what_a_nut_server_knows(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    async with simulate("nut://127.0.0.1:0/school", SystemClock()) as ups:
        monkeypatch.setattr(DISCOVER, "NUT_PORT", int(ups.address.split(":")[2].split("/")[0]))
        [found] = [each async for each in discover(None, SystemClock())]
        assert (found.address, found.attributes["serial"]) == ("nut://127.0.0.1/school", "SIM0001")
