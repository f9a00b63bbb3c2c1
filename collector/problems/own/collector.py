"""What is wrong with the collector by its own figures. Pure."""

from collections.abc import Iterator

from collector.problems.finding import Finding, Key, subject_of
from collector.problems.own.figures import Figures

SLOW, DROPPING, DISK = "collector.database.slow", "collector.dropping", "collector.disk.full"
SLOW_S = 2.0
"""Mean seconds of a commit: ten times what a small machine takes."""
LEAST_FREE = 0.05
LEAST_FREE_BYTES = 2 << 30
_LOOK_MS = 60_000
_SUBJECT = subject_of("collector", "self")


class Collector:
    """Compares the counters with those of a minute ago."""

    rules = (SLOW, DROPPING, DISK)

    def __init__(self) -> None:
        self._at = 0
        self._before: Figures | None = None
        self._found: list[Finding] = []

    def holding(self, figures: Figures, now: int) -> Iterator[Finding]:
        """What holds, as of the last full minute."""
        if self._before is None or now - self._at >= _LOOK_MS:
            self._found = [] if self._before is None else list(_compared(self._before, figures, now))
            self._at, self._before = now, figures
        yield from self._found


def _compared(before: Figures, after: Figures, now: int) -> Iterator[Finding]:
    commits = after.commits - before.commits
    mean = (after.commit_seconds - before.commit_seconds) / commits if commits > 0 else 0.0
    if mean > SLOW_S:
        yield _finding(SLOW, now, {"what": f"{mean:.1f} s"}, {"mean_commit_s": mean, "commits": commits})
    gone = after.dropped - before.dropped + after.lost - before.lost
    if gone > 0:
        yield _finding(DROPPING, now, {"count": str(gone)}, {"messages": gone})
    if after.free_bytes is not None and after.disk_bytes:
        share = after.free_bytes / after.disk_bytes
        if share < LEAST_FREE or after.free_bytes < LEAST_FREE_BYTES:
            free = f"{after.free_bytes / (1 << 30):.1f} GiB ({share:.0%})"
            yield _finding(DISK, now, {"what": free}, {"free_bytes": after.free_bytes})


def _finding(rule: str, now: int, words: dict[str, str], evidence: dict[str, object]) -> Finding:
    return Finding(Key(rule, _SUBJECT), now, "", words=words, evidence=evidence)
