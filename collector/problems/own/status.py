"""What an agent says of itself, read from its status message with care: any part may be absent or of another type. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

_MOST = 1e15


class AgentStatus(NamedTuple):
    """One agent's newest status. Times in ms; None: it did not say. `text` fields are its own words."""

    id: str
    building: int
    online: bool
    started: int | None = None
    batches: float | None = None
    oldest: int | None = None
    """When the oldest batch that waits in its spool was made."""
    synchronised: bool | None = None
    offset_ms: float | None = None
    disk: str = ""
    barred: str = ""
    stuck: float | None = None
    dropped: float | None = None
    refused: float | None = None
    spool_error: str = ""


def read(agent: str, building: int, online: bool, said: Mapping[str, Any]) -> AgentStatus:
    """The status as far as it can be read."""
    spool, clock, health = (_part(said, name) for name in ("spool", "clock", "health"))
    return AgentStatus(
        agent, building, online,
        started=_whole(said.get("started")),
        batches=_number(spool.get("batches")),
        oldest=_whole(spool.get("oldest")),
        synchronised=clock["synchronised"] if isinstance(clock.get("synchronised"), bool) else None,
        offset_ms=_number(clock.get("offset_ms")),
        disk=_text(health.get("disk")),
        barred=_text(health.get("barred")),
        stuck=_number(health.get("stuck")),
        dropped=_number(health.get("dropped")),
        refused=_number(health.get("refused")),
        spool_error=_text(spool.get("error")),
    )  # fmt: skip


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = said.get(name)
    return part if isinstance(part, Mapping) else {}


def _number(value: object) -> float | None:
    """What is beyond all sense, an integer of 400 digits or infinity, is not said."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _MOST:
        return None
    return float(value)


def _whole(value: object) -> int | None:
    number = _number(value)
    return round(number) if number is not None and number > 0 else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
