"""When a rule's hours are, in each building: by its school calendar and its own clock. Pure."""

from collector.calendar.school import Calendars, SchoolCalendar

_STEP_MS = 5 * 60_000
_BACK = 25 * 12
"""Steps looked back for when the hours began: a day and an hour; longer is as good as ever."""
BEFORE_MIN, AFTER_MIN = 60, 120
ONLY_THEN = frozenset({"closed", "night", "lock-down"})
"""What is wrong only in these hours is over with them; what is found in school hours stays until its condition is over."""


def inside(calendar: SchoolCalendar, during: str, now: int) -> bool:
    """Whether `now` (ms) is in these hours (`DURING` in `protocols/rules.py`)."""
    if during == "always":
        return True
    if during == "night":
        return not 5 <= calendar.local(now).hour < 22
    if during == "lock-down":
        return calendar.locked_down(now)
    if during == "class":
        return calendar.in_session(now)
    return calendar.in_session(now, BEFORE_MIN, AFTER_MIN) is (during == "school")


def spans(calendar: SchoolCalendar, during: str, start: int, end: int) -> list[tuple[int, int]]:
    """The hours between two times (ms), to five minutes: (from, to before), in order."""
    found: list[tuple[int, int]] = []
    first = start - start % _STEP_MS
    for at in range(first, end, _STEP_MS):
        if inside(calendar, during, at):
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], at + _STEP_MS)
            else:
                found.append((at, at + _STEP_MS))
    return found


class Hours:
    """Since when the hours are, asked every second: worked out once a minute for each building."""

    def __init__(self, calendars: Calendars) -> None:
        self._calendars = calendars
        self._kept: dict[tuple[int | None, str], tuple[int, int | None]] = {}

    def began(self, building: int | None, during: str, now: int) -> int | None:
        """Since when (ms) they last; 0 for always, None when it is not in them."""
        if during == "always":
            return 0
        key, minute = (building, during), now // 60_000
        known = self._kept.get(key)
        if known is not None and known[0] == minute:
            return known[1]
        calendar = self._calendars.of(building)
        began: int | None = None
        if inside(calendar, during, now):
            recent = known is not None and 0 < minute - known[0] <= 5
            began = known[1] if known is not None and recent else None
            began = self._search(calendar, during, now) if began is None else began
        self._kept[key] = (minute, began)
        return began

    def _search(self, calendar: SchoolCalendar, during: str, now: int) -> int:
        at = now - now % _STEP_MS
        for _ in range(_BACK):
            if not inside(calendar, during, at):
                return min(at + _STEP_MS, now)
            at -= _STEP_MS
        return 0

    def due(self, building: int | None, during: str, since: int, needed: int, now: int) -> bool:
        """Whether what holds since `since` has held for `needed` ms within these hours."""
        began = self.began(building, during, now)
        return began is not None and now - max(since, began) >= needed
