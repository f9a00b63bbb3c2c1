"""A day that is changed on the day itself: no school, opened late, ended early. Pure."""

from datetime import date, time
from typing import Literal

from collector.calendar.document import Entry, Schedule

Change = Literal["closed", "late", "early", "usual"]
NAMES = {"closed": "No school today", "late": "Late opening", "early": "Early dismissal"}


def changed(document: Schedule, day: date, change: Change, clock: time | None = None) -> Schedule:
    """The document with `day` so: what was entered late for it before goes; `usual` only takes that back.

    `clock` is when school opens (late) or ends (early). Raises `ValueError` without it.
    """
    kept = [entry for entry in document.days if not (entry.late and entry.first == entry.end == day)]
    if change in ("late", "early") and clock is None:
        raise ValueError("say at what time school opens or ends, as 10:00")
    if change != "usual":
        row = {"first": day, "kind": "holiday" if change == "closed" else "half", "name": NAMES[change], "late": True}
        hours = {"late": {"opens": clock}, "early": {"closes": clock}}.get(change, {})
        kept.append(Entry.model_validate(row | hours))
    return Schedule.model_validate(
        document.model_dump(mode="json") | {"days": [one.model_dump(mode="json") for one in kept]}
    )
