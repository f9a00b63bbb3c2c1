"""How a building, a device and its agents stand, in one word each: unknown is never fine. Pure; `now` is given."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from protocols.wire.batch import SEVERITIES

WORST_FIRST = SEVERITIES[::-1]

AGENT_SILENT = timedelta(minutes=3)
"""An agent says every 30 s that it lives; after this long without a word what it watches is unknown."""

WORDS = {
    "ok": "Fine",
    "info": "Note",
    "minor": "Minor",
    "major": "Major",
    "critical": "Critical",
    "unknown": "Unknown",
    "empty": "No devices yet",
    "problem": "Problem",
    "unreachable": "Out of reach",
}
"""State or severity to the word that is always shown beside its colour."""


def agent_state(online: bool, last_seen: datetime | None, now: datetime) -> str:
    """`ok` or `unknown`: an agent that is not heard may be cut off, not broken."""
    heard = last_seen is not None and now - last_seen <= AGENT_SILENT
    return "ok" if online and heard else "unknown"


def worst(severities: Iterable[str]) -> str | None:
    """The worst of some severities; None of none."""
    return min(severities, key=WORST_FIRST.index, default=None)


def building_state(devices: Mapping[str, int], agents: Iterable[str], severities: Iterable[str]) -> str:
    """One word for a building: `devices` counts by state, `agents` their states, `severities` of its live problems.

    The worst live problem first; then doubt (a silent agent, a device unknown or out of reach); fine only when nothing is.
    """
    problem = worst(severities)
    heard = list(agents)
    doubt = "unknown" in heard or devices.get("unknown", 0) > 0
    if problem is not None and (problem in ("critical", "major") or not doubt):
        return problem
    if sum(devices.values()) == 0:
        return "unknown" if "unknown" in heard and problem else problem or "empty"
    if doubt or not heard:
        return "unknown"
    if devices.get("unreachable", 0) or devices.get("problem", 0):
        return "minor"
    return "ok"


def device_state(state: str, agent: str) -> str:
    """What a device's stored state is worth: nothing is certain while its agent is not heard."""
    return "unknown" if agent == "unknown" else state
