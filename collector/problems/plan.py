"""What is to be done so that the stored problems say what was found: opened, resolved, or made a problem of its own. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.problems.engine import UNREACHABLE
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import Device
from collector.problems.rules import RuleBook
from collector.problems.topology import PROMOTE_MS, root_of


class Live(NamedTuple):
    """A stored problem that is not resolved. `cause_resolved_at` (ms) is set when its cause is gone."""

    id: int
    key: Key
    severity: str
    agent: str | None
    device: int | None
    cause: int | None = None
    cause_resolved_at: int | None = None
    opened_at: int = 0


@dataclass
class Plan:
    """`open` are findings with the key of their cause (None: none); causes come before their symptoms."""

    open: list[tuple[Finding, Key | None]] = field(default_factory=list)
    resolve: list[Live] = field(default_factory=list)
    promote: list[Live] = field(default_factory=list)


class Fleet(NamedTuple):
    """What a plan asks of the engine: its devices, and whether a problem is to be left alone."""

    devices: Mapping[int, Device]
    held: Callable[[str, str | None], bool]


def plan(live: Mapping[Key, Live], found: Mapping[Key, Finding], fleet: Fleet, book: RuleBook, now: int) -> Plan:
    """The plan for `now` (ms). A symptom waits until its cause is open."""
    made = Plan()
    unreachable = {device.id for device in fleet.devices.values() if device.reachable is False}
    parents = {device.id: device.parent for device in fleet.devices.values()}
    symptoms = []
    for key, finding in found.items():
        if key in live:
            continue
        root = root_of(finding.device or 0, parents, unreachable) if key.rule == UNREACHABLE else None
        if root is None:
            made.open.append((finding, None))
        elif (cause := Key(UNREACHABLE, subject_of("device", root))) in live or cause in found:
            symptoms.append((finding, cause))
    made.open += symptoms
    for key, problem in live.items():
        if key in found:
            gone = problem.cause_resolved_at
            if problem.cause is not None and gone is not None and now - gone >= PROMOTE_MS:
                made.promote.append(problem)
        elif not fleet.held(key.rule, problem.agent) and (key.rule in book.rules or not book.refused):
            made.resolve.append(problem)
    return made
