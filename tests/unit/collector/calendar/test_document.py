"""Documents: each bad field is named; what cannot be read leaves the calendar before in force."""

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from collector.calendar.compose import Stored, calendars
from collector.calendar.document import Schedule
from collector.calendar.school import Calendars, DayKind


@pytest.mark.parametrize(
    ("document", "where", "says"),
    [
        ({"timezone": "New York"}, "timezone", "America/New_York"),
        ({"hours": {"monday": {"opens": "7.30", "closes": "15:30"}}}, "hours.monday.opens", "07:30"),
        ({"hours": {"monday": {"opens": "16:00", "closes": "15:30"}}}, "hours.monday", "must come after"),
        ({"days": [{"first": "2026-13-01", "kind": "holiday"}]}, "days.0.first", "2026-11-26"),
        ({"days": [{"first": "2026-01-01", "last": "2027-01-01", "kind": "holiday"}]}, "days.0", "at most 150"),
        ({"days": [{"first": "2026-01-02", "last": "2026-01-01", "kind": "holiday"}]}, "days.0", "before first"),
        ({"days": [{"first": "2026-01-02", "kind": "snow"}]}, "days.0.kind", "holiday"),
        ({"days": [{"first": "2026-01-02", "kind": "holiday", "opens": "09:00"}]}, "days.0", "no hours"),
        ({"days": [{"first": 20260102, "kind": "holiday"}]}, "days.0.first", "2026-11-26"),
        ({"days": [{"first": "0001-01-01", "kind": "holiday"}]}, "days.0.first", "1990"),
        ({"terms": [{"first": "2026-09-01", "last": "2026-08-01"}]}, "terms.0", "before first"),
        ({"holydays": []}, "holydays", "permitted"),
        ({"half_day_closes": "24:00"}, "half_day_closes", "23:59"),
        ({"half_day_closes": "١٢:٠٠"}, "half_day_closes", "07:30"),
        ({"lock_down": [{"days": [], "begins": "20:00", "ends": "06:00"}]}, "lock_down.0.days", "at least 1"),
        ({"days": [{"first": "2026-01-02", "kind": "holiday", "name": "a\x00"}]}, "days.0.name", "pattern"),
    ],
)
def test_a_bad_field_is_named(document: dict[str, Any], where: str, says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Schedule.model_validate(document)
    found = {".".join(map(str, error["loc"])): error["msg"] for error in caught.value.errors()}
    assert says in found[where]


def test_a_document_comes_back_as_it_was_written() -> None:
    written = {
        "timezone": "Europe/Berlin", "half_day_closes": "12:00", "terms": [{"first": "2026-09-01", "last": "2027-07-01"}],
        "days": [{"first": "2026-12-24", "last": "2026-12-31", "kind": "holiday", "name": "Ferien", "opens": None, "closes": None, "late": False}],
        "lock_down": [{"days": ["monday"], "begins": "20:00", "ends": "06:00"}],
        "hours": {"monday": {"opens": "07:45", "closes": "13:15"}, **dict.fromkeys(("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))},
    }  # fmt: skip
    again = Schedule.model_validate(written).model_dump(mode="json")
    assert again == written
    assert Schedule.model_validate(json.loads(json.dumps(again))) == Schedule.model_validate(written)


def test_of_a_broken_document_the_one_before_goes_on() -> None:
    district = Stored(None, "the district", "UTC", None)
    closed = {"days": [{"first": "2026-11-26", "kind": "holiday"}]}
    first, refused = calendars([district, Stored(3, "Lincoln", "Europe/Berlin", closed)], Calendars())
    assert not refused
    second, refused = calendars([district, Stored(3, "Lincoln", "Europe/Berlin", {"days": "x"})], first)
    assert len(refused) == 1
    assert "Lincoln" in refused[0]
    assert "days" in refused[0]
    assert second.of(3).day(date(2026, 11, 26)).kind is DayKind.HOLIDAY
    third, refused = calendars([Stored(None, "the district", "UTC", {"terms": 7})], second)
    assert third is second
    assert refused
