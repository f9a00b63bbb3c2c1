"""When a heartbeat is missed, and what it brought that cannot be right."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.calendar.school import DayKind, SchoolCalendar, SchoolDay
from collector.problems.beats.beat import Beat, Report
from collector.problems.beats.content import defect
from collector.problems.beats.detector import MISSING, Beats, judged
from collector.problems.beats.rhythm import due, rhythm
from collector.problems.detector import World
from collector.problems.finding import Key
from collector.problems.rules import BUILT_IN, load

ZONE = ZoneInfo("America/Chicago")
HOUR, DAY = 3_600_000, 86_400_000
MONDAY = date(2026, 9, 14)
CALENDAR = SchoolCalendar(timezone="America/Chicago")


def at(day: date, hour: int = 2, minute: int = 0) -> int:
    return round(datetime.combine(day, time(hour, minute), ZONE).timestamp() * 1000)


def nightly(days: int, only=lambda day: True, rows: int | None = None, start: date = MONDAY) -> tuple[Report, ...]:
    dates = [start + timedelta(days=n) for n in range(days)]
    return tuple(Report(at(day), "ok", rows) for day in dates if only(day))


def beat(reports: tuple[Report, ...], **asked) -> Beat:
    return Beat(7, "SIS roster", 1, reports=reports, **asked)


def rules(one: Beat, now: int, calendar: SchoolCalendar = CALENDAR) -> list[str]:
    return [finding.key.rule for finding in judged(one, calendar, now)]


def test_no_rhythm_is_learned_from_three_reports() -> None:
    assert rhythm(beat(nightly(3))) is None
    assert rhythm(beat(nightly(4))) == (DAY, DAY // 4)


def test_a_missing_night_is_told_within_twelve_hours() -> None:
    known = nightly(5)
    missed = at(MONDAY + timedelta(days=5))
    one = beat(known, school_days=False)
    assert rules(one, missed + 5 * HOUR) == []
    assert rules(one, missed + 7 * HOUR) == ["beat.missing"]


def test_weekends_on_which_it_never_comes_are_not_waited_for() -> None:
    weekdays = nightly(5)  # Monday to Friday, two weeks not known yet
    assert due(beat(weekdays), CALENDAR) == at(MONDAY + timedelta(days=7)) + DAY // 4
    three_weeks = nightly(19, lambda day: day.weekday() < 5)
    assert due(beat(three_weeks), CALENDAR) == at(MONDAY + timedelta(days=21)) + DAY // 4


def test_one_that_comes_on_saturdays_is_missed_on_a_saturday() -> None:
    known = nightly(19, lambda day: day.weekday() < 6)  # to Friday of the third week
    saturday = MONDAY + timedelta(days=19)
    assert due(beat(known), CALENDAR) == at(saturday) + DAY // 4


def test_a_holiday_week_is_not_waited_for_and_the_day_after_is() -> None:
    holidays = {MONDAY + timedelta(days=21 + n): DayKind.HOLIDAY for n in range(5)}
    calendar = SchoolCalendar("America/Chicago", {day: SchoolDay(day, kind) for day, kind in holidays.items()})
    known = nightly(19, lambda day: day.weekday() < 5)
    assert due(beat(known), calendar) == at(MONDAY + timedelta(days=28)) + DAY // 4


def test_a_switch_to_winter_time_moves_nothing() -> None:
    start = date(2026, 10, 26)  # the clocks go back on 1 November
    known = nightly(5, start=start)
    one = beat(known, school_days=False)
    assert due(one, CALENDAR) == known[-1].at + DAY + DAY // 4


@pytest.mark.parametrize("changes", [date(2026, 11, 1), date(2027, 3, 14)])
def test_one_that_was_promised_daily_goes_by_the_clock_on_the_wall(changes: date) -> None:
    known = nightly(10, start=changes - timedelta(days=10))
    one = beat(known, every_ms=DAY, grace_ms=HOUR // 2, school_days=False)
    assert due(one, CALENDAR) == at(changes, 2 if changes.month == 11 else 3, 30)  # in March there is no two o'clock


def test_every_five_minutes_is_missed_on_a_weekend_too() -> None:
    saturday = at(MONDAY + timedelta(days=5), 12)
    one = beat(tuple(Report(saturday + n * 300_000, "ok") for n in range(5)))
    assert due(one, CALENDAR) == saturday + 5 * 300_000 + 600_000


def test_what_was_asked_is_missed_though_it_never_came() -> None:
    one = Beat(7, "backup", None, every_ms=DAY, school_days=False, made_at=at(MONDAY))
    assert rules(one, at(MONDAY) + DAY) == []
    (finding,) = judged(one, CALENDAR, at(MONDAY) + 2 * DAY)
    assert (finding.key, finding.building, finding.words["since"]) == (
        ("beat.missing", "beat:7"),
        None,
        "set up Mon 14 Sep 02:00",
    )


def test_one_with_only_a_name_that_never_came_is_told_after_eight_days() -> None:
    one = Beat(7, "backup", None, made_at=at(MONDAY))
    assert rules(one, at(MONDAY) + 8 * DAY - 1) == []
    (finding,) = judged(one, CALENDAR, at(MONDAY) + 8 * DAY)
    assert finding.words["what"] == "has never been heard"


def test_one_that_was_set_up_before_a_break_has_the_day_after_it() -> None:
    holidays = {MONDAY + timedelta(days=n): DayKind.HOLIDAY for n in range(1, 19)}
    calendar = SchoolCalendar("America/Chicago", {day: SchoolDay(day, kind) for day, kind in holidays.items()})
    one = Beat(7, "backup", None, made_at=at(MONDAY))
    assert due(one, calendar) == at(MONDAY + timedelta(days=21)) + DAY


@pytest.mark.parametrize(
    ("days", "after"),
    [((0,), 8), ((0, 1), 8), ((0, 1, 2), 8), ((0, 7), 22), ((0, 28), 85)],
)
def test_before_a_rhythm_is_known_it_is_missed_late_but_is_missed(days: tuple[int, ...], after: int) -> None:
    one = beat(tuple(Report(at(MONDAY + timedelta(days=n)), "ok") for n in days), school_days=False)
    missed = at(MONDAY + timedelta(days=days[-1] + after))
    assert rules(one, missed - 1) == []
    assert rules(one, missed) == ["beat.missing"]


def test_a_line_that_was_tried_twice_has_no_rhythm_of_minutes() -> None:
    one = beat((Report(at(MONDAY), "ok"), Report(at(MONDAY) + 300_000, "ok")))
    assert rules(one, at(MONDAY) + 7 * DAY) == []


def test_a_single_old_report_says_nothing_of_how_old_data_may_be() -> None:
    assert defect(beat((Report(at(MONDAY), "ok", as_of=at(MONDAY) - 30 * DAY),))) is None


def test_one_that_started_and_did_not_end_says_so() -> None:
    known = nightly(5)
    one = beat((*known, Report(at(MONDAY + timedelta(days=5)), "start")), school_days=False)
    (finding,) = judged(one, CALENDAR, at(MONDAY + timedelta(days=5), 12))
    assert finding.words["what"] == "started and did not end"


def test_failure_holds_since_the_first_one() -> None:
    known = nightly(5)
    fails = (Report(known[-1].at + DAY, "fail"), Report(known[-1].at + 2 * DAY, "fail"))
    one = beat((*known, *fails), school_days=False)
    (finding,) = judged(one, CALENDAR, fails[-1].at + HOUR)
    assert (finding.key.rule, finding.since) == ("beat.failed", fails[0].at)


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [(1_000, None), (1_400, None), (0, "no rows but the header"), (300, "300 rows instead of about 1,000 (-70 %)"), (1_600, "1,600 rows instead of about 1,000 (+60 %)")],
)  # fmt: skip
def test_rows_are_held_against_what_is_usual(rows: int, wrong: str | None) -> None:
    known = nightly(6, rows=1_000)
    found = defect(beat((*known, Report(known[-1].at + DAY, "ok", rows))))
    assert (found and found[0]) == wrong


def test_few_rows_may_change() -> None:
    known = nightly(6, rows=3)
    assert defect(beat((*known, Report(known[-1].at + DAY, "ok", 9)))) is None


def test_a_change_that_lasts_becomes_usual() -> None:
    known = nightly(8, rows=1_000)
    later = tuple(Report(known[-1].at + n * DAY, "ok", 2_000) for n in range(1, 21))
    states = [defect(beat((*known, *later[: n + 1]))) for n in range(20)]
    assert states[0] is not None
    assert states[-1] is None


def test_old_data_that_came_today_are_told() -> None:
    known = nightly(6)
    newest = Report(known[-1].at + DAY, "ok", as_of=known[-1].at - 3 * DAY)
    found = defect(beat((*known, newest)))
    assert found is not None
    assert found[0] == "its data are 4 days old"


def test_one_thing_at_a_time() -> None:
    known = nightly(6, rows=1_000)
    empty = Report(known[-1].at + DAY, "ok", 0)
    one = beat((*known, empty), school_days=False)
    assert rules(one, empty.at + HOUR) == ["beat.content"]
    assert rules(one, empty.at + 2 * DAY) == ["beat.missing"]


def test_one_that_is_paused_or_was_removed_is_watched_no_longer() -> None:
    world = World(load([BUILT_IN]), beats=[beat(nightly(4)), Beat(8, "Backup", 1, paused=True)])
    watched = [Beats(world).unwatched(Key(MISSING, subject)) for subject in ("beat:7", "beat:8", "beat:9", "")]
    assert watched == [False, True, True, False]
