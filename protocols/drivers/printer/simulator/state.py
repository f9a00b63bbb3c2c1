"""A printer that does not exist: what it is, what it has used up by now, and what is broken. Both its protocols show this."""

from dataclasses import dataclass
from typing import NamedTuple

from protocols.clock import Clock

FAULTS = {
    "toner-low": "The black toner is at 4 %",
    "toner-out": "The black toner is empty and the printer stops",
    "unknown-level": "Toner levels are not known any more: some remains (−3), or nothing is known (−2)",
    "waste-full": "The waste toner container is full and the printer stops",
    "jam": "Paper is jammed inside",
    "door-open": "The front cover is open",
    "no-paper": "Every tray is empty",
    "asleep": "It sleeps to save energy, which is no fault of a printer",
    "offline": "Somebody took it offline at its panel",
    "snmp-off": "SNMP is not answered any more",
    "ipp-off": "IPP is not listened for any more",
    "counter-reset": "A technician replaced the controller board: the page counter begins anew",
}
STOPPING = frozenset({"toner-out", "waste-full", "jam", "door-open", "no-paper", "offline"})
PAGES_AN_HOUR = 120
YIELD = 6000
"""Pages of a toner cartridge."""
_COLOURS = ("black", "cyan", "magenta", "yellow")
_SHARES = {"black": 0.72, "cyan": 0.58, "magenta": 0.61, "yellow": 0.83}


@dataclass(frozen=True)
class Traits:
    """What printer it is."""

    name: str = "Library copier"
    model: str = "Acme ColorJet 4500"
    colour: bool = True
    trays: int = 2

    @property
    def serial(self) -> str:
        """From the name, so that each printer of a school has its own."""
        return f"AC{sum(ord(sign) * 31**place for place, sign in enumerate(self.name)) % 10**8:08d}"

    @property
    def mac(self) -> bytes:
        """A hardware address of its own, locally administered."""
        return bytes((0x02, 0xFB)) + int(self.serial[2:]).to_bytes(4, "big")


class SupplyNow(NamedTuple):
    """A supply: `level` of `most` in the printer's own count, with RFC 3805's special values; `waste` fills up."""

    name: str
    colour: str
    waste: bool
    level: int
    most: int


class TrayNow(NamedTuple):
    """An input tray."""

    name: str
    level: int
    most: int
    manual: bool


class State:
    """The printer as it is by the clock. Words may be put in its mouth with `says`: name of a text → what it says instead."""

    def __init__(self, traits: Traits, clock: Clock) -> None:
        self.traits, self.clock = traits, clock
        self.faults: set[str] = set()
        self.says: dict[str, str | bytes] = {}
        self._started = clock.monotonic()
        self._reset_at: float | None = None

    def break_down(self, fault: str) -> None:
        """One of `FAULTS`. Raises `KeyError`."""
        if fault not in FAULTS:
            raise KeyError(fault)
        if fault == "counter-reset":
            self._reset_at = self.clock.monotonic()
        self.faults.add(fault)

    def mend(self) -> None:
        """Undo every fault; a counter that was reset goes on from where it is."""
        self.faults.clear()

    def text(self, what: str, usual: str) -> bytes:
        """A text as octets, unless another was put in its mouth."""
        said = self.says.get(what, usual)
        return said if isinstance(said, bytes) else said.encode("utf-8", "surrogatepass")

    @property
    def hours(self) -> float:
        """Since it was switched on."""
        return (self.clock.monotonic() - self._started) / 3600

    @property
    def uptime(self) -> int:
        """Hundredths of a second; a new controller board begins anew."""
        since = self._started if self._reset_at is None else self._reset_at
        return round((self.clock.monotonic() - since) * 100) + 360_000

    @property
    def pages(self) -> int:
        """The life count."""
        if self._reset_at is not None:
            return int((self.clock.monotonic() - self._reset_at) / 3600 * PAGES_AN_HOUR)
        return 48_213 + int(self.hours * PAGES_AN_HOUR)

    @property
    def stopped(self) -> bool:
        """Whether it cannot print."""
        return bool(self.faults & STOPPING)

    @property
    def supplies(self) -> list[SupplyNow]:
        """Toners, drum and waste container."""
        colours = _COLOURS if self.traits.colour else _COLOURS[:1]
        toners = [self._toner(colour) for colour in colours]
        drum = SupplyNow("Drum Unit", "", False, 71, 100)
        waste = SupplyNow("Waste Toner Container", "", True, 100 if "waste-full" in self.faults else 35, 100)
        return [*toners, drum, waste]

    def _toner(self, colour: str) -> SupplyNow:
        name = f"{colour.capitalize()} Toner Cartridge"
        used = int(self.hours * PAGES_AN_HOUR / len(_COLOURS))
        level = max(int(YIELD * _SHARES[colour]) - used, 0)
        if "unknown-level" in self.faults:
            return SupplyNow(name, colour, False, -3 if colour == "black" else -2, -2)
        if colour == "black" and self.faults & {"toner-low", "toner-out"}:
            level = 0 if "toner-out" in self.faults else YIELD * 4 // 100
        return SupplyNow(name, colour, False, level, YIELD)

    @property
    def trays(self) -> list[TrayNow]:
        """A tray for hand feeding, which is usually empty, and those with paper."""
        level = 0 if "no-paper" in self.faults else 320
        filled = [TrayNow(f"Tray {number}", level, 500, False) for number in range(1, self.traits.trays + 1)]
        return [TrayNow("Multipurpose Feeder", 0, 100, True), *filled]
