"""Points that are alike: the same metric and unit on the same kind of device. What moves them together is no fault of one. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

LEAST = 3
"""Devices that must move for it to be together."""
HERE, EVERYWHERE = 0.3, 0.2
"""Share of the like devices in the building, and in the district, that must move."""
Group = tuple[str, str, str, int]


class Member(NamedTuple):
    """A point, as its siblings know it; `building` 0: anywhere."""

    metric: str
    unit: str
    kind: str
    building: int
    device: int


class Siblings:
    """Who is alike: devices by group, in a building and everywhere."""

    def __init__(self) -> None:
        self._devices: dict[Group, set[int]] = {}

    def add(self, member: Member) -> None:
        """A point that is judged."""
        for group in _groups(member):
            self._devices.setdefault(group, set()).add(member.device)

    def together(self, outside: Iterable[Member]) -> set[Group]:
        """The groups of which so many are outside at once that it is no finding."""
        moved: dict[Group, set[int]] = {}
        for member in outside:
            for group in _groups(member):
                moved.setdefault(group, set()).add(member.device)
        return {group for group, devices in moved.items() if len(devices) >= self._needed(group)}

    def _needed(self, group: Group) -> float:
        return max(LEAST, (HERE if group[3] else EVERYWHERE) * len(self._devices.get(group, ())))


def moved(member: Member, together: set[Group]) -> bool:
    """Whether one of its groups moves together."""
    return any(group in together for group in _groups(member))


def _groups(member: Member) -> tuple[Group, Group]:
    alike = (member.metric, member.unit, member.kind)
    return (*alike, member.building), (*alike, 0)
