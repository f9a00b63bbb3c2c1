"""When a short day begins and ends, of what a title and an event's own times say."""

from datetime import time

import pytest

from collector.calendar.hours import Hours, hours
from collector.calendar.meaning import meaning

USUAL = (time(8, 30), time(15, 15))


@pytest.mark.parametrize(
    ("title", "begins_ends", "expected"),
    [
        ("Early dismissal", [], Hours()),
        ("Early dismissal", [time(12, 15), time(13)], Hours(closes=time(12, 15))),
        ("Half day", [time(8, 30), time(12)], Hours(closes=time(12))),
        ("Half day", [time(8), time(12)], Hours(closes=time(12))),
        ("Half day 8:30-11:45", [], Hours(closes=time(11, 45))),
        ("Early dismissal 12:30", [time(8, 30), time(15, 15)], Hours(closes=time(12, 30))),
        ("2-hour early dismissal", [], Hours(closes=time(13, 15))),
        ("2-hour delay", [], Hours(opens=time(10, 30))),
        ("90 minute delay", [time(8, 30), time(10)], Hours(opens=time(10))),
        ("Late start", [time(8, 45), time(10, 15)], Hours(opens=time(10, 15))),
        ("Late start 8:45", [], Hours(opens=time(8, 45))),
    ],
)
def test_hours_that_can_be(title: str, begins_ends: list[time], expected: Hours) -> None:
    means = meaning(title)
    assert means is not None
    assert hours(means, begins_ends, USUAL) == expected


@pytest.mark.parametrize(
    ("title", "begins_ends", "opens", "closes", "doubt"),
    [
        ("Early dismissal", [time(8, 30), time(15, 15)], None, None, "at 08:30 school cannot end early"),
        ("Early dismissal 3:30 pm", [], None, time(15, 30), "at 15:30 school cannot end early"),
        ("Half day PTA 7:00 pm", [], None, None, "usually is from 08:30 to 15:15"),
        ("9 hour early dismissal", [], None, None, "cannot end early"),
        ("Late start", [], None, time(15, 15), "does not say when"),
        ("Late start 7:30", [], None, time(15, 15), "at 07:30 school cannot open late"),
        ("9 hour delay", [], None, time(15, 15), "at 17:30 school cannot open late"),
        ("999 hour delay", [], None, time(15, 15), "at 23:59"),
    ],
)
def test_hours_that_cannot_be_are_for_a_person_to_look_at(
    title: str, begins_ends: list[time], opens: time | None, closes: time | None, doubt: str
) -> None:
    means = meaning(title)
    assert means is not None
    found = hours(means, begins_ends, USUAL)
    assert (found.opens, found.closes) == (opens, closes)
    assert doubt in found.doubt
