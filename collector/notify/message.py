"""The words of one message. Pure.

A phone shows the title and a line or two: so the title is what is wrong and where, and the body does not say it again.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from collector.calendar.zones import zone
from collector.problems.lifecycle import FLAPPING

_WORDS = {"opened": "Problem", "reopened": "Again", "worsened": "Worse", "resolved": "Resolved"}
_SEVERITIES = {
    "critical": "critical: act now",
    "major": "major: today",
    "minor": "minor: this week",
    "info": "for information",
}
_BEHIND = {"agent.silent": "unknown", "agent.no-data": "unknown", "device.unreachable": "out of reach"}
MOST_NAMED = 5
"""Symptoms named in one message; the rest are counted."""


class Text(NamedTuple):
    """Subject and body, plain text; `html` is the body for mail where there is one."""

    title: str
    body: str
    html: str = ""


def message(row: Mapping[str, Any], public_url: str | None) -> Text:
    """What a person is told of a change: what is wrong and what is behind it, since when, what to do, and where to look.

    `row` is a claimed outbox row. The link leads to a page that asks who one is and then lets one acknowledge with one tap: it
    never carries a credential.
    """
    over = row["change"] == "resolved"
    where = zone(row["timezone"])
    lines = _ending(row, where) if over else _standing(row, where)
    if row["reopened"] >= FLAPPING:
        again = "" if over else " The next message comes when it has stayed away for 15 minutes."
        lines.append(f"It comes and goes: it came back {row['reopened']} times.{again}")
    if not over and row["advice"]:
        lines += ["", row["advice"]]
    if public_url:
        lines += ["", ("See it: " if over else "Acknowledge: ") + link(row, public_url)]
    return Text(f"{_word(row)}: {row['title']}{_behind(row)}", "\n".join(lines))


def _standing(row: Mapping[str, Any], where: tzinfo) -> list[str]:
    """Since when, how grave, where the title does not say so, and why it comes to whoever reads it."""
    was = f"; {row['noted']['note']}" if row["change"] == "worsened" and row.get("noted") else ""
    lines = [f"Since {_stamp(row['opened_at'], where)} ({_SEVERITIES[row['severity']]}{was})"]
    if row["building"] and not row["title"].startswith(row["building"]):
        lines.append(f"At {row['building']}")
    elif row.get("places"):
        lines.append(f"At {_list(row['places'])}")
    if row.get("step"):
        told = _stamp(row["created_at"], where, row["opened_at"])
        lines.append(f"Told at {told}, and nobody has acknowledged it: it comes to you next.")
    return lines


def _ending(row: Mapping[str, Any], where: tzinfo) -> list[str]:
    """How long it was there, who ended it, and what this reader was told of besides, which it was the cause of."""
    since, until = row["opened_at"], row["resolved_at"]
    noted = row.get("noted") or {}
    if until is None or _given_up(row):
        lines = [f"Since {_stamp(since, where)}"]
    else:
        lines = [f"It lasted {_lasted(until - since)}: {_stamp(since, where)} to {_stamp(until, where, since)}"]
    if noted.get("who"):
        lines.append(f"Resolved by {noted['who']}" + (f": {noted['note']}" if noted["note"] else ""))
    elif _given_up(row):
        lines.append(f"No more is told of it, because {noted['note']}. Whether it is over is not known.")
    covered = row.get("covered") or ()
    lines += _named("Over with it:", [one["title"] for one in covered if one["over"]], row)
    lines += _named("Not over yet, you are told when it is:", [one["title"] for one in covered if not one["over"]], row)
    return lines


def _named(heading: str, titles: Sequence[str], row: Mapping[str, Any]) -> list[str]:
    if not titles:
        return []
    here = f"{row['building']}: "
    more = [f"- and {len(titles) - MOST_NAMED} more"] if len(titles) > MOST_NAMED else []
    return [heading, *(f"- {title.removeprefix(here)}" for title in titles[:MOST_NAMED]), *more]


def facts(row: Mapping[str, Any], public_url: str | None) -> dict[str, Any]:
    """The same for a program: what a webhook's body holds beside title and message. Times are RFC 3339 in UTC."""
    return {
        "change": row["change"],
        "escalation": row.get("step", 0),
        "problem": {
            "id": row["problem_id"],
            "rule": row["rule"],
            "severity": row["severity"],
            "title": row["title"],
            "advice": row["advice"],
            "building": None if row["building_id"] is None else {"id": row["building_id"], "name": row["building"]},
            "device": None if row["device_id"] is None else {"id": row["device_id"], "name": row.get("device")},
            "behind": row.get("behind", 0),
            "opened": _rfc(row["opened_at"]),
            "resolved": _rfc(row["resolved_at"]) if row["change"] == "resolved" else None,
            "reopened": row["reopened"],
            "covered": list(row.get("covered") or ()),
            "url": link(row, public_url) if public_url else None,
        },
    }


def key(row: Mapping[str, Any]) -> str:
    """What tells this message from every other, the same at every try: the database's epoch and the row."""
    return f"firstbell-{str(row['epoch'])[:8]}-{row['id']}"


def link(row: Mapping[str, Any], public_url: str) -> str:
    """The console's page of the problem."""
    return f"{public_url.rstrip('/')}/p/{row['problem_id']}"


def _word(row: Mapping[str, Any]) -> str:
    if row.get("step"):
        return "Not taken yet"
    if row["change"] in ("reopened", "worsened") and not row.get("heard", True):
        return "Problem"
    if _given_up(row):
        return "No longer watched"
    return _WORDS[row["change"]]


def _given_up(row: Mapping[str, Any]) -> bool:
    """Whether it ended for a reason that is not its own: no person said so, and there is one."""
    noted = row.get("noted") or {}
    return row["change"] == "resolved" and bool(noted.get("note")) and not noted.get("who")


def _list(names: Sequence[str]) -> str:
    """`A, B and C`, `A, B, C, D, E and 3 more`."""
    shown = [*names[:MOST_NAMED], *([f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else [])]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _behind(row: Mapping[str, Any]) -> str:
    """`; 43 devices behind it are out of reach`, or nothing: a group's own words count what it is made of."""
    count = row.get("behind") or 0
    if not count or row["rule"].startswith("group."):
        return ""
    state = _BEHIND.get(row["rule"], "affected")
    return f"; {count} device{'' if count == 1 else 's'} behind it {'is' if count == 1 else 'are'} {state}"


def _rfc(time: datetime | None) -> str | None:
    return (
        None if time is None else time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    )


def _stamp(time: datetime, where: tzinfo, after: datetime | None = None) -> str:
    """As a wall clock in the building shows it, with the zone's abbreviation; the day only where it is not that of `after`."""
    local = time.astimezone(where)
    if after is not None and after.astimezone(where).date() == local.date():
        return f"{local:%H:%M %Z}"
    return f"{local:%a} {local.day} {local:%b %H:%M %Z}"


def _lasted(span: timedelta) -> str:
    """`4 min`, `2 h 10 min`, `3 d 4 h`."""
    minutes = max(round(span.total_seconds() / 60), 1)
    for unit, small, size, part in (("d", "h", 1440, 60), ("h", "min", 60, 1)):
        if minutes >= size:
            rest = minutes % size // part
            return f"{minutes // size} {unit}" + (f" {rest} {small}" if rest else "")
    return f"{minutes} min"
