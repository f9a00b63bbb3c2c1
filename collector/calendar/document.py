"""A school calendar as it is written down: one document for the district, one for each building that differs. Pure.

What a building leaves out (null) is the district's; what the district leaves out is the default of `school.py`.
"""

import json
from collections.abc import Iterator
from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_DAYS = 150
"""One entry may span this many days: what is longer lies outside the terms."""
_YEARS = range(1990, 2200)

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Kind = Literal["school", "half", "holiday"]


def _clock(value: object) -> object:
    """`07:30` as a time; anything else is refused with what to write."""
    if isinstance(value, time):
        return value
    text = str(value).strip()
    hours, colon, minutes = text.partition(":")
    if not colon or not (hours.isascii() and hours.isdigit() and minutes[:2].isdigit() and minutes.isascii()):
        raise ValueError(f"{_found(value)}; write a time of day as 07:30")
    if len(minutes) != 2 or len(hours) > 2 or int(hours) > 23 or int(minutes) > 59:
        raise ValueError(f"is {text[:20]!r}; write a time of day from 00:00 to 23:59")
    return time(int(hours), int(minutes))


def _date(value: object) -> object:
    """`2026-11-26` as a date; a number is none."""
    if isinstance(value, date):
        return value
    text = str(value).strip()
    try:
        if text[4:5] == text[7:8] == "-":
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"{_found(value)}; write a date as 2026-11-26")


def _found(value: object) -> str:
    text = "" if value is None else str(value).strip()
    return f"is {text[:20]!r}" if text else "is missing"


def _in_range(value: date) -> date:
    if value.year not in _YEARS:
        raise ValueError(f"must be between the years {_YEARS.start} and {_YEARS.stop - 1}")
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"is {value[:60]!r}; write an IANA name such as America/New_York or Europe/Berlin")
    ZoneInfo(value)
    return value


Clock = Annotated[time, BeforeValidator(_clock), PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str)]
Day = Annotated[date, BeforeValidator(_date), AfterValidator(_in_range)]
Zone = Annotated[str, AfterValidator(_zone)]
Name = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hours(_Strict):
    """When school is on an ordinary day: local wall-clock times."""

    opens: Clock
    closes: Clock

    @model_validator(mode="after")
    def _ordered(self) -> "Hours":
        if self.opens >= self.closes:
            raise ValueError(f"closes at {self.closes:%H:%M}, which must come after it opens at {self.opens:%H:%M}")
        return self


class Week(_Strict):
    """The hours of each weekday; null where there is no school."""

    monday: Hours | None = None
    tuesday: Hours | None = None
    wednesday: Hours | None = None
    thursday: Hours | None = None
    friday: Hours | None = None
    saturday: Hours | None = None
    sunday: Hours | None = None

    def all(self) -> Iterator[Hours | None]:
        """From Monday to Sunday."""
        for name in WEEKDAYS:
            yield getattr(self, name)


class Term(_Strict):
    """A stretch of the school year, both days included."""

    first: Day
    last: Day

    @model_validator(mode="after")
    def _ordered(self) -> "Term":
        if not 0 <= (self.last - self.first).days <= 400:
            raise ValueError("last must not lie before first, nor more than 400 days after it")
        return self


class Entry(_Strict):
    """Days that differ from the week, both included. Of two for one day the later in the list holds."""

    first: Day
    last: Day | None = Field(default=None, description="Null: one day.")
    kind: Kind = Field(
        description="holiday: no school. half: a day with hours of its own. school: an extra school day."
    )
    name: Name = ""
    opens: Clock | None = Field(default=None, description="Null: as on that weekday.")
    closes: Clock | None = Field(default=None, description="Null: as on that weekday; of a half day `half_day_closes`.")
    late: bool = Field(default=False, description="Entered on the day itself, as a snow day: it holds over all others.")

    @property
    def end(self) -> date:
        """The last day."""
        return self.last or self.first

    @model_validator(mode="after")
    def _sound(self) -> "Entry":
        if not 0 <= (self.end - self.first).days < LONGEST_DAYS:
            raise ValueError(f"last must not lie before first; one entry spans at most {LONGEST_DAYS} days")
        if self.opens is not None and self.closes is not None and self.opens >= self.closes:
            raise ValueError("closes must come after opens")
        if self.kind == "holiday" and (self.opens or self.closes):
            raise ValueError("a holiday has no hours: leave out opens and closes, or make it a half day")
        return self


class LockDown(_Strict):
    """When the doors must be secured. `ends` at or before `begins` is on the next morning."""

    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    begins: Clock
    ends: Clock


_EXAMPLE = {
    "timezone": "America/Chicago",
    "terms": [{"first": "2026-08-24", "last": "2027-05-28"}],
    "days": [{"first": "2026-11-25", "last": "2026-11-27", "kind": "holiday", "name": "Thanksgiving"}],
}


class Schedule(_Strict):
    """One whole calendar document."""

    model_config = ConfigDict(json_schema_extra={"examples": [json.dumps(_EXAMPLE)]})

    timezone: Zone | None = Field(default=None, description="IANA name; a building's own time.")
    hours: Week | None = None
    half_day_closes: Clock | None = Field(default=None, description="When a half day ends that says nothing else.")
    terms: Annotated[list[Term], Field(max_length=60)] | None = Field(
        default=None, description="Outside of them is summer; between two that are near, a holiday. Empty: always term."
    )
    days: Annotated[list[Entry], Field(max_length=1000)] = []
    lock_down: Annotated[list[LockDown], Field(max_length=20)] | None = Field(
        default=None,
        description='When rules with during = "lock-down" hold. Null: 22:00 to 05:00 every day. Empty: never.',
    )


NOTHING = Schedule()
"""A document that leaves everything out."""
