"""What happened once and is told for a while: two machines with one identity, samples an agent lost. Pure."""

from collections.abc import Iterator
from typing import Any

from collector.ingest.committed import Committed
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.rule import CONFLICT, GAP
from collector.problems.rules import RuleBook
from collector.problems.titles import plain


class Occurrences:
    """The newest of each kind and agent; it holds for the time its rule gives."""

    def __init__(self, book: RuleBook) -> None:
        self._for_ms = {rule: book.rules[rule].for_ms for rule in (CONFLICT, GAP) if rule in book.rules}
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

    def findings(self, now: int) -> Iterator[Finding]:
        """Those that are told at `now`; the others are forgotten."""
        self._at = {key: (at, e) for key, (at, e) in self._at.items() if now - at <= self._for_ms.get(key.rule, -1)}
        for key, (at, evidence) in self._at.items():
            yield Finding(key, at, key.id, evidence=evidence)
