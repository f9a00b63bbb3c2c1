"""Every detector together, as the loop drives them: samples a second, an idle second, a second at live pace, memory; 100,000 points.

50 schools of the simulated district's devices with 125 more computers each (9,950 devices), a minute's samples at a time in commits of
4,000, the shipped rules; from the committed batch to the plan. Seconds are of this process's own CPU, so that a busy machine counts for
little. One device in a hundred is out of reach and 280 disks are full all along. At the end every device falls out of reach at once, the worst that a tick can meet.
"""

import asyncio
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collector.calendar.school import Calendars
from collector.ingest.committed import Committed, ReachSeen
from collector.problems.engine import Engine
from collector.problems.finding import Key
from collector.problems.fleet import AgentRow, Device, PointRow
from collector.problems.forecast.detector import Forecasts
from collector.problems.plan import Live, plan
from collector.problems.rules import load
from collector.problems.topology.causes import severity_of
from collector.problems.topology.graph import Edge
from tests.bench.school_year.district import District
from tests.bench.school_year.fleet import Fleet, unit_of
from tests.bench.school_year.term import term

SCHOOLS, COMPUTERS, COMMIT = 50, 125, 4_000
AT_ONCE = 10
"""Commits that a tick takes in: at 200,000 samples/s five ticks a second have 40,000 each."""
BEGIN, MINUTES, WARM = 8 * 60, 75, 6
"""Minute of the school day at which it begins, how many follow, and how many of them are not counted."""
FULL = 2
"""Schools whose every disk is full."""
PAST_DAYS, EPOCH = 40, 719_163
"""Days that the forecasts know before it begins; `date.toordinal` of 1 January 1970."""


class Fifty:
    """The fleet and an hour of values: every school has the same."""

    def __init__(self) -> None:
        district = District(1, term(1, 1), 1)
        day = district.day(0)
        first = int(np.searchsorted(day.minute, BEGIN))
        values = day.values[:, first - 30 : first + MINUTES]
        place = np.where(np.isnan(values), 0, np.arange(values.shape[1]))
        held = np.take_along_axis(values, np.maximum.accumulate(place, axis=1), axis=1)[:, 30:]
        computers = [placed for placed in district.fleet.placed if placed.device.key.startswith("pc-")]
        own = [placed for placed in district.fleet.placed if not placed.device.new]
        self.placed = own + [computers[number % len(computers)] for number in range(COMPUTERS)]
        rows = np.concatenate([np.arange(placed.first, placed.last) for placed in self.placed])
        self.fleet: Fleet = district.fleet
        self.values: NDArray[np.float64] = held[rows]
        metrics = [self.fleet.points[row][1].metric for row in rows.tolist()]
        self._disks = np.tile(np.array([metric == "host.disk.utilization" for metric in metrics]), SCHOOLS)
        self.start = int(day.minutes[first])
        self.calendars = Calendars(district=day.calendar)

    @property
    def points_a_school(self) -> int:
        return len(self.values)

    def devices(self) -> Iterator[Device]:
        by_key = {placed.device.key: place + 1 for place, placed in enumerate(self.placed[:-COMPUTERS])}
        for school in range(SCHOOLS):
            base = school * len(self.placed)
            for place, placed in enumerate(self.placed):
                own = placed.device
                parent = by_key.get(own.parent or "")
                yield Device(
                    base + place + 1, f"agent-{school}", parent and base + parent, True, self.start - 86_400_000, "ok", school + 1,
                    own.kind, own.name, own.room, None, own.attributes,
                )  # fmt: skip

    def points(self) -> Iterator[PointRow]:
        point = 0
        for school in range(SCHOOLS):
            for place, placed in enumerate(self.placed):
                device = school * len(self.placed) + place + 1
                for _, reading in self.fleet.points[placed.first : placed.last]:
                    point += 1
                    yield PointRow(
                        point,
                        device,
                        reading.metric,
                        reading.label,
                        None,
                        unit_of(reading),
                        reading.name,
                        reading.states,
                    )

    def commits(self, minute: int) -> Iterator[Committed]:
        """A minute's samples of all, two seconds after they were read."""
        values = np.tile(self.values[:, minute], SCHOOLS)
        values[: FULL * self.points_a_school][self._disks[: FULL * self.points_a_school]] = 95.0
        ids = np.arange(1, len(values) + 1, dtype=np.int32)
        known = np.isfinite(values)
        ids, values = ids[known], values[known]
        at = self.start + minute * 60_000
        for first in range(0, len(ids), COMMIT):
            part = slice(first, first + COMMIT)
            yield Committed(at + 2_000, ids[part], np.full(len(ids[part]), at, np.int64), values[part])


