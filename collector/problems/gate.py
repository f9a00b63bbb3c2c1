"""What is found by whatever detector, as people want it: left out where its rule is off or its hours are not, with the severity set. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from collector.problems.finding import Finding, Key
from collector.problems.fleet import AgentRow, Device
from collector.problems.hours import ONLY_THEN, Hours
from collector.problems.rule import DEVICE_SILENT, POINT_SILENT, UNREACHABLE, Rule
from collector.problems.rules import RuleBook
from collector.problems.tunable import tunable

_WAITS = frozenset({UNREACHABLE, DEVICE_SILENT, POINT_SILENT})
"""Whose `for` counts from when their hours began: what was switched off overnight has that long to come back."""


class Gate:
    """Knows what it has let through, so that it stays until it is over."""

    def __init__(self, book: RuleBook, hours: Hours) -> None:
        self._book = book
        self._hours = hours
        self._through: set[Key] = set()
        self._lent: set[Key] = set()
        """Let through as a symptom only: without its cause it must hold for as long, and in the hours, that its own rule asks."""
        self._graded: dict[Key, tuple[Finding, Finding]] = {}
        """What was let through with another severity than it came with, and as it came: what comes again is not made again."""

    def seed(self, key: Key) -> None:
        """A problem of this key is open."""
        self._through.add(key)

    def through(self, key: Key) -> bool:
        """Whether it was let through when it was judged last."""
        return key in self._through

    def patience(self, name: str, device: Device, explained: bool) -> int:
        """How long it must hold for this device, in ms. What is `explained` by another that is out of reach waits no longer than
        that one: it is counted as its symptom."""
        own = self._book.of(name, device).for_ms if name in self._book.rules else 1 << 62
        return min(own, self._book.for_ms(name)) if explained else own

    def passed(
        self, found: Iterable[Finding], devices: Mapping[int, Device], now: int, covered: Collection[int] = (),
        agents: Mapping[str, AgentRow] = MappingProxyType({}),
    ) -> Iterator[Finding]:  # fmt: skip
        """Those that are to be told of, each with its severity. `covered` are devices whose being lost is a symptom; what is of an
        agent and no device is judged as its building has it."""
        through: set[Key] = set()
        graded: dict[Key, tuple[Finding, Finding]] = {}
        for finding in found:
            name = finding.key.rule
            if name not in self._book.rules:
                continue  # its file was refused: nobody knows its words
            device = devices.get(finding.device or 0)
            building = building_of(finding, device, agents)
            rule = self._book.of(name, device, building)
            lent = finding.device in covered and name in _WAITS
            if not rule.enabled or not self._now(finding, rule, building, lent, now):
                continue
            (self._lent.add if lent else self._lent.discard)(finding.key)
            through.add(finding.key)
            plain, said = self._book.rules[name].severity, finding.severity
            if said != rule.severity and (said is None or rule.severity != plain):
                # a person's word, or a kind's, before the detector's own
                graded[finding.key] = pair = self._of_severity(finding, rule.severity)
                finding = pair[1]
            yield finding
        self._lent &= through
        self._through, self._graded = through, graded

    def _of_severity(self, finding: Finding, severity: str) -> tuple[Finding, Finding]:
        """As it came, and with this severity."""
        known = self._graded.get(finding.key)
        if known is not None and known[0] is finding and known[1].severity == severity:
            return known
        return finding, replace(finding, severity=severity)

    def _now(self, finding: Finding, rule: Rule, building: int | None, lent: bool, now: int) -> bool:
        needed = rule.for_ms if tunable(rule).waits and finding.key not in self._through else 0
        long = not needed or now - finding.since >= needed
        if not long or rule.during == "always" or rule.metric:  # rules for values keep their hours themselves
            return long
        stands = finding.key in self._through and (lent or finding.key not in self._lent)
        if stands and rule.during not in ONLY_THEN:
            return True
        patient = self._book.rules[finding.key.rule] if lent else rule
        waits = patient.for_ms if finding.key.rule in _WAITS else 0
        return self._hours.due(building, rule.during, finding.since, waits, now)


def building_of(finding: Finding, device: Device | None, agents: Mapping[str, AgentRow]) -> int | None:
    """Where it is: its device's building, its own, or its agent's; None: the district's."""
    if device is not None or finding.building is not None:
        return device.building if device is not None else finding.building
    agent = agents.get(finding.agent)
    return agent.building if agent is not None else None
