"""What stands above Now: nobody can be told, a channel fails, a silence is running."""

from datetime import datetime, tzinfo
from typing import NamedTuple

from collector.calendar import silences as judged
from collector.calendar.zones import zone
from collector.console.text import plain
from collector.console.times import clock_time
from collector.house import House
from collector.notify.hours import school
from collector.store import channels, silences
from collector.store.accounts import Caller

_MOST = 3


class Notice(NamedTuple):
    """One line: a mark (`major`, `info`), its words, where to go (empty: nowhere) and what that link says."""

    state: str
    text: str
    link: str
    word: str


async def notices(house: House, caller: Caller, now: datetime) -> list[Notice]:
    """The lines, the gravest first."""
    return [
        *_of_channels(await channels.channels(house.database), caller, now),
        *await _of_silences(house, caller, now),
    ]


def _of_channels(rows: list[dict[str, object]], caller: Caller, now: datetime) -> list[Notice]:
    link = "/settings/channels"
    if not any(row["enabled"] for row in rows):
        text = "Every channel is switched off: nobody is told." if rows else "Nobody is told yet: there is no channel."
        return [
            Notice(
                "major", text, link, ("Switch one on" if rows else "Add a channel") if caller.may("admin") else "See"
            )
        ]
    found = []
    for row in rows:
        if row["enabled"] and row["failing_since"] is not None:
            why = plain(row["last_error"] or "it gave no reason", 160)
            waits = "1 message waits" if row["waiting"] == 1 else f"{row['waiting']} messages wait"
            waiting = f" {waits}." if row["waiting"] else ""
            text = f"The channel {plain(row['name'], 60)} fails: {why}.{waiting}".replace("..", ".")
            found.append(Notice("major", text, link, "See the channels"))
    return found[:_MOST]


async def _of_silences(house: House, caller: Caller, now: datetime) -> list[Notice]:
    rows = await silences.alive(house.database, now, caller.scope)
    if not rows:
        return []
    calendars, found, at = await school(house.database), [], round(now.timestamp() * 1000)
    for row in rows:
        calendar = calendars.of(row["place"])
        if judged.read(row).active(at, calendar):
            what = plain(row["device"] or row["building"] or "the whole district", 60)
            only = "".join(f", {plain(row[name], 40)}" for name in ("kind", "room", "rule") if row[name])
            text = f"Silent: {what}{only}{_until(row, now, zone(calendar.timezone))}. {plain(row['reason'], 100)} ({plain(row['who'], 40)})"
            found.append(Notice("info", text, "/settings/silences", "See silences"))
    more = len(found) - _MOST
    if more > 0:
        found[_MOST:] = [Notice("info", f"{more} more silences are running", "/settings/silences", "See silences")]
    return found


def _until(row: dict[str, object], now: datetime, where: tzinfo) -> str:
    """`, until 16:00`; of a weekly one until the clock time of its end."""
    if row["weekdays"] is not None:
        return f", until {row['to_clock']:%H:%M}"
    ends = row["ends"]
    if not isinstance(ends, datetime):
        return ""
    if ends.astimezone(where).date() == now.astimezone(where).date():
        return f", until {clock_time(ends, now, where)}"
    local = ends.astimezone(where)
    return f", until {local:%a} {local.day} {local:%b %H:%M}"
