"""Agents that are heard while nothing comes of any of their devices: one problem, its agent's. Pure.

Meanwhile none of the devices is silent by itself: a batch may be on its way, or nothing is read at all; nobody can say which of them.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.calendar.school import Calendars
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import Device
from collector.problems.rule import AGENT_NO_DATA
from collector.problems.rules import RuleBook
from collector.problems.silent.rhythms import INTERVALS, Rhythm

FEW = 3
"""An agent of fewer devices: all of them quiet may well be their own fault."""
UNLEARNED_MS = 60 * 60_000
"""The interval of devices of which none is learned, and of whose agent hardly anything is stored."""
HICCUP_MS = 75_000
"""A pause of less is none."""
Ints = NDArray[np.int64]


class Data(NamedTuple):
    """What comes of an agent's devices: their ids, the newest time, and what they are judged by (ms)."""

    devices: tuple[int, ...]
    newest: int
    since: int
    """From when on its silence counts: not before its agent was back, we listened, or one of them answered."""
    patience: float
    building: int


class NoData:
    """`agents` send nothing, since when (ms); `resumed` is when an agent began to send again after a pause; `usual` is how often (ms)
    each sent before we listened: what none of its devices has shown since."""

    def __init__(self, book: RuleBook, calendars: Calendars) -> None:
        self.agents: dict[str, int] = {}
        self.resumed: dict[str, int] = {}
        self.usual: Mapping[str, float] = {}
        self._book, self._calendars = book, calendars
        self._data: dict[str, Data] = {}
        self._now = 0

    def judge(
        self, now: int, devices: Mapping[int, Device], rhythm: Rhythm, start: Ints, known: Collection[str]
    ) -> list[str]:
        """Look at `now`; `start` is by device id when its silence begins to count. Agents that send again are given back."""
        before, self._data, self._now = self._data, _data(devices, rhythm, start, self.usual), now
        for agent, data in self._data.items():
            if agent in before and data.newest - before[agent].newest > max(data.patience, HICCUP_MS):
                self.resumed[agent] = now
            least = self._book.for_ms(AGENT_NO_DATA, building=data.building)
            if now - max(data.newest, data.since) > max(data.patience, least):
                self.agents.setdefault(agent, data.newest)
        here = self._data.keys() & set(known)
        still = {
            agent: since for agent, since in self.agents.items() if agent in here and self._data[agent].newest <= since
        }
        back = [agent for agent in self.agents if agent not in still]
        self.agents = still
        return back

    def pauses(self, size: int) -> Ints:
        """By device id up to `size`: how long nothing had come of any device of its agent when that was judged last."""
        pause = np.zeros(size, np.int64)
        for data in self._data.values():
            pause[list(data.devices)] = max(0, self._now - data.newest)
        return pause

    def findings(self) -> Iterator[Finding]:
        """One for each agent, as judged last."""
        for agent, since in self.agents.items():
            data = self._data[agent]
            local = self._calendars.of(data.building).local(since)
            words = {"since": f"{local:%H:%M}", "count": str(len(data.devices))}
            key = Key(AGENT_NO_DATA, subject_of("agent", agent))
            yield Finding(key, since, agent, evidence={"last_data": since}, words=words)


def _data(devices: Mapping[int, Device], rhythm: Rhythm, start: Ints, usual: Mapping[str, float]) -> dict[str, Data]:
    """Of every agent that is not few in devices and of which something came once."""
    by_agent: dict[str, tuple[list[int], list[int]]] = {}
    for device in devices.values():
        ids, answering = by_agent.setdefault(device.agent, ([], []))
        ids.append(device.id)
        if device.reachable is not False:
            answering.append(device.id)
    made = {}
    for agent, (ids, answering) in by_agent.items():
        newest = int(rhythm.last[ids].max())
        if len(ids) < FEW or not newest:
            continue
        shortest = float(rhythm.interval[answering].min(initial=np.inf))
        patience = INTERVALS * (shortest if np.isfinite(shortest) else usual.get(agent, UNLEARNED_MS))
        since = int(start[answering].max(initial=0)) if answering else 1 << 62
        made[agent] = Data(tuple(ids), newest, since, patience, devices[ids[0]].building)
    return made
