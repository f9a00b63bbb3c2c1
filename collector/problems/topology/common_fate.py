"""What fell in one window and shares something, without a known parent: one problem that says what they share. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from collector.problems.fleet import Device
from collector.problems.topology.graph import POWER, UPLINK, Graph

WINDOW_MS = 3 * 60 * 1000
LEAST = 3
"""Fewer are a coincidence."""
SHARE = 0.6
"""What shares something with the fallen and answers speaks against it: at least this much of all must have fallen."""
WHOLE = 0.9
"""Of an agent's devices: then it reaches nothing."""
ALONE = 2
"""A group of fewer is over."""


class Place(NamedTuple):
    """What devices share: how it is sought (`room`, `switch`, `power`, `subnet`, `agent`), which, and the words for it."""

    reason: str
    which: str
    where: str
    words: str


class Fate(NamedTuple):
    """Devices that fell together: ids in order of falling, and the time (ms) of the first and of the last."""

    place: Place
    members: tuple[int, ...]
    since: int
    until: int

    @property
    def subject(self) -> str:
        """As the problem table keeps it."""
        return f"{self.place.reason}:{self.place.which}"


class Shared:
    """Who shares what, of all devices: worked out when the fleet is loaded."""

    def __init__(self, devices: Mapping[int, Device], graph: Graph) -> None:
        self.places: dict[int, list[Place]] = {}
        self.size: dict[tuple[str, str], int] = {}
        for device in devices.values():
            if device.reachable is None:
                continue
            self.places[device.id] = list(_places(device, devices, graph))
            for place in self.places[device.id]:
                key = (place.reason, place.which)
                self.size[key] = self.size.get(key, 0) + 1


def fates(shared: Shared, fallen: Mapping[int, int], whole: Iterable[int] = ()) -> list[Fate]:
    """The groups among `fallen` (device → since, ms), the one that explains most first; each device in one at most.

    `whole` are all devices that are down, whatever the reason: of what they share, they count as fallen.
    """
    down = set(whole) | set(fallen)
    members: dict[tuple[str, str], list[int]] = {}
    words: dict[tuple[str, str], Place] = {}
    gone: dict[tuple[str, str], int] = {}
    for device in down:
        for place in shared.places.get(device, ()):
            key = (place.reason, place.which)
            gone[key] = gone.get(key, 0) + 1
            if device in fallen:
                words[key] = place
                members.setdefault(key, []).append(device)
    found: list[Fate] = []
    taken: set[int] = set()
    enough = [key for key, rows in members.items() if len(rows) >= LEAST]
    for key in sorted(enough, key=lambda each: _rank(words[each], len(members[each]), shared.size[each])):
        left = [device for device in members[key] if device not in taken]
        group = _window(left, fallen)
        share = WHOLE if words[key].reason == "agent" else SHARE
        if len(group) >= LEAST and gone[key] >= share * shared.size[key]:
            taken.update(group)
            found.append(Fate(words[key], tuple(group), fallen[group[0]], fallen[group[-1]]))
    return found


_ORDER = ("agent", "switch", "power", "room", "subnet")


def _rank(place: Place, count: int, size: int) -> tuple[float, int, str]:
    """Most explained first: how many, and how much of what shares it; the whole building before its parts."""
    if place.reason == "agent":
        return (-1e9 if count >= WHOLE * size else 0.0, 0, place.which)
    return (-count * min(1.0, count / size), _ORDER.index(place.reason), place.which)


def _window(devices: list[int], fallen: Mapping[int, int]) -> list[int]:
    """The most of them that fell within one window, in order of falling."""
    order = sorted(devices, key=lambda device: (fallen[device], device))
    best: tuple[int, int] = (0, 0)
    first = 0
    for last, device in enumerate(order):
        while fallen[device] - fallen[order[first]] > WINDOW_MS:
            first += 1
        if last + 1 - first > best[1] - best[0]:
            best = (first, last + 1)
    return order[best[0] : best[1]]


def _places(device: Device, devices: Mapping[int, Device], graph: Graph) -> Iterator[Place]:
    yield Place("agent", device.agent, "", "the agent reaches none of its devices")
    if device.room:
        yield Place("room", f"{device.building}/{device.room}", f"in {device.room}", "same room")
    for kind, reason, words in ((UPLINK, "switch", "same switch"), (POWER, "power", "same power")):
        for edge in graph.parents(device.id, kind):
            parent = devices.get(edge.parent)
            if parent is not None:
                yield Place(reason, str(parent.id), f"behind {parent.name or 'a switch'}", words)
    subnet = subnet_of(device.address)
    if subnet:
        yield Place("subnet", f"{device.building}/{subnet}", f"in {subnet}", "same subnet")


def subnet_of(address: str | None) -> str:
    """The /24 of an IPv4 address (the /64 of IPv6) in a device's address; "" where there is none."""
    rest = (address or "").split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]
    if rest.startswith("["):
        rest = rest[1:].split("]", 1)[0]
    elif rest.count(":") == 1:
        rest = rest.split(":", 1)[0]
    try:
        known = ip_address(rest)
    except ValueError:
        return ""
    if known.is_loopback:
        return ""
    return str(ip_network(f"{known}/{24 if known.version == 4 else 64}", strict=False))
