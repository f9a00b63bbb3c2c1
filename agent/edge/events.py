"""Which events stand: one that came holds until another ends it, or for as long as its rule says. Pure; bounded.

It says of each event what the collector's rules on events say of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan
from typing import NamedTuple

from agent.edge.judge import AHEAD_MS, FRESH_MS, Key, Standing
from agent.edge.rules import NIGHT, EdgeRule
from agent.edge.times import Night

MOST = 1_000
"""Places with a standing event; the oldest is let go."""


class Stood(NamedTuple):
    """An event that stands: since when, and when it came last (ms); books of before kept no `last`."""

    key: Key
    since: int
    last: int | None = None


@dataclass(slots=True)
class _Seen:
    since: int
    last: int


class Events:
    """Give it events with `observe`, ask `standing`. A condition's key has no metric, and the place as its label."""

    def __init__(self, rules: Iterable[EdgeRule], night: Night) -> None:
        self._rules = {rule.name: rule for rule in rules if rule.event}
        self._night = night
        self._seen: dict[Key, _Seen] = {}

    def knows(self, key: Key) -> bool:
        """Whether there is such a rule for such a place."""
        rule = self._rules.get(key.rule)
        return rule is not None and key.metric == "" and rule.concerns(key.device, key.label)

    def seed(self, stood: Stood) -> None:
        """It stood when the agent ended: it lasts as long as its rule says after it came last."""
        key, since, last = stood
        if self.knows(key) and key not in self._seen:
            self._seen[key] = _Seen(since, since if last is None else last)

    def kept(self) -> list[Stood]:
        """What the next run is to `seed`."""
        return [Stood(key, seen.since, seen.last) for key, seen in self._seen.items()]

    def observe(self, device: str, kind: str, where: str, time: int, now: int) -> None:
        """Take in an event of `kind` at a place of the device; one that is old or ahead is ignored."""
        if not now - FRESH_MS <= time <= now + AHEAD_MS:
            return
        for rule in self._rules.values():
            key = Key(rule.name, device, "", where)
            if rule.until == kind:
                self._seen.pop(key, None)
            if rule.event == kind and rule.concerns(device, where) and self._in_its_hours(rule, time):
                seen = self._seen.setdefault(key, _Seen(time, time))
                seen.last = max(seen.last, time)
        while len(self._seen) > MOST:
            del self._seen[next(iter(self._seen))]

    def standing(self, now: int) -> dict[Key, Standing]:
        """All that stand at `now`."""
        over = [key for key, seen in self._seen.items() if now - seen.last > self._rules[key.rule].lasts_ms]
        for key in over:
            del self._seen[key]
        return {key: Standing(seen.since, seen.since, seen.since, nan, None) for key, seen in self._seen.items()}

    def _in_its_hours(self, rule: EdgeRule, time: int) -> bool:
        return rule.during not in NIGHT or self._night.is_night(time)
