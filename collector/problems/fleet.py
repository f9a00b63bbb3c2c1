"""What the engine knows of the fleet: rows as the database gives them. Times are milliseconds since the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class PointRow(NamedTuple):
    """A point; `last` is its newest sample, None when it has none; `name` and `states` are the device's own words, or None."""

    id: int
    device: int
    metric: str
    label: str | None
    last: int | None = None
    unit: str = ""
    name: str | None = None
    states: Mapping[str, str] | None = None


class AgentRow(NamedTuple):
    """An active agent; `heard` None: never; `left`: it said goodbye in good order, as before an update or a restart."""

    id: str
    online: bool
    heard: int | None
    left: bool = False
    building: int | None = None


class FailingChannel(NamedTuple):
    """A notification channel that has taken no message since `since`, and refused so many."""

    id: int
    name: str
    since: int
    failures: int


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
    kind: str = ""
    name: str = ""
    room: str | None = None
    address: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
