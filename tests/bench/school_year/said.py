"""What comes beside samples: data integrations that report in, and what agents say of themselves. Pure."""

from datetime import time
from typing import Any, NamedTuple

from collector.calendar.school import DayKind
from tests.bench.school_year.day import MINUTE, Day, Reported


class Integration(NamedTuple):
    """A job at each school that reports when it is done. `rows` are those of its file, None: it does not say."""

    name: str
    at: time
    rows: int | None
    school_days: bool


INTEGRATIONS = (
    Integration("Nightly backup", time(2, 45), None, False),
    Integration("Roster export", time(5, 30), 640, True),
)


def play(day: Day) -> None:
    """Every integration of every school, a few minutes earlier or later each day; nobody asks for rosters without school."""
    for school in range(day.fleet.schools):
        for job in INTEGRATIONS:
            late, more = int(day.chance.exponential(4) * MINUTE), int(day.chance.integers(-6, 7))
            if job.school_days and day.kind not in (DayKind.SCHOOL, DayKind.HALF):
                continue
            rows = None if job.rows is None else job.rows + 3 * school + more
            day.reported.append(Reported(day.at(job.at) + late, school, job.name, rows))


def status(day: Day, school: int, started: int, tick: int) -> dict[str, Any]:
    """What a school's agent says at `tick`, as its status message has it."""
    said: dict[str, Any] = {
        "started": started,
        "spool": {"batches": 0},
        "clock": {"synchronised": True, "offset_ms": 2.0},
        "health": {},
    }
    for one in day.said:
        if one.school == school and one.start <= tick < one.end:
            if (one.part, one.name) == ("spool", "batches"):  # one a minute that does not leave
                said["spool"] = {"batches": (tick - one.start) // MINUTE * one.value, "oldest": one.start}
            else:
                said[one.part][one.name] = one.value
    return said
