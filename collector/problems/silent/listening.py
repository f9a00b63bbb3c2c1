"""Who is silent now, and since when: agents, devices, points; agents that are heard and send nothing. Keeps what is decided. Pure.

Who was found silent stays so until it is heard: our own deafness, or a restart, neither opens nor resolves.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from collector.calendar.school import Calendars
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import AgentRow, Device
from collector.problems.rule import AGENT_NO_DATA, AGENT_SILENT, DEVICE_SILENT, POINT_SILENT
from collector.problems.rules import RuleBook
from collector.problems.silent.no_data import NoData
from collector.problems.silent.patience import Patience
from collector.problems.silent.rhythms import Rhythm, Rhythms, agent_silent, silent_devices

FADING_MS = 75_000
"""An agent speaks every 30 s at least: one not heard for so long may be gone itself, and what it said last is not judged further."""
SETTLE_MS = 90_000
"""So long after an agent is back its backlog still tells of the past: nothing of its devices is known yet."""
SILENT = frozenset({AGENT_SILENT, AGENT_NO_DATA, DEVICE_SILENT, POINT_SILENT})


class Listening:
    """`agents` is set by the caller before each `agent_findings`, which come before `findings`; `rhythms` is fed by it."""

    def __init__(self, book: RuleBook, now: int, calendars: Calendars | None = None) -> None:
        self.agents: dict[str, AgentRow] = {}
        self.silent_agents: set[str] = set()
        self.rhythms = Rhythms()
        self.no_data = NoData(book, calendars or Calendars())
        self._book = book
        self._since = now
        self._back_at: dict[str, int] = {}
        self._silent: dict[Key, int] = {}
        self._due: set[Key] = set()
        """Those of them that have been so for as long as their own place asks; each stays until it is heard."""
        self._patience = Patience(book)
        self._start = np.zeros(0, np.int64)
        self._rhythm = self.rhythms.devices(0)

    def seed(self, key: Key, since: int) -> None:
        """A problem of silence is open."""
        if key.rule == AGENT_SILENT:
            self.silent_agents.add(key.id)
        elif key.rule == AGENT_NO_DATA:
            self.no_data.agents[key.id] = since
        else:
            self._silent[key] = since
            self._due.add(key)

    def deaf(self, now: int) -> None:
        """We ourselves heard nothing until now (no broker, no database): silence before proves nothing."""
        self._since = now

    def unknown(self, now: int) -> set[str]:
        """Agents of whose devices nothing is known: they send nothing, or are away."""
        return self.away(now) | self.no_data.agents.keys()

    def away(self, now: int) -> set[str]:
        """Agents whose own words are not known either: they are silent, about to be found so, or have only just come back."""
        settling = {agent for agent, back in self._back_at.items() if now - back < SETTLE_MS}
        fading = {each.id for each in self.agents.values() if each.heard is not None and now - each.heard > FADING_MS}
        return self.silent_agents | settling | fading

    @property
    def unheard(self) -> set[str]:
        """Agents that are silent, or send nothing of their devices."""
        return self.silent_agents | self.no_data.agents.keys()

    def agent_findings(self, now: int, devices: Mapping[int, Device]) -> list[Finding]:
        """Judge the agents; one finding for each that is silent, or heard and sends nothing."""
        self.silent_agents &= set(self.agents)
        for agent in self.agents.values():
            was = agent.id in self.silent_agents
            if agent_silent(agent, was, now, self._book.for_ms(AGENT_SILENT, building=agent.building), self._since):
                self.silent_agents.add(agent.id)
            elif was:
                self.silent_agents.discard(agent.id)
                self._back_at[agent.id] = now
        self._rhythm = self.rhythms.devices(self._size(devices))
        self._start = self._not_before(now, devices)
        back = self.no_data.judge(now, devices, self._rhythm, self._start, self.agents)
        self._back_at |= dict.fromkeys(back, now)
        if back or now in self.no_data.resumed.values():
            self._start = self._not_before(now, devices)
        silent = [_of_agent(self.agents[agent], now) for agent in sorted(self.silent_agents)]
        return [*silent, *self.no_data.findings()]

    def findings(self, now: int, devices: Mapping[int, Device]) -> Iterator[Finding]:
        """The silent devices, and the silent points of the others, after `agent_findings`. An unreachable device is not called silent."""
        self._judge(now, devices)
        for key, since in self._silent.items():
            if key not in self._due:
                continue
            point = None if key.rule == DEVICE_SILENT else key.number
            device = key.number if point is None else self.rhythms.device_of(point)
            yield Finding(key, since, devices[device].agent, device, point, evidence={"last_heard": since})

    def _judge(self, now: int, devices: Mapping[int, Device]) -> None:
        start, rhythm = self._start, self._rhythm
        until = now - self.no_data.pauses(len(start))
        found = dict(self._still_silent(rhythm, devices))
        least = self._patience.least(DEVICE_SILENT, devices, len(start), now)
        for device in silent_devices(rhythm, until, least, start):
            found.setdefault(Key(DEVICE_SILENT, subject_of("device", device)), int(rhythm.last[device]))
        silent = [key.number for key in found if key.rule == DEVICE_SILENT]
        waited = until - np.maximum(rhythm.last, start)
        due = {
            key
            for key in found
            if key.rule == DEVICE_SILENT and self._long(key, devices, key.number, waited[key.number])
        }
        start[silent] = now  # it speaks for its points
        least = self._patience.least(POINT_SILENT, devices, len(start), now)
        for point in self.rhythms.silent_points(until, least, start):
            found.setdefault(Key(POINT_SILENT, subject_of("point", point)), int(self.rhythms.last[point]))
        for key in (each for each in found if each.rule == POINT_SILENT):
            device = self.rhythms.device_of(key.number)
            since = max(int(self.rhythms.last[key.number]), int(start[device]))
            if self._long(key, devices, device, int(until[device]) - since):
                due.add(key)
        self._silent, self._due = found, due

    def _long(self, key: Key, devices: Mapping[int, Device], device: int, waited: int) -> bool:
        own = self._patience.own(key.rule, devices.get(device))
        return key in self._due or own is None or waited > own

    def _still_silent(self, rhythm: Rhythm, devices: Mapping[int, Device]) -> Iterator[tuple[Key, int]]:
        """Those that have not been heard. A silent point stays one while its device is silent or out of reach."""
        for key, since in self._silent.items():
            of_point, identity = key.rule == POINT_SILENT, key.number
            known = devices.get(self.rhythms.device_of(identity) if of_point else identity)
            if known is None or (known.reachable is False and not of_point):
                continue
            if (self.rhythms.last[identity] if of_point else rhythm.last[identity]) <= since:
                yield key, since

    def _not_before(self, now: int, devices: Mapping[int, Device]) -> NDArray[np.int64]:
        """By device id: from when on its silence counts. Not from before we listened, its agent was back or it answered.

        Of a device that is out of reach, or whose agent is silent, it does not count at all.
        """
        start = np.full(self._size(devices), now, np.int64)
        silent, known = self.silent_agents, devices.values()
        here = [device for device in known if device.reachable is not False and device.agent not in silent]
        ids = [device.id for device in here]
        start[ids] = [device.since if device.reachable else 0 for device in here]
        for known_at in (self._back_at, self.no_data.resumed):
            if known_at:
                start[ids] = np.maximum(start[ids], [known_at.get(device.agent, 0) for device in here])
        start[ids] = np.maximum(start[ids], self._since)
        return start

    def _size(self, devices: Mapping[int, Device]) -> int:
        return max(self.rhythms.highest_device, max(devices, default=0)) + 1


def _of_agent(agent: AgentRow, now: int) -> Finding:
    heard = agent.heard or now
    key = Key(AGENT_SILENT, subject_of("agent", agent.id))
    return Finding(key, heard, agent.id, evidence={"last_heard": heard, "online": agent.online})
