"""A device's state in one word. Pure."""

from collections.abc import Iterable

OK, PROBLEM, UNREACHABLE, UNKNOWN = "ok", "problem", "unreachable", "unknown"


def device_state(agent_silent: bool, reachable: bool | None, heard: bool, severities: Iterable[str]) -> str:
    """`unknown` when nobody can know; `unreachable`; `problem` for an open one above info; else `ok`.

    `severities` are those of its live problems, `heard` whether anything ever came from it.
    """
    if agent_silent:
        return UNKNOWN
    if reachable is False:
        return UNREACHABLE
    if any(severity != "info" for severity in severities):
        return PROBLEM
    return OK if reachable or heard else UNKNOWN
