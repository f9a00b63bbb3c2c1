"""How long a symptom may outlive its cause, and which causes take in what is open already. Pure."""

from collector.problems.finding import Key

PROMOTE_MS = 2 * 60 * 1000
"""A symptom still there this long after its cause is gone becomes a problem of its own."""
_TAKING = ("device.unreachable", "group.")


def takes(cause: Key) -> bool:
    """Whether a cause that comes to light later takes problems under it that are open, told or not."""
    return cause.rule.startswith(_TAKING)
