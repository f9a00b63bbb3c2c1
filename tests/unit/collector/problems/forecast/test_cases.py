"""Faults and upheavals of a school fleet, minute by minute or day by day: what is said of them, and what is not."""

from datetime import UTC, datetime

import numpy as np
import pytest

from collector.ingest.committed import Committed
from collector.problems.engine import Engine
from collector.problems.finding import Key
from collector.problems.fleet import AgentRow, Device, PointRow
from collector.problems.forecast.detector import Forecasts
from collector.problems.rules import load
from collector.problems.tuning import Scope, Setting

DAY, MINUTE = 86_400_000, 60_000
MONDAY = int(datetime(2026, 1, 5, 0, 0, tzinfo=UTC).timestamp() * 1000)
POINT = 7


class Fed:
    """One device with one point."""

    def __init__(self, metric: str, label: str | None = "Black Toner") -> None:
        self.now = MONDAY
        self.engine = Engine(load(), self.now)
        self.engine.devices[1] = Device(1, "lincoln", None, None, 0, "ok", 1, name="Printer")
        self.engine.learn([PointRow(POINT, 1, metric, label)])
        self.said: dict[str, int] = {}

    def at(self, now: int, value: float) -> set[str]:
        """What is found of the point after a sample; the first time of each rule is kept."""
        self.now = now
        self.engine.listening.agents = {"lincoln": AgentRow("lincoln", True, now)}
        ids, times = np.array([POINT], np.int32), np.array([now], np.int64)
        self.engine.observe(Committed(now, ids, times, np.array([value]), agents={"lincoln"}))
        found = {key.rule for key in self.engine.findings(now) if key.rule not in ("point.silent", "device.silent")}
        for rule in found:
            self.said.setdefault(rule, now)
        return found

    def daily(self, values: list[float]) -> None:
        """One value a day, heard every three hours."""
        first = self.now
        for day, value in enumerate(values):
            for hour in range(0, 24, 3):
                self.at(first + day * DAY + hour * 3_600_000, value)

    def words(self) -> str:
        found = [f for key, f in self.engine.findings(self.now).items() if key.rule.startswith("forecast.")]
        return found[0].words["range"]


def steady(level: float, use: float, days: int) -> list[float]:
    """A supply that is used on school days (Monday to Friday)."""
    values = []
    for day in range(days):
        values.append(level)
        level -= use if day % 7 < 5 else 0
    return values


def test_p02_toner_that_is_empty_in_nine_school_days() -> None:
    fed = Fed("printer.supply.level")
    fed.daily(steady(100.0, 3.0, 43))
    assert fed.said.keys() >= {"forecast.supply"}
    (left, *_) = (found.making.made[0] for found in fed.engine.detectors if isinstance(found, Forecasts))
    told_on = (fed.said["forecast.supply"] - MONDAY) // DAY
    school_days_left = sum(1 for day in range(told_on, 200) if day % 7 < 5 and steady(100.0, 3.0, 200)[day] > 0.5)
    assert 9 - 3 <= school_days_left <= 10 + 3
    assert left.days is not None
    assert left.low is not None
    assert left.low <= left.days


def test_e01_a_disk_that_fills_by_one_percent_a_day() -> None:
    fed = Fed("host.disk.utilization", "/data")
    fed.daily([70.0] * 10 + [70.0 + day for day in range(20)])
    told_on = (fed.said["forecast.disk"] - MONDAY) // DAY - 10
    assert 14 <= told_on <= 19, "told when 14 days are left, give or take what the flat days before blur"
    assert "forecast.disk.soon" not in fed.said


def test_e02_a_disk_that_fills_within_the_hour() -> None:
    fed = Fed("host.disk.utilization", "/data")
    fed.daily([40.0] * 8)
    start = fed.now + MINUTE
    for minute in range(30):
        fed.at(start + minute * MINUTE, 40.0 + minute)
    assert fed.said["forecast.disk.soon"] - start <= 10 * MINUTE
    assert "forecast.disk.soon" not in fed.at(start + 31 * MINUTE, 69.0), "it rises no more"


