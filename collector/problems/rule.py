"""What a rule is, ready for use; the words its fields may have. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from collector.problems.finding import SEVERITIES
from protocols.errors import OptionError

FIELDS = frozenset(("device", "building", "agent", "point", "label", "value", "limit", "size", "bound", "state"))
"""What a title may name in braces; `titles.title` says what each becomes."""
MOST_VALUES = 8
"""States one `is` may name."""
EXTRA = ("what", "where", "count", "range", "since", "usual")
"""What a title may name besides: the words of the detector that found it (`Finding.words`)."""
AGENT_SILENT, AGENT_NO_DATA = "agent.silent", "agent.no-data"
UNREACHABLE, DEVICE_SILENT, POINT_SILENT = "device.unreachable", "device.silent", "point.silent"
CONFLICT, GAP = "agent.stream.conflict", "agent.gap"
WATCHES = (AGENT_SILENT, AGENT_NO_DATA, UNREACHABLE, DEVICE_SILENT, POINT_SILENT, CONFLICT, GAP)
"""What the engine itself watches; a detector's folder has its own names, in its own `rules.toml`."""
LEVELS = ("above", "below", "is")
WINDOWED = ("rise", "fall", "changes", "resets")
"""Judged by what came together within `per`: how much it grew or shrank, how often it changed or began anew."""
DURING = ("always", "school", "class", "closed", "night")
"""`class`: lessons, `school`: from an hour before them to two hours after, `closed`: not that, `night`: 22:00 to 05:00; by the
building's calendar and its own clock."""
_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LONGEST_MS = 366 * _UNITS_MS["d"]
_DURATION = re.compile(r"(\d+)([smhd])")

Severity = Literal["info", "minor", "major", "critical"]
During = Literal["always", "school", "class", "closed", "night"]


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
    row: Mapping[str, Any] = field(default_factory=dict, compare=False)
    own: bool = False
    """Written by a person of this district, not shipped."""


def duration_ms(text: str, where: str, key: str = "for") -> int:
    """`10m` as milliseconds: a whole number and s, m, h or d. Raises `OptionError`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise OptionError(f"{where}: {key} = {text!r} is no duration; write for instance '90s', '10m', '2h' or '1d'")
    length = int(match[1]) * _UNITS_MS[match[2]]
    if length > _LONGEST_MS:
        raise OptionError(f"{where}: {key} = {text!r} is longer than a year")
    return length


def duration_text(ms: int) -> str:
    """The shortest way to write it: 600,000 is `10m`."""
    unit = next((unit for unit in "dhm" if ms and ms % _UNITS_MS[unit] == 0), "s")
    return f"{ms // _UNITS_MS[unit]}{unit}"


def rank(severity: str) -> int:
    """0 for info to 3 for critical."""
    return SEVERITIES.index(severity)
