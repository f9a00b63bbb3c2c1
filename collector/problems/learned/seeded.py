"""Devices that were unusual before this process began: open until their own points have said whether they still are. Pure."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from collector.problems.fleet import PointRow
from collector.problems.learned.block import SIZE, Block
from collector.problems.learned.judging import ACCEPT_MS, LEARN_DAYS


class _Seed(NamedTuple):
    """When it was seeded (ms), and the columns of its device's points."""

    at: int
    columns: tuple[int, ...]


class Seeded:
    """Few: the problems that were open at the start. `fewest`: metrics that make a device unusual."""

    def __init__(self, fewest: int) -> None:
        self._fewest = fewest
        self._seeds: dict[int, _Seed] = {}

    def __contains__(self, device: int) -> bool:
        return device in self._seeds

    def __iter__(self) -> Iterator[int]:
        return iter(self._seeds)

    def add(self, device: int, points: Sequence[PointRow], now: int) -> None:
        """It was unusual at `now` (ms)."""
        self._seeds[device] = _Seed(now, tuple(at for at, point in enumerate(points) if point.device == device))

    def judge(
        self, done: Collection[int | None], points: Sequence[PointRow], blocks: Sequence[Block], now: int
    ) -> None:
        """Let go of those that are `done` with, of those that can be told to be usual, and of all in the end."""
        for device, seed in list(self._seeds.items()):
            open_ = {points[at].metric for at in seed.columns if _may_be(blocks[at // SIZE], at % SIZE, seed.at)}
            if device in done or len(open_) < self._fewest or now - seed.at > ACCEPT_MS:
                del self._seeds[device]


def _may_be(block: Block, at: int, since: int) -> bool:
    """Whether the point is outside, or has not been held against what is usual since: the first sample only says of which hour."""
    young = block.days[at] < LEARN_DAYS  # as long as its history is not learned again
    return bool(block.out_since[at] > 0 or block.times[-2, at] <= since or young)
