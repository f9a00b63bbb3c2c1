"""The one shape of every detector's answer. Times are milliseconds since the epoch (UTC)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

SEVERITIES = ("info", "minor", "major", "critical")


class Key(NamedTuple):
    """What is judged by which rule: `subject` is `point:12`, `device:3`, `agent:lincoln-ms`, `building:2` or `beat:7`."""

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
    building: int | None = None
    """Set where it concerns a building as a whole (then no device, no point, no agent)."""
    severity: str | None = None
    """None: the rule's."""
    limit: float | None = None
    """What the title calls `{limit}`; None: the rule's."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What else the title of its rule names (`EXTRA` in `rule.py`): the detector's own words, made plain when shown."""
    standing: str | None = None
    """How it stands elsewhere, in words: whoever looks at the problem sees it, and each change is noted. None: nothing to say."""
    cause: Key | None = None
    """A finding that the detector itself knows to be the cause."""

    def by(self, agent: str) -> "Finding":
        """The same, of this agent's device."""
        return self if self.agent == agent else replace(self, agent=agent)


def subject_of(kind: str, identity: int | str) -> str:
    """`point`, `device` or `agent` with its id, as the problem table keeps it."""
    return f"{kind}:{identity}"
