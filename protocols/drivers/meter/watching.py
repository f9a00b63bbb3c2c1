"""What needs the polls before: a counter that falls, a phase that goes missing. No clock, no I/O."""

from protocols.driver import Sample
from protocols.drivers.meter.points import COUNTERS, PHASE, PHASES, VOLTAGE

THERE, GONE = 80.0, 40.0
"""Volts from which a phase is there, and under which it is missing; between them it is as it was."""


class Counters:
    """Holds back a counter that falls until a second poll confirms it.

    A meter that starts, or a gateway that mixes two up, gives a 0 for one poll; told, the next true value would be a rise by the whole
    count. A rollover or a new meter falls once and stays low.
    """

    def __init__(self) -> None:
        self._told: dict[tuple[str, str | None], float] = {}
        self._low: dict[tuple[str, str | None], float] = {}

    def keep(self, samples: list[Sample]) -> list[Sample]:
        """The samples without the falls that nothing has confirmed yet."""
        return [sample for sample in samples if sample.metric not in COUNTERS or self._believed(sample)]

    def _believed(self, sample: Sample) -> bool:
        key, value = (sample.metric, sample.label), sample.value
        before, low = self._told.get(key), self._low.pop(key, None)
        if before is not None and value < before and (low is None or value < low):
            self._low[key] = value
            return False
        self._told[key] = value
        return True


class Phases:
    """Tells of each phase that has had voltage whether it still has; of one that never had, nothing.

    When none has any more, nothing is missing: the supply was switched off, or the power is out.
    """

    def __init__(self) -> None:
        self._there: dict[str, bool] = {}

    def look(self, samples: list[Sample]) -> list[Sample]:
        """A state for each phase known; `unknown` where its voltage was not told this time."""
        volts = {sample.label: sample.value for sample in samples if sample.metric == VOLTAGE}
        for phase in PHASES:
            value = volts.get(phase)
            if value is not None and abs(value) >= THERE:
                self._there[phase] = True
            elif value is not None and abs(value) < GONE and phase in self._there:
                self._there[phase] = False
        state = {True: 1.0, False: 0.0 if any(self._there.values()) else 2.0}
        return [
            Sample(PHASE, phase, state[there] if phase in volts else 255.0)
            for phase, there in sorted(self._there.items())
        ]
