"""The learned normal as a detector: large, sustained and rare for this point, at this hour of such a day. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from collector.ingest.committed import Committed
from collector.problems.detector import Detector, World
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow
from collector.problems.learned import judging
from collector.problems.learned.block import SIZE
from collector.problems.learned.judging import Samples
from collector.problems.learned.metrics import JUDGED, How
from collector.problems.learned.saved import Remembered
from collector.problems.learned.seeded import Seeded
from collector.problems.learned.siblings import Member, Moving, Siblings
from collector.problems.learned.wording import DEVICE_UNUSUAL, POINT_UNUSUAL, Unusual, of_device, of_point

AHEAD_MS = 15 * 60 * 1000
"""Samples further ahead than this are an agent's clock gone wrong: they say nothing of an hour."""
FRESH_MS = 15 * 60 * 1000
"""A newest sample that is older says nothing of now: nothing is found by it, and it moves with nobody."""
AGREE, STILL = 3, 2
"""Metrics of one device that must be unusual at once for it to be the device; and stay so, or be its picture, which has but three."""
BANDS_A_TICK = 8192
"""When the hour changes, so many bands are worked out each second: no tick is long."""


class LearnedNormal(Remembered, Detector):
    """See the README. Judges the points whose metric is in `metrics.JUDGED`."""

    rules = frozenset((POINT_UNUSUAL, DEVICE_UNUSUAL))

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._siblings = Siblings()
        self._devices: dict[int, int] = {}
        """Devices found unusual, and since when."""
        self._seeded = Seeded(STILL)
        self._news = True
        self._found: list[Finding] = []
        self._judged_at = 0
        self._moved: Moving | None = None
        self._moved_at = 0

    def learn(self, points: Sequence[PointRow]) -> None:
        """Take in points; those whose metric is not judged are left out."""
        for point in points:
            if self.place(point):
                self._siblings.add(self._member(point))

    def seed(self, key: Key, since: int, now: int) -> None:
        """An open problem: it holds until the point is usual again, or has been unusual for so long that it is the new normal."""
        identity = int(key.subject.partition(":")[2])
        if key.rule == DEVICE_UNUSUAL:
            self._devices[identity] = since
            self._seeded.add(identity, self.points, now)
        elif (column := self.column_of(identity)) >= 0:
            block, at = self.blocks[column // SIZE], column % SIZE
            block.out_since[at] = block.out_since[at] or since  # as it was saved: it began before it was told
            block.fired[at], block.out_last[at] = True, now
        self._news = True

    def observe(self, committed: Committed) -> None:
        """Take in one commit. What is late and newer than what its point has is learned, and opens nothing."""
        columns = self.columns_of(committed.points)
        kept = (columns >= 0) & (committed.times <= committed.at_ms + AHEAD_MS) & np.isfinite(committed.values)
        if not kept.any():
            return
        self._news = True
        late = committed.late[kept]
        columns, times, values = columns[kept], committed.times[kept], committed.values[kept]
        order = np.lexsort((times, columns))
        columns, times, values, late = columns[order], times[order], values[order], late[order]
        places = self.placing.places(self.world.calendars, self.buildings_of(columns), times)
        samples = Samples(columns, times, values, late, places)
        for chosen in _turns(columns):
            self._take(samples.of(chosen) if len(chosen) < len(columns) else samples)

    def findings(self, now: int) -> Iterable[Finding]:
        """All that is unusual at `now`."""
        left = BANDS_A_TICK
        for block in self.blocks:
            left -= judging.refresh(block, left) if left > 0 else 0
        if not self._news and now - self._judged_at < 60_000:
            return self._found
        self._news, self._judged_at = False, now
        self._fire(now)
        self._found = list(self._told())
        self._let_go(now)
        return self._found

    def held(self) -> Collection[Key]:
        """Devices that were unusual before this process began, until their points say whether they are."""
        return [Key(DEVICE_UNUSUAL, subject_of("device", device)) for device in self._seeded]

    def _let_go(self, now: int) -> None:
        found = {each.device for each in self._found if each.key.rule == DEVICE_UNUSUAL}
        gone = {device for device in self._seeded if device not in self.world.devices}
        self._seeded.judge(found | gone, self.points, self.blocks, now)

    def _take(self, samples: Samples) -> None:
        blocks = samples.at // SIZE
        edges = np.flatnonzero(np.diff(blocks)) + 1
        starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(blocks)]
        for start, end in zip(starts, ends, strict=True):
            part = samples.of(np.arange(start, end))
            number = int(blocks[start])
            judging.observe(self.blocks[number], part._replace(at=part.at - number * SIZE))

    def _fire(self, now: int) -> None:
        """Those that are due are found from now on, but what moves with its like. What has been so for days is the new normal, but where
        it moves with its like all over: that passes, and what is usual stays known."""
        least = self.world.book.least_ms(POINT_UNUSUAL)
        overdue = [judging.overdue(block, now, least, FRESH_MS) for block in self.blocks]
        if not any(map(len, overdue)) and not any(block.fired.any() for block in self.blocks):
            return
        moving = self._moving(now)
        for number, (block, at) in enumerate(zip(self.blocks, overdue, strict=True)):
            needed = self._needed(number, at)
            at, needed = judging.outlasting(block, at, needed)
            anywhere, everywhere = (each[number * SIZE :][: block.used] for each in moving)
            block.excused[at[anywhere[at]]] = now
            block.fired[judging.due(block, at, needed)] = True
            lasting = judging.lasting(block)
            block.clear(lasting[~everywhere[lasting]])
            block.calm(lasting[everywhere[lasting]])
            weather = np.flatnonzero(block.fired[: block.used] & everywhere)
            block.excused[weather] = now
            block.calm(weather)

    def _needed(self, number: int, at: NDArray[np.intp]) -> NDArray[np.int64]:
        """How long (ms) each of these points of a block must be unusual: as its device has it."""
        book, devices = self.world.book, self.world.devices
        if not book.tuning.spans(POINT_UNUSUAL):
            return np.full(len(at), book.for_ms(POINT_UNUSUAL), np.int64)
        points = [self.points[number * SIZE + column] for column in at.tolist()]
        return np.array([book.for_ms(POINT_UNUSUAL, devices.get(point.device)) for point in points], np.int64)

    def _moving(self, now: int) -> Moving:
        """Worked out once a minute at most: it takes every point of the district."""
        if self._moved is None or now - self._moved_at >= 60_000 or len(self._moved.anywhere) < len(self.points):
            outside = np.concatenate([block.out_since[: block.used] > 0 for block in self.blocks])
            off = np.concatenate([judging.off(block, now - FRESH_MS) for block in self.blocks])
            self._moved, self._moved_at = self._siblings.moving(outside, off), now
        return self._moved

    def _told(self) -> Iterator[Finding]:
        by_device: dict[int, list[Unusual]] = {}
        for number, block in enumerate(self.blocks):
            for at in np.flatnonzero(block.fired[: block.used]).tolist():
                point = self.points[number * SIZE + at]
                by_device.setdefault(point.device, []).append((point, block, at))
        self._devices = {
            device: since for device, since in self._devices.items() if device in by_device or device in self._seeded
        }
        for device, unusual in by_device.items():
            known = self.world.devices.get(device)
            calendar = self.world.calendars.of(known.building if known else None)
            pictures = all(JUDGED.get(point.metric) is How.PICTURE for point, _, _ in unusual)
            needed = STILL if device in self._devices or pictures else AGREE
            cause = None
            if len({point.metric for point, _, _ in unusual}) >= needed:
                since = min(int(block.out_since[at]) for _, block, at in unusual)
                self._devices.setdefault(device, since)
                cause = Key(DEVICE_UNUSUAL, subject_of("device", device))
                yield of_device(device, self._devices[device], unusual, calendar)
            elif device not in self._seeded:
                self._devices.pop(device, None)
            for point, block, at in unusual:
                yield of_point(point, block, at, calendar, cause)

    def _member(self, point: PointRow) -> Member:
        device = self.world.devices.get(point.device)
        kind, building, name = (device.kind, device.building, device.name) if device else ("", 0, "")
        called = (point.name or "").removeprefix(name).strip(" .-_/") or point.label or ""
        return Member(point.metric, point.unit, kind, building, point.device, called)


def _turns(columns: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Of sorted columns the positions of each turn: in one turn each column comes once."""
    new = np.append(True, columns[1:] != columns[:-1])
    if new.all():
        yield np.arange(len(columns))
        return
    starts = np.flatnonzero(new)
    place = np.arange(len(columns)) - np.repeat(starts, np.diff(np.append(starts, len(columns))))
    for turn in range(int(place.max()) + 1):
        yield np.flatnonzero(place == turn)
