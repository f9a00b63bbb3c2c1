"""Every detector together: takes committed batches and the fleet, answers what holds at `now`. Pure; state fits in memory."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from collector.ingest.committed import Committed
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import AgentRow, Device, PointRow
from collector.problems.rules import RuleBook
from collector.problems.silence import NOBODY, Rhythms, agent_silent, silent_devices
from collector.problems.state_rules import StateRules

AGENT_SILENT, DEVICE_SILENT, POINT_SILENT = "agent.silent", "device.silent", "point.silent"
UNREACHABLE, CONFLICT, GAP = "device.unreachable", "agent.stream.conflict", "agent.gap"
OF_THE_POLLER = ("reachable", "response.time")
"""Points the poller itself keeps, whether or not the device answers: they say nothing of the device's silence."""


class Engine:
    """What is known and what holds. `now` and all times are milliseconds."""

    def __init__(self, book: RuleBook, now: int) -> None:
        self.devices: dict[int, Device] = {}
        self.agents: dict[str, AgentRow] = {}
        self.silent_agents: set[str] = set()
        self.states = StateRules(book.state_rules())
        self.rhythms = Rhythms()
        self._rules = book.rules
        self._points: dict[int, int] = {}
        self._listening_since = now
        self._back_at: dict[str, int] = {}
        self._silent: dict[Key, int] = {}
        self._gone: dict[int, int] = {}
        """Unreachable devices, and when we first heard so: a backlog may bring the recovery a moment later."""
        self._occurred: dict[Key, tuple[int, dict[str, object]]] = {}

    def learn(self, points: Iterable[PointRow]) -> None:
        """Take in points; those known already are left as they are."""
        new = [point for point in points if point.id not in self._points]
        self._points.update({point.id: point.device for point in new})
        self.states.add(new)
        devices = [NOBODY if point.metric in OF_THE_POLLER else point.device for point in new]
        ids, last = [point.id for point in new], [point.last or 0 for point in new]
        self.rhythms.add(np.array(ids, np.int32), np.array(devices, np.int32), np.array(last, np.int64))

    def seed(self, key: Key, since: int, now: int) -> None:
        """A problem of this key is open since before this process began: it holds until something says otherwise."""
        if key.rule == AGENT_SILENT:
            self.silent_agents.add(key.subject.partition(":")[2])
        elif key.rule in (DEVICE_SILENT, POINT_SILENT):
            self._silent[key] = since
        elif key.rule == UNREACHABLE:
            self._gone[int(key.subject.partition(":")[2])] = since
        elif key.rule in (CONFLICT, GAP):
            self._occurred.setdefault(key, (now, {}))
        else:
            self.states.seed(key, since)

    def occurred(self, rule: str, agent: str, at: int, evidence: dict[str, object]) -> None:
        """Something that is told for a while after it happened: a conflict of streams, a gap."""
        self._occurred[Key(rule, subject_of("agent", agent))] = (at, evidence)

    def observe(self, committed: Committed) -> None:
        """Take in one commit, whose points are all known. What is late updates nothing."""
        fresh = ~committed.late
        points, times, values = committed.points[fresh], committed.times[fresh], committed.values[fresh]
        self.rhythms.observe(points, times)
        self.states.observe(points, times, values)
        for seen in committed.reach:
            device = self.devices.get(seen.device)
            if device is not None and seen.time >= device.since:
                if device.reachable != seen.reachable:
                    device.since = seen.time
                device.reachable = seen.reachable
        for agent in committed.conflicts:
            self.occurred(CONFLICT, agent, committed.at_ms, {})
        for gap in committed.gaps:
            evidence: dict[str, object] = {
                "since": gap.since,
                "until": gap.until,
                "reason": gap.reason,
                "samples": gap.samples,
            }
            self.occurred(GAP, gap.agent, gap.until, evidence)

    def deaf(self, now: int) -> None:
        """We ourselves heard nothing until now (no broker, no database): silence before proves nothing."""
        self._listening_since = now

    def findings(self, now: int) -> dict[Key, Finding]:
        """All that holds at `now`. What concerns a silent agent's devices is left out: nobody can know (see `held`)."""
        self._judge_agents(now)
        found = [*self._of_agents(now), *self._unreachable(now), *self._silences(now), *self._of_states(now)]
        return {finding.key: finding for finding in found}

    def held(self, rule: str, agent: str | None) -> bool:
        """Whether a live problem is to be left as it is, though nothing is found: its agent is silent."""
        return rule != AGENT_SILENT and agent in self.silent_agents

    def _judge_agents(self, now: int) -> None:
        least = self._least(AGENT_SILENT)
        for agent in self.agents.values():
            was = agent.id in self.silent_agents
            silent = agent_silent(agent, was, now, least, self._listening_since)
            if silent:
                self.silent_agents.add(agent.id)
            elif was:
                self.silent_agents.discard(agent.id)
                self._back_at[agent.id] = now
        self.silent_agents &= set(self.agents)

    def _of_agents(self, now: int) -> Iterator[Finding]:
        for agent in self.silent_agents if AGENT_SILENT in self._rules else ():
            heard = self.agents[agent].heard or now
            judged = {"last_heard": heard, "online": self.agents[agent].online}
            yield Finding(Key(AGENT_SILENT, subject_of("agent", agent)), heard, agent, evidence=judged)
        for key, (at, evidence) in list(self._occurred.items()):
            if key.rule in self._rules and now - at <= self._rules[key.rule].for_ms:
                yield Finding(key, at, key.subject.partition(":")[2], evidence=evidence)
            else:
                del self._occurred[key]

    def _unreachable(self, now: int) -> Iterator[Finding]:
        least = self._least(UNREACHABLE)
        gone = [device for device in self.devices.values() if device.reachable is False]
        self._gone = {device.id: self._gone.get(device.id, now) for device in gone}
        for device in gone:
            held_for = now - max(device.since, self._gone[device.id])
            if held_for >= least and device.agent not in self.silent_agents:
                key = Key(UNREACHABLE, subject_of("device", device.id))
                yield Finding(key, device.since, device.agent, device.id, evidence={"unreachable_since": device.since})

    def _silences(self, now: int) -> Iterator[Finding]:
        start = self._not_before()
        rhythm = self.rhythms.devices(len(start))
        for device in silent_devices(rhythm, now, self._least(DEVICE_SILENT), start):
            self._silent.setdefault(Key(DEVICE_SILENT, subject_of("device", device)), int(rhythm.last[device]))
        for point in self.rhythms.silent_points(now, self._least(POINT_SILENT), start):
            self._silent.setdefault(Key(POINT_SILENT, subject_of("point", point)), int(self.rhythms.last[point]))
        quiet = {int(key.subject.partition(":")[2]) for key in self._silent if key.rule == DEVICE_SILENT}
        for key, since in list(self._silent.items()):
            identity = int(key.subject.partition(":")[2])
            device = identity if key.rule == DEVICE_SILENT else self._points.get(identity, 0)
            last = rhythm.last[device] if key.rule == DEVICE_SILENT else self.rhythms.last[identity]
            known = self.devices.get(device)
            if last > since or known is None or known.reachable is False or key.rule not in self._rules:
                del self._silent[key]
            elif known.agent not in self.silent_agents and (key.rule == DEVICE_SILENT or device not in quiet):
                yield Finding(
                    key,
                    since,
                    known.agent,
                    device,
                    point=None if key.rule == DEVICE_SILENT else identity,
                    evidence={"last_heard": since},
                )

    def _of_states(self, now: int) -> Iterator[Finding]:
        for finding in self.states.firing(now):
            device = self.devices.get(finding.device or 0)
            if device is not None and device.agent not in self.silent_agents:
                yield finding.by(device.agent)

    def _not_before(self) -> NDArray[np.int64]:
        """By device id: from when on its silence counts. Not from before we listened, its agent was back or it answered."""
        size = max([*self.devices, *self._points.values()], default=-1) + 1
        start = np.full(size, self._listening_since, np.int64)
        for device in self.devices.values():
            back = max(self._back_at.get(device.agent, 0), device.since if device.reachable else 0)
            start[device.id] = max(start[device.id], back)
        return start

    def _least(self, rule: str) -> int:
        """How long it must hold; for ever where the rule is not there."""
        return self._rules[rule].for_ms if rule in self._rules else 1 << 62