def test_a_disk_that_had_days_and_has_hours_is_one_thing() -> None:
    fed = Fed("host.disk.utilization", "/data")
    fed.daily([70.0] * 10 + [70.0 + day for day in range(18)])
    assert fed.said.keys() == {"forecast.disk"}
    start = fed.now + MINUTE
    for minute in range(8):
        fed.at(start + minute * MINUTE, 87.0 + minute)
    subject = f"point:{POINT}"
    found = fed.engine.findings(fed.now)
    assert found[Key("forecast.disk", subject)].cause == Key("forecast.disk.soon", subject)
    assert found[Key("forecast.disk.soon", subject)].cause is None


@pytest.mark.parametrize(("rise", "ends"), [(1.0, False), (0.0, True)])
def test_a_disk_that_fills_goes_on_after_a_restart_until_it_is_known_to_have_stopped(rise: float, ends: bool) -> None:
    fed = Fed("host.disk.utilization", "/data")
    soon = Key("forecast.disk.soon", f"point:{POINT}")
    fed.engine.seed(soon, MONDAY - 10 * MINUTE, MONDAY)
    there = [
        soon.rule in fed.at(MONDAY + n * MINUTE, 50.0 + n * rise) or fed.engine.held(soon, "lincoln")
        for n in range(1, 11)
    ]
    assert all(there[:4])
    assert there[-1] is not ends


def test_what_was_open_at_a_start_is_not_held_once_its_device_is_gone() -> None:
    fed = Fed("printer.supply.level")
    low = Key("forecast.supply", f"point:{POINT}")
    fed.engine.seed(low, MONDAY - DAY, MONDAY)
    fed.at(MONDAY + MINUTE, 50.0)
    assert fed.engine.held(low, "lincoln")
    del fed.engine.devices[1]
    fed.at(MONDAY + 2 * MINUTE, 50.0)
    assert not fed.engine.held(low, "lincoln")


def test_n07_a_dhcp_scope_nearly_used_up_is_one_problem_within_ten_minutes() -> None:
    fed = Fed("lan.dhcp.scope.utilization", "10.2.0.0/24")
    fed.daily([60.0, 61, 60, 62, 61, 60, 61])
    start = fed.now + MINUTE
    for minute in range(10):
        fed.at(start + minute * MINUTE, 97.0)
    assert fed.said["lan.dhcp.scope.full"] - start <= 10 * MINUTE


@pytest.mark.parametrize(
    ("days", "rules"), [(40, set()), (25, {"forecast.certificate"}), (10, {"probe.certificate.ending"})]
)
def test_e06_a_certificate_is_one_problem(days: float, rules: set[str]) -> None:
    fed = Fed("probe.certificate.remaining", None)
    found: set[str] = set()
    for hour in range(25):
        found = fed.at(MONDAY + hour * 3_600_000, days - hour / 24)
    assert len(found) == len(rules)
    assert not rules or found == rules or (days == 10 and all(rule.startswith("probe.certificate") for rule in found))


QUIET = {
    "G13 a weekly clean-up": ("host.disk.utilization", [55.0 + 4.5 * (day % 7) for day in range(63)]),
    "G13 one clean-up of 20 %": ("host.disk.utilization", [75.0 + 0.05 * day for day in range(30)] + [56.0 + 0.05 * day for day in range(25)]),
    "G20 a level in steps of 10 % that rests": ("printer.supply.level", [40.0] * 60),
    "G20 one step in two months": ("printer.supply.level", [50.0] * 30 + [40.0] * 30),
    "a level that is not known": ("printer.supply.level", [-3.0] * 40),
    "a constant disk": ("host.disk.utilization", [88.0] * 60),
    "a disk that wavers": ("host.disk.utilization", [85 + float(x) for x in np.random.default_rng(4).normal(0, 1.5, 60)]),
    "a UPS charged and discharged": ("ups.battery.charge", [100.0, 100, 100, 60, 100, 100, 100] * 8),
}  # fmt: skip


@pytest.mark.parametrize("name", QUIET)
def test_what_must_say_nothing(name: str) -> None:
    metric, values = QUIET[name]
    fed = Fed(metric)
    fed.daily(values)
    assert fed.said == {}


