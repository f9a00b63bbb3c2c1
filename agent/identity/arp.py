"""This machine's neighbour table: which MAC address answered for which IPv4 address of its own networks (Linux `/proc/net/arp`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.identity.who import macs_of
from protocols.clock import Clock

TABLE = Path("/proc/net/arp")
FRESH_S = 5.0
MOST_BYTES = 1024 * 1024
_COMPLETE = 0x2


def read_table(text: str) -> dict[str, str]:
    """IPv4 address → MAC of the entries that are complete (proc_net_arp(5): address, type, flags, MAC, mask, device)."""
    found: dict[str, str] = {}
    for line in text.splitlines()[1:]:
        cells = line.split()
        if len(cells) == 6 and cells[2].startswith("0x") and int(cells[2], 16) & _COMPLETE:
            found |= dict.fromkeys([cells[0]], min(macs_of(cells[3]), default=""))
    return {address: mac for address, mac in found.items() if mac}


@dataclass
class Neighbours:
    """The table, looked at again when it is older than 5 s; empty where the system keeps none."""

    clock: Clock
    path: Path = TABLE
    _table: dict[str, str] = field(default_factory=dict)
    _looked: float = float("-inf")

    def table(self) -> Mapping[str, str]:
        """IPv4 address → MAC."""
        now = self.clock.monotonic()
        if now - self._looked >= FRESH_S:
            self._looked = now
            try:
                with self.path.open("rb") as file:
                    self._table = read_table(file.read(MOST_BYTES).decode("ascii", "replace"))
            except (OSError, ValueError):
                self._table = {}
        return self._table

    def mac(self, host: str) -> str:
        """The MAC that answers for `host`; "" when that is not known, or answers for several: a router does."""
        table = self.table()
        mac = table.get(host, "")
        return mac if list(table.values()).count(mac) == 1 else ""
