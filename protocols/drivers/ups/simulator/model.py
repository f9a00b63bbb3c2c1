"""How a simulated UPS behaves: its battery empties while it feeds the load and charges otherwise, by the clock given."""

from protocols.clock import Clock

FAULTS = {
    "on-battery": "The mains fail; the battery feeds the load and empties",
    "low-battery": "The mains have failed and the battery lasts another three minutes",
    "replace-battery": "The battery failed its self-test and must be replaced",
    "overload": "More is plugged in than the UPS can feed",
    "bypass": "The load is fed by the mains past the UPS: an outage would reach it",
    "hot": "The battery is at 47 °C: the room's cooling has failed",
    "unknown": "The UPS does not know its charge and runtime (says -1)",
    "lost": "The network card or server has lost the UPS and repeats old figures",
    "silent": "Nothing answers, as when the network card hangs",
}
FULL_RUNTIME = 2400.0
"""Seconds that a full battery lasts at this load."""
CHARGING = 4 * 3600.0
"""Seconds that an empty battery takes."""
LOW_SECONDS = 180.0


class Model:
    """One UPS of 1500 VA. `faults` is what is broken."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.faults: set[str] = set()
        self._charge, self._at = 1.0, clock.monotonic()
        self._since: float | None = None

    def set_faults(self, faults: set[str]) -> None:
        """What is broken from now on."""
        self._charge, self._at = self.charge, self.clock.monotonic()
        was = self.is_on_battery
        self.faults = faults
        if self.is_on_battery != was:
            self._since = self._at if self.is_on_battery else None

    @property
    def is_on_battery(self) -> bool:
        """Whether the battery feeds the load."""
        return bool(self.faults & {"on-battery", "low-battery"})

    @property
    def charge(self) -> float:
        """0 to 1."""
        if "low-battery" in self.faults:
            return LOW_SECONDS / FULL_RUNTIME
        passed = self.clock.monotonic() - self._at
        change = -passed / FULL_RUNTIME if self.is_on_battery else passed / CHARGING
        return min(1.0, max(0.0, self._charge + change))

    @property
    def runtime(self) -> float:
        """Seconds."""
        return self.charge * FULL_RUNTIME * 35 / self.load

    @property
    def on_battery_for(self) -> float:
        """Seconds; 0 when it is not."""
        return 0.0 if self._since is None else self.clock.monotonic() - self._since

    @property
    def is_low(self) -> bool:
        """Less than five minutes are left."""
        return self.is_on_battery and self.runtime < 300

    @property
    def load(self) -> int:
        """Percent."""
        return 112 if "overload" in self.faults else 35

    @property
    def temperature(self) -> float:
        """Of the battery, °C."""
        return 47.2 if "hot" in self.faults else 24.6

    @property
    def input_voltage(self) -> float:
        """V."""
        return 0.0 if self.is_on_battery else 121.3

    @property
    def is_unknown(self) -> bool:
        """Charge and runtime are not known."""
        return "unknown" in self.faults