class Collector:
    """The engine with the fleet learned, and its seconds."""

    def __init__(self, district: Fifty) -> None:
        self.district, self.book = district, load()
        assert not self.book.refused, self.book.refused
        self.engine = Engine(self.book, district.start)
        self.engine.world.calendars.become(district.calendars)
        self.engine.devices.update({device.id: device for device in district.devices()})
        self.engine.judge.learn(
            Edge(device.id, device.parent) for device in self.engine.devices.values() if device.parent
        )
        self.engine.learn(district.points())
        self._remember()
        self.live: dict[Key, Live] = {}
        """The problems that are open, as the database would have them."""

    def _remember(self) -> None:
        """Forty days of everything that can run out, as the loop reads them at a start: it falls by half a percent a day."""
        for detector in (found for found in self.engine.detectors if isinstance(found, Forecasts)):
            ids, ago = np.array(detector.rows.ids), np.arange(PAST_DAYS, 0, -1)
            days = np.repeat(self.district.start // 86_400_000 + EPOCH - ago, len(ids))
            level = np.repeat(50.0 + ago / 2, len(ids))
            detector.remember(np.tile(ids, PAST_DAYS), days, level, level, level)

    def tick(self, now: int) -> None:
        """What a tick of the loop asks of the engine; what is to open is open from then on."""
        self.engine.listening.agents = {f"agent-{n}": AgentRow(f"agent-{n}", True, now) for n in range(SCHOOLS)}
        sorted_ = self.engine.judge.sort(self.engine.findings(now), self.live, now)
        todo = plan(self.live, sorted_, self.engine, self.book, now)
        for finding, cause in todo.open:
            above = self.live[cause].id if cause in self.live else None
            self.live[finding.key] = Live(
                len(self.live) + 1,
                finding.key,
                severity_of(finding, self.book),
                finding.agent,
                finding.device,
                above,
                opened_at=now,
            )
        for problem in todo.resolve:
            del self.live[problem.key]

    def take(self, commits: list[Committed]) -> None:
        """Samples as fast as they come."""
        for first in range(0, len(commits), AT_ONCE):
            for committed in commits[first : first + AT_ONCE]:
                self.engine.observe(committed)
            self.tick(commits[first].at_ms)


def _reach(collector: Collector, devices: Iterable[int], reachable: bool, now: int) -> None:
    empty = Committed(now, np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    empty.reach = [ReachSeen(device, now, reachable, "") for device in devices]
    collector.engine.observe(empty)


def _took(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def figures() -> dict[str, float | None]:
    """All of them, in a process that did nothing before."""
    fifty = Fifty()
    before = _resident()
    collector = Collector(fifty)
    _reach(collector, range(7, len(collector.engine.devices), 100), False, fifty.start)
    for minute in range(WARM):
        collector.take(list(fifty.commits(minute)))
    taken, samples = 0.0, 0
    for minute in range(WARM, MINUTES - 2):
        commits = list(fifty.commits(minute))
        taken += _took(lambda load=commits: collector.take(load))
        samples += sum(len(committed.points) for committed in commits)
    held = _resident() - before
    found = {
        "detectors.samples_per_second": samples / taken,
        "detectors.mb_per_100k_points": held * 100_000 / (SCHOOLS * fifty.points_a_school),
    }
    return found | _live(collector) | _fallen(collector)


def _live(collector: Collector) -> dict[str, float | None]:
    """A minute as it goes: a commit every other second, a tick each second."""
    idle, busy = [], []
    commits = list(collector.district.commits(MINUTES - 2))
    for second in range(60):
        now = commits[0].at_ms + second * 1000
        if second % 2 == 0 and commits[second // 2 : second // 2 + 1]:
            committed = replace(commits[second // 2], at_ms=now)
            busy.append(_took(lambda load=committed, at=now: (collector.engine.observe(load), collector.tick(at))))
        else:
            idle.append(_took(lambda at=now: collector.tick(at)))
    return {
        "detectors.idle_ms": 1000 * statistics.median(idle),
        "detectors.idle_worst_ms": 1000 * max(idle),
        "detectors.busy_worst_ms": 1000 * max(busy),
        "detectors.live_cpu_percent": 100 * (sum(idle) + sum(busy)) / 60,
    }


def _fallen(collector: Collector) -> dict[str, float | None]:
    """Every device out of reach within one second, and what a tick takes while they wait and when they are told."""
    now = collector.district.start + (MINUTES - 1) * 60_000
    _reach(collector, list(collector.engine.devices), False, now)
    taken = [_took(lambda at=now + second * 1000: collector.tick(at)) for second in range(0, 400, 5)]
    return {"detectors.all_down_ms": 1000 * statistics.median(taken), "detectors.all_down_worst_ms": 1000 * max(taken)}


def _resident() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def measure() -> dict[str, float | None]:
    """All figures, from a process of their own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return await asyncio.to_thread(pool.apply, figures)


if __name__ == "__main__":
    print(asyncio.run(measure()))
