"""What the title of a calendar's event means for school. Pure; English, as North American school calendars are written."""

import html
import re
from datetime import time
from typing import NamedTuple


class Meaning(NamedTuple):
    """`becomes`: holiday, half, school, first or last (day of a term). `sure` False: a person should look."""

    becomes: str
    short: bool = False
    """A day with hours of its own: every `half`, and a first or last day that is one."""
    late: bool = False
    """Of a short day: it begins later; else it ends earlier."""
    shift_min: int = 0
    """By how much, where the title says that."""
    clocks: tuple[time, ...] = ()
    """The times of day in the title, the nearest to the words that make the day short first."""
    sure: bool = True


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_PLAIN = {ord(odd): plain for odd, plain in zip("‘’ʼ‐‑–—", "'''----", strict=True)}
"""Word processors' quotes and dashes."""
_NO_SCHOOL = _words(
    r"\bno (school|classes|students?)\b(?! (board|bus(es)?|committee|council|lunch|store|uniforms?|parking|pictures?)\b)"
    r"(?!( in the| this)? (afternoon|p\.?m\b))",
    r"\bschools?( ?(/|&|,|\band\b) ?[a-z]+( [a-z]+){0,2})?( is| are| will be)? closed\b(?! (early|at|\d|one|two|three)\b)", r"\bdistrict closed\b", r"\bschools?( is| are)? not in session\b",
    r"(?<!saturday )(?<!after )\b(schools?|classes)( is| are| has been| have been)? cancel+ed\b",
    r"\bstudents?'?( ?(/|and|&) ?(teachers?|staff))? holidays?\b", r"\bholiday\W+(for )?students\b", r"\bstudents?( are)? off\b(?! (campus|site))", r"\bday off for students\b",
    r"\bstudents?( do| are)? not (attend|report|in attendance)\b", r"\bnon[- ]?(student|pupil|school|attendance|instruction(al)?) days?\b",
    r"\b(student|pupil)[- ]free days?\b", r"\b(staff|teachers?)[- ]only days?\b", r"\bsnow day\b",
)  # fmt: skip
_OFF_DUTY = _words(
    r"\b(teacher|staff|faculty)[- ]?(in-?service|work ?day|development|planning|institute|records?|prep(aration)?\b)", r"\bin-?service( day)?\b",
    r"\binstitute day\b", r"\b(school|district) holidays?\b", r"\bprof(\.|essional)? (dev(\.|elopment)?|learning)( day)?\b", r"\bsuperintendent'?s conference day\b", r"\bP\.?D\.? day\b",
)  # fmt: skip
_WORK_DAY = _words(
    r"\bwork ?day\b",
    r"\b(e-?|remote |virtual |distance )learning days?\b",
    r"\b(remote|virtual) (instruction )?days?\b",
)
"""Whose work, and where the building is meanwhile, the title does not say."""
_BREAK = _words(
    r"\b(winter|spring|fall|autumn|summer|mid-?winter|christmas|thanksgiving|easter|february|april|holiday) (break|recess|vacation|holidays?)\b"
)
_NAMED = _words(
    r"\b(labor day|thanksgiving|christmas( day| eve)?|new year'?s?( day| eve)?|martin luther king|mlk( jr\.?)? day|president'?s?'? ?day"
    r"|memorial day|juneteenth|independence day|veteran'?s?'? day|columbus day|indigenous people'?s?'? day|good friday|easter monday"
    r"|election day|rosh hashanah|yom kippur|eid|diwali|lunar new year|holiday)\b"
)
_HALF = _words(
    r"\b(half|1/2|minimum|min\.?|shortened|abbreviated)[- ]?(days?|session)\b", r"½ ?-?day", r"\bearly[- ](dismissal|release|out|closing|closure)\b",
    r"\bnoon (dismissal|release)\b", r"\bdismiss(al|ed|es)?( is| time)?( at| @|:| -)? ?(\d|noon\b)", r"\d( ?[ap]\.?m\.?)? dismissal\b",
    r"\b(schools?|classes) (ends?|closed?|closes|lets? out|is out|out) (early\b|at (\d|noon\b))", r"\bno (school|classes)( in the| this)? (afternoon|p\.?m\b)",
)  # fmt: skip
_LATE = _words(r"\b(late|delayed)[- ](start|opening|arrival)\b")
_BEGINS_AT = _words(r"\b(school|classes) (begins?|starts?|opens?) at \d")
_MUCH = r"(?<![\d.:])\b(\d{1,3}(?:\.5)?|one|two|three)[- ]?(hour|hr|minute|min)s?\b\.?"
_SHIFTS = (
    (_words(_MUCH + r"[- ]*(?:delay|later?\b)"), True),
    (_words(r"\b(?:delay(?:ed)?|(?:late|delayed) (?:start|opening|arrival))\W*(?:by )?" + _MUCH), True),
    (_words(_MUCH + r"[- ]*early\b"), False),
)
_NUMBERS = {"one": 1.0, "two": 2.0, "three": 3.0}
_EXTRA = _words(r"\bsaturday school\b", r"\bschools?( is| are)? in session\b")
_MAKE_UP = _words(
    r"\bmake[- ]?up\b.*\b(snow|weather|emergency|storm|school|student|instructional)\b",
    r"\b(snow|weather|emergency|storm|school|student|instructional)\b.*\bmake[- ]?up\b", r"^\W*make[- ]?up days?\W*$",
)  # fmt: skip
"""Reserved in most calendars, and school only if it is needed."""
_TAUGHT = r"(school( year)?|classes|students|instruction)\b(?! to\b)"
_FIRST = _words(
    rf"\b(first|1st) day (of|for) (the )?{_TAUGHT}", r"\bfirst (student|pupil) day\b", r"\bstudents?'?s? first day\b", r"\b(first|1st) day of (the )?((first|1st|fall|second|2nd|spring) )?semester\b",
    r"\bschool (year )?(begins|starts)\b(?! at\b)", r"\bclasses begin\b(?! at\b)",
)  # fmt: skip
_LAST = _words(
    rf"\blast day (of|for) (the )?{_TAUGHT}", r"\blast (student|pupil) day\b", r"\bstudents?'?s? last day\b", r"\blast day of (the )?((first|1st|fall|second|2nd|spring) )?semester\b",
    r"\bschool (year )?ends\b(?! at\b)",
)  # fmt: skip
_PART = _words(
    r"\b(first|1st|fall|winter) (semester|quarter|trimester|term)\b",
    r"\b(second|2nd) (quarter|trimester)\b",
    r"\b(third|3rd) quarter\b",
)
"""What does not end the school year: its last day ends a term only if the next one has its first."""
_AROUND = _words(
    r"\b(before|after|following|prior to)\b.*\b(break|recess|vacation|holidays?|thanksgiving|christmas|easter)\b"
)
_RETURN = _words(
    r"\b(resumes?|reopens?|returns?|back|in session|before|after|following|prior to|begins?|starts?|ends?)\b"
)
_CANCELLED_BESIDE = _words(
    r"\b(activities|events|practices?|games?|clubs?|programs?|sports|athletics|conferences|buses|care)( (are|is|will be|have been))? cancel+ed\b"
)
_NOT_THIS = _words(
    r"\bno (early (dismissal|release|out)|half[- ]days?|late (start|opening|arrival)|holiday|break)\b",
    r"\b(cancel+ed|postponed)\b",
)
_SUMMER_SCHOOL = _words(r"\bsummer (school|session|academy|program)\b", r"\bextended school year\b", r"\bESY\b")
_MAYBE = _words(r"\b(tentative(ly)?|possible|potential|proposed|if|may be|reminder|tomorrow|next (week|monday|tuesday|wednesday|thursday|friday))\b")  # fmt: skip
_ALL = _words(r"\b(pre-?k|pk|tk|k)( ?- ?| to | through )12\b")
_SOME = _words(
    r"\b(kindergarten|pre-?k(indergarten)?|pk|tk|preschool|elem(entary)?|primary|interm(ediate)?|secondary|middle school|junior high|high school|seniors?|juniors?"
    r"|sophomores?|freshm[ae]n|grades? ?(k|\d)|k ?- ?\d|\d{1,2}(st|nd|rd|th) grade(rs?)?)\b", r"(?-i:\b[EMH]S\b)",
)  # fmt: skip
"""Not all of a district, or not all of a school."""
_OTHER = _words(
    r"\b(concert|party|sale|camp|registration|sign-?ups?|deadline|due|rehearsal|practice|game|meeting|fair|show|dance|drive|luncheon|lunch"
    r"|breakfast|assembly|parade|trip|workshop|club|night|homework|program|performance|tournament|board|library|pool|office|clinic|drill"
    r"|pictures?|photos?|team|varsity|packets?)\b"
)
_CLOCK = _words(
    r"\b([01]?\d|2[0-3]):([0-5]\d)\s*([ap])?\.?m?", r"\b(1[0-2]|0?[1-9])\s*([ap])\.?m\b", r"\b(noon)\b", r"(?:\bat|@) ?(1[0-2]|[1-9])(?=\s*(?:$|[,;)-]))"
)  # fmt: skip


