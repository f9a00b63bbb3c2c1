"""The one shape of every detector's answer. Times are milliseconds since the epoch (UTC)."""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

SEVERITIES = ("info", "minor", "major", "critical")


class Key(NamedTuple):
    """What is judged by which rule: `subject` is `point:12`, `device:3` or `agent:lincoln-ms`."""

    rule: str
    subject: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that holds since `since` (ms). `device` and `agent` say whom it concerns, `evidence` what it was judged by."""

    key: Key
    since: int
    agent: str
    device: int | None = None
    point: int | None = None
    value: float | None = None
    evidence: dict[str, Any] = field(default_factory=dict)

    def by(self, agent: str) -> "Finding":
        """The same, of this agent's device."""
        return replace(self, agent=agent)


def subject_of(kind: str, identity: int | str) -> str:
    """`point`, `device` or `agent` with its id, as the problem table keeps it."""
    return f"{kind}:{identity}"
