"""Which reports are to be made: buildings' own hours, channels and the buildings that they look after."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from collector.calendar.school import Calendars, SchoolCalendar
from collector.notify.report.plan import Plan, plan

DAY = date(2026, 9, 1)
NEW_YORK, CHICAGO = (SchoolCalendar(f"America/{name}") for name in ("New_York", "Chicago"))


def at(text: str) -> int:
    moment = datetime.combine(DAY, time.fromisoformat(text), ZoneInfo("America/Chicago"))
    return round(moment.timestamp() * 1000)


def channel(identity: int, scheme: str = "mailto", **more: Any) -> dict[str, Any]:
    return {"channel": identity, "scheme": scheme, "enabled": True, "wanted": None, "buildings": []} | more


def made(
    now: str, channels: list[dict[str, Any]], mornings: Any = (), messages: Any = (), **times: time | None
) -> Plan | None:
    settings = {
        "at": time(6, 45), "off_days": False, "channels": channels,
        "times": [{"building": int(name[1:]), "at": value} for name, value in (times or {"b1": None, "b2": None}).items()],
    }  # fmt: skip
    return plan(settings, Calendars({1: CHICAGO, 2: NEW_YORK}, CHICAGO), at(now), mornings, messages)


def test_a_channel_is_told_once_when_its_first_building_is_due_of_all_of_them() -> None:
    early = made("05:45", [channel(7)])  # 06:45 in New York
    assert early is not None
    assert (early.day, early.gather, early.keep) == (DAY, (1, 2), (2,))
    assert [(one.channel, one.buildings, one.all) for one in early.channels] == [(7, (1, 2), True)]
    later = made("06:45", [channel(7)], {(DAY, 2), (DAY, None)}, {(DAY, 7)})
    assert later is not None
    assert (later.keep, later.channels) == ((1,), ())
    assert made("06:46", [channel(7)], {(DAY, 1), (DAY, 2)}, {(DAY, 7)}) is None


def test_channels_that_are_off_or_are_not_read_like_paper_get_none() -> None:
    found = made(
        "06:45",
        [
            channel(1, enabled=False), channel(2, wanted=False), channel(3, "ntfy"), channel(4, "https"), channel(5, "ntfy", wanted=True),
            channel(6, "slack", buildings=[1]), channel(8, buildings=[99]),
        ],
    )  # fmt: skip
    assert found is not None
    assert [(one.channel, one.buildings, one.all) for one in found.channels] == [(5, (1, 2), True), (6, (1,), False)]


def test_a_building_has_its_own_hour() -> None:
    assert made("06:44", [channel(6, buildings=[1])], b1=time(6, 30), b2=None) is not None
    assert made("06:29", [channel(6, buildings=[1])], {(DAY, 2)}, b1=time(6, 30), b2=None) is None


def test_nothing_is_made_too_early_or_with_no_building() -> None:
    assert made("05:44", [channel(7)]) is None
    settings = {"at": time(6, 45), "off_days": False, "channels": [channel(7)], "times": []}
    assert plan(settings, Calendars(), at("06:45"), (), ()) is None
