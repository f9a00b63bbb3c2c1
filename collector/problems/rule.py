"""What a rule is, ready for use. How one is written: `protocols/rules.py`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from protocols.wire.batch import SEVERITIES

EXTRA = ("what", "where", "count", "range", "since", "usual")
"""What a title may name besides `protocols.rules.FIELDS`: the words of the detector that found it (`Finding.words`)."""
AGENT_SILENT, AGENT_NO_DATA = "agent.silent", "agent.no-data"
UNREACHABLE, DEVICE_SILENT, POINT_SILENT = "device.unreachable", "device.silent", "point.silent"
CONFLICT, GAP = "agent.stream.conflict", "agent.gap"
WATCHES = (AGENT_SILENT, AGENT_NO_DATA, UNREACHABLE, DEVICE_SILENT, POINT_SILENT, CONFLICT, GAP)
"""What the engine itself watches; a detector's folder has its own names, in its own `rules.toml`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`sign` is +1 for above, -1 below, 0 for `is` (then `values`), an event (then `event`) or a built-in (then no metric).

    `over`: one of `WINDOWED`, then what is judged is the sum over `per_ms`, and `sign` is +1. `row` is the rule as written.
    """

    name: str
    severity: str
    title: str
    advice: str
    for_ms: int
    metric: str = ""
    label: str = "*"
    sign: int = 0
    limit: float = 0.0
    clear: float = 0.0
    values: tuple[float, ...] = ()
    kinds: tuple[str, ...] = ()
    during: str = "always"
    enabled: bool = True
    over: str = ""
    per_ms: int = 0
    event: str = ""
    until: str = ""
    count: int = 1
    lasts_ms: int = 0
    limits: Mapping[str, float] = field(default_factory=dict)
    """Of a built-in: those it is judged by that people may move (`tunable.py`)."""
    row: Mapping[str, Any] = field(default_factory=dict, compare=False)
    own: bool = False
    """Written by a person of this district, not shipped."""


def rank(severity: str) -> int:
    """0 for info to 3 for critical."""
    return SEVERITIES.index(severity)
