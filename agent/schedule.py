"""When a device is polled, and how its readings are stamped. Pure: every function takes the time.

Wall times in milliseconds since the epoch, intervals and delays in seconds.
"""

import hashlib

STAMP_TOLERANCE_MS = 2000
"""A poll that ran this near its schedule is stamped with the schedule, so that the history compresses."""
BACKOFF_MOST = 10
FIRST_SPREAD = 2.0
"""The first polls after start are spread over at most this many seconds."""
FIRST_STEP = 0.02
_HOST_MARKS = "[]"


def phase(key: str) -> float:
    """Where within its interval the device `key` is polled: 0 ≤ phase < 1, the same for ever."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big") / (1 << 48)


def first_delay(key: str, devices: int) -> float:
    """Seconds from start to a device's first poll: soon, and spread when there are many `devices`."""
    return phase(key) * min(FIRST_SPREAD, FIRST_STEP * (devices - 1))


def next_due(key: str, interval: float, now_ms: int) -> int:
    """The next time on the device's grid after `now_ms`, on a whole second."""
    step = max(1000, round(interval * 1000))
    offset = int(phase(key) * step) // 1000 * 1000
    due = (now_ms - offset) // step * step + offset + step
    return due // 1000 * 1000 if due // 1000 * 1000 > now_ms else due


def stamp(due_ms: int, now_ms: int) -> int:
    """How a poll that was due at `due_ms` and began at `now_ms` is stamped: its schedule when near, else its own time."""
    return due_ms if abs(now_ms - due_ms) <= STAMP_TOLERANCE_MS else now_ms


def backed_off(interval: float, failures: int) -> float:
    """Seconds between polls of a device that failed `failures` times in a row: doubles, at most ten times as long."""
    return interval * min(BACKOFF_MOST, 1 << min(max(failures - 1, 0), 10))


def host_of(address: str) -> str:
    """The machine an address lies on, so that one machine is not asked by many at once; "" when there is none."""
    rest = address.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]
    if rest.startswith("["):
        return rest.split("]", 1)[0].strip(_HOST_MARKS)
    return rest.split(":", 1)[0] if rest.count(":") == 1 else rest
