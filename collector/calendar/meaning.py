"""What the title of a calendar's event means for school. Pure; English, as North American school calendars are written."""

import re
from datetime import datetime, time, timedelta
from typing import NamedTuple


class Meaning(NamedTuple):
    """`becomes`: holiday, half, school, first or last (day of a term). `sure` False: a person should look."""

    becomes: str
    opens: time | None = None
    closes: time | None = None
    delay_min: int = 0
    """How much later than usual it opens."""
    sure: bool = True


_I = re.IGNORECASE
_NO_SCHOOL = re.compile(
    r"\bno (school|classes|students)\b|\bschools?( is| are)? closed\b|\bdistrict closed\b|\bstudent holiday\b|\bsnow day\b",
    _I,
)
_OFF_DUTY = re.compile(
    r"\b(teacher|staff)[- ]?(in-?service|work ?day|development|planning)|\bteacher work ?day|\bwork ?day\b|\bin-?service( day)?\b"
    r"|\bprofessional (development|learning)( day)?\b|\bsuperintendent'?s conference day\b|\bPD day\b", _I)  # fmt: skip
_BREAK = re.compile(
    r"\b(winter|spring|fall|autumn|summer|mid-?winter|christmas|thanksgiving|easter|february|april|holiday) (break|recess|vacation|holidays?)\b",
    _I,
)
_NAMED = re.compile(
    r"\b(labor day|thanksgiving|christmas( day| eve)?|new year'?s?( day| eve)?|martin luther king|mlk( jr\.?)? day|presidents'? ?day"
    r"|memorial day|juneteenth|independence day|veterans'? day|columbus day|indigenous peoples'? day|good friday|easter monday"
    r"|rosh hashanah|yom kippur|eid|diwali|lunar new year|holiday)\b", _I)  # fmt: skip
_HALF = re.compile(
    r"\b(half|1/2|minimum)[- ]?days?\b|½ ?day|\bearly (dismissal|release|out|closing)\b|\bnoon dismissal\b|\bdismissal (at )?\d",
    _I,
)
_LATE = re.compile(r"\b(late|delayed) (start|opening|arrival)\b|\b\d[- ]?(hour|hr) delay\b", _I)
_EXTRA = re.compile(r"\bsaturday school\b|\bmake-?up day\b|\bschool make-?up\b", _I)
_FIRST = re.compile(
    r"\bfirst day (of|for) (school|classes|students|instruction)\b|\bschool (begins|starts)\b|\bclasses begin\b", _I
)
_LAST = re.compile(r"\blast day (of|for) (school|classes|students|instruction)\b|\bschool ends\b", _I)
_RETURN = re.compile(
    r"\b(resumes?|reopens?|returns?|back to school|in session|before|after|begins?|starts?|ends?)\b", _I
)
_NOT_THIS = re.compile(r"\bno (early|half|late|holiday|break)|\b(cancel(l?ed)|postponed)\b", _I)
_OTHER = re.compile(
    r"\b(concert|party|sale|camp|registration|sign-?ups?|deadline|due|rehearsal|practice|game|meeting|fair|show|dance|drive|luncheon|lunch"
    r"|breakfast|assembly|parade|trip|workshop|club|night|homework|program|performance|tournament|board|library|pool|office)\b", _I)  # fmt: skip
_CLOCK = re.compile(
    r"\b(1[0-2]|0?[1-9]|2[0-3])(?::([0-5]\d))\s*([ap])?\.?m?|\b(1[0-2]|0?[1-9])\s*([ap])\.?m\b|\b(noon)\b", _I
)
_HOURS = re.compile(r"\b(\d)[- ]?(?:hour|hr) delay\b", _I)


def meaning(title: str, begins: time | None = None) -> Meaning | None:
    """What it becomes; None: it says nothing of school. `begins` is when an event that is not of whole days begins."""
    clock = clock_in(title)
    if _NOT_THIS.search(title):
        return None
    if _NO_SCHOOL.search(title):
        return Meaning("holiday", sure=begins is None)
    other = bool(_OTHER.search(title))
    for pattern, becomes in ((_FIRST, "first"), (_LAST, "last")):
        if pattern.search(title) and not other:
            half = becomes == "last" and _HALF.search(title)
            return Meaning(becomes, closes=clock if half else None)
    if _HALF.search(title):
        return Meaning("half", closes=clock or begins, sure=not other)
    if _LATE.search(title):
        hours = _HOURS.search(title)
        return Meaning(
            "half",
            opens=None if hours else clock or begins,
            delay_min=60 * int(hours[1]) if hours else 0,
            sure=not other,
        )
    if _EXTRA.search(title):
        return Meaning("school", sure=not other)
    if other:
        return None
    if _OFF_DUTY.search(title):
        return Meaning("holiday", sure=begins is None)
    if _BREAK.search(title) or _NAMED.search(title):
        if _RETURN.search(title):
            return None
        return Meaning("holiday", sure=begins is None and bool(_BREAK.search(title)))
    return None


def clock_in(title: str) -> time | None:
    """The first time of day in a title: `12:15`, `1 pm`, `noon`. One before 7 o'clock without a.m. is after noon."""
    found = _CLOCK.search(title)
    if found is None:
        return None
    if found[6]:
        return time(12)
    hour, minute, half = int(found[1] or found[4]), int(found[2] or 0), (found[3] or found[5] or "").lower()
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    elif not half and hour < 7:
        hour += 12
    return time(hour, minute)


def later(usual: time, minutes: int) -> time:
    """A time of day so much later, within the day."""
    moved = datetime(2000, 1, 1, usual.hour, usual.minute) + timedelta(minutes=minutes)  # noqa: DTZ001 (a wall clock)
    return moved.time() if moved.day == 1 else time(23, 59)
