"""What a person does with problems from a page: acknowledge, put off, resolve, note; one or many at once."""

from collections.abc import Mapping, Sequence

from collector.calendar.school import Calendars, SchoolCalendar
from collector.console.until import until
from collector.house import House
from collector.notify.hours import school
from collector.problems.loop.telling import change_by
from collector.store import problem_list, problem_reads
from collector.store.accounts import Caller
from collector.store.problem_changes import Wish
from protocols.clock import utc

MOST = 200
"""Problems at once."""
NOTE = 2000
"""Characters of a note."""
_WISHES = {"acknowledge": "acknowledged", "snooze": "snoozed", "resolve": "resolved", "note": "noted"}
_STATES = {"acknowledge": "acknowledged", "snooze": "snoozed", "resolve": "resolved"}


async def act(house: House, caller: Caller, ids: Sequence[int], said: Mapping[str, str]) -> int:
    """Do `said["do"]` to those of the problems that are in the caller's buildings; how many it changed.

    Raises `ValueError` with a sentence.
    """
    do, note = said.get("do", ""), said.get("note", "").replace("\0", "").strip()[:NOTE]
    if do not in _WISHES:
        raise ValueError("Choose what is to be done.")
    if do == "note" and not note:
        raise ValueError("Write a note first.")
    if not ids:
        raise ValueError("Choose at least one problem first.")
    now, changed = utc(house.clock.now_ms()), 0
    hours = await school(house.database) if do == "snooze" else Calendars()
    for row in await problem_list.visible(house.database, caller.scope, ids[:MOST]):
        wish = _wish(do, note, said.get("until", ""), house, hours.of(row["building_id"]))
        if not await change_by(house.database, row["id"], caller.name, wish, now):
            continue
        changed += 1
        if do in _STATES:
            data = {"id": row["id"], "state": _STATES[do], "severity": row["severity"], "title": row["title"]}
            place = row["building_id"]
            touches = await problem_reads.touched(house.database, row["id"]) if place is None else ()
            house.hub.publish("problem", data, building=place, device=row["device_id"], touches=touches)
    return changed


def _wish(do: str, note: str, choice: str, house: House, calendar: SchoolCalendar) -> Wish:
    if do == "acknowledge":
        return Wish("acknowledged", note)
    if do == "resolve":
        return Wish("resolved", note)
    if do == "note":
        return Wish("noted", note)
    return Wish("snoozed", note, until(choice, utc(house.clock.now_ms()), calendar))
