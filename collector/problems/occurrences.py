"""What happened once and is told for a while: two machines with one identity, samples an agent lost. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from collector.ingest.committed import Committed
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import AgentRow
from collector.problems.rule import CONFLICT, GAP
from collector.problems.rules import RuleBook
from collector.problems.titles import plain


class Occurrences:
    """The newest of each kind and agent; it holds for the time its rule gives in the agent's building."""

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._at: dict[Key, tuple[int, dict[str, Any]]] = {}

    def add(self, rule: str, agent: str, at: int, evidence: dict[str, Any]) -> None:
        """It happened at `at` (ms)."""
        self._at[Key(rule, subject_of("agent", agent))] = (at, evidence)

    def seed(self, key: Key, now: int) -> None:
        """A problem of this key is open and nothing is known of when it happened last."""
        self._at.setdefault(key, (now, {}))

    def observe(self, committed: Committed) -> None:
        """Take in one commit."""
        for agent in committed.conflicts:
            self.add(CONFLICT, agent, committed.at_ms, {})
        for gap in committed.gaps:
            self.add(
                GAP, gap.agent, gap.until, {"since": gap.since, "reason": plain(gap.reason), "samples": gap.samples}
            )

    def longest(self, rule: str, buildings: Iterable[int]) -> int:
        """For how long (ms) it is told at most, in any of these buildings."""
        return max(self._told_for(rule, each) for each in (None, *buildings))

    def _told_for(self, rule: str, building: int | None) -> int:
        return self._book.for_ms(rule, building=building) if rule in self._book.rules else -1

    def findings(self, now: int, agents: Mapping[str, AgentRow]) -> Iterator[Finding]:
        """Those that are told at `now`; the others are forgotten."""
        where = {agent.id: agent.building for agent in agents.values()}
        self._at = {
            key: (at, evidence)
            for key, (at, evidence) in self._at.items()
            if now - at <= self._told_for(key.rule, where.get(key.id))
        }
        for key, (at, evidence) in self._at.items():
            yield Finding(key, at, key.id, evidence=evidence)
