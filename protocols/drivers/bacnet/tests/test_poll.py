"""A poll of the simulated air handler over a real socket."""

from collections.abc import Callable
from typing import Any

import pytest

from protocols.driver import PushSession, Reading
from protocols.drivers.bacnet.simulator.air_handler import air
from protocols.errors import DeviceError


def values(reading: Reading, metric: str) -> dict[str | None, float]:
    return {sample.label: sample.value for sample in reading.samples if sample.metric == metric}


async def test_first_poll_tells_values_units_names_and_states(simulator: Any, opener: Any, clock: Any) -> None:
    session = await opener(simulator.address)
    reading = await session.poll()
    now = air(clock.now_ms())
    told = {sample.label: sample for sample in reading.samples if sample.metric == "bacnet.value"}
    assert len(told) == 15 + 3 * 3
    assert told["analog-input,1"].value == pytest.approx(now.supply, abs=0.006)
    assert told["analog-input,1"].unit == "Cel"
    assert told["analog-input,6"].unit == "[ppm]"
    assert told["multi-state-value,1"].value == now.mode
    points = {(point.metric, point.label): point for point in reading.points}
    assert points["bacnet.value", "analog-input,11"].name == "AHU 1 Zone 1 ZN-T"
    assert points["bacnet.value", "multi-state-value,1"].states == {
        1: "Off",
        2: "Heating",
        3: "Cooling",
        4: "Economizer",
    }
    assert points["bacnet.value", "binary-input,1"].states == {0: "stopped", 1: "running"}
    assert points["bacnet.status", "analog-input,1.fault"].name == "AHU 1 SA-T: fault"
    assert reading.attributes["name"] == "AHU 1"
    assert reading.attributes["vendor"] == "First Bell"
    assert reading.attributes["instance"] == 1001
    assert values(reading, "bacnet.system.status") == {None: 0.0}
    assert set(values(reading, "bacnet.setpoint.deviation")) == {f"AHU 1 Zone {number}" for number in (1, 2, 3)}


async def test_a_quiet_poll_takes_few_requests_and_tells_only_values(simulator: Any, opener: Any) -> None:
    session = await opener(simulator.address)
    await session.poll()
    before = simulator.requests
    reading = await session.poll()
    assert simulator.requests - before == 3  # the device, 24 objects with 4 properties each, the events
    assert {sample.metric for sample in reading.samples} == {
        "bacnet.value",
        "bacnet.system.status",
        "bacnet.clock.offset",
        "bacnet.setpoint.deviation",
        "bacnet.alarms",
    }
    assert not reading.points


async def test_flags_are_told_while_set_and_once_when_they_clear(simulator: Any, opener: Any) -> None:
    session = await opener(simulator.address)
    first = values(await session.poll(), "bacnet.status")
    assert first["analog-input,1.fault"] == 0.0
    assert len(first) == 24 * 4
    simulator.force.flag("analog-input,1", "fault", True)
    for _ in range(2):
        reading = await session.poll()
        assert values(reading, "bacnet.status") == {"analog-input,1.fault": 1.0}
        assert values(reading, "bacnet.reliability") == {"analog-input,1": 1.0}
    simulator.force.flag("analog-input,1", "fault", False)
    reading = await session.poll()
    assert values(reading, "bacnet.status") == {"analog-input,1.fault": 0.0}
    assert values(reading, "bacnet.reliability") == {"analog-input,1": 0.0}
    assert not values(await session.poll(), "bacnet.status")


async def test_out_of_service_and_overridden(simulator: Any, opener: Any) -> None:
    simulator.force.flag("analog-input,2", "out-of-service", True)
    simulator.force.flag("analog-output,1", "overridden", True)
    status = values(await (await opener(simulator.address)).poll(), "bacnet.status")
    assert [label for label, value in status.items() if value] == [
        "analog-input,2.out-of-service",
        "analog-output,1.overridden",
    ]


