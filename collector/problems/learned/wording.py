"""The findings of the learned normal, with their words and their evidence. Pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from collector.calendar.school import SchoolCalendar
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow
from collector.problems.learned.block import Block
from collector.problems.learned.judged import How
from collector.problems.learned.scale import plain
from protocols.metrics import BY_NAME
from protocols.units import show

POINT_UNUSUAL, DEVICE_UNUSUAL = "point.unusual", "device.unusual"
_NAMED = 4
"""Values that a device's title names."""


def of_point(point: PointRow, block: Block, at: int, calendar: SchoolCalendar, cause: Key | None) -> Finding:
    """What is unusual of one point. `value` is its newest; of a counter the increase an hour."""
    how = int(block.how[at])
    seen = block.times[:, at] > 0
    samples = [
        [time, plain(how, figure)]
        for time, figure in zip(block.times[seen, at].tolist(), block.recent[seen, at].tolist(), strict=True)
    ]
    since = int(block.out_since[at])
    judged: dict[str, Any] = {"samples": samples}
    usual = "not known"
    if np.isfinite(block.low[at]):
        low, high = plain(how, float(block.low[at])), plain(how, float(block.high[at]))
        judged["normal"] = [low, high]
        usual = f"{_shown(low, point, how)} to {_shown(high, point, how)}"
    return Finding(
        Key(POINT_UNUSUAL, subject_of("point", point.id)), since, "", point.device, point.id,
        samples[-1][1] if samples else None, judged,
        words={"usual": usual, "range": _spread(samples, point, how), "since": clock(since, calendar)}, cause=cause,
    )  # fmt: skip


def of_device(device: int, since: int, points: Sequence[PointRow], calendar: SchoolCalendar) -> Finding:
    """Several values of one device are unusual at once."""
    names = list(dict.fromkeys(point.name or BY_NAME[point.metric].meaning for point in points))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    words = {"count": str(len(points)), "since": clock(since, calendar), "what": ", ".join(names[:_NAMED]) + more}
    key = Key(DEVICE_UNUSUAL, subject_of("device", device))
    return Finding(key, since, "", device, evidence={"points": [point.id for point in points]}, words=words)


def clock(at: int, calendar: SchoolCalendar) -> str:
    """`Tue 07:19`, in the building."""
    return calendar.local(at).strftime("%a %H:%M")


def _spread(samples: list[list[float]], point: PointRow, how: int) -> str:
    """The newest samples in words, from the lowest to the highest."""
    ends = [_shown(end(value for _, value in samples), point, how) for end in (min, max)] if samples else ["not usual"]
    return " to ".join(dict.fromkeys(ends))


def _shown(value: float, point: PointRow, how: int) -> str:
    text = show(value, point.unit or "1").words
    return f"{text} an hour" if how == How.RATE else text
