"""Whether what a heartbeat brought can be right: its rows, how they changed, how old its data are. Pure."""

from statistics import median

from collector.problems.beats.beat import Beat, Report
from collector.problems.beats.rhythm import rhythm

USUAL = 5
"""Good reports before the newest that tell what is usual."""
CHANGE = 50.0
"""Percent that rows may differ from the usual ones where nothing else is asked."""
_SMALL = 20
"""Fewer usual rows than this change by chance: only none at all is told."""
_HOUR_MS = 3_600_000


def defect(beat: Beat) -> tuple[str, dict[str, object]] | None:
    """What is wrong with the newest good report, in words, and what it was judged by; None: nothing, or it did not say."""
    ended = beat.ended
    if not ended or ended[-1].state != "ok":
        return None
    newest = ended[-1]
    return _rows(beat, newest, _usual(beat)) or _age(beat, newest)


def _usual(beat: Beat) -> float | None:
    """The median rows of the good reports before the newest; None while there are too few."""
    known = [report.rows for report in beat.ended[:-1] if report.state == "ok" and report.rows]
    return median(known[-20:]) if len(known) >= USUAL else None


def _rows(beat: Beat, newest: Report, usual: float | None) -> tuple[str, dict[str, object]] | None:
    rows = newest.rows
    if rows is None:
        return None
    judged: dict[str, object] = {"rows": rows, "usual_rows": usual}
    least = 1 if beat.least_rows is None else beat.least_rows
    if rows < least:
        return ("no rows but the header" if rows == 0 else f"{rows:,} rows, fewer than {least:,}"), judged
    limit = CHANGE if beat.change is None else beat.change
    if usual is not None and (usual >= _SMALL or beat.change is not None):
        percent = 100 * (rows - usual) / usual
        if abs(percent) > limit:
            return f"{rows:,} rows instead of about {usual:,.0f} ({percent:+.0f} %)", judged | {"limit_percent": limit}
    return None


def _age(beat: Beat, newest: Report) -> tuple[str, dict[str, object]] | None:
    if newest.as_of is None:
        return None
    known = rhythm(beat)
    limit = beat.oldest_ms if beat.oldest_ms is not None else 2 * known[0] if known else None
    age = newest.at - newest.as_of
    if limit is None or age <= limit:
        return None
    return f"its data are {_long(age)} old", {"as_of": newest.as_of, "age_ms": age, "limit_ms": limit}


def _long(length: int) -> str:
    hours = length / _HOUR_MS
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
