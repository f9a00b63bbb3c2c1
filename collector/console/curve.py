"""The chart of one point as the server draws it: curve, band, scale and a small table; the script makes it zoomable. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from collector.console.drawing import Drawing, Row, draw
from collector.console.times import clock_time
from protocols.units import show

RANGES = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "1y": timedelta(days=365),
}
RANGE_WORDS = {"1h": "1 h", "24h": "24 h", "7d": "7 d", "30d": "30 d", "1y": "1 y"}
SIZE = (720.0, 220.0)
_TABLE_ROWS = 12


class Mark(NamedTuple):
    """A place on an axis (0 to the drawing's size) and its words."""

    at: float
    words: str


class Stretch(NamedTuple):
    """A row of the table below a chart, in words."""

    time: str
    lowest: str
    mean: str
    highest: str


class Curve(NamedTuple):
    """The drawing and what stands around it."""

    drawing: Drawing
    levels: list[Mark]
    moments: list[Mark]
    lowest: str
    mean: str
    highest: str
    table: list[Stretch]


def curve(
    rows: Sequence[Row], start: datetime, end: datetime, where: tzinfo, unit: str, *, steps: bool
) -> Curve | None:
    """What is shown of `rows` (in order of time); None when there is nothing."""
    known = [row for row in rows if row[2] is not None]
    drawing = draw(rows, start.timestamp(), end.timestamp(), SIZE, _gap(known), steps=steps)
    if drawing is None:
        return None
    frame = drawing.frame
    levels = [frame.low + (frame.high - frame.low) * part for part in (0.1, 0.5, 0.9)]
    moments = [start + (end - start) * part for part in (0.0, 0.25, 0.5, 0.75)]
    means = [row[2] for row in known if row[2] is not None]
    return Curve(
        drawing,
        [Mark(float(frame.y(level)), show(level, unit).words) for level in levels],
        [Mark(float(frame.x(at.timestamp())), _moment(at, end, where)) for at in moments],
        show(min(row[1] for row in known if row[1] is not None), unit).words,
        show(sum(means) / len(means), unit).words,
        show(max(row[3] for row in known if row[3] is not None), unit).words,
        _table(known, end, where, unit),
    )


def _gap(known: Sequence[Row]) -> float:
    """How long nothing may come before it is a gap: three times the usual step."""
    steps = sorted(after[0] - before[0] for before, after in pairwise(known))
    return max(60.0, 3 * steps[len(steps) // 2]) if steps else 60.0


def _moment(at: datetime, end: datetime, where: tzinfo) -> str:
    local = at.astimezone(where)
    days = (end - at).days
    return f"{local:%H:%M}" if days <= 1 and end - at <= timedelta(days=1) else f"{local.day} {local:%b}"


def _table(known: Sequence[Row], end: datetime, where: tzinfo, unit: str) -> list[Stretch]:
    """At most a dozen stretches of equally many rows, newest first."""
    size = -(-len(known) // _TABLE_ROWS)
    table = []
    for at in range(0, len(known), size):
        part = known[at : at + size]
        means = [row[2] for row in part if row[2] is not None]
        low = min(row[1] for row in part if row[1] is not None)
        high = max(row[3] for row in part if row[3] is not None)
        time = datetime.fromtimestamp(part[0][0], tz=where)
        mean = sum(means) / len(means)
        table.append(
            Stretch(clock_time(time, end, where), show(low, unit).words, show(mean, unit).words, show(high, unit).words)
        )
    return table[::-1]
