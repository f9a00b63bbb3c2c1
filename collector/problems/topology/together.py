"""The same fault in several places within minutes: on one kind of device in a building, or at several schools. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device
from collector.problems.rule import AGENT_NO_DATA, AGENT_SILENT, UNREACHABLE

WINDOW_MS = 10 * 60 * 1000
FLEET_MS = 15 * 60 * 1000
DEVICES, SCHOOLS, SERVICES = 5, 3, 2
SERVICE = frozenset({"probe.down", "probe.loss", "probe.slowdown", "probe.wrong"})
_APART = ("device.", "point.", "group.", "forecast.", "agent.gap", "agent.stream.", "learned.")
"""What has its own way of belonging together, or is no fault."""
AGENTS = {AGENT_SILENT: "the agent is not reporting", AGENT_NO_DATA: "the agent sends no data"}
"""Rules of agents, which have no device, and the words for several."""
_BY_MAKER = frozenset({"bacnet", "hvac", "door", "meter", "ups"})
"""What people do not switch off, and what its maker's update or central server takes away at several schools at once."""
_BY_PEOPLE = ("printer.", "door.", "probe.certificate")
"""What people's use brings about at several schools at once."""


class Kin(NamedTuple):
    """Findings that may be one: the rule of the group, its subject, how many places make one, within how long (ms)."""

    rule: str
    subject: str
    needed: int
    window: int
    what: str
    building: int | None


class Band(NamedTuple):
    """What was found of one kin within its window, by place; `since` is the first of it."""

    kin: Kin
    members: tuple[Finding, ...]
    places: int
    since: int
    complete: bool


def bands(
    found: Iterable[Finding],
    devices: Mapping[int, Device],
    severity: Callable[[Finding], str],
    name: Callable[[str], str],
) -> list[Band]:
    """All kins with what belongs to them, the widest first. Info is left out, and so is what stands for safety."""
    by_kin: dict[Kin, list[tuple[int, str, Finding]]] = {}
    for finding in found:
        device = devices.get(finding.device or 0)
        alike = finding.key.rule == UNREACHABLE and device is not None and device.kind in _BY_MAKER
        apart = finding.key.rule.startswith(_APART) and not alike
        if severity(finding) not in ("minor", "major") or apart:
            continue
        for kin, place in _kins(finding, device, name):
            by_kin.setdefault(kin, []).append((finding.since, place, finding))
    made = [_band(kin, rows) for kin, rows in by_kin.items()]
    return sorted(made, key=lambda band: (band.kin.building is not None, band.kin.rule, band.kin.subject))


def _kins(finding: Finding, device: Device | None, name: Callable[[str], str]) -> Iterable[tuple[Kin, str]]:
    rule = finding.key.rule
    if device is None:
        if rule in AGENTS:
            yield Kin("group.fleet", f"district:{rule}", SCHOOLS, FLEET_MS, AGENTS[rule], None), finding.agent
        return
    if rule == UNREACHABLE:
        subject = f"district:{rule}/{device.kind}"
        yield (
            Kin("group.fleet", subject, SCHOOLS, FLEET_MS, f"{device.kind} does not answer", None),
            str(device.building),
        )
        return
    if rule in SERVICE:
        what = "same Internet connection"
        yield (
            Kin("group.service", f"service:{device.building}", SERVICES, WINDOW_MS, what, device.building),
            str(device.id),
        )
    else:
        subject = f"same:{device.building}/{device.kind}/{rule}"
        yield Kin("group.same", subject, DEVICES, WINDOW_MS, name(rule), device.building), str(device.id)
    if not rule.startswith(_BY_PEOPLE):
        yield Kin("group.fleet", f"district:{rule}", SCHOOLS, FLEET_MS, name(rule), None), str(device.building)


def _band(kin: Kin, rows: list[tuple[int, str, Finding]]) -> Band:
    """The stretch of one window in which most places have it."""
    rows.sort(key=lambda row: (row[0], row[2].key))
    best, first = (0, 0, 0), 0
    count: dict[str, int] = {}
    for last, (since, place, _) in enumerate(rows):
        count[place] = count.get(place, 0) + 1
        while since - rows[first][0] > kin.window:
            gone = rows[first][1]
            count[gone] -= 1
            if not count[gone]:
                del count[gone]
            first += 1
        if (len(count), last + 1 - first) > (best[0], best[2] - best[1]):
            best = (len(count), first, last + 1)
    members = tuple(row[2] for row in rows[best[1] : best[2]])
    return Band(kin, members, best[0], members[0].since, best[0] >= kin.needed)


def is_group(key: Key) -> bool:
    """Whether it is a problem made of others."""
    return key.rule.startswith("group.")
