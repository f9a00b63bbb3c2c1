"""The contract every detector keeps. Pure: samples and `now` in, findings out; times are milliseconds since the epoch (UTC)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from collector.calendar.school import Calendars
from collector.ingest.committed import Committed
from collector.problems.beats.beat import Beat
from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device, FailingChannel, PointRow
from collector.problems.own.figures import Figures
from collector.problems.own.status import AgentStatus
from collector.problems.rules import RuleBook


@dataclass
class World:
    """What every detector may look at: kept up to date by the loop, the same object for all."""

    book: RuleBook
    devices: dict[int, Device] = field(default_factory=dict)
    calendars: Calendars = field(default_factory=Calendars)
    beats: Sequence[Beat] = ()
    agents: Mapping[str, AgentStatus] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)
    failing_channels: Sequence[FailingChannel] = ()
    roles: Mapping[int, str | None] = field(default_factory=dict)
    """What people confirmed: the HVAC role of a point, None for none; another mapping whenever it changes."""


class Detector(Protocol):
    """State is bounded per point. A finding's `agent` may be left empty: the engine fills it in from the device.

    A key is found, held, or gone. Whose agent is away is held by the engine, whatever its detector says: none need ask.
    """

    rules: frozenset[str]
    """The built-in rules whose findings are its own: it is seeded with their open problems."""
    begins_anew: bool = True
    """Whether after a start it may say of what it finds that it has just begun."""

    def learn(self, points: Sequence[PointRow]) -> None:
        """Take in points that are new to the engine; their devices are in the world."""

    def seed(self, key: Key, since: int, now: int) -> None:
        """A problem of one of its rules is open since before this process began: it holds until something says otherwise."""

    def observe(self, committed: Committed) -> None:
        """Take in one commit, whose points are all learned. What is `late` may update what was learned, and opens nothing."""

    def findings(self, now: int) -> Iterable[Finding]:
        """All that holds at `now`. Called every second: what is costly is worked out when something came, and kept."""

    def held(self) -> Collection[Key]:
        """Of what was found or seeded, what was neither found last nor is known to be gone, as by night what is judged by day: a problem
        that is open stays so, none opens. Without a word of its own a detector can always tell."""
        return ()

    def unwatched(self, key: Key) -> bool:
        """Whether a key that it does not find is of what nobody watches any more, as a heartbeat that is paused: its problem ends, and
        whether it is over is not known. Without a word of its own a detector watches all of its keys."""
        return False


@runtime_checkable
class FedAgain(Protocol):
    """A detector that counts minutes: after a start it is fed the samples since it was saved, or the last hours, again."""

    def again(self, now: int) -> tuple[list[int], int]:
        """Which points, and from when (ms)."""

    def observe(self, committed: Committed) -> None:
        """As ever."""


Past = Mapping[int, Sequence[tuple[int, float]]]
"""By point id: time and value, in order."""