def meaning(title: str) -> Meaning | None:
    """What it becomes; None: it says nothing of school."""
    text = _CANCELLED_BESIDE.sub("", plain(title))
    found = _said(text)
    if found is None:
        return None
    doubtful = _MAYBE.search(text) or _SUMMER_SCHOOL.search(text) or _SOME.search(_ALL.sub("", text))
    return found._replace(sure=found.sure and not doubtful)


def plain(title: str) -> str:
    """A title in one line, with plain quotes and dashes; some sites write it as HTML."""
    return " ".join(html.unescape(title).translate(_PLAIN).split())


def _said(text: str) -> Meaning | None:
    other, short = bool(_OTHER.search(text)), _short(text)
    if _NO_SCHOOL.search(text):
        called_off = re.search(r"^\W*(cancel+ed|postponed)\b|\b(cancel+ed|postponed)\W*$", text, re.IGNORECASE)
        if called_off and not re.search(r"\b(schools?|classes)( \w+){0,2} cancel+ed", text, re.IGNORECASE):
            return None
        if not _MAKE_UP.search(text) or re.search(r"\bno school\b", text, re.IGNORECASE):
            return Meaning("holiday", sure=short is None)
    elif _NOT_THIS.search(text):
        return None
    for pattern, becomes in ((_FIRST, "first"), (_LAST, "last")):
        if pattern.search(text) and not other and not _AROUND.search(text):
            if _SUMMER_SCHOOL.search(text):
                return None
            part = becomes == "last" and _PART.search(text)
            return (short or Meaning(becomes))._replace(becomes=becomes, sure=not part and not _a_break(text))
    begins = _BEGINS_AT.search(text)
    if short is None and begins:
        short = Meaning("half", short=True, late=True, clocks=_clocks(text, begins))
    if short is not None:
        # "Early dismissal before Winter Break" is a day, "Thanksgiving Break, half day on Wednesday" are several
        return short._replace(sure=not other and (not _a_break(text) or _AROUND.search(text) is not None))
    if _EXTRA.search(text):
        return Meaning("school", sure=not other)
    if _MAKE_UP.search(text):
        return Meaning("school", sure=False)
    return None if other else _off(text)


