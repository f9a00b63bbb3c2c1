"""When a message that a channel did not take is sent again. Pure."""

from datetime import timedelta

FIRST = timedelta(seconds=15)
LONGEST = timedelta(hours=1)


def backoff(attempts: int) -> timedelta:
    """After `attempts` failures (from 1): 15 s, 30 s, 1 min … 1 h, and then every hour."""
    wait: timedelta = FIRST * 2 ** min(max(attempts, 1) - 1, 20)
    return min(wait, LONGEST)
