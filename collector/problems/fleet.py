"""What the engine knows of the fleet: rows as the database gives them. Times are milliseconds since the epoch."""

from dataclasses import dataclass
from typing import NamedTuple


class PointRow(NamedTuple):
    """A point; `last` is its newest sample, None when it has none."""

    id: int
    device: int
    metric: str
    label: str | None
    last: int | None = None


class AgentRow(NamedTuple):
    """An active agent; `heard` None: never."""

    id: str
    online: bool
    heard: int | None


@dataclass(slots=True)
class Device:
    """A device; `reachable` None: never polled; `since` is when that began; `state` is what its row says."""

    id: int
    agent: str
    parent: int | None
    reachable: bool | None
    since: int
    state: str
    building: int
