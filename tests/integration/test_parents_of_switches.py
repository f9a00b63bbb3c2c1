"""From three simulated switches over SNMP to the parents of what hangs off them: sessions, readings, kinship."""

from contextlib import AsyncExitStack

from agent.kinship import Kinship
from agent.parents import Link, Place
from protocols.clock import ManualClock
from protocols.driver import Reading, Target
from protocols.drivers.network import DRIVER
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.simulator import Wiring, simulate
from protocols.drivers.network.simulator.port import Peer

MACS = {"core": "02:aa:00:00:00:01", "east": "02:aa:00:00:00:02", "west": "02:aa:00:00:00:03"}
AGENT, PRINTER, CAMERA = "02:bb:00:00:00:01", "02:bb:00:00:00:02", "02:bb:00:00:00:03"
WIRING = {
    "core": Wiring(
        {11: Peer("east", MACS["east"]), 12: Peer("west", MACS["west"])},
        {1: [AGENT], 11: [PRINTER, MACS["east"]], 12: [CAMERA]},
    ),
    "east": Wiring({9: Peer("core", MACS["core"])}, {9: [AGENT, CAMERA, MACS["core"]], 4: [PRINTER]}),
    "west": Wiring({9: Peer("core", MACS["core"])}, {9: [AGENT, PRINTER], 6: [CAMERA]}),
}


async def test_readings_of_switches_become_parents() -> None:
    clock, kinship = ManualClock(), Kinship()
    place = Place(frozenset({AGENT}), table={"10.0.0.8": CAMERA})
    kinship.learn("printer", "10.0.0.7:161", Reading(attributes={"mac": PRINTER}), 0.0)
    kinship.knows("camera", "10.0.0.8")
    async with AsyncExitStack() as stack:
        sessions = {}
        for name, wiring in WIRING.items():
            making = simulate("127.0.0.1:0", clock, name=name, ports=10, wiring=wiring, mac=MACS[name])
            switch = await stack.enter_async_context(making)
            sessions[name] = await DRIVER.open(Target(name, switch.address), NetworkOptions(slow_every=30.0), clock)
            stack.push_async_callback(sessions[name].close)
        for _ in range(4):
            for name, session in sessions.items():
                if kinship.learn(name, "", await session.poll(), clock.monotonic()):
                    kinship.work_out(place, clock.monotonic())
            await clock.advance(60)
    assert kinship.told == {
        "printer": Link("east", "4"),
        "camera": Link("west", "6"),
        "east": Link("core", "11"),
        "west": Link("core", "12"),
    }
