"""What ingest counts, for /metrics."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from collector.ingest.settled import Settled

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass
class Histogram:
    """Seconds in buckets; `counts` has one more entry than `BUCKETS`, for what is above the last. Not cumulative."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds


@dataclass
class Counters:
    """Since the start, all growing but `queue_*`, `lag_ms` and `commit_seconds`."""

    received: int = 0
    """Data messages that arrived."""
    committed_batches: int = 0
    committed_samples: int = 0
    duplicates: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """Batches refused, by reason."""
    dropped: int = 0
    """Messages let go unacknowledged because too many waited; their agents send them again."""
    lost: int = 0
    """Messages that could not even be quarantined."""
    not_finite: int = 0
    """Samples left out because their value was not finite."""
    retries: int = 0
    """Commits put off because the database could not be reached."""
    queue_messages: int = 0
    queue_bytes: int = 0
    lag_ms: int = 0
    """Age of the newest batch of the last commit."""
    commit_seconds: Histogram = field(default_factory=Histogram)

    def count(self, settled: Settled) -> None:
        """Count what became of one group."""
        self.committed_batches += len(settled.taken)
        self.committed_samples += len(settled.committed.times)
        self.duplicates += len(settled.duplicates)
        self.refused.update(refused.reason for refused in settled.refused)
        self.not_finite += sum(taken.batch.dropped for taken in settled.taken)
        if settled.taken:
            self.lag_ms = max(0, settled.committed.at_ms - max(taken.batch.sent for taken in settled.taken))
