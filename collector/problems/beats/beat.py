"""A heartbeat and its reports, as the detector knows them. Times are milliseconds since the epoch (UTC)."""

from typing import NamedTuple


class Report(NamedTuple):
    """One report: `start`, `ok` or `fail`; `rows` and `as_of` (how new its data are) where it says so."""

    at: int
    state: str
    rows: int | None = None
    as_of: int | None = None


class Beat(NamedTuple):
    """What is expected of one; None: worked out from its own reports, of which `reports` has the newest ones last."""

    id: int
    name: str
    building: int | None
    every_ms: int | None = None
    grace_ms: int | None = None
    school_days: bool | None = None
    least_rows: int | None = None
    change: float | None = None
    oldest_ms: int | None = None
    paused: bool = False
    reports: tuple[Report, ...] = ()
    made_at: int = 0
    """When it was set up: what was asked of it counts from then."""

    @property
    def ended(self) -> tuple[Report, ...]:
        """The reports that say how it ended."""
        return tuple(report for report in self.reports if report.state != "start")