def _off(text: str) -> Meaning | None:
    """A day without school by what it is called."""
    if _OFF_DUTY.search(text):
        return Meaning("holiday")
    if _WORK_DAY.search(text):
        return Meaning("holiday", sure=False)
    rest = _BREAK.search(text)
    if rest is None and _NAMED.search(text) is None:
        return None
    if _RETURN.search(text):
        # "Winter Break (classes resume January 4)" is the break, "Classes resume after Winter Break" is not
        beside = rest and not _RETURN.search(text[: rest.start()]) and re.match(r"\s*[-(:;,/]", text[rest.end() :])
        return Meaning("holiday", sure=False) if beside else None
    return Meaning("holiday", sure=rest is not None)


def _a_break(text: str) -> bool:
    found = _BREAK.search(text)
    return found is not None and not found[0].lower().startswith("summer")


def _short(text: str) -> Meaning | None:
    """A day that begins later or ends earlier than usual."""
    shift = next(((found, late) for pattern, late in _SHIFTS if (found := pattern.search(text))), None)
    half, late = _HALF.search(text), _LATE.search(text)
    if shift is not None and (shift[1] or half is None or not _clocks(text, half)):
        amount, unit = shift[0][1].lower(), shift[0][2].lower()
        much = _NUMBERS.get(amount) or float(amount)
        minutes = round(much * (60 if unit.startswith("h") else 1))
        return Meaning("half", short=True, late=shift[1], shift_min=minutes)
    near = half or late
    return Meaning("half", short=True, late=half is None, clocks=_clocks(text, near)) if near else None


def _clocks(text: str, near: re.Match[str]) -> tuple[time, ...]:
    """The times of day in a title, the nearest first: `12:15`, `1 pm`, `noon`. One before 7 o'clock without a.m. is after noon."""
    found = sorted(_CLOCK.finditer(text), key=lambda at: max(at.start() - near.end(), near.start() - at.end(), 0))
    return tuple(_time(at) for at in found)


def _time(found: re.Match[str]) -> time:
    if found[6]:
        return time(12)
    hour, minute = int(found[1] or found[4] or found[7]), int(found[2] or 0)
    half = (found[3] or found[5] or "").lower()
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    elif not half and 0 < hour < 7:
        hour += 12
    return time(hour, minute)
