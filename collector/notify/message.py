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
    """Subject and body, plain text."""

    title: str
    body: str


def message(row: Mapping[str, Any], public_url: str | None) -> Text:
    """What a person is told of a change: title, building, since when, what to do, and where to look.

    `row` is a claimed outbox row. The link leads to a page that asks who one is: it never carries a credential.
    """
    change = row["change"]
    lines = [row["title"], ""]
    if row["building"]:
        lines.append(f"Building: {row['building']}")
    lines.append(f"Severity: {_SEVERITIES[row['severity']]}")
    zone = _zone(row["timezone"])
    lines.append(f"Since: {_stamp(row['opened_at'], zone)}")
    if change == "resolved" and row["resolved_at"] is not None:
        lines.append(f"Resolved: {_stamp(row['resolved_at'], zone)}")
    if row["reopened"] >= FLAPPING:
        again = "" if change == "resolved" else " You are told again when it has stayed away for a quarter of an hour."
        lines.append(f"It came back {row['reopened']} times.{again}")
    if change != "resolved" and row["advice"]:
        lines += ["", row["advice"]]
    if public_url:
        lines += ["", public_url.rstrip("/") + _page(row)]
    return Text(f"{_WORDS[change]}: {row['title']}", "\n".join(lines))


def _page(row: Mapping[str, Any]) -> str:
    """The console's page that shows it: the device's, else the building's, else Now."""
    if row["device_id"] is not None:
        return f"/d/{row['device_id']}"
    return f"/b/{row['building_id']}" if row["building_id"] is not None else "/"


def _zone(name: str | None) -> tzinfo:
    """The building's own time; UTC where it has none or this machine does not know it."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _stamp(time: datetime, zone: tzinfo) -> str:
    """As a wall clock in the building shows it, with the zone's abbreviation."""
    return f"{time.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
