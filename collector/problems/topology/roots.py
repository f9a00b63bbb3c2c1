"""Which of the devices that are down is the cause of the others. Pure.

A device is explained when every path it needs is down: all its uplinks, or all its power. What is down and not explained is a
root; each explained device has the root with the highest score, the sum over the paths to it of how far each device on them
deviates, each capped at `CAP` (as the ranking on the PetShop dependency graphs: capped .71 right at first, uncapped at most .50).
Devices that explain each other in a ring have the one of them that fell first as their root.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from collector.problems.topology.graph import POWER, UPLINK, Graph

CAP = 20.0
MOST = 10 * CAP
"""A score ends there, so that a mesh of many paths is no better than a few."""
CANDIDATES = 8
"""Roots that one device may choose from: the best are kept on the way down."""


class Down(NamedTuple):
    """A device that does not answer: since when (ms), and how far that deviates from what is usual (`CAP`: entirely)."""

    since: int
    weight: float = CAP


class Root(NamedTuple):
    """The cause of a device, and the way to it: from the device up, the root last."""

    device: int
    path: tuple[int, ...]


def roots(graph: Graph, down: Mapping[int, Down], unwatched: Iterable[int] = ()) -> dict[int, Root]:
    """The root of each of `down` that is explained. `unwatched` are devices nobody polls: as good as down when all above them is."""
    blocked = _blocked(graph, down, unwatched)
    direct = {device: _explaining(graph, device, blocked) for device in blocked}
    below: dict[int, list[int]] = {}
    for device, above in direct.items():
        for parent in above:
            below.setdefault(parent, []).append(device)
    scores: dict[int, dict[int, float]] = {}
    first = sorted(down, key=lambda each: (down[each].since, each))
    tops = [device for device in first if not direct[device]]
    _descend(tops, direct, below, down, scores)
    for device in first:
        if device not in scores:
            _descend([_of_ring(device, direct, down, scores)], direct, below, down, scores)
    found = {}
    for device in down:
        best = _best(scores[device], down)
        if best != device:
            found[device] = Root(best, _path(device, best, direct, scores))
    return found


def _blocked(graph: Graph, down: Mapping[int, Down], unwatched: Iterable[int]) -> set[int]:
    blocked = set(down)
    waiting = [device for device in unwatched if device not in blocked and device in graph.above]
    while more := [device for device in waiting if _explaining(graph, device, blocked)]:
        blocked.update(more)
        waiting = [device for device in waiting if device not in blocked]
    return blocked


def _explaining(graph: Graph, device: int, blocked: set[int]) -> tuple[int, ...]:
    """The parents that explain the device: of each kind of which all are down."""
    edges = graph.above.get(device, ())
    if not edges:
        return ()
    found: list[int] = []
    for kind in (UPLINK, POWER):
        above = [edge.parent for edge in edges if edge.kind == kind]
        if above and all(parent in blocked for parent in above):
            found += above
    return tuple(dict.fromkeys(found))


def _descend(
    tops: Sequence[int], direct: Mapping[int, Sequence[int]], below: Mapping[int, Sequence[int]],
    down: Mapping[int, Down], scores: dict[int, dict[int, float]],
) -> None:  # fmt: skip
    """Score the roots of everything below `tops`, parents before children where there is no ring."""
    starts = frozenset(tops)
    reached, front = set(tops), deque(tops)
    while front:
        for child in below.get(front.popleft(), ()):
            if child not in reached and child not in scores:
                reached.add(child)
                front.append(child)
    waits = {device: sum(parent in reached for parent in direct[device]) for device in reached}
    ready = deque(tops)
    late = deque(sorted(reached, key=lambda each: waits[each]))
    done: set[int] = set()
    while len(done) < len(reached):
        if not ready:  # a ring: the next that any parent has reached
            late = deque(device for device in late if device not in done)
            ready.append(next(device for device in late if any(parent in done for parent in direct[device])))
        device = ready.popleft()
        if device in done:
            continue
        done.add(device)
        scores[device] = {device: 0.0} if device in starts else _scored(direct[device], down, scores)
        for child in below.get(device, ()):
            if child in reached and child not in done:
                waits[child] -= 1
                if waits[child] == 0:
                    ready.append(child)


def _scored(above: Sequence[int], down: Mapping[int, Down], scores: Mapping[int, dict[int, float]]) -> dict[int, float]:
    found: dict[int, float] = {}
    for parent in above:
        weight = min(CAP, down[parent].weight) if parent in down else 0.0
        for root, score in scores.get(parent, {}).items():
            found[root] = min(MOST, found.get(root, 0.0) + weight + score)
    if len(found) <= CANDIDATES:
        return found
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:CANDIDATES])


def _best(scores: Mapping[int, float], down: Mapping[int, Down]) -> int:
    return min(scores, key=lambda root: (-scores[root], down[root].since, root))


def _of_ring(
    device: int, direct: Mapping[int, Sequence[int]], down: Mapping[int, Down], scores: Mapping[int, dict[int, float]]
) -> int:
    """The first that fell of a ring above the device; nothing above it is scored."""
    way = [device]
    while True:
        above = min(direct[way[-1]])
        if above in way:
            ring = [each for each in way[way.index(above) :] if each in down]
            return min(ring or [device], key=lambda each: (down[each].since, each))
        way.append(above)


def _path(
    device: int, root: int, direct: Mapping[int, Sequence[int]],
    scores: Mapping[int, dict[int, float]],
) -> tuple[int, ...]:  # fmt: skip
    """From the device to its root by the parents that lead there; 32 steps at most are shown."""
    way = [device]
    while way[-1] != root and len(way) < 32:
        above = [each for each in direct[way[-1]] if root in scores.get(each, {}) and each not in way]
        if not above:
            return (device, root)
        way.append(min(above, key=lambda each: (scores[each][root], each)))
    return tuple(way)
