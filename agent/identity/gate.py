"""Whether a reading is its device's, and where its device is: what memory, neighbour table and the reading say together."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from agent.config import Device
from agent.identity.arp import Neighbours
from agent.identity.memory import Memory
from agent.identity.verdict import Known, Verdict, judge
from agent.identity.who import read_identity
from agent.schedule import host_of


@dataclass
class Gate:
    """`hours` is how long another thing must stay at an address to count as the device's replacement."""

    memory: Memory
    neighbours: Neighbours
    hours: float = 24.0

    async def sync(self) -> None:
        """Put on disk what was learned, take over what was told to be forgotten."""
        await self.memory.sync()

    def remembers(self, device: Device) -> bool:
        """Whether it is known who should answer."""
        return bool(self.memory.known(device.key).identity)

    def mac(self, device: Device) -> str:
        """The MAC that answers for its address now; "" when that cannot be told."""
        return self.neighbours.mac(host_of(device.address))

    def place(self, configured: Device) -> Device:
        """The device where it is now: where it was found last, unless agent.toml was changed since."""
        known = self.memory.known(configured.key)
        if known.moved is None:
            return configured
        if known.configured != configured.address:
            self.memory.put(configured.key, dataclasses.replace(known, moved=None, configured=None))
            return configured
        return moved(configured, known.moved)

    def move(self, configured: Device, address: str) -> None:
        """It is at `address` from now on."""
        known = self.memory.known(configured.key)
        elsewhere = address if address != configured.address else None
        self.memory.put(
            configured.key,
            dataclasses.replace(
                known, moved=elsewhere, configured=configured.address if elsewhere else None, stranger=None
            ),
        )

    def judge(self, device: Device, attributes: Mapping[str, object], now: int) -> Verdict:
        """Who gave the reading with these attributes; what follows is remembered. `now` in ms."""
        known = self.memory.known(device.key)
        verdict = judge(device.key, known, read_identity(attributes), now, device.identity, self.hours)
        self.memory.put(device.key, self._with_mac(device, verdict))
        return verdict

    def _with_mac(self, device: Device, verdict: Verdict) -> Known:
        mac = "" if verdict.refused else self.mac(device)
        return dataclasses.replace(verdict.known, near=mac) if mac else verdict.known


def moved(device: Device, address: str) -> Device:
    """The device at another address, told as its `address` too."""
    return dataclasses.replace(device, address=address, facts={**device.facts, "address": address})
