"""The whole district day by day: families in turn, faults before and after them. Seeded: the same seed, the same year."""

from collections.abc import Callable, Sequence

import numpy as np

from tests.bench.school_year import said
from tests.bench.school_year.day import MINUTE, Day, stamps
from tests.bench.school_year.devices import cameras, doors, hosts, hvac, network, printers, rooms
from tests.bench.school_year.devices.air import Air
from tests.bench.school_year.fleet import Fleet
from tests.bench.school_year.term import Term, Weather

FAMILIES = (network, printers, cameras, doors, hosts, rooms)
Change = Callable[[Day], None]


def fleet(schools: int) -> Fleet:
    """Every school with every family's devices."""
    return Fleet(
        schools,
        [
            (school, device)
            for school in range(schools)
            for family in (*FAMILIES, hvac)
            for device in family.devices(school)
        ],
    )


class District:
    """Makes one day after another."""

    def __init__(self, seed: int, term: Term, schools: int) -> None:
        self.term = term
        self.fleet = fleet(schools)
        self._chance = np.random.default_rng(seed)
        self._weather = Weather(term, np.random.default_rng(seed + 1))
        self._air = Air(self.fleet, np.random.default_rng(seed + 2))
        self._state: dict[str, float] = {}

    def day(self, number: int, before: Sequence[Change] = (), after: Sequence[Change] = ()) -> Day:
        """Day `number` of the term, which must be asked for in order. `before` turn knobs, `after` change what was sent."""
        date, calendar = self.term.dates()[number], self.term.calendar()
        minutes = stamps(calendar, date)
        local = np.array(
            [calendar.local(int(stamp)).hour * 60 + calendar.local(int(stamp)).minute for stamp in minutes]
        )
        values = np.full((len(self.fleet.points), len(minutes)), np.nan)
        outdoor = self._weather.minutes(date, local)
        day = Day(date, self.fleet, calendar, minutes, local, outdoor, self._chance, values, self._state)
        self._state["testing"] = float(date in self.term.testing)
        for change in before:
            change(day)
        for family in FAMILIES:
            family.play(day)
        hvac.play(day, self._air)
        said.play(day)
        for placed in self.fleet.placed:
            day.put(placed, "reachable", 1.0)
            day.put(placed, "response.time", 0.02 * self._chance.lognormal(0, 0.4, len(minutes)))
        for change in after:
            change(day)
        self._unanswered(day)
        for placed in self.fleet.placed:
            if placed.device.new:
                day.values[
                    placed.first : placed.last, day.minutes < self._state.get(f"commissioned {placed.id}", np.inf)
                ] = np.nan
        return day

    def _unanswered(self, day: Day) -> None:
        """Of what does not answer nothing comes but that it does not."""
        for placed in self.fleet.placed:
            mask = day.down.get(placed.id)
            if mask is None:
                continue
            day.values[placed.first : placed.last, mask] = np.nan
            day.values[placed.first, mask & ((day.minutes // MINUTE + placed.id) % placed.device.every == 0)] = 0.0
