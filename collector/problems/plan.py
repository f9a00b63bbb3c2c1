"""What is to be done so that the stored problems say what was found: opened, resolved, or made a problem of its own. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from collector.problems.finding import Finding, Key
from collector.problems.lifecycle import when_graver
from collector.problems.rules import RuleBook
from collector.problems.topology.causes import severity_of, takes
from collector.problems.topology.consequences import PROMOTE_MS, lasts
from collector.problems.topology.judging import Sorted


class Live(NamedTuple):
    """A stored problem that is not resolved. `cause_resolved_at` (ms) is set when its cause is gone; `cause_rule` and `cause_device`
    are that cause's, gone or not."""

    id: int
    key: Key
    severity: str
    agent: str | None
    device: int | None
    cause: int | None = None
    cause_resolved_at: int | None = None
    opened_at: int = 0
    standing: str | None = None
    silenced: bool = False
    """Its message is owed."""
    snoozed_until: int | None = None
    building: int | None = None
    cause_rule: str | None = None
    cause_device: int | None = None


@dataclass
class Plan:
    """`open` are findings with the key of their cause (None: none), causes before their symptoms; `move` are symptoms
    whose cause is gone, with the cause that they have now (None: they stand for themselves); `worsen` are graver than they were;
    `off` end because nobody wants their rule any more: whether they are over is not known; `over` are ids of causes that have ended."""

    open: list[tuple[Finding, Key | None]] = field(default_factory=list)
    resolve: list[Live] = field(default_factory=list)
    move: list[tuple[Live, Finding, Key | None]] = field(default_factory=list)
    worsen: list[tuple[Live, Finding]] = field(default_factory=list)
    off: list[Live] = field(default_factory=list)
    over: Mapping[Key, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.open or self.resolve or self.move or self.worsen or self.off)


class Watch(Protocol):
    """What is asked of the engine."""

    def held(self, key: Key, agent: str | None) -> bool:
        """Whether a live problem is to be left alone: what nobody can know."""

    def off(self, key: Key, device: int | None, building: int | None = None) -> bool:
        """Whether nobody wants this rule there; `building` is asked for what is no device's."""


def plan(live: Mapping[Key, Live], sorted_: Sorted, watch: Watch, book: RuleBook, now: int) -> Plan:
    """The plan for `now` (ms). A symptom waits until its cause is open; what waits for a cause opens nothing yet."""
    made, found = Plan(over=sorted_.over), sorted_.found
    symptoms = []
    for key, finding in found.items():
        if key in live or key in sorted_.held:
            continue
        cause = sorted_.cause.get(key)
        if cause is None:
            made.open.append((finding, None))
        elif cause in live or cause in found or cause in sorted_.over:
            symptoms.append((finding, cause))
    opening = {finding.key for finding, _ in made.open}
    made.open += symptoms
    ids = {problem.id: problem for problem in live.values()}
    unknown = {each.cause for key, each in live.items() if key not in found and watch.held(key, each.agent)}
    for key, problem in live.items():
        if key in found:
            cause = sorted_.cause.get(key)
            patience = _outlasts(problem, watch) if cause is None else PROMOTE_MS
            if _moves(problem, cause, live, opening, ids, now - patience):
                made.move.append((problem, found[key], cause))
            elif problem.cause is not None or cause in sorted_.held:
                continue  # its cause speaks for it, or may in a moment
            elif when_graver(problem.severity, severity_of(found[key], book)):
                made.worsen.append((problem, found[key]))
        elif problem.agent is None and problem.id in unknown:
            continue  # a group of what nobody can know: whether it is over is not known either
        elif not watch.held(key, problem.agent) and (key.rule in book.rules or not book.refused):
            (made.off if watch.off(key, problem.device, problem.building) else made.resolve).append(problem)
    return made


def _outlasts(problem: Live, watch: Watch) -> int:
    """How long (ms) it may still be there after its cause is gone: as its kind does, but where the cause was only switched off."""
    rule = problem.cause_rule
    wanted = rule is not None and not watch.off(Key(rule, ""), problem.cause_device, problem.building)
    return lasts(rule, problem.key.rule) if wanted else PROMOTE_MS


def _moves(
    problem: Live, cause: Key | None, live: Mapping[Key, Live], opening: set[Key], ids: Mapping[int, Live], by: int,
) -> bool:  # fmt: skip
    """Whether a live problem gets another cause: its own is gone, is a symptom by now, or one came to light. It stands for itself
    when its own was gone `by` then (ms)."""
    gone = problem.cause_resolved_at
    if gone is not None:
        if cause is not None and takes(cause, problem.key) and cause in live:
            return True
        return gone <= by and (cause is None or cause in live)
    if cause is None or not takes(cause, problem.key) or (cause not in live and cause not in opening):
        return False
    if problem.cause is None:
        return True
    known = ids.get(problem.cause)
    return known is not None and known.key != cause and (known.cause is not None or known.key in opening)