def test_a_nightly_backup_that_comes_and_goes_is_its_habit() -> None:
    fed = Fed("host.disk.utilization", "/backup")
    for day in range(12):
        midnight = MONDAY + day * DAY
        for minute in range(40):
            found = fed.at(midnight + minute * MINUTE, 50.0 + minute)
            assert day < 3 or "forecast.disk.soon" not in found, (day, minute)
        fed.at(midnight + 60 * MINUTE, 50.0)


def test_a_disk_that_begins_to_fill_after_weeks_of_rest_does_not_wait_for_weeks() -> None:
    fed = Fed("host.disk.utilization", "/data")
    fed.daily([60.0] * 45 + [60.0 + 1.5 * day for day in range(24)])
    told_on = (fed.said["forecast.disk"] - MONDAY) // DAY - 45
    assert told_on <= 20, "14 days are left from its 13th day on; it takes two weeks to be a trend"


def test_one_step_up_is_no_trend() -> None:
    fed = Fed("host.disk.utilization", "/data")
    fed.daily([60.0] * 40 + [82.0] * 12)
    assert not fed.said


def test_what_was_forecast_stays_until_it_is_over_though_a_plain_rule_says_it_too() -> None:
    """No recovery while the disk gets fuller; all of it is over when somebody has made room."""
    fed = Fed("host.disk.utilization", "/data")
    fed.daily([60.0 + 1.5 * day for day in range(26)])
    assert "forecast.disk" in fed.said
    for minute in range(1, 120):
        found = fed.at(fed.now + MINUTE, min(97.5 + minute * 0.05, 100.0))
        assert "forecast.disk" in found
    found = set()
    for _ in range(60):
        found = fed.at(fed.now + MINUTE, 30.0)
    assert not found


def test_a_disk_that_filled_fast_and_stands_full_has_not_recovered() -> None:
    fed = Fed("host.disk.utilization", "/data")
    fed.daily([66.0] * 9)
    for minute in range(60):
        fed.at(fed.now + MINUTE, min(66.0 + minute, 97.2))
    assert "forecast.disk.soon" in fed.at(fed.now + MINUTE, 97.2)
    found = set()
    for _ in range(40):
        found = fed.at(fed.now + MINUTE, 60.0)
    assert not found


def test_a_scope_that_fills_on_the_first_morning_of_a_new_school_is_as_ever() -> None:
    fed = Fed("lan.dhcp.scope.utilization", "10.2.0.0/24")
    fed.daily([40.0, 40.0])
    for minute in range(40):
        fed.at(fed.now + MINUTE, min(40.0 + minute, 78.0))
    assert not fed.said


@pytest.mark.parametrize("settings", [
    [Setting("host.disk.full", Scope(), {"enabled": False})],
    [Setting("host.disk.full", Scope(device=1), {"above": 98})],
    [Setting("host.disk.full", Scope(kind="server"), {"severity": "info"})],
])  # fmt: skip
def test_a_plain_rule_that_does_not_say_it_there_keeps_no_forecast_back(settings: list[Setting]) -> None:
    """A disk that is heard of for the first time above 90 %: the plain rule alone says so, but where people set it otherwise."""
    for chosen, said in (([], False), (settings, True)):
        fed = Fed("host.disk.utilization", "/data")
        fed.engine.devices[1].kind = "server"
        fed.engine.world.book.tune(chosen)
        fed.daily([90.5 + 0.4 * day for day in range(14)])
        assert ("forecast.disk" in fed.said) is said


def test_days_that_are_set_hold_at_once() -> None:
    """A toner that lasts some 15 school days: not said by itself, said where people want to know three weeks ahead."""
    fed = Fed("printer.supply.level")
    fed.daily(steady(100, 2, 50))
    assert not fed.at(fed.now + MINUTE, 28.0)
    fed.engine.world.book.tune([Setting("forecast.supply", Scope(device=1), {"days": 21})])
    assert fed.at(fed.now + MINUTE, 28.0) == {"forecast.supply"}
    fed.engine.world.book.tune([Setting("forecast.supply", Scope(device=1), {"days": 5})])
    assert not fed.at(fed.now + MINUTE, 28.0)
