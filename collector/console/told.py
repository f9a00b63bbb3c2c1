"""Who was told of a problem, when and through what, one line a message, in words. Pure."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from collector.console.times import clock_time

_WHAT = {
    "opened": "that it is there",
    "reopened": "that it came again",
    "worsened": "that it is worse",
    "resolved": "that it is over",
}


class Message(NamedTuple):
    """One message: `state` is ok (delivered), unknown (waits) or major (failed); its channel, what of, and how it stands."""

    at: datetime
    state: str
    channel: str
    what: str
    how: str


def message(row: Mapping[str, Any], now: datetime, where: tzinfo) -> Message:
    """A row of `collector.store.problem_story.told` in words, with the channel's own words where it failed."""
    what = _WHAT.get(row["change"], row["change"]) + (f" (escalation, step {row['step']})" if row["step"] else "")
    if row["delivered_at"] is not None:
        tries = f" at try {row['attempts']}" if row["attempts"] > 1 else ""
        return Message(row["delivered_at"], "ok", row["channel"], what, f"delivered{tries}")
    due = clock_time(row["next_attempt"], now, where)
    if row["attempts"]:
        times = "once" if row["attempts"] == 1 else f"{row['attempts']} times"
        why = f"failed {times}: {row['error'] or 'it said nothing'}; tried again {due}"
        return Message(row["created_at"], "major", row["channel"], what, why)
    if not row["enabled"]:
        how = "waits: the channel is switched off"
    elif row["step"]:
        how = f"waits until {due}, and is sent only if nobody has it by then"
    else:
        how = f"waits until {due}" if row["next_attempt"] > now else "is being sent"
    return Message(row["created_at"], "unknown", row["channel"], what, how)


def silence_of_it(problem: Mapping[str, Any], silenced: bool) -> str:
    """Why nobody was told, where nobody was."""
    if problem["cause"] is not None:
        return "Nobody, of this one: its cause speaks for it."
    if silenced:
        return "Nobody yet: it came in a silence. What outlasts the silence is told when that ends."
    if problem["severity"] in ("minor", "info"):
        return "Nobody: minor problems and notes are in the First Bell report only, unless a route says otherwise."
    return "Nobody: no channel took it. See the channels and the routes in the settings."
