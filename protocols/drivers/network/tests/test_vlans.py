"""Cisco's MAC table of each VLAN: which are asked for and what becomes of it; `test_foreign.py` asks a peer."""

import pytest

from protocols.address import read_place
from protocols.clock import ManualClock
from protocols.drivers.network import oids, vlans
from protocols.drivers.network.client import Client
from protocols.drivers.network.options import NetworkOptions
from protocols.errors import DeviceError
from protocols.transports.snmp.client import Snmp
from protocols.transports.snmp.values import Value

Shown = dict[int, dict[str, dict[str, Value]]]


class Switch(Client):
    """Shows the tables of these VLANs, and answers for no other. `asked` are the VLANs that were asked for."""

    def __init__(self, states: dict[str, Value], shown: Shown, vlan: int | None = None) -> None:
        self.states, self.shown, self.vlan = states, shown, vlan
        self.asked: list[int] = []

    async def walk(self, columns: object, most: int = 5000) -> dict[str, dict[str, Value]]:
        if self.vlan is None:
            return {oids.CISCO_VLAN_STATE: self.states}
        if self.vlan not in self.shown:
            raise DeviceError("no answer")
        return {oid: dict(list(rows.items())[:most]) for oid, rows in self.shown[self.vlan].items()}

    def of_vlan(self, vlan: int) -> Client:
        self.asked.append(vlan)
        return Switch(self.states, self.shown, vlan)

    async def close(self) -> None:
        pass


def shown(port: int, *macs: int) -> dict[str, dict[str, Value]]:
    return {
        oids.FDB_PORT: {f"2.0.0.0.0.{each}": port for each in macs},
        oids.BRIDGE_PORT_INTERFACE: {str(port): 10100 + port},
    }


async def test_every_vlan_that_works_is_asked_and_one_mac_may_be_in_several() -> None:
    states: dict[str, Value] = {f"1.{vlan}": 1 for vlan in (1, 20, 1002, 1005)} | {"1.30": 2}
    switch = Switch(states, {1: shown(1, 7), 20: shown(2, 7, 8)})
    assert await vlans.learnt(switch, 100) == {
        oids.FDB_PORT: {"1.2.0.0.0.0.7": 1, "20.2.0.0.0.0.7": 2, "20.2.0.0.0.0.8": 2},
        oids.BRIDGE_PORT_INTERFACE: {"1": 10101, "2": 10102},
    }
    assert switch.asked == [1, 20]


@pytest.mark.parametrize(("answered", "asked"), [((), 2), ((1,), 3), ((1, 3, 5), 7)])
async def test_a_switch_that_does_not_allow_it_is_not_asked_for_all(answered: tuple[int, ...], asked: int) -> None:
    switch = Switch({f"1.{vlan}": 1 for vlan in range(1, 100)}, {vlan: shown(vlan, vlan) for vlan in answered})
    assert len((await vlans.learnt(switch, 100)).get(oids.FDB_PORT, {})) == len(answered)
    assert switch.asked == list(range(1, asked + 1))


async def test_rows_and_vlans_have_a_limit() -> None:
    switch = Switch({f"1.{vlan}": 1 for vlan in range(1, 900)}, {vlan: shown(1, 1, 2, 3) for vlan in range(1, 900)})
    assert len((await vlans.learnt(switch, 10))[oids.FDB_PORT]) == 10
    switch.asked.clear()
    await vlans.learnt(switch, 10_000)
    assert len(switch.asked) == vlans.MOST_VLANS


def test_a_vlan_has_its_community_and_in_version_3_its_context() -> None:
    snmp = Snmp(read_place("127.0.0.1", 161, "test"), NetworkOptions(), ManualClock(), "test")
    inside = snmp.of_vlan(20)
    assert inside._credential.community.reveal() == "public@20"
    assert (inside.options.context, inside.options.retries) == ("vlan-20", 0)
    assert snmp._credential.community.reveal() == "public"
