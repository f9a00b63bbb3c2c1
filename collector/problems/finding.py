"""The one shape of every detector's answer. Times are milliseconds since the epoch (UTC)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple


class Key(NamedTuple):
    """What is judged by which rule: `subject` is a kind and an id.

    `point:12`, `device:3`, `agent:lincoln-ms`, `building:2`, `beat:7`, `channel:4`, `collector:self`, `event:3:GE1` (device and label). Of
    groups: `district:<rule>`, `same:<building>/<kind>/<rule>`, `service:<building>`, and what devices that fell together share
    (`room:1/112`, see `topology/common_fate.py`).
    """

    rule: str
    subject: str

    @property
    def kind(self) -> str:
        """What the subject is."""
        return self.subject.partition(":")[0]

    @property
    def id(self) -> str:
        """Which of its kind."""
        return self.subject.partition(":")[2]

    @property
    def number(self) -> int:
        """The id of what has a number: of a point, a device, a building, a beat, a channel."""
        return int(self.id)


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
    """A kind with its id, as the problem table keeps it: see `Key`."""
    return f"{kind}:{identity}"
