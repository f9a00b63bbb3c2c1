"""What one batch holds, in memory, on both sides of the wire."""

from array import array
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Scalar = str | int | float | bool | None
SEVERITIES = ("info", "minor", "major", "critical")
"""Least grave first."""


class PointKey(NamedTuple):
    """One point as a batch names it. `device` is an index into the batch's devices; `unit` is UCUM ("" when none)."""

    device: int
    metric: str
    label: str | None
    unit: str


class Event(NamedTuple):
    """Something that happened once at `time` (ms); `severity` is one of `SEVERITIES`; `detail` holds scalars."""

    device: int
    time: int
    kind: str
    severity: str
    detail: dict[str, Scalar]


class Fact(NamedTuple):
    """Attributes of a device as read at `time` (ms)."""

    device: int
    time: int
    attributes: dict[str, Scalar]


class Reach(NamedTuple):
    """Whether a device answered at `time` (ms), and what was said when it did not."""

    device: int
    time: int
    reachable: bool
    detail: str


@dataclass(slots=True)
class Batch:
    """One self-contained batch. The three columns have one entry per sample.

    `index` are positions in `points` (typecode H or I), `times` ms since the epoch (q), `values` finite floats (d).
    """

    stream: bytes
    seq: int
    agent: str
    sent: int
    clock_sync: bool
    boot: bytes
    devices: list[tuple[str, str]] = field(default_factory=list)
    points: list[PointKey] = field(default_factory=list)
    index: "array[int]" = field(default_factory=lambda: array("H"))
    times: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))
    events: list[Event] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    reach: list[Reach] = field(default_factory=list)
    dropped: int = 0
    """Samples the decoder left out because their value was not finite."""

    def header(self) -> dict[str, Any]:
        """The envelope without its contents, for logs and quarantine."""
        return {"stream": self.stream.hex(), "seq": self.seq, "agent": self.agent, "samples": len(self.times)}
