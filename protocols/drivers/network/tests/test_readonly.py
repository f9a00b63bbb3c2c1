"""Nothing but GET, GETNEXT, GETBULK and the acknowledgement of informs leaves the driver, whatever it does."""

import re
from pathlib import Path

from protocols.clock import ManualClock
from protocols.drivers.network.discover import discover
from protocols.drivers.network.simulator import FAULTS, SimulatedSwitch
from protocols.drivers.network.tests.conftest import Opener
from protocols.transports.snmp import pdu

FOLDER = Path(__file__).parents[1]


async def test_only_reads_arrive(switch: SimulatedSwitch, opener: Opener, clock: ManualClock) -> None:
    session = await opener(switch.address, slow_every=30.0)
    for fault in [fault for fault in FAULTS if fault != "silent"]:
        await session.poll()
        await switch.fault(fault)
        await clock.advance(60)
    await session.poll()
    assert [found.name async for found in discover(switch.address, clock)] == ["sw-mdf"]
    assert switch.agent.sets == 0
    assert set(switch.agent.requests) <= {pdu.GET, pdu.GET_NEXT, pdu.GET_BULK}


def test_no_source_names_a_set() -> None:
    writing = re.compile(r"\bSET\b|set_cmd|snmp_set|pdu\.SET|\.set\(")
    sources = [*FOLDER.glob("*.py")]
    assert len(sources) > 15
    assert not [path.name for path in sources if writing.search(path.read_text())]
