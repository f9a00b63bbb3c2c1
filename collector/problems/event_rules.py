"""Rules on events: that one came, or so many within a time. Over with the event that ends it, or a while after the last. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from collector.ingest.committed import LATE_MS, EventSeen
from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device
from collector.problems.rules import Rule, RuleBook
from protocols.rules import place

_MOST = 20_000
"""Places kept in memory; the oldest are let go."""


@dataclass(slots=True)
class _Seen:
    """One rule at one place: the newest events, when it began to hold (None: it does not)."""

    device: int
    where: str
    times: deque[int] = field(default_factory=deque)
    since: int | None = None
    last: int = 0
    count: int = 0


class EventRules:
    """Give it events with `observe`, and ask `findings`. Of a rule and a place the newest 1,000 times of a day are kept."""

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._begins: dict[str, list[Rule]] = {}
        self._ends: dict[str, list[Rule]] = {}
        for rule in book.event_rules():
            self._begins.setdefault(rule.event, []).append(rule)
            if rule.until:
                self._ends.setdefault(rule.until, []).append(rule)
        self._seen: dict[Key, _Seen] = {}

    @property
    def kinds(self) -> list[str]:
        """The events that matter."""
        return sorted({*self._begins, *self._ends})

    @property
    def longest_ms(self) -> int:
        """How far back events matter."""
        return max((rule.for_ms + rule.lasts_ms for rules in self._begins.values() for rule in rules), default=0)

    def seed(self, key: Key, now: int) -> None:
        """A problem of this key is open: it lasts from then on as long as its rule says."""
        if key not in self._seen and (rule := self._book.rules.get(key.rule)) is not None and rule.event:
            device, _, where = key.id.partition(":")
            self._seen[key] = _Seen(int(device), where, since=now, last=now)

    def observe(self, events: Iterable[EventSeen], at: int) -> None:
        """Take in events committed at `at` (ms); what is late opens nothing."""
        for event in events:
            if event.time < at - LATE_MS:
                continue
            where = place(event.detail)
            for rule in self._ends.get(event.kind, ()):
                self._seen.pop(_key(rule, event.device, where), None)
            for rule in self._begins.get(event.kind, ()):
                if fnmatchcase(where, rule.label):
                    self._take(rule, event, where)

    def _take(self, rule: Rule, event: EventSeen, where: str) -> None:
        key = _key(rule, event.device, where)
        seen = self._seen.setdefault(key, _Seen(event.device, where))
        if len(self._seen) > _MOST:
            del self._seen[next(iter(self._seen))]
        seen.times.append(event.time)
        seen.last = max(seen.last, event.time)
        while len(seen.times) > 1000 or seen.times[0] < seen.last - _longest(rule):
            seen.times.popleft()

    def findings(self, now: int, devices: Mapping[int, Device]) -> Iterator[Finding]:
        """Those that hold at `now`; a finding's agent is left empty."""
        for key, seen in list(self._seen.items()):
            device = devices.get(seen.device)
            if device is None or key.rule not in self._book.rules:
                continue
            rule = self._book.of(key.rule, device)
            if now - seen.last > max(rule.lasts_ms, rule.for_ms):
                del self._seen[key]
                continue
            within = [time for time in seen.times if time > seen.last - rule.for_ms]
            if len(within) >= rule.count and (seen.since is None or within[0] < seen.since):
                seen.since = seen.since or within[0]
            if seen.since is None or now - seen.last > rule.lasts_ms:
                continue
            words = {"where": seen.where or device.name, "count": str(max(len(within), 1))}
            evidence = {"events": within[-5:], "count": len(within), "within_ms": rule.for_ms}
            yield Finding(key, seen.since, "", device.id, evidence=evidence, words=words, severity=rule.severity)


def _key(rule: Rule, device: int, where: str) -> Key:
    return Key(rule.name, subject_at(device, where))


def subject_at(device: int, where: str) -> str:
    """The subject of a rule on events: one device has a problem of it at each place."""
    return f"event:{device}:{where}"


def _longest(rule: Rule) -> int:
    return max(rule.for_ms, 24 * 3_600_000)
