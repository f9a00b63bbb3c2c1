"""What the device tells by itself: an event at once, and the port looked at."""

import asyncio
import socket
from typing import Any

from protocols.address import Place
from protocols.clock import ManualClock
from protocols.driver import PushSession
from protocols.drivers.network.simulator import simulate
from protocols.drivers.network.tests.conftest import Opener, values
from protocols.transports.snmp.values import integer, octet_string


def free_port() -> int:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as made:
        made.bind(("::", 0))
        return int(made.getsockname()[1])


async def hears(session: Any) -> None:
    """Wait until the port is open."""
    async with asyncio.timeout(5):
        while session._hearing is None:
            await asyncio.sleep(0)


async def test_a_link_that_goes_down_is_told_within_a_moment(opener: Opener, clock: ManualClock) -> None:
    port = free_port()
    async with simulate("127.0.0.1:0", clock, ports=12, traps=f"127.0.0.1:{port}") as switch:
        session = await opener(switch.address, trap_port=port)
        assert isinstance(session, PushSession)
        await session.poll()
        told = session.push()
        waiting = asyncio.ensure_future(anext(told))
        await hears(session)
        await switch.fault("uplink-down")
        async with asyncio.timeout(5):
            down = await waiting
        assert [(event.kind, dict(event.detail)) for event in down.events] == [("network.link.down", {"port": "13"})]
        assert values(down, "network.uplink.state") == {"13": 0.0}
        await switch.heal()
        async with asyncio.timeout(5):
            up = await anext(told)
        assert up.events[0].kind == "network.link.up"
        assert values(up, "network.interface.state") == {"13": 1.0}
        switch.agent.notify(Place("127.0.0.1", port), "1.3.6.1.6.3.1.1.5.5")
        switch.agent.notify(
            Place("127.0.0.1", port),
            "1.3.6.1.4.1.9.9.1.0.7",
            [("1.3.6.1.4.1.9.9.1.1.0", octet_string(b"\x1b[2Jx"))],
            inform=True,
        )
        async with asyncio.timeout(5):
            kinds = [(await anext(told)).events[0] for _ in range(2)]
        assert [event.kind for event in kinds] == ["network.authentication.failed", "network.notification"]
        assert kinds[1].detail == {"notification": "1.3.6.1.4.1.9.9.1.0.7", "1.3.6.1.4.1.9.9.1.1.0": "[2Jx"}


async def test_a_forged_trap_changes_no_figure(opener: Opener, clock: ManualClock) -> None:
    port = free_port()
    async with simulate("127.0.0.1:0", clock, ports=12) as switch:
        session = await opener(switch.address, trap_port=port)
        await session.poll()
        told = session.push()
        waiting = asyncio.ensure_future(anext(told))
        await hears(session)
        switch.agent.notify(Place("127.0.0.1", port), "1.3.6.1.6.3.1.1.5.3", [("1.3.6.1.2.1.2.2.1.1.13", integer(13))])
        async with asyncio.timeout(5):
            reading = await waiting
        assert values(reading, "network.uplink.state") == {"13": 1.0}
