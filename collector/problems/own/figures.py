"""The collector's own figures, as its parts count them since the start. Pure data."""

from typing import NamedTuple


class Figures(NamedTuple):
    """Counters only grow; the free space is of the data folder's disk (None: nobody looked)."""

    commits: int = 0
    commit_seconds: float = 0.0
    dropped: int = 0
    """Messages let go unacknowledged because too many waited."""
    lost: int = 0
    """Messages that could not even be quarantined."""
    free_bytes: int | None = None
    disk_bytes: int | None = None
