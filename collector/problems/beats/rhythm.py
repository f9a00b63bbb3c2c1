"""When a heartbeat's next report is due: by what was asked of it, or by its own rhythm. Pure."""

from datetime import timedelta
from itertools import pairwise
from statistics import median

from collector.calendar.school import SchoolCalendar
from collector.problems.beats.beat import Beat

ENOUGH = 3
"""Gaps between reports before a rhythm is believed."""
LEAST_GRACE_MS = 10 * 60_000
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_TWO_WEEKS_MS = 14 * _DAY_MS
PATIENCE_MS = 7 * _DAY_MS
"""While no rhythm is known a report is awaited at least this long and a day of grace: what comes weekly has come by then, and a line
that was tried twice in five minutes has shown no rhythm."""
OFTEN = 3
"""Or for so many times the longest gap there was."""


def rhythm(beat: Beat) -> tuple[int, int] | None:
    """How often it comes and how late it may be, both in ms; None while nothing is asked and too little is known.

    Learned: the median gap, forgiven a quarter of it or three times the median deviation from it, whichever is more.
    """
    ended = [report.at for report in beat.ended]
    gaps = [after - before for before, after in pairwise(ended) if after > before]
    every = beat.every_ms
    if every is None:
        if len(gaps) < ENOUGH:
            return None
        every = round(median(gaps))
    grace = beat.grace_ms
    if grace is None:
        usual = [abs(gap - every) for gap in gaps if gap < 2 * every]
        grace = max(LEAST_GRACE_MS, every // 4, round(3 * median(usual)) if len(usual) >= ENOUGH else 0)
    return every, grace


def due(beat: Beat, calendar: SchoolCalendar) -> int | None:
    """When the next report is missed (ms); None while nothing can be expected.

    One without a rhythm yet is awaited with patience: `PATIENCE_MS`, from when it was set up where it never came.

    A daily one is not expected on days on which it never comes: those without school until two weeks are known, then the
    weekdays, school days and others apart, of which none has a report.
    """
    ended = beat.ended
    every, grace = rhythm(beat) or _patience(beat)
    at = _later(calendar, ended[-1].at if ended else beat.made_at, every)
    if every < _DAY_MS // 2 and not beat.school_days:
        return at + grace
    for _ in range(120):
        if _expected(beat, calendar, at):
            return at + grace
        local = calendar.local(at)
        at = calendar.at(local.date() + timedelta(days=1), local.time().replace(tzinfo=None))
    return None


def _later(calendar: SchoolCalendar, at: int, every: int) -> int:
    """So many ms later; whole days go by the clock on the wall, as whoever starts a daily job does when the clocks change."""
    days, rest = divmod(every, _DAY_MS)
    local = calendar.local(at)
    return at + every if rest else calendar.at(local.date() + timedelta(days=days), local.time().replace(tzinfo=None))


def _patience(beat: Beat) -> tuple[int, int]:
    """The same as a rhythm, while none is known."""
    longest = max((after.at - before.at for before, after in pairwise(beat.ended)), default=0)
    return max(PATIENCE_MS, OFTEN * longest), _DAY_MS if beat.grace_ms is None else beat.grace_ms


def _expected(beat: Beat, calendar: SchoolCalendar, at: int) -> bool:
    """Whether a report is to be expected on the local day of `at`."""
    day = calendar.local(at).date()
    school = calendar.day(day).opens is not None
    if beat.school_days is not None:
        return school or not beat.school_days
    ended = beat.ended
    if not ended or ended[-1].at - ended[0].at < _TWO_WEEKS_MS:
        return school or (beat.every_ms is not None and beat.every_ms > _DAY_MS)
    kinds = {
        (date.weekday(), calendar.day(date).opens is not None) for date in (calendar.local(r.at).date() for r in ended)
    }
    return (day.weekday(), school) in kinds
