"""Heartbeats that are missing, failed, or brought what cannot be right. Pure; the loop keeps `beats` up to date."""

from collections.abc import Iterable, Sequence

from collector.calendar.school import SchoolCalendar
from collector.ingest.committed import Committed
from collector.problems.beats.beat import Beat, Report
from collector.problems.beats.content import defect
from collector.problems.beats.rhythm import due
from collector.problems.detector import Detector, World
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow

MISSING, FAILED, CONTENT = "beat.missing", "beat.failed", "beat.content"


class Beats(Detector):
    """Worked out anew at each tick: there are few, and each has few reports."""

    rules = frozenset((MISSING, FAILED, CONTENT))
    begins_anew = False

    def __init__(self, world: World) -> None:
        self._world = world

    def learn(self, points: Sequence[PointRow]) -> None:
        """Points are none of its own."""

    def seed(self, key: Key, since: int, now: int) -> None:
        """The reports are in the database: what holds is found again."""

    def observe(self, committed: Committed) -> None:
        """Nor are samples."""

    def findings(self, now: int) -> Iterable[Finding]:
        """What holds at `now`."""
        for beat in self._world.beats:
            if not beat.paused:
                yield from judged(beat, self._world.calendars.of(beat.building), now)

    def unwatched(self, key: Key) -> bool:
        """Of a heartbeat that is paused or was removed."""
        return key.kind == "beat" and key.number not in {beat.id for beat in self._world.beats if not beat.paused}


def judged(beat: Beat, calendar: SchoolCalendar, now: int) -> Iterable[Finding]:
    """What is wrong with one heartbeat at `now`: one thing at most, the gravest."""
    ended = beat.ended
    newest = ended[-1] if ended else Report(beat.made_at, "ok")
    when = due(beat, calendar)
    if when is not None and now >= when:
        started = next((report.at for report in reversed(beat.reports) if report.at > newest.at), None)
        evidence: dict[str, object] = {"last": newest.at if ended else None, "due": when, "started": started}
        yield _finding(MISSING, beat, when, _missing(beat, started, calendar), evidence)
    elif newest.state == "fail":
        first = newest.at
        for report in reversed(ended):
            if report.state != "fail":
                break
            first = report.at
        yield _finding(FAILED, beat, first, {"since": _stamp(calendar, first)}, {"last": newest.at})
    elif (wrong := defect(beat)) is not None:
        yield _finding(CONTENT, beat, newest.at, {"what": wrong[0]}, wrong[1])


def _missing(beat: Beat, started: int | None, calendar: SchoolCalendar) -> dict[str, str]:
    what = "started and did not end" if started else "did not come" if beat.ended else "has never been heard"
    since = (
        f"last heard {_stamp(calendar, beat.ended[-1].at)}"
        if beat.ended
        else f"set up {_stamp(calendar, beat.made_at)}"
    )
    return {"what": what, "since": since}


def _stamp(calendar: SchoolCalendar, at: int) -> str:
    return f"{calendar.local(at):%a %d %b %H:%M}"


def _finding(rule: str, beat: Beat, since: int, words: dict[str, str], evidence: dict[str, object]) -> Finding:
    key = Key(rule, subject_of("beat", beat.id))
    return Finding(key, since, "", building=beat.building, evidence=evidence, words={"where": beat.name, **words})
