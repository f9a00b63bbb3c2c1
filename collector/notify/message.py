"""The words of one message. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collector.problems.lifecycle import FLAPPING

_WORDS = {"opened": "Problem", "reopened": "Again", "resolved": "Resolved"}
_SEVERITIES = {
    "critical": "critical: act now",
    "major": "major: today",
    "minor": "minor: this week",
    "info": "for information",
}


class Text(NamedTuple):
    """Subject and body, plain text; `html` is the body for mail where there is one."""

    title: str
    body: str
    html: str = ""


def message(row: Mapping[str, Any], public_url: str | None) -> Text:
    """What a person is told of a change: title with what is behind it, building, since when, what to do, and where to look.

    `row` is a claimed outbox row. The link leads to a page that asks who one is and then lets one acknowledge with one tap: it
    never carries a credential.
    """
    change = row["change"]
    zone = _zone(row["timezone"])
    behind = _behind(row)
    lines = [row["title"] + behind, ""]
    if row["building"]:
        lines.append(f"Building: {row['building']}")
    lines.append(f"Severity: {_SEVERITIES[row['severity']]}")
    lines.append(f"Since: {_stamp(row['opened_at'], zone)}")
    if change == "resolved" and row["resolved_at"] is not None:
        lines.append(f"Resolved: {_stamp(row['resolved_at'], zone)}")
    if row.get("step"):
        lines.append(f"Nobody has acknowledged it since {_stamp(row['created_at'], zone)}: it comes to you next.")
    if row["reopened"] >= FLAPPING:
        again = "" if change == "resolved" else " You are told again when it has stayed away for a quarter of an hour."
        lines.append(f"It came back {row['reopened']} times.{again}")
    if change != "resolved" and row["advice"]:
        lines += ["", row["advice"]]
    if public_url:
        lines += ["", ("See it: " if change == "resolved" else "Acknowledge: ") + link(row, public_url)]
    return Text(f"{_word(row)}: {row['title']}{behind}", "\n".join(lines))


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
    if row["change"] == "reopened" and not row.get("heard", True):
        return "Problem"
    return _WORDS[row["change"]]


def _behind(row: Mapping[str, Any]) -> str:
    """`; 43 devices behind it are out of reach`, or nothing."""
    count = row.get("behind") or 0
    if not count:
        return ""
    state = "unknown" if row.get("rule") == "agent.silent" else "out of reach"
    return f"; {count} device{'' if count == 1 else 's'} behind it {'is' if count == 1 else 'are'} {state}"


def _rfc(time: datetime | None) -> str | None:
    return (
        None if time is None else time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    )


def _zone(name: str | None) -> tzinfo:
    """The building's own time; UTC where it has none or this machine does not know it."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _stamp(time: datetime, zone: tzinfo) -> str:
    """As a wall clock in the building shows it, with the zone's abbreviation."""
    return f"{time.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
