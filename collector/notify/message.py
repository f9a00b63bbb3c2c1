"""The words of one message. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

_WORDS = {"opened": "Problem", "reopened": "Again", "resolved": "Resolved"}
_FLAPPING = 3


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
    lines.append(f"Severity: {row['severity']}")
    lines.append(f"Since: {_stamp(row['opened_at'])}")
    if change == "resolved" and row["resolved_at"] is not None:
        lines.append(f"Resolved: {_stamp(row['resolved_at'])}")
    if row["reopened"] >= _FLAPPING:
        lines.append(f"It comes and goes: {row['reopened']} times so far. Its next changes are not told.")
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


def _stamp(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
