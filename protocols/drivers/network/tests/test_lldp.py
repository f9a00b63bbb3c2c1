"""Devices that have LLDP-V2-MIB alone: a Palo Alto firewall, as it answers."""

from protocols.clock import ManualClock
from protocols.driver import Neighbour
from protocols.drivers.network import oids
from protocols.drivers.network.interfaces import Interface
from protocols.drivers.network.lldp import Heard, heard, version_1
from protocols.drivers.network.simulator import SimulatedSwitch
from protocols.drivers.network.tests.conftest import Opener

BASE = "1.3.111.2.802.1.1.13.1.4"
ROW = "0.18.1.1"


def test_neighbours_of_version_2() -> None:
    found = {"ethernet1/13": Interface("ethernet1/13", "18", 6, None, None, True, True)}
    cells = {5: 4, 6: b"28:99:3a:bf:26:46", 7: 5, 8: b"Ethernet6/4", 10: b"core", 13: b"\x28"}
    columns = {f"{BASE}.1.1.{each}": {ROW: value} for each, value in cells.items()}
    columns[f"{BASE}.2.1.3"] = {f"{ROW}.1.4.10.20.0.2": 2}
    assert heard(version_1(columns), found) == [
        Heard(Neighbour("ethernet1/13", "lldp", "28:99:3a:bf:26:46", "core", "10.20.0.2"), True)
    ]


async def test_version_2_is_asked_for_where_there_is_no_other(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock
) -> None:
    mib = switch.device.mib
    for oid in [each for each in mib if each.startswith("1.0.8802.1.1.2.1.4")]:
        for first, second in zip(oids.LLDP, oids.LLDP_2, strict=True):
            if oid.startswith(first + "."):
                mark, port, rest = oid[len(first) + 1 :].split(".", 2)
                mib[f"{second}.{mark}.{port}.1.{rest}"] = mib[oid]
        del mib[oid]
    told = [tuple(row) for row in (await (await opener(switch.address)).poll()).neighbours]
    assert ("13", "lldp", "02:5c:00:00:c0:1e", "sw-core", "10.20.0.2") in told
