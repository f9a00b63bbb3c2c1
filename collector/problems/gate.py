"""What is found by whatever detector, as people want it: left out where its rule is off or its hours are not, with the severity set. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device
from collector.problems.hours import ONLY_THEN, Hours
from collector.problems.rules import RuleBook

_WAITS = frozenset({"device.unreachable", "device.silent", "point.silent"})
"""Whose `for` counts from when their hours began: what was switched off overnight has that long to come back."""


class Gate:
    """Knows what it has let through, so that it stays until it is over."""

    def __init__(self, book: RuleBook, hours: Hours) -> None:
        self._book = book
        self._hours = hours
        self._through: set[Key] = set()

    def seed(self, key: Key) -> None:
        """A problem of this key is open."""
        self._through.add(key)

    def patience(self, name: str, device: Device, devices: Mapping[int, Device]) -> int:
        """How long it must hold for this device, in ms. What hangs on a device that is out of reach waits no longer than that one:
        it is counted as its symptom."""
        own = self._book.of(name, device).for_ms if name in self._book.rules else 1 << 62
        above = devices.get(device.parent or 0)
        return min(own, self._book.for_ms(name)) if above is not None and above.reachable is False else own

    def passed(self, found: Iterable[Finding], devices: Mapping[int, Device], now: int) -> Iterator[Finding]:
        """Those that are to be told of, each with its severity."""
        through: set[Key] = set()
        for finding in found:
            name = finding.key.rule
            if name not in self._book.rules:
                continue  # its file was refused: nobody knows its words
            device = devices.get(finding.device or 0)
            rule = self._book.of(name, device)
            if not rule.enabled or not self._now(finding, device, now):
                continue
            through.add(finding.key)
            plain = self._book.rules[name].severity
            if (
                finding.severity is None or rule.severity != plain
            ):  # a person's word, or a kind's, before the detector's own
                finding = replace(finding, severity=rule.severity)
            yield finding
        self._through = through

    def _now(self, finding: Finding, device: Device | None, now: int) -> bool:
        rule = self._book.of(finding.key.rule, device)
        if rule.during == "always" or rule.metric or rule.event:  # those keep their hours themselves
            return True
        if finding.key in self._through and rule.during not in ONLY_THEN:
            return True
        building = device.building if device is not None else finding.building
        waits = rule.for_ms if finding.key.rule in _WAITS else 0
        return self._hours.due(building, rule.during, finding.since, waits, now)
