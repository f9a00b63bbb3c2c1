"""Whether a building can teach with what one cause has taken out of reach. Pure.

A fault is `critical` where it is a danger or where a building cannot teach (design): most of what is watched there does not
answer, by one cause, while school is in or about to begin.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from collector.calendar.school import SchoolCalendar
from collector.problems.detector import World
from collector.problems.finding import Finding
from collector.problems.fleet import Device

LEAST = 10
"""Devices; of a building with less watched nothing is concluded."""
SHARE = 0.5
BEFORE_MIN = 180
"""Minutes before the first lesson in which it matters already: somebody has to drive there."""


def graver(finding: Finding, lost: Sequence[int], world: World, now: int) -> Finding:
    """Critical where the building of what is `lost` (ids of devices, the cause first) cannot teach; a person's word before that."""
    building, device = world.devices[lost[0]].building, world.devices.get(finding.device or 0)
    if world.book.tuning.says(finding.key.rule, "severity", device, building):
        return finding
    serious = cannot_teach(lost, world.devices, building, world.calendars.of(building), now)
    return replace(finding, severity="critical") if serious else finding


def cannot_teach(
    lost: Collection[int], devices: Mapping[int, Device], building: int, calendar: SchoolCalendar, now: int
) -> bool:
    """Whether `lost` (ids, with the cause itself) are at least half of what is watched in the building, and `now` (ms) matters."""
    if not calendar.in_session(now, BEFORE_MIN):
        return False
    there = sum(device.building == building for device in devices.values())
    gone = sum(devices[each].building == building for each in lost if each in devices)
    return gone >= LEAST and gone >= SHARE * there
