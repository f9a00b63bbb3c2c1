"""When school begins and ends on a short day that a calendar's event tells of. Pure."""

from collections.abc import Iterable, Sequence
from datetime import time
from typing import NamedTuple

from collector.calendar.meaning import Meaning
from collector.calendar.school import Span

SHORTEST_MIN = 120
"""No school opens its doors for less: an event that begins with school tells when the short day is, not when it ends."""
PROMPT_MIN = 30
"""An event that begins within this of the usual opening is the wait for a late one, and ends with it."""


class Hours(NamedTuple):
    """None: as usual (opening), as half days are (end). `doubt`: why a person should look."""

    opens: time | None = None
    closes: time | None = None
    doubt: str = ""


def hours(means: Meaning, begins_ends: Sequence[time], usual: Span) -> Hours:
    """`begins_ends`: the event's own times, none for one of whole days. A time that cannot be is left out, with the doubt."""
    if means.late:
        return _late(means, begins_ends, *map(_minutes, usual))
    return _early(means, begins_ends, *map(_minutes, usual))


def _late(means: Meaning, begins_ends: Sequence[time], opens: int, closes: int) -> Hours:
    said = [opens + means.shift_min] if means.shift_min else [_minutes(at) for at in means.clocks]
    fits = [at for at in said if opens < at < closes]
    fits += [at for at in map(_minutes, begins_ends) if opens + PROMPT_MIN < at < closes]
    if fits:
        return Hours(opens=_time(fits[0]))
    # without an hour it must not end at noon, as a half day does that says nothing else
    return Hours(closes=_time(closes), doubt=_no_time([*said, *map(_minutes, begins_ends)], "open late", opens, closes))


def _early(means: Meaning, begins_ends: Sequence[time], opens: int, closes: int) -> Hours:
    said = [closes - means.shift_min] if means.shift_min else [_minutes(at) for at in means.clocks]
    timed = [_minutes(at) for at in begins_ends]
    fits = [at for at in (*said, *timed) if opens + SHORTEST_MIN < at < closes]
    if fits:
        return Hours(closes=_time(fits[0]))
    if not said and not timed:
        return Hours()
    doubt = _no_time([*said, *timed], "end early", opens, closes)
    late = [at for at in said if closes <= at <= closes + SHORTEST_MIN]  # perhaps the usual hours are entered wrong
    return Hours(closes=_time(late[0]) if late else None, doubt=doubt)


def _no_time(said: Iterable[int], what: str, opens: int, closes: int) -> str:
    first = next(iter(said), None)
    if first is None:
        return f"not sure: it does not say when school will {what}"
    usual = f"{_time(opens):%H:%M} to {_time(closes):%H:%M}"
    return f"not sure: at {_time(first):%H:%M} school cannot {what}, as it usually is from {usual}"


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _time(minutes: int) -> time:
    return time(*divmod(min(max(minutes, 0), 24 * 60 - 1), 60))
