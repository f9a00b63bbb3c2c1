"""One port of the simulated switch: its state, counters and power."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from protocols.clock import Clock
from protocols.drivers.network.simulator.grown import Grown

FLAP_S = 20.0


class Peer(NamedTuple):
    """A neighbour that announces itself by LLDP. `carries`: it is a switch, router or access point."""

    name: str
    mac: str
    address: str | None = None
    carries: bool = True
    port: str = "1"


@dataclass
class Port:
    """`rates` are octets a second received and sent while the port is up; `megabits` its speed; `power` watts drawn, 0 none."""

    number: int
    index: int
    name: str
    clock: Clock
    megabits: int = 1000
    up: bool = True
    admin: bool = True
    alias: str = ""
    peer: Peer | None = None
    macs: Sequence[str] = ()
    power: float = 0.0
    poe: int = 2
    duplex: int = 3
    flapping: bool = False
    denied: int = 0
    rates: tuple[float, float] = (125_000.0, 60_000.0)
    steady: bool = False
    counters: dict[str, Grown] = field(init=False)

    def __post_init__(self) -> None:
        names = ("received", "sent", "errors", "discards", "broadcast")
        usual = dict(zip(names, (*self.rates, 0.0, 0.0, 4.0), strict=True))
        self._usual = usual if self.up and self.admin else dict.fromkeys(names, 0.0)
        self.counters = {name: Grown(self.clock, rate, steady=self.steady) for name, rate in self._usual.items()}

    def oper(self) -> int:
        """ifOperStatus."""
        flap = self.flapping and int(self.clock.monotonic() / FLAP_S) % 2
        return 1 if self.up and self.admin and not flap else 2

    def link(self, up: bool) -> None:
        """Plug in or pull the cable."""
        self.up = up
        for name, counter in self.counters.items():
            counter.turn(self._usual[name] if up else 0.0)

    def turn(self, name: str, rate: float) -> None:
        """Let a counter grow at another rate."""
        self.counters[name].turn(rate)

    def heal(self) -> None:
        """As it was made."""
        self.flapping, self.duplex, self.admin = False, 3, True
        for name, counter in self.counters.items():
            counter.turn(self._usual[name] if self.up else 0.0)

    def reset(self) -> None:
        """Counters begin anew."""
        for counter in self.counters.values():
            counter.put(0.0)
