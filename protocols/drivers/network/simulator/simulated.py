"""Serves a simulated device, and lets it be broken and healed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import NamedTuple

from protocols.address import Place, read_place
from protocols.clock import Clock
from protocols.drivers.network.simulator.device import Device
from protocols.drivers.network.simulator.faults import FAULTS, apply
from protocols.drivers.network.simulator.models import MODELS
from protocols.drivers.network.simulator.port import Peer, Port
from protocols.transports.snmp.agent import Agent, simulated_agent
from protocols.transports.snmp.values import integer
from protocols.wire.batch import Scalar

_LINK_DOWN, _LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
_POWERED = 6
"""Every so many ports has a telephone or access point that draws power."""


class Wiring(NamedTuple):
    """Who hangs where, by port number: `peers` announce themselves, `attached` are the MACs that were learnt."""

    peers: Mapping[int, Peer] = MappingProxyType({})
    attached: Mapping[int, Sequence[str]] = MappingProxyType({})


class SimulatedSwitch:
    """A `Simulated`. `device` may be changed while it answers; `traps` is where notifications go to, none when None."""

    def __init__(self, device: Device, agent: Agent, traps: Place | None) -> None:
        self.device, self.agent, self._traps = device, agent, traps
        self._made = {port.number: (port.index, port.up, port.poe, port.power) for port in device.ports}
        self._usual = (device.celsius, device.cpu, device.fan, device.sessions, device.wide)

    @property
    def address(self) -> str:
        """host:port."""
        return self.agent.address

    @property
    def options(self) -> Mapping[str, Scalar]:
        """The defaults do."""
        return {}

    def see(self, places: Mapping[str, str]) -> None:
        """The neighbours with these MAC addresses answer at these addresses by now, as their announcements say."""
        for port in self.device.ports:
            if port.peer is not None and port.peer.mac in places:
                port.peer = port.peer._replace(address=places[port.peer.mac] or None)
        self.device.rebuild()

    async def fault(self, name: str) -> None:
        """Break it: one of `FAULTS`, beside those that are broken already. Raises `KeyError` for another name."""
        FAULTS[name]
        before = self._links()
        if name == "silent":
            self.agent.faults.add("silent")
        else:
            apply(self.device, name)
        self._tell(before)

    async def heal(self) -> None:
        """Undo every fault; what was restarted stays so."""
        before, device = self._links(), self.device
        self.agent.faults.clear()
        for port in device.ports:
            _, up, port.poe, port.power = self._made[port.number]
            port.link(up)
            port.heal()
        device.celsius, device.cpu, device.fan, device.sessions, device.wide = self._usual
        device.rebuild()
        self._tell(before)

    def _links(self) -> dict[int, int]:
        return {port.number: port.oper() for port in self.device.ports}

    def _tell(self, before: Mapping[int, int]) -> None:
        """linkDown and linkUp for the ports that changed, with the three objects that RFC 2863 names."""
        for port in self.device.ports:
            state = port.oper()
            if self._traps is not None and state != before[port.number]:
                rows = [
                    (f"1.3.6.1.2.1.2.2.1.{column}.{port.index}", integer(value))
                    for column, value in ((1, port.index), (7, 1 if port.admin else 2), (8, state))
                ]
                self.agent.notify(self._traps, _LINK_UP if state == 1 else _LINK_DOWN, rows)


@asynccontextmanager
async def simulate(
    address: str,
    clock: Clock,
    *,
    name: str = "sw-mdf",
    model: str = "aruba",
    ports: int = 48,
    wiring: Wiring | None = None,
    **more: str | bool,
) -> AsyncIterator[SimulatedSwitch]:
    """A device at `address` (port 0: a free one). `model` is one of `MODELS`; port numbers count from 1, four uplinks follow.

    `wiring` is who hangs where; without it port `ports` + 1 leads to a core switch, and every port but the last quarter has a
    computer. `more`: `mac`, `traps` (host:port), `steady` (no wave in traffic).
    """
    mac = str(more.get("mac") or "02:5c:00:" + bytes(f"{name}sim".encode())[:3].hex(":"))
    made = _ports(clock, model, ports, wiring or usual(ports), bool(more.get("steady")))
    device = Device(clock, MODELS[model], name, mac, made)
    traps = read_place(str(more["traps"]), 162, "traps") if more.get("traps") else None
    async with simulated_agent(read_place_free(address), device.mib, clock, name=name) as agent:
        yield SimulatedSwitch(device, agent, traps)


def read_place_free(address: str) -> Place:
    """host:port where the port may be 0."""
    host, _, port = address.rpartition(":")
    return Place(host, 0) if port == "0" else read_place(address, 161, "simulate")


def usual(count: int) -> Wiring:
    """A core switch above, and a computer at every port but the last quarter."""
    core = Peer("sw-core", "02:5c:00:00:c0:1e", "10.20.0.2", port="A1")
    return Wiring({count + 1: core}, {n: [_mac(n)] for n in range(1, 1 + count * 3 // 4)})


def _ports(clock: Clock, model: str, count: int, wiring: Wiring, steady: bool) -> list[Port]:
    uplinks = 4 if count > 8 else 1
    known, macs = wiring.peers, wiring.attached
    made = []
    for number in range(1, count + uplinks + 1):
        up = number in known or bool(macs.get(number))
        powered = MODELS[model].poe and up and number <= count and number % _POWERED == 0
        made.append(
            Port(
                number, MODELS[model].first + number - 1, MODELS[model].name.format(n=number), clock,
                megabits=10_000 if number > count else 1000, up=up,
                alias=f"Uplink to {known[number].name}" if number > count and number in known else "",
                peer=known.get(number), macs=macs.get(number, ()), power=6.5 if powered else 0.0, poe=3 if powered else 2,
                rates=(12_500_000.0, 5_000_000.0) if number > count else (20_000.0 * (1 + number % 5), 45_000.0),
                steady=steady,
            )
        )  # fmt: skip
    return made


def _mac(number: int) -> str:
    return f"02:5c:01:00:00:{number:02x}"
