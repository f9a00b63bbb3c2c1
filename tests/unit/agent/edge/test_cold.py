"""Freezers and coolers by name and unit: which points, from when on, and by the collector's own limits."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.edge.book import Book, encode
from agent.edge.cold import LIMITS, Cold, kind_of
from agent.edge.events import Events
from agent.edge.judge import Judge, Key
from agent.edge.listening import MOST_NAMES, Listening
from agent.edge.rules import COLD_STORAGE, EdgeRule, load
from agent.edge.times import Night
from agent.edge.words import Words
from collector.problems.hvac.judge import FAULTS
from collector.problems.hvac.running import COOLER, FREEZER
from collector.problems.rules import load as collector_rules
from protocols.clock import ManualClock
from protocols.driver import PointInfo, Reading, Sample

LABEL = "analog-input,3"


@pytest.mark.parametrize(
    ("name", "device", "kind"),
    [
        ("Freezer 1 Temp", "", "freezer"),
        ("KITCHEN_WALK-IN_FREEZER_TEMP", "", "freezer"),
        ("WalkInCoolerTemp", "Kitchen panel", "cooler"),
        ("Milk Cooler Temperature", "", "cooler"),
        ("Box Temp", "Walk-in Freezer", "freezer"),
        ("Temp", "Freezer and cooler panel", None),
        ("Freezer/Cooler Temp", "", None),
        ("Freezer Temp Setpoint", "", None),
        ("Freezer Defrost Temp", "", None),
        ("Freezer Evap Temp", "", None),
        ("Freezer Room Temp", "", None),
        ("Freezer High Temp Alarm", "", None),
        ("Dry Cooler Temp", "", None),
        ("Freezer Door", "", None),
        ("Room 12 Temp", "Freezer", None),
        ("", "Walk-in Freezer", None),
    ],
)
def test_a_name_that_says_a_freezer_or_cooler_and_no_more(name: str, device: str, kind: str | None) -> None:
    assert kind_of(name, device) == kind


def test_limits_and_time_are_the_collectors() -> None:
    assert {"freezer": FREEZER, "cooler": COOLER} == LIMITS
    faults = [fault for fault in FAULTS if fault.rule == COLD_STORAGE.name]
    assert {fault.minutes * 60_000 for fault in faults} == {COLD_STORAGE.for_ms}
    rule = collector_rules().rules[COLD_STORAGE.name]
    assert (rule.severity, rule.advice) == (COLD_STORAGE.severity, COLD_STORAGE.advice)


@dataclass
class Kitchen:
    """A listening agent, and a controller with one point."""

    unit: str
    clock: ManualClock = field(default_factory=ManualClock)
    cold: Cold = field(default_factory=Cold)
    own: tuple[EdgeRule, ...] = ()

    def __post_init__(self) -> None:
        self.judge = Judge(self.own, Night())
        self.words = Words("Lincoln", {COLD_STORAGE.name: COLD_STORAGE}, Night())
        self.listening = Listening(_Nobody(), self.judge, Events([], Night()), self.cold, self.words, self.clock)

    async def says(self, value: float, minutes: int = 1, *, named: bool = False) -> dict[Key, Any]:
        """One value a minute; what stands after the last."""
        for _ in range(minutes):
            await self.clock.advance(60)
            infos = [PointInfo("bacnet.value", LABEL, "Freezer 1 Temp")] if named else []
            samples = [
                Sample("bacnet.value", LABEL, value, unit=self.unit),
                Sample("bacnet.value", "other", 20.0, unit="Cel"),
            ]
            self.listening.reading(_Device(), self.clock.now_ms(), Reading(samples, {"name": "Kitchen"}, infos))
        return self.judge.standing(self.clock.now_ms())


class _Nobody:
    def reading(self, *_: Any, **__: Any) -> None: ...

    def reach(self, *_: Any) -> None: ...

    def samples(self, *_: Any) -> None: ...


@dataclass
class _Device:
    key: str = "kitchen"
    facts: dict[str, str] = field(default_factory=dict)


@pytest.mark.parametrize(("unit", "cold", "warm"), [("Cel", -20.0, -12.5), ("[degF]", -4.0, 9.5)])
async def test_it_is_told_when_it_has_been_too_warm_for_ten_minutes(unit: str, cold: float, warm: float) -> None:
    kitchen = Kitchen(unit)
    assert await kitchen.says(cold, named=True) == {}
    assert await kitchen.says(warm, 10) == {}
    ((key, found),) = (await kitchen.says(warm)).items()
    assert key == Key(COLD_STORAGE.name, "kitchen", "bacnet.value", LABEL)
    kitchen.words.now = kitchen.clock.now_ms()
    _, title, body = kitchen.words(key, found.since, found)
    assert title.startswith("Problem: Lincoln: Kitchen: Freezer 1 Temp is too warm: ")
    assert "Move the food" in body
    assert await kitchen.says(cold) == {}


@pytest.mark.parametrize(("unit", "named"), [("Cel", False), ("", True), ("%", True)])
async def test_what_is_not_known_to_be_one_is_not_judged(unit: str, named: bool) -> None:
    kitchen = Kitchen(unit)
    await kitchen.says(-20.0, named=named)
    assert await kitchen.says(5.0, 30) == {}


async def test_one_that_was_never_cold_is_off() -> None:
    kitchen = Kitchen("Cel")
    assert await kitchen.says(22.0, 30, named=True) == {}
    await kitchen.says(-18.0, 5)
    assert len(await kitchen.says(0.0, 15)) == 1


async def test_it_is_known_after_a_restart_and_may_be_left_out() -> None:
    kitchen = Kitchen("Cel")
    await kitchen.says(-18.0, 2, named=True)
    (point,) = kitchen.cold.points.values()
    assert b"freezer" in encode(Book(cold=[point]))
    assert COLD_STORAGE in load().rules
    assert COLD_STORAGE not in load(without=[COLD_STORAGE.name]).rules


async def test_a_limit_of_ones_own_for_the_same_point_is_the_only_one() -> None:
    row = {"metric": "bacnet.value", "severity": "critical", "title": "t"}
    for own, count in (
        (EdgeRule("w", label=LABEL, sign=1, limit=-12, **row), 1),
        (EdgeRule("c", label=LABEL, sign=-1, limit=-30, **row), 1),
    ):
        kitchen = Kitchen("Cel", own=(own,))
        await kitchen.says(-18.0, 2, named=True)
        found = await kitchen.says(0.0, 15)
        assert len(found) == count
        assert {key.rule for key in found} == ({"w"} if own.name == "w" else {COLD_STORAGE.name})


@pytest.mark.parametrize("own", [(), (EdgeRule("w", "bacnet.value", "critical", "t", label=LABEL, sign=1, limit=-12),)])
async def test_one_freezer_makes_no_other_point_of_its_building_a_judged_one(own: tuple[EdgeRule, ...]) -> None:
    """Names have room for 2,000 points: those of a large controller leave it to the doors that are learned later."""
    door = EdgeRule("forced", "door.alarm", "critical", "t", values=(1.0,))
    kitchen = Kitchen("Cel", own=(door, *own))
    await kitchen.says(-20.0, named=True)
    infos = [PointInfo("bacnet.value", f"analog-value,{number}", f"VAV {number}") for number in range(MOST_NAMES)]
    infos.append(PointInfo("door.alarm", "east", "East gym"))
    kitchen.listening.reading(_Device(), kitchen.clock.now_ms(), Reading([], points=infos))
    assert kitchen.words.points == {
        ("kitchen", "bacnet.value", LABEL): "Freezer 1 Temp",
        ("kitchen", "door.alarm", "east"): "East gym",
    }


async def test_whether_a_rule_is_for_a_point_is_found_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kitchen = Kitchen("Cel", own=(EdgeRule("w", "bacnet.value", "critical", "t", label="x", sign=1, limit=0),))
    await kitchen.says(-20.0, 2, named=True)
    asked: list[EdgeRule] = []
    monkeypatch.setattr(EdgeRule, "concerns", lambda rule, *_: asked.append(rule))
    assert len(await kitchen.says(0.0, 15)) == 1
    assert asked == []