async def test_priority_is_read_at_first_and_every_tenth_poll(simulator: Any, opener: Any) -> None:
    session = await opener(simulator.address)
    simulator.force.override("analog-output,1", 8, 100.0)
    first = await session.poll()
    assert values(first, "bacnet.override.priority")["analog-output,1"] == 8.0
    assert values(first, "bacnet.override.priority")["analog-output,2"] == 16.0
    assert values(first, "bacnet.value")["analog-output,1"] == 100.0
    simulator.force.override("analog-output,1", 8, None)
    simulator.force.override("analog-output,1", 16, None)
    polls = [await session.poll() for _ in range(10)]
    told = [place for place, reading in enumerate(polls, 1) if values(reading, "bacnet.override.priority")]
    assert told == [10]
    assert values(polls[-1], "bacnet.override.priority")["analog-output,1"] == 0.0


async def test_alarms_are_counted_over_pages_and_told_once(simulator: Any, opener: Any) -> None:
    session = await opener(simulator.address)
    assert values(await session.poll(), "bacnet.alarms") == {None: 0.0}
    for number in range(1, 7):
        simulator.force.alarm(f"analog-input,{number}", "high-limit")
    reading = await session.poll()
    assert values(reading, "bacnet.alarms") == {None: 6.0}
    assert values(reading, "bacnet.event.state") == {f"analog-input,{number}": 3.0 for number in range(1, 7)}
    assert values(reading, "bacnet.alarm.acknowledged") == {f"analog-input,{number}": 1.0 for number in range(1, 7)}
    assert [event.detail["name"] for event in reading.events][:2] == ["AHU 1 SA-T", "AHU 1 RA-T"]
    assert reading.events[0].detail["state"] == "high-limit"
    reading = await session.poll()
    assert not reading.events
    assert values(reading, "bacnet.alarms") == {None: 6.0}


async def test_changed_database_revision_finds_the_objects_again(simulator: Any, opener: Any) -> None:
    session = await opener(simulator.address)
    await session.poll()
    simulator.object("analog-input,1").objectName = "AHU 1 Supply"
    simulator.object("device,1001").databaseRevision = 2
    assert not (await session.poll()).points
    again = await session.poll()
    assert "AHU 1 Supply" in {point.name for point in again.points}


async def test_include_and_exclude_choose_by_name_and_label(simulator: Any, opener: Any) -> None:
    session = await opener(simulator.address, include=["*ZN-T", "binary-*"], exclude=["*Zone 2*"])
    told = values(await session.poll(), "bacnet.value")
    assert sorted(map(str, told)) == [
        "analog-input,11",
        "analog-input,13",
        "binary-input,1",
        "binary-output,1",
        "binary-value,1",
    ]


async def test_more_objects_than_allowed_are_left_out_and_said(simulator: Any, opener: Any) -> None:
    reading = await (await opener(simulator.address, max_objects=10)).poll()
    assert len(values(reading, "bacnet.value")) == 10
    assert reading.attributes["objects.left.out"] == 14


async def test_an_ede_file_names_the_objects(simulator: Any, opener: Any, tmp_path: Any) -> None:
    table = tmp_path / "site.csv"
    table.write_text(
        "# EDE\n#keyname;device obj.-instance;object-name;object-type;object-instance\nk;1001;Supply air;0;1\n"
    )
    reading = await (await opener(simulator.address, ede=str(table))).poll()
    named = {point.label: point.name for point in reading.points if point.metric == "bacnet.value"}
    assert named["analog-input,1"] == "Supply air"
    assert named["analog-input,2"] == "AHU 1 RA-T"


async def test_another_device_than_the_one_that_was_meant(simulator: Any, opener: Any) -> None:
    with pytest.raises(DeviceError, match="2002"):
        await (await opener(simulator.address, instance=2002)).poll()


async def test_clock_offset_against_the_agents_clock(simulator: Any, opener: Any) -> None:
    simulator.faults.clock_ahead = 90.0
    reading = await (await opener(simulator.address)).poll()
    assert values(reading, "bacnet.clock.offset") == {None: pytest.approx(90, abs=0.02)}
    simulator.faults.clock_ahead = -3600.0
    reading = await (await opener(simulator.address)).poll()
    assert values(reading, "bacnet.clock.offset") == {None: pytest.approx(-3600, abs=0.02)}


async def test_sessions_share_one_port(simulator: Any, opener: Callable[..., Any]) -> None:
    first, second = await opener(simulator.address), await opener(simulator.address)
    await first.poll()
    await second.poll()
    assert first._network is second._network
    await first.close()
    await first.close()
    assert (await second.poll()).samples
    assert isinstance(second, PushSession)
