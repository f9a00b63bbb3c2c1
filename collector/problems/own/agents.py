"""What is wrong with an agent by its own words: one row for each rule. Pure."""

from collections.abc import Callable
from typing import NamedTuple

from collector.problems.own.status import AgentStatus

CLOCK_MS = 30_000
"""An agent's clock further off than this is told: its samples would be judged at the wrong time."""
BEHIND_MS = 30 * 60_000
_LOOK_MS = 10 * 60_000
_HOUR_MS = 3_600_000


class Row(NamedTuple):
    """A rule, and what is wrong in words, None when nothing is or the agent does not say."""

    rule: str
    wrong: Callable[[AgentStatus], str | None]


def _clock(status: AgentStatus) -> str | None:
    if status.offset_ms is not None and abs(status.offset_ms) > CLOCK_MS:
        seconds = round(abs(status.offset_ms) / 1000)
        return f"is {seconds} s {'ahead' if status.offset_ms > 0 else 'behind'}"
    return None


ROWS = (
    Row("agent.clock.wrong", _clock),
    Row(
        "agent.clock.unsynchronised",
        lambda status: "is not set by any time server" if status.synchronised is False else None,
    ),
    Row("agent.disk.failing", lambda status: (status.disk or status.spool_error)[:200] or None),
    Row("agent.barred", lambda status: status.barred[:200] or None),
    Row("agent.stuck", lambda status: f"{status.stuck:.0f}" if status.stuck else None),
)


class Restarts:
    """How often each agent has started within the last hour. Bounded: the newest few starts of each."""

    MANY = 4

    def __init__(self) -> None:
        self._starts: dict[str, list[int]] = {}

    def seen(self, agent: str, started: int | None, now: int) -> int:
        """Take in when it says it has started; how many starts the last hour had."""
        known = self._starts.setdefault(agent, [])
        if started is not None and started not in known:
            known.append(started)
            del known[: -2 * self.MANY]
        return sum(now - start < _HOUR_MS for start in known)


class Spools:
    """Whose spool does not empty: what waits is old, and no less than ten minutes ago."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[int, float, float]] = {}

    def behind(self, status: AgentStatus, now: int) -> str | None:
        """Since when it is behind, in words; None when it is not, or catches up."""
        if status.batches is None or status.oldest is None or now - status.oldest < BEHIND_MS:
            self._before.pop(status.id, None)
            return None
        at, then, earlier = self._before.get(status.id, (now, status.batches, status.batches + 1))
        if now - at >= _LOOK_MS:
            at, then, earlier = now, status.batches, then
        self._before[status.id] = (at, then, earlier)
        minutes = (now - status.oldest) // 60_000
        return f"{minutes} minutes" if status.batches >= earlier else None
