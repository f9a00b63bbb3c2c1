"""One minute of all equipment judged: from what was heard to what is found. Pure."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from collector.problems.detector import World
from collector.problems.finding import Finding, Key
from collector.problems.fleet import PointRow
from collector.problems.hvac.air import AIR
from collector.problems.hvac.columns import Columns, follow
from collector.problems.hvac.drift import Drift
from collector.problems.hvac.frame import Frame, temperatures
from collector.problems.hvac.lasting import Lasting
from collector.problems.hvac.layout import Layout
from collector.problems.hvac.minutes import Minutes
from collector.problems.hvac.places import Places
from collector.problems.hvac.plant import SPAN, Plants
from collector.problems.hvac.running import RUNNING, boiler_failed
from collector.problems.hvac.state import Running
from collector.problems.hvac.telling import kept, told
from collector.problems.hvac.usual import LEARNED, Usual

FAULTS = (*AIR, *RUNNING, *LEARNED)
_BOILER = next(row for row, fault in enumerate(FAULTS) if fault.test is boiler_failed)
WARM_UP = 240
"""Minutes before school in which a fan may run though nobody is there: optimum start begins up to three hours before the
building is occupied (Guideline 36, 5.4.4), and that is an hour before school."""
LEAST_MOVES = 30
"""A value that never moved is a constant, not a sensor that is stuck."""


class Judge:
    """Bounded per point: half an hour of minutes and a few numbers; per equipment a few numbers a fault."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.minutes = Minutes()
        self.layout = Layout(self.minutes)
        self.places = Places(world, self.layout)
        self.lasting = Lasting(FAULTS)
        self.running = Running()
        self.usual = Usual()
        self.drift = Drift()
        self.plants = Plants()
        self.found: list[Finding] = []
        self.kept: frozenset[Key] = frozenset()
        self._guessed: NDArray[np.bool_] = np.empty((0, 0), np.bool_)

    def build(self, points: Mapping[int, PointRow]) -> None:
        """The layout follows these points and what people confirmed."""
        keep = self.layout.build(self._world, points)
        self._guessed = self.layout.spread(self.minutes.guessed.astype(float)) == 1
        for each in self.by_equipment.values():
            follow(each, keep)

    @property
    def by_equipment(self) -> dict[str, Columns]:
        """What has a column for each equipment, by name."""
        return {"lasting": self.lasting, "running": self.running, "usual": self.usual, "drift": self.drift}

    def minute(self, minute: int) -> None:
        """The minute is over."""
        self.minutes.close(minute)
        if not self.layout.equipment:
            self.plants = Plants()  # nobody could say that anything is over
            return
        frame = self._frame(minute)
        self.running.step(frame)
        self._learn(frame)
        before = self.lasting.kept
        if self.lasting.step(frame) or (minute % 15 == 0 and self.found):
            self.found = told(FAULTS, self.lasting, self.layout, frame, self.places)
        if not np.array_equal(before, self.lasting.kept):
            self.kept = kept(FAULTS, self.lasting, self.layout)

    def tell(self) -> None:
        """What is found and held, told anew without figures: its state was changed from outside."""
        self.found = told(FAULTS, self.lasting, self.layout, None, self.places)
        self.kept = kept(FAULTS, self.lasting, self.layout)

    def forget(self) -> None:
        """Nothing was heard for so long that all counting begins anew."""
        for each in (self.minutes, self.lasting, self.running, self.plants):
            each.forget()
        self.found, self.kept = [], kept(FAULTS, self.lasting, self.layout)

    def _frame(self, minute: int) -> Frame:
        still, lively = self._stillness(minute)
        session = self.places.in_session
        return Frame(
            minute, self._spread(self.minutes.mean(5)), self._spread(self.minutes.last_held),
            self.layout.spread(self.minutes.turns), still, lively,
            session(minute, 120, 120), session(minute, WARM_UP, 0) & ~session(minute, 0, 0), limits=self._limits(),
        )  # fmt: skip

    def _limits(self) -> dict[str, NDArray[np.float64]]:
        """As the rules are for each equipment's device."""
        book = self._world.book
        devices = [self._world.devices.get(unit.device) for unit in self.layout.equipment]
        made = {}
        for fault in (each for each in FAULTS if each.key and each.rule in book.rules):
            (usual,) = fault.limits.values()
            made[fault.key] = np.array(
                [book.of(fault.rule, one).limits.get(fault.key, usual) for one in devices], float
            )
        return made

    def _spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.running.convert(self.layout.spread(values), self._guessed)

    def _stillness(self, minute: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """How long each role's point has stood still beyond its habit (`Frame.still`), and where others move (`Frame.lively`)."""
        rows = self.minutes
        age = minute - rows.changed
        beyond = np.where(age > 1.5 * rows.longest, age, 0)
        still = np.where(rows.moves >= LEAST_MOVES, beyond, np.nan)
        moving = (self.layout.spread((age < 60).astype(float))[temperatures()] == 1).sum(0)
        _, place = np.unique(self.places.buildings(), return_inverse=True)
        return self.layout.spread(still), np.bincount(place, moving)[place] >= 1

    def _learn(self, frame: Frame) -> None:
        """What is usual of each unit, of each outdoor sensor among its siblings, and of each building's zones."""
        self.usual.step(frame)
        own = self.layout.own("outdoor_temp")
        if own.any() and frame.minute % 10 == 0:
            local = self.places.local(0, frame.minute)
            night = (local - timedelta(hours=5)).toordinal()
            self.drift.step(night, np.full(len(own), local.hour < 5), own, frame["outdoor_temp"])
        frame.learned["drift"] = self.drift.away
        doubted = boiler_failed(frame)[0] & ~self.lasting.found[_BOILER]
        earlier = self._spread(self.minutes.mean(3, SPAN))
        self.plants.step(frame, earlier, self.layout.equipment, self.places.buildings(), doubted)
