"""What detectors look at besides samples, read from the database every few seconds: heartbeats, agents' own words, our figures."""

from collections.abc import Callable
from typing import Any

from collector.problems.beats.beat import Beat, Report
from collector.problems.detector import World
from collector.problems.own.figures import Figures
from collector.problems.own.status import read
from collector.problems.stored import ms
from collector.store import beats, watched
from collector.store.database import Database

EVERY_MS = 5_000


class Around:
    """Keeps a world up to date. `figures` are the collector's own."""

    def __init__(self, database: Database, figures: Callable[[], Figures]) -> None:
        self._database = database
        self._figures = figures
        self._at = 0
        self._marks: tuple[Any, ...] | None = None
        self._beats: list[Beat] = []

    async def refresh(self, world: World, now: int) -> None:
        """Bring `world` up to `now`; what was read a moment ago is left. Raises `StoreError`."""
        if world.beats is self._beats and 0 <= now - self._at < EVERY_MS:
            return
        marks = await beats.marks(self._database)
        if marks != self._marks:
            self._beats = await self._read_beats()
            self._marks = marks
        world.beats = self._beats
        rows = await watched.statuses(self._database)
        world.agents = {row["id"]: read(row["id"], row["building_id"], row["online"], row["status"]) for row in rows}
        world.figures = self._figures()
        self._at = now

    async def _read_beats(self) -> list[Beat]:
        reports: dict[int, list[Report]] = {}
        for row in await beats.reports(self._database):
            reports.setdefault(row["beat_id"], []).append(report_of(row))
        return [beat_of(row, reports.get(row["id"], [])) for row in await beats.beats(self._database)]


def report_of(row: dict[str, Any]) -> Report:
    """A stored report."""
    return Report(ms(row["time"]) or 0, row["state"], row["rows"], ms(row["as_of"]))


def beat_of(row: dict[str, Any], reports: list[Report]) -> Beat:
    """A stored heartbeat with its reports."""
    every, grace, oldest = (
        None if row[name] is None else row[name] * 1000 for name in ("every_s", "grace_s", "oldest_s")
    )
    return Beat(
        row["id"], row["name"], row["building_id"], every, grace, row["school_days"], row["least_rows"], row["change"],
        oldest, row["paused"], tuple(reports), ms(row["created_at"]) or 0,
    )  # fmt: skip
