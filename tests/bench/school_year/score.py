"""How good that was: which faults were found in time with the right cause, and what was told for nothing. Pure."""

import statistics
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from tests.bench.school_year.collector import agent_of
from tests.bench.school_year.day import MINUTE
from tests.bench.school_year.faults.doing import Injected
from tests.bench.school_year.faults.rows import Row
from tests.bench.school_year.fleet import Fleet
from tests.bench.school_year.told import Told

SEVERITIES = ("info", "minor", "major", "critical")
LINGER = 30 * MINUTE
"""How long after its end a row may still be spoken of."""


class Outcome(NamedTuple):
    """One event: a row at its place. `why` is empty when all is well."""

    row: Row
    event: list[Injected]
    found: bool
    first: bool
    delay: int | None
    problems: int
    messages: int
    why: str


@dataclass
class Score:
    """All of a run."""

    outcomes: list[Outcome] = field(default_factory=list)
    skipped: list[Row] = field(default_factory=list)
    false: list[Told] = field(default_factory=list)
    """Opened by themselves and for nothing, minor and above: also what waits for the report as shipped, and what healed before it."""
    device_weeks: float = 0.0
    minutes: int = 0
    taken: float = 0.0

    @property
    def faults(self) -> list[Outcome]:
        return [one for one in self.outcomes if one.row.expect]

    @property
    def upheavals(self) -> list[Outcome]:
        return [one for one in self.outcomes if not one.row.expect]

    @property
    def false_told(self) -> list[Told]:
        """Those of the false ones that are a message as shipped: what is minor waits for the report."""
        return [problem for problem in self.false if SEVERITIES.index(problem.severity) >= SEVERITIES.index("major")]

    def figures(self) -> dict[str, float]:
        """The bars' figures, as `make bench` prints them."""
        faults, quiet = self.faults, self.upheavals
        found = [one for one in faults if one.found]
        shares = [one.delay / max(one.row.within_ms, 1) for one in faults if one.delay is not None and one.delay >= 0]
        return {
            "year.found_percent": _percent(len(found), len(faults)),
            "year.root_first_percent": _percent(sum(one.first for one in found), len(found)),
            "year.problems_per_event": round(sum(one.problems for one in found) / max(len(found), 1), 3),
            "year.upheavals_quiet_percent": _percent(sum(not one.why for one in quiet), len(quiet)),
            "year.false_per_device_week": round(len(self.false) / max(self.device_weeks, 1e-9), 5),
            "year.false_told_per_device_week": round(len(self.false_told) / max(self.device_weeks, 1e-9), 5),
            "year.false_critical_per_device_week": round(
                sum(one.severity == "critical" for one in self.false) / max(self.device_weeks, 1e-9), 6
            ),
            "year.delay_median_of_limit": round(statistics.median(shares), 3) if shares else 0.0,
            "year.delay_p95_of_limit": round(sorted(shares)[int(0.95 * (len(shares) - 1))], 3) if shares else 0.0,
            "year.minutes_per_minute": round(self.minutes / max(self.taken / 60, 1e-9)),
        }


def score(
    told: list[Told], injected: list[Injected], skipped: list[Row], fleet: Fleet, days: int, taken: float
) -> Score:
    """Lay each problem to the rows that explain it, and judge the rows."""
    result = Score(skipped=skipped, device_weeks=len(fleet.placed) * days / 7, minutes=days * 1440, taken=taken)
    events: dict[int, list[Injected]] = {}
    for one in injected:
        events.setdefault(one.event, []).append(one)
    counted = [
        problem
        for problem in told
        if SEVERITIES.index(problem.severity) > 0 and (problem.messages or not (problem.symptom or problem.silenced))
    ]
    explained: set[int] = set()
    for event in events.values():
        touched = set().union(*(one.touched(fleet) for one in event))
        others = [each for one in events.values() if one is not event for each in one]
        own = [
            problem
            for problem in told
            if any(_concerns(problem, one, touched) for one in event)
            and (_speaks(problem, event[0].row) or not any(_explains(other, problem, fleet) for other in others))
        ]
        if event[0].row.expect:
            explained |= {problem.id for problem in own}
        result.outcomes.append(_judge(event, own, fleet))
    result.false = [problem for problem in counted if problem.id not in explained]
    return result


