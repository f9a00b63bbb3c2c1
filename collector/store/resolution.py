"""Which rollup answers a question over a span of time, and how wide its buckets are. Pure."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from protocols.errors import StoreError

RESOLUTIONS = ("raw", "5m", "1h", "1d")
MOST_ROWS = 100_000
"""Most rows of one answer; `export` has no such limit."""
STEPS = {"5m": 300, "1h": 3_600, "1d": 86_400}
"""Seconds of one bucket of each rollup."""
ORIGIN = datetime(2000, 1, 3, tzinfo=UTC)
"""Buckets of every width are counted from this midnight (a Monday)."""
FINE = (1, 2, 5, 10, 15, 30, 60, 120)
_WIDTHS = (300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 28_800, 43_200, 86_400, 172_800)
_WEEK = 604_800


class Held(NamedTuple):
    """Since when raw samples, 5-minute and hourly rollups are there; None: since ever."""

    raw: datetime | None = None
    five: datetime | None = None
    hour: datetime | None = None


class Plan(NamedTuple):
    """Read `resolution`, in buckets of `step` seconds, from `start` (on a bucket's edge) to before `end`."""

    resolution: str
    step: int
    start: datetime
    end: datetime


def check(start: datetime, end: datetime, max_points: int, resolution: str | None = None) -> datetime:
    """The start to read from: not before `ORIGIN`, as no sample is. Raises `StoreError` that says what makes no sense."""
    if start.tzinfo is None or end.tzinfo is None:
        raise StoreError("a time without a zone: give it as UTC, such as 2026-11-23T07:25:00Z", permanent=True)
    if start >= end:
        raise StoreError(f"from {start.isoformat()} is not before to {end.isoformat()}: swap them", permanent=True)
    if not 1 <= max_points <= MOST_ROWS:
        raise StoreError(f"max_points is {max_points}: give 1 to {MOST_ROWS}, or use the export", permanent=True)
    if resolution is not None and resolution not in RESOLUTIONS:
        raise StoreError(f"resolution {resolution!r} is not one of {', '.join(RESOLUTIONS)}", permanent=True)
    return max(start, min(ORIGIN, end - timedelta(microseconds=1)))


def plan(start: datetime, end: datetime, max_points: int, held: Held) -> Plan:
    """The finest rollup that reaches back to `start`, in the narrowest buckets of which at most `max_points` fit."""
    oldest = {"5m": held.five, "1h": held.hour, "1d": None}
    reaching = [name for name, since in oldest.items() if since is None or start >= since]
    for width in _widths(start, end, max_points):
        usable = [name for name in reaching if width % STEPS[name] == 0]
        if usable and buckets(start, end, width) <= max_points:
            return Plan(usable[-1], width, floor(start, width), end)
    raise AssertionError("some width always fits")


def fixed(start: datetime, end: datetime, resolution: str) -> Plan:
    """The plan for a rollup that was asked for by name. Raises `StoreError` when that is too many rows."""
    step = STEPS[resolution]
    count = buckets(start, end, step)
    if count > MOST_ROWS:
        raise StoreError(
            f"{count} buckets of {resolution} are asked for, at most {MOST_ROWS}: ask for less time, a coarser"
            " resolution, or use the export",
            permanent=True,
        )
    return Plan(resolution, step, floor(start, step), end)


def fine_step(start: datetime, end: datetime, max_points: int) -> int | None:
    """The narrowest width under 5 minutes that fits; None: none does."""
    return next((width for width in FINE if buckets(start, end, width) <= max_points), None)


def floor(time: datetime, step: int) -> datetime:
    """The start of the bucket of `step` seconds that holds `time`."""
    return ORIGIN + (time - ORIGIN) // timedelta(seconds=step) * timedelta(seconds=step)


def buckets(start: datetime, end: datetime, step: int) -> int:
    """How many buckets of `step` seconds the span touches."""
    return -((floor(start, step) - end) // timedelta(seconds=step))


def _widths(start: datetime, end: datetime, max_points: int) -> list[int]:
    """Widths to try, narrow to wide; the last ones are whole weeks, wide enough for any span."""
    weeks = -(-int((end - start).total_seconds()) // (_WEEK * max_points))
    return [*_WIDTHS, *(_WEEK * more for more in range(max(1, weeks), max(1, weeks) + 2)), _WEEK * 100_000]
