"""An address asked what it is."""

import pytest

from protocols.clock import ManualClock
from protocols.drivers.network.discover import addresses, discover
from protocols.drivers.network.simulator import simulate
from protocols.errors import OptionError
from protocols.transports.snmp.values import object_identifier


@pytest.mark.parametrize(("model", "kind"), [("aruba", "switch"), ("cisco", "switch"), ("fortigate", "firewall")])
async def test_what_carries_others_is_found_with_its_kind(clock: ManualClock, model: str, kind: str) -> None:
    async with simulate("127.0.0.1:0", clock, model=model, ports=12) as simulated:
        (found,) = [each async for each in discover(simulated.address, clock)]
        assert (found.kind, found.address, found.name) == ("network", simulated.address, "sw-mdf")
        assert (found.attributes["kind"], found.attributes["mac"]) == (kind, "02:5c:00:73:77:2d")


async def test_a_printer_or_nobody_is_not_found(clock: ManualClock) -> None:
    async with simulate("127.0.0.1:0", clock, ports=2) as simulated:
        simulated.device.mib["1.3.6.1.2.1.1.2.0"] = object_identifier("1.3.6.1.4.1.11.2.3.9.1")
        simulated.device.mib["1.3.6.1.2.1.1.7.0"] = 72
        simulated.device.mib["1.3.6.1.2.1.17.1.2.0"] = 0
        assert [each async for each in discover(simulated.address, clock)] == []
        simulated.agent.faults.add("silent")
        assert [each async for each in discover(simulated.address, clock)] == []


def test_a_network_is_asked_when_it_is_named_and_small() -> None:
    assert addresses(None) == []
    assert addresses("10.0.0.0/30") == ["10.0.0.1", "10.0.0.2"]
    assert addresses("10.0.0.7") == ["10.0.0.7"]
    assert addresses("10.0.0.7:1161") == ["10.0.0.7:1161"]
    with pytest.raises(OptionError, match="has 65536 addresses, and at most 256"):
        addresses("10.0.0.0/16")
