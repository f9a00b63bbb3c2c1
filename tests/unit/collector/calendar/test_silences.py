"""When a silence holds: once, weekly, over midnight and over the switches of the clock."""

from datetime import UTC, datetime, time

import pytest

from collector.calendar.school import Calendars, SchoolCalendar
from collector.calendar.silences import Silence, Silences, Subject, Weekly


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


ONCE = Silence(1, ms("2026-03-03T12:00"), ms("2026-03-03T14:00"))
NIGHTS = Silence(2, ms("2026-01-01T00:00"), None, weekly=Weekly(frozenset({5}), time(22), time(4)))
"""From Saturday 22:00 to Sunday 04:00."""


@pytest.mark.parametrize(
    ("silence", "zone", "moment", "holds"),
    [
        (ONCE, "UTC", "2026-03-03T11:59", False),
        (ONCE, "UTC", "2026-03-03T12:00", True),
        (ONCE, "UTC", "2026-03-03T14:00", False),
        (NIGHTS, "America/New_York", "2026-03-08T03:00", True),
        (NIGHTS, "America/New_York", "2026-03-08T07:59", True),  # 03:59 of summer time: the night is short
        (NIGHTS, "America/New_York", "2026-03-08T08:00", False),
        (NIGHTS, "America/New_York", "2026-11-01T08:59", True),  # the long night
        (NIGHTS, "America/New_York", "2026-11-01T09:00", False),
        (NIGHTS, "Europe/Berlin", "2026-03-28T20:59", False),
        (NIGHTS, "Europe/Berlin", "2026-03-29T01:59", True),
        (NIGHTS, "Europe/Berlin", "2026-03-29T02:00", False),
        (NIGHTS, "Australia/Lord_Howe", "2026-10-03T16:59", True),
        (NIGHTS, "Australia/Lord_Howe", "2026-10-03T17:00", False),
        (NIGHTS, "UTC", "2026-03-09T02:00", False),
    ],
)
def test_when_it_holds(silence: Silence, zone: str, moment: str, holds: bool) -> None:
    judged = Silences((silence,), Calendars({1: SchoolCalendar(zone)}))
    assert (judged.silenced(Subject("x", 1), ms(moment)) is silence) is holds


def test_a_ring_of_parents_ends() -> None:
    class Device:
        parent, kind, room = 2, "switch", None

    judged = Silences((Silence(1, 0, None, device=9),), Calendars(), {2: Device()})
    assert judged.silenced(Subject("x", 1, 2), 5) is None


@pytest.mark.parametrize(
    ("needs", "holds"),
    [
        ({2: [(9,)]}, True),
        ({2: [(3,)], 3: [(9,)]}, True),
        ({2: [(9, 3)]}, False),  # another uplink carries it
        ({2: [(3, 4)], 3: [(9,)], 4: [(9,)]}, True),
        ({2: [(3,), (9,)]}, True),  # uplink and power: it needs both
        ({2: [(3,)], 3: [(2,)]}, False),
    ],
)
def test_what_hangs_on_a_silenced_device(needs: dict[int, list[tuple[int, ...]]], holds: bool) -> None:
    judged = Silences((Silence(1, 0, None, device=9),), needs=lambda device: needs.get(device, []))
    assert (judged.silenced(Subject("x", 1, 2), 5) is not None) is holds


def test_a_group_is_silenced_where_all_its_members_are() -> None:
    judged = Silences((Silence(1, 0, None, device=9),), needs=lambda device: [(9,)] if device < 9 else [])
    group, inside, outside = Subject("group.same", 1), Subject("x", 1, 2), Subject("x", 1, 10)
    assert judged.all_silenced(group, [inside, inside], 5)
    assert judged.all_silenced(group, [inside, outside], 5) is None
    assert judged.all_silenced(group, [], 5) is None
