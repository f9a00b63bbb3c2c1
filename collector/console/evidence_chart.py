"""The small chart of a problem: its samples with the limit, or the usual band, it was judged by, and when it opened. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any, NamedTuple

from collector.console.curve import Mark
from collector.console.drawing import Drawing, Frame, Row, draw, framed
from collector.console.times import clock_time
from protocols.units import show

SIZE = (720.0, 180.0)
BEFORE = timedelta(hours=2)
LONGEST = timedelta(days=7)
_GAP_S = 1200.0


class Chart(NamedTuple):
    """`limit` and `band` (top and height) are places in the drawing; `opened` the place of the moment it opened; words for each."""

    drawing: Drawing
    levels: list[Mark]
    moments: list[str]
    opened: str | None
    limit: str | None
    band: tuple[str, str] | None
    words: str


class Judged(NamedTuple):
    """What lies over the curve: one limit, or a band; None: there is none."""

    limit: float | None = None
    band: tuple[float, float] | None = None


def span(opened: datetime, resolved: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """What is shown: from two hours before it opened, at most a week of it."""
    end = min(now, (resolved or now) + BEFORE / 4)
    return opened - BEFORE, max(min(end, opened + LONGEST), opened + timedelta(minutes=5))


def judged(evidence: Mapping[str, Any]) -> Judged:
    """The limit or the band that the evidence names."""
    limit, band = evidence.get("limit"), evidence.get("normal")
    if isinstance(band, Sequence) and len(band) == 2 and all(isinstance(one, int | float) for one in band):
        return Judged(None, (float(band[0]), float(band[1])))
    windowed = "per_ms" in evidence
    return Judged(float(limit) if isinstance(limit, int | float) and not windowed else None)


def own_rows(evidence: Mapping[str, Any]) -> list[Row]:
    """The samples in the evidence itself: what was judged where that is not what was measured (a counter's increase)."""
    samples = evidence.get("samples")
    return [
        (one[0] / 1000, float(one[1]), float(one[1]), float(one[1]))
        for one in (samples if isinstance(samples, list) else ())
        if isinstance(one, Sequence) and len(one) == 2 and all(isinstance(part, int | float) for part in one)
    ]


def chart(
    rows: Sequence[Row], ends: tuple[datetime, datetime], opened: datetime, lines: Judged, unit: str, where: tzinfo
) -> Chart | None:
    """The drawing; None when nothing was measured. The frame takes in the limit and the band."""
    known = [row for row in rows if row[2] is not None]
    ends = (_begun(ends, opened, known), ends[1])
    start, end = (one.timestamp() for one in ends)
    first = draw(known, start, end, SIZE, _GAP_S)
    if first is None:
        return None
    over = [one for one in (lines.limit, *(lines.band or ())) if one is not None]
    low, high = min([first.frame.low, *over]), max([first.frame.high, *over])
    room = (high - low) * 0.05 if over else 0.0
    low, high = low - room, high + room
    if unit == "%" and min(row[1] for row in known if row[1] is not None) >= 0:
        low = max(low, 0.0)  # there is nothing below an empty one
    frame = Frame(*SIZE, start, end, low, high)
    drawing = framed(known, frame, _gap(known))
    levels = [Mark(float(frame.y(level)), show(level, unit).words) for level in (frame.high, frame.low)]
    step = (ends[1] - ends[0]) / 3
    moments = [clock_time(ends[0] + step * part, ends[1], where) for part in range(4)]
    inside = start <= opened.timestamp() <= end
    band = None
    if lines.band:
        top, foot = float(frame.y(lines.band[1])), float(frame.y(lines.band[0]))
        band = (f"{top:.1f}", f"{max(foot - top, 1):.1f}")
    return Chart(
        drawing, levels, moments, frame.x(opened.timestamp()) if inside else None,
        None if lines.limit is None else frame.y(lines.limit), band, _words(known, lines, unit),
    )  # fmt: skip


def _begun(ends: tuple[datetime, datetime], opened: datetime, known: Sequence[Row]) -> datetime:
    """The left edge; of a history so young that its curve were a stroke at the right, a little before its first sample."""
    if not known:
        return ends[0]
    first = min(datetime.fromtimestamp(known[0][0], ends[0].tzinfo), opened)
    young = first - ends[0] > (ends[1] - ends[0]) * 0.6
    return first - (ends[1] - first) / 20 if young else ends[0]


def _gap(known: Sequence[Row]) -> float:
    """Three times the usual step is a hole."""
    steps = sorted(after[0] - before[0] for before, after in pairwise(known))
    return max(60.0, 3 * steps[len(steps) // 2]) if steps else _GAP_S


def _words(known: Sequence[Row], lines: Judged, unit: str) -> str:
    low = show(min(row[1] for row in known if row[1] is not None), unit).words
    high = show(max(row[3] for row in known if row[3] is not None), unit).words
    said = f"Lowest {low}, highest {high}"
    if lines.band:
        return (
            f"{said}; usual was {show(lines.band[0], unit).words} to {show(lines.band[1], unit).words}, the shaded band"
        )
    return said if lines.limit is None else f"{said}; the limit, the dashed line, is {show(lines.limit, unit).words}"