def _concerns(problem: Told, one: Injected, touched: set[int]) -> bool:
    linger = max(LINGER, one.row.within_ms)
    if not one.start - MINUTE <= problem.at <= one.end + linger:
        return False
    if problem.building is not None and problem.building != one.school + 1:
        return False
    if problem.gathers and problem.device is None:
        return not touched.isdisjoint(problem.gathers)
    return one.row.scope == "building" or problem.device is None or problem.device in touched


def _speaks(problem: Told, row: Row) -> bool:
    """Whether the row expects such a problem, or bears it."""
    return _named(problem, [*row.expect, *row.also, *row.second.get("expect", [])])


def _explains(one: Injected, problem: Told, fleet: Fleet) -> bool:
    """Whether it is what this row is about: of two that overlap, each answers for its own."""
    return _speaks(problem, one.row) and _concerns(problem, one, one.touched(fleet))


def _judge(event: list[Injected], own: list[Told], fleet: Fleet) -> Outcome:
    row = event[0].row
    loud = [
        problem
        for problem in own
        if SEVERITIES.index(problem.severity) > 0 and not problem.symptom and not _named(problem, row.also)
    ]
    messages = sum(problem.messages for problem in loud)
    if not row.expect:
        noise = [problem for problem in loud if problem.messages or not (row.silenced or problem.silenced)]
        return Outcome(row, event, not noise, not noise, None, len(noise), messages, _shown(noise))
    least = SEVERITIES.index(row.least)
    right = [
        problem for problem in own
        if (problem.grew or not problem.symptom) and _named(problem, row.expect) and _root(problem, row.root, event, fleet) and SEVERITIES.index(problem.severity) >= least
    ]  # fmt: skip
    start = min(one.start for one in event)
    if not right:
        return Outcome(
            row,
            event,
            False,
            False,
            None,
            len(loud),
            messages,
            f"not found; instead: {_shown(own) or 'nothing'}",
        )
    delay = right[0].at - start
    why = []
    if delay > row.within_ms:
        why.append(f"{delay / MINUTE:.0f} min, limit {row.within_ms / MINUTE:.0f}")
    first = not loud or loud[0].id in {problem.id for problem in right} or SEVERITIES.index(right[0].severity) == 0
    if not first:
        why.append(f"first told: {_shown(loud[:1])}")
    lacks_second = False
    if row.second:
        other = [
            problem
            for problem in loud
            if _named(problem, row.second["expect"]) and _root(problem, row.second["root"], event, fleet)
        ]
        lacks_second = not other
        if lacks_second:
            why.append(f"second fault not found ({row.second['expect']})")
    if len(loud) > row.most or messages > row.most:
        why.append(f"{len(loud)} problems, {messages} messages, most {row.most}: {_shown(loud)}")
    found = delay <= row.within_ms and not lacks_second
    return Outcome(
        row, event, found, first, delay, max(1, len(loud) - (1 if row.second else 0)), messages, "; ".join(why)
    )


def _named(problem: Told, patterns: list[str]) -> bool:
    return any(fnmatchcase(problem.rule, pattern) for pattern in patterns)


def _root(problem: Told, root: str, event: list[Injected], fleet: Fleet) -> bool:
    schools = [one.school for one in event]
    if root == "agent":
        return problem.subject in {f"agent:{agent_of(school)}" for school in schools}
    if root in ("building", "district", ""):
        return root == "" or problem.device is None
    roots = root.split("|")
    if "building" in roots and problem.device is None:
        return True
    known = {fleet.of(school, key).id for school in schools for key in roots if key != "building"}
    return problem.device in known


def _shown(problems: list[Told]) -> str:
    count: dict[str, int] = {}
    for problem in problems:
        name = f"{problem.rule}[{problem.severity}{' symptom' if problem.symptom else ''}] “{problem.title}”"
        count[name] = count.get(name, 0) + 1
    shown = [f"{name}{f' ×{times}' if times > 1 else ''}" for name, times in list(count.items())[:4]]
    return ", ".join(shown) + (f" and {len(count) - 4} more" if len(count) > 4 else "")


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 100.0
