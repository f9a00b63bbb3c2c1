"""What is to be done so that the stored problems say what was found: opened, resolved, or made a problem of its own. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.problems.causes import Causes
from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device
from collector.problems.rules import RuleBook
from collector.problems.topology import PROMOTE_MS


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
    standing: str | None = None


@dataclass
class Plan:
    """`open` are findings with the key of their cause (None: none), causes before their symptoms; `move` are symptoms
    whose cause is gone, with the cause that they have now (None: they stand for themselves)."""

    open: list[tuple[Finding, Key | None]] = field(default_factory=list)
    resolve: list[Live] = field(default_factory=list)
    move: list[tuple[Live, Finding, Key | None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.open or self.resolve or self.move)


class Fleet(NamedTuple):
    """What a plan asks of the engine: its devices, and whether a problem is to be left alone."""

    devices: Mapping[int, Device]
    held: Callable[[Key, str | None], bool]


def plan(live: Mapping[Key, Live], found: Mapping[Key, Finding], fleet: Fleet, book: RuleBook, now: int) -> Plan:
    """The plan for `now` (ms). A symptom waits until its cause is open."""
    made = Plan()
    causes = Causes(found, fleet.devices, book)
    symptoms = []
    for key, finding in found.items():
        if key in live:
            continue
        cause = causes.of(finding)
        if cause is None:
            made.open.append((finding, None))
        elif cause in live or cause in found:
            symptoms.append((finding, cause))
    made.open += symptoms
    for key, problem in live.items():
        if key in found:
            gone = problem.cause_resolved_at
            if gone is not None and now - gone >= PROMOTE_MS:
                cause = causes.of(found[key])
                if cause is None or cause in live:
                    made.move.append((problem, found[key], cause))
        elif not fleet.held(key, problem.agent) and (key.rule in book.rules or not book.refused):
            made.resolve.append(problem)
    return made
