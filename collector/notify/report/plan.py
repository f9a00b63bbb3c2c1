"""Which reports are to be made now: for which buildings, for which channels. Pure; times are ms (UTC)."""

from collections.abc import Collection, Mapping
from datetime import date, time
from typing import Any, NamedTuple

from collector.calendar.school import Calendars
from collector.notify.report.recipients import buildings_of, wants
from collector.notify.report.schedule import Morning, morning


class Due(NamedTuple):
    """A channel that is to be told of these buildings; of no use after `until`. `all`: it looks after every building."""

    channel: int
    buildings: tuple[int, ...]
    until: int
    all: bool


class Plan(NamedTuple):
    """What is to be made for one local date. `gather`: buildings looked at; `keep`: those whose own hour has come; `times`: each
    building's chosen time."""

    day: date
    gather: tuple[int, ...]
    keep: tuple[int, ...]
    channels: tuple[Due, ...]
    times: Mapping[int, time]


def plan(
    settings: Mapping[str, Any], calendars: Calendars, now: int,
    mornings: Collection[tuple[date, int | None]], messages: Collection[tuple[date, int]],
) -> Plan | None:  # fmt: skip
    """What `collector.store.report_settings.settings` ask for at `now`, but what was made already; None: nothing.

    A channel is told once, when the first of its buildings is due, of all of them that have a report that day.
    """
    times = {row["building"]: row["at"] or settings["at"] for row in settings["times"]}
    off = settings["off_days"]
    due = {one: found for one, at in times.items() if (found := morning(calendars.of(one), at, now, off)) is not None}
    if not due:
        return None
    day = max(found.day for found in due.values())
    due = {one: found for one, found in due.items() if found.day == day}
    keep = tuple(one for one in due if (day, one) not in mornings)
    channels = tuple(
        _due(row, times, due, calendars, day, off)
        for row in settings["channels"]
        if wants(row) and (day, row["channel"]) not in messages and any(one in due for one in buildings_of(row, list(times)))
    )  # fmt: skip
    if not keep and not channels:
        return None
    gather = tuple(one for one in times if one in keep or any(one in channel.buildings for channel in channels))
    return Plan(day, gather, keep, channels, times)


def _due(
    row: Mapping[str, Any], times: Mapping[int, time], due: Mapping[int, Morning], calendars: Calendars, day: date, off: bool
) -> Due:  # fmt: skip
    own = buildings_of(row, list(times))
    with_report = tuple(one for one in own if one in due or off or calendars.of(one).day(day).opens is not None)
    until = max(due[one].until for one in own if one in due)
    return Due(row["channel"], with_report, until, not row["buildings"])
