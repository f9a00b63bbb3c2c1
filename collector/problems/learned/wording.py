"""The findings of the learned normal, with their words and their evidence. Pure."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from collector.calendar.school import SchoolCalendar
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow
from collector.problems.learned.block import Block
from collector.problems.learned.metrics import How, judged_as
from collector.problems.learned.scale import plain
from protocols.metrics import BY_NAME
from protocols.units import show

Unusual = tuple[PointRow, Block, int]
"""A point, and where what is known of it stands."""
POINT_UNUSUAL, DEVICE_UNUSUAL = "point.unusual", "device.unusual"


class _Names(NamedTuple):
    samples: str
    normal: str


_FIGURE, _SHARE = _Names("samples", "normal"), _Names("share", "usual_share")
"""What the evidence calls what was judged, and the band: a state's are shares of time, not what it reads."""
_NAMED = 4
"""Values that a device's title names, and points whose samples and band its evidence has."""


def of_point(point: PointRow, block: Block, at: int, calendar: SchoolCalendar, cause: Key | None) -> Finding:
    """What is unusual of one point. `value` is its newest; of a counter the increase an hour."""
    how = int(block.how[at])
    samples, band = _samples(block, at), _band(block, at)
    since = int(block.out_since[at])
    usual = " to ".join(_shown(end, point, how) for end in band) if band else "not known"
    value = samples[-1][1] if samples else None
    return Finding(
        Key(POINT_UNUSUAL, subject_of("point", point.id)), since, "", point.device, point.id,
        float(block.value[at]) if how == How.SHARE and samples else value, _judged(block, at),
        words={"usual": usual, "range": _spread(samples, point, how), "since": clock(since, calendar)}, cause=cause,
    )  # fmt: skip


def of_device(device: int, since: int, unusual: Sequence[Unusual], calendar: SchoolCalendar) -> Finding:
    """Several values of one device are unusual at once. Of the first of them the evidence has what it was judged by."""
    points = [point for point, _, _ in unusual]
    names = list(dict.fromkeys(point.name or BY_NAME[point.metric].meaning for point in points))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    words = {"count": str(len(points)), "since": clock(since, calendar), "what": ", ".join(names[:_NAMED]) + more}
    key = Key(DEVICE_UNUSUAL, subject_of("device", device))
    judged = [{"point": point.id, **_judged(block, at)} for point, block, at in unusual[:_NAMED]]
    evidence = {"points": [point.id for point in points], "unusual": judged}
    return Finding(key, since, "", device, evidence=evidence, words=words)


def clock(at: int, calendar: SchoolCalendar) -> str:
    """`Tue 07:19`, in the building."""
    return calendar.local(at).strftime("%a %H:%M")


def _samples(block: Block, at: int) -> list[list[float]]:
    """`[time, figure]` of the newest, the oldest first."""
    how, seen = int(block.how[at]), block.times[:, at] > 0
    return [
        [time, plain(how, figure)]
        for time, figure in zip(block.times[seen, at].tolist(), block.recent[seen, at].tolist(), strict=True)
    ]


def _band(block: Block, at: int) -> list[float]:
    """From where to where it is usual now; empty: that is not known."""
    how = int(block.how[at])
    ends = (block.low, block.high) if np.isfinite(block.low[at]) else ()
    return [plain(how, float(end[at])) for end in ends]


def _judged(block: Block, at: int) -> dict[str, Any]:
    """What it was judged by, as evidence."""
    names, band = _SHARE if int(block.how[at]) == How.SHARE else _FIGURE, _band(block, at)
    return {names.samples: _samples(block, at)} | ({names.normal: band} if band else {})


def _spread(samples: list[list[float]], point: PointRow, how: int) -> str:
    """The newest samples in words, from the lowest to the highest."""
    if not samples:
        return "not usual"
    ends = dict.fromkeys(_shown(end(value for _, value in samples), point, how) for end in (min, max))
    text = " to ".join(ends)
    as_ = judged_as(point)
    return f"{as_.on} {text} of the time" if as_ and how == How.SHARE else text


def _shown(value: float, point: PointRow, how: int) -> str:
    if how == How.SHARE:
        return show(100 * value, "%").words
    text = show(value, point.unit or "1").words
    return f"{text} an hour" if how == How.RATE else text
