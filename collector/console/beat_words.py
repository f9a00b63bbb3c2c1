"""Heartbeats in words: how one stands, when it is due, and a form's answers as what is asked of it. Pure."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from collector.calendar.school import SchoolCalendar
from collector.console.route_words import minutes
from collector.console.times import age
from collector.problems.beats.beat import Beat
from collector.problems.beats.content import defect
from collector.problems.beats.rhythm import due, rhythm
from protocols.clock import utc

EVERY = {
    "": "by its own rhythm, learned from its reports", "900": "every 15 minutes", "3600": "every hour", "14400": "every 4 hours",
    "43200": "twice a day", "86400": "every day", "604800": "every week", "2678400": "every month",
}  # fmt: skip
DAYS = {"": "learned", "yes": "school days only", "no": "every day, holidays too"}


def stands(beat: Beat, calendar: SchoolCalendar, now: int) -> tuple[str, str]:
    """Its mark (ok, unknown, major, empty) and word."""
    if beat.paused:
        return "empty", "Paused"
    ended = beat.ended
    when = due(beat, calendar)
    if when is not None and now >= when:
        return "major", "Missing"
    if not ended:
        return "unknown", "Not heard yet"
    if ended[-1].state == "fail":
        return "major", "Failed"
    wrong = defect(beat)
    return ("minor", wrong[0][:1].upper() + wrong[0][1:]) if wrong else ("ok", "Fine")


def next_due(beat: Beat, calendar: SchoolCalendar, now: datetime, where: tzinfo) -> str:
    """When the next report is missed, in words."""
    if beat.paused:
        return "nothing is expected while it is paused"
    when = due(beat, calendar)
    if when is None:
        return "nothing is expected: there is no school in the months to come"
    at = utc(when)
    local, today = at.astimezone(where), now.astimezone(where).date()
    if at <= now:
        return f"was due {age((now - at).total_seconds())} ago"
    ahead = (local.date() - today).days
    day = (
        "today"
        if ahead == 0
        else "tomorrow"
        if ahead == 1
        else f"{local:%a}"
        if ahead < 7
        else f"{local.day} {local:%b}"
    )
    return f"missed if nothing comes by {day} {local:%H:%M}"


def expects(beat: Beat) -> str:
    """How often, in words, and whose idea that is."""
    known = rhythm(beat)
    if known is None:
        return "its rhythm is being learned"
    every, grace = known
    learned = " (learned)" if beat.every_ms is None else ""
    return f"every {_span(every)}, {_span(grace)} late is forgiven{learned}"


def asked(said: Mapping[str, str]) -> dict[str, Any]:
    """The fields of `Expected` that a form says. Raises `ValueError` with a sentence."""
    hours = _number(said, "oldest", "How old its data may be")
    grace = _number(said, "grace", "Late is forgiven")
    days = said.get("school_days", "")
    return {
        "name": said.get("name", "").strip(), "building": _whole(said.get("building", "")), "every_s": _whole(said.get("every", "")),
        "grace_s": None if grace is None else round(grace * 60), "school_days": {"yes": True, "no": False}.get(days),
        "least_rows": None if (rows := _number(said, "least_rows", "Fewest rows")) is None else int(rows),
        "change": _number(said, "change", "Change of rows"), "oldest_s": None if hours is None else round(hours * 3600),
    }  # fmt: skip


def _whole(text: str) -> int | None:
    return int(text[:10]) if text.isascii() and text.isdigit() else None


def _number(said: Mapping[str, str], name: str, caption: str) -> float | None:
    text = said.get(name, "").strip()
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        raise ValueError(f"{caption}: {text!r} is no number.") from None
    if not 0 <= found < 1e15:
        raise ValueError(f"{caption}: {text!r} cannot be right.")
    return found


def _span(ms: int) -> str:
    return minutes(max(1, round(ms / 60_000))) if ms < 172_800_000 else age(ms / 1000)
