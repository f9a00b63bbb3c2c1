"""Every detector together: takes committed batches and the fleet, answers what holds at `now`. Pure; state fits in memory."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from collector.ingest.committed import Committed
from collector.problems.detector import World
from collector.problems.detectors import detectors
from collector.problems.dismissed import Dismissed
from collector.problems.event_rules import EventRules
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import Device, PointRow
from collector.problems.gate import Gate
from collector.problems.hours import Hours
from collector.problems.occurrences import Occurrences
from collector.problems.rule import AGENT_NO_DATA, AGENT_SILENT, CONFLICT, GAP, UNREACHABLE
from collector.problems.rules import RuleBook
from collector.problems.silent.listening import SILENT, Listening
from collector.problems.silent.rhythms import NOBODY
from collector.problems.topology.judging import Judge
from collector.problems.topology.losses import parent_back
from collector.problems.values.state_rules import StateRules
from protocols.metrics import ON_CHANGE, WHILE_UP

NO_RHYTHM = ON_CHANGE | WHILE_UP | {"reachable", "response.time"}
"""Points whose silence says nothing, nor their coming: told when they change or while a port is up, or kept by the poller whether
or not the device answers."""


class Engine:
    """What is known and what holds. `now` and all times are milliseconds."""

    def __init__(self, book: RuleBook, now: int) -> None:
        self.world = World(book)
        self.devices: dict[int, Device] = self.world.devices
        self.detectors = detectors(self.world)
        self.hours = Hours(self.world.calendars)
        self.judge = Judge(self.world)
        self.states = self._judge_values()
        self.events = EventRules(book)
        self.listening = Listening(book, now, self.world.calendars)
        self.occurrences = Occurrences(book)
        self.gate = Gate(book, self.hours)
        self.dismissed = Dismissed(now)
        self._points: dict[int, PointRow] = {}
        self._gone: dict[int, int] = {}
        """Unreachable devices, and when we first heard so: a backlog may bring the recovery a moment later."""
        self._unknown: set[str] = set()
        self._away: set[str] = set()
        """Agents of whose devices nothing is known, and those of them whose own words are not known either."""
        self._covered: set[int] = set()
        """Those of them that are out of reach because another is, or was until a moment ago."""
        self._found_gone: dict[int, Finding] = {}
        """What was found of them at the last tick: the same objects as long as nothing changes, however many they are."""

    def learn(self, points: Iterable[PointRow]) -> None:
        """Take in points; those known already are left as they are."""
        new = [point for point in points if point.id not in self._points]
        self._points.update({point.id: point for point in new})
        self.states.add(new)
        for detector in self.detectors:
            detector.learn(new)
        devices = [NOBODY if point.metric in NO_RHYTHM else point.device for point in new]
        ids, last = [point.id for point in new], [point.last or 0 for point in new]
        rhythms = self.listening.rhythms
        rhythms.add(np.array(ids, np.int32), np.array(devices, np.int32), np.array(last, np.int64))

    def _judge_values(self) -> StateRules:
        book = self.world.book
        return StateRules(
            book.state_rules(), lambda rule, device: book.of(rule.name, self.devices.get(device)), self.hours,
            lambda device: self.devices[device].building if device in self.devices else None,
        )  # fmt: skip

    def retune(self, points: Iterable[PointRow] = ()) -> None:
        """The rules, or these points, are others now: values are judged anew, by what is fed and seeded from here on."""
        self._points.update({point.id: point for point in points if point.id in self._points})
        self.states, self.events = self._judge_values(), EventRules(self.world.book)
        self.states.add(self._points.values())

    def seed(self, key: Key, since: int, now: int) -> None:
        """A problem of this key is open since before this process began: it holds until something says otherwise."""
        self.gate.seed(key)
        if key.rule in SILENT:
            self.listening.seed(key, since)
        elif key.rule == UNREACHABLE:
            self._gone[key.number] = since
        elif key.rule in (CONFLICT, GAP):
            self.occurrences.seed(key, now)
        elif (own := next((found for found in self.detectors if key.rule in found.rules), None)) is not None:
            own.seed(key, since, now)
        elif key.kind == "event":
            self.events.seed(key, now)
        else:
            self.states.seed(key, since)

    def dismiss(self, key: Key, since: int) -> None:
        """A person resolved this one before this process began, though it may hold still: it began at `since`."""
        if any(own.begins_anew and key.rule in own.rules for own in self.detectors):
            self.dismissed.add(key, since)
        else:
            self.dismissed.watch([key])

    def reseed(self, key: Key, since: int, now: int, newest: Mapping[int, float]) -> None:
        """The same after `retune`: of rules on values and events alone, and where the newest value would begin it now."""
        rule = self.world.book.rules.get(key.rule)
        if rule is not None and rule.event and key.kind == "event":
            self.events.seed(key, now)
        elif rule is not None and rule.metric and key.kind == "point":
            self.states.seed(key, since, newest.get(key.number))

    def observe(self, committed: Committed) -> None:
        """Take in one commit, whose points are all known. What is late updates nothing."""
        fresh = ~committed.late
        points, times, values = committed.points[fresh], committed.times[fresh], committed.values[fresh]
        self.listening.rhythms.observe(points, times)
        self.states.observe(points, times, values)
        self.occurrences.observe(committed)
        self.events.observe(committed.events, committed.at_ms)
        for detector in self.detectors:
            detector.observe(committed)
        for seen in committed.reach:
            device = self.devices.get(seen.device)
            if device is not None and seen.time >= device.since:
                if device.reachable != seen.reachable:
                    device.since = seen.time
                device.reachable = seen.reachable

    def findings(self, now: int) -> dict[Key, Finding]:
        """All that holds at `now`. What concerns the devices of an agent that is away is left out: nobody can know (see `held`)."""
        found = [*self.listening.agent_findings(now, self.devices)]
        found += self.occurrences.findings(now, self.listening.agents)
        self._unknown, self._away = self.listening.unknown(now), self.listening.away(now)
        self.judge.unknown = {subject_of("agent", agent) for agent in self._unknown}
        of_devices = [*self._unreachable(now), *self.listening.findings(now, self.devices)]
        of_devices += self._placed([*self.states.firing(now), *self.events.findings(now, self.devices)])
        for detector in self.detectors:
            of_devices += self._placed(detector.findings(now))
        found += [each for each in of_devices if self._known(each.key, each.agent)]
        passed = {finding.key: finding for finding in self._passed(found, now)}
        return self.dismissed.applied(passed, lambda key: self._cannot_tell(key, now), self._patience, now)

    def _cannot_tell(self, key: Key, now: int) -> bool:
        """Whether nobody knows if it goes on: it is held, or it is not judged at this hour."""
        device, building = self.devices.get(self._device_of(key) or 0), self._building_of(key)
        if key.rule in self.world.book.rules:
            during = self.world.book.of(key.rule, device, building).during
            if self.hours.began(building, during, now) is None:
                return True
        return self.held(key, device.agent if device else key.id if key.kind == "agent" else None)

    def _patience(self, key: Key) -> int:
        device = self.devices.get(self._device_of(key) or 0)
        return self.world.book.for_ms(key.rule, device, self._building_of(key))

    def held(self, key: Key, agent: str | None) -> bool:
        """Whether a live problem is to be left as it is, though nothing is found: its agent is silent, or its
        detector cannot tell at the moment. What nobody wants to hear of any more is not."""
        if key.rule in self.world.book.rules and self.off(key, self._device_of(key)):
            return False  # of a rule whose file was refused nobody knows
        if any(key in own.held() for own in self.detectors):
            return True
        return key.rule not in (AGENT_SILENT, AGENT_NO_DATA) and not self._known(key, agent)

    def _passed(self, found: Iterable[Finding], now: int) -> Iterator[Finding]:
        return self.gate.passed(found, self.devices, now, self._covered, self.listening.agents)

    def off(self, key: Key, device: int | None, building: int | None = None) -> bool:
        """Whether nobody wants this rule there: it was switched off, or taken away; or what it judged is watched no longer."""
        book = self.world.book
        where = self._building_of(key) if building is None else building
        if key.rule not in book.rules or not book.of(key.rule, self.devices.get(device or 0), where).enabled:
            return True
        return any(key.rule in own.rules and own.unwatched(key) for own in self.detectors)

    def _building_of(self, key: Key) -> int | None:
        """The building that a key's subject is, or whose agent it is."""
        if key.kind == "building":
            return key.number
        agent = self.listening.agents.get(key.id) if key.kind == "agent" else None
        return agent.building if agent is not None else None

    def _device_of(self, key: Key) -> int | None:
        """The device that a key's subject is, or whose point it is."""
        if key.kind == "point":
            point = self._points.get(key.number)
            return point.device if point is not None else None
        return key.number if key.kind == "device" else None

    def _known(self, key: Key, agent: str | None) -> bool:
        """Whether it can be judged. What an agent says of itself is known while it sends nothing of its devices; what is critical is
        judged though its agent may be gone, or has only just come back."""
        itself = key.kind == "agent"
        if agent not in (self._away if itself else self._unknown):
            return True
        rule = self.world.book.rules.get(key.rule)
        lost = self.listening.silent_agents if itself else self.listening.unheard
        return rule is not None and rule.severity == "critical" and agent not in lost

    def _unreachable(self, now: int) -> Iterator[Finding]:
        gone = [device for device in self.devices.values() if device.reachable is False]
        self._gone = {device.id: self._gone.get(device.id, now) for device in gone}
        self._found_gone = {each: found for each, found in self._found_gone.items() if each in self._gone}
        why = self.judge.why() if gone else {}
        back = {device.id for device in gone if parent_back(self.judge.graph, self.devices, device, now)}
        self._covered = back | why.keys()
        for device in gone:
            key = Key(UNREACHABLE, subject_of("device", device.id))
            lasted = now - max(device.since, self._gone[device.id])
            due = lasted >= self.gate.patience(UNREACHABLE, device, device.id in why)
            if self.gate.through(key) if device.id in back else due:
                yield self._of_gone(key, device)

    def _of_gone(self, key: Key, device: Device) -> Finding:
        known, severity = self._found_gone.get(device.id), self.world.book.of(UNREACHABLE, device).severity
        if known is None or (known.since, known.agent, known.severity) != (device.since, device.agent, severity):
            evidence = {"unreachable_since": device.since}
            known = Finding(key, device.since, device.agent, device.id, evidence=evidence, severity=severity)
            self._found_gone[device.id] = known
        return known

    def _placed(self, found: Iterable[Finding]) -> Iterator[Finding]:
        """With the agent of its device; those of devices that are gone are left out."""
        for finding in found:
            device = self.devices.get(finding.device or 0)
            if device is not None:
                yield finding.by(device.agent)
            elif finding.device is None:
                yield finding
