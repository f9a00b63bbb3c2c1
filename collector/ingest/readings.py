"""Live readings for open pages: each device's newest values of a batch. Pure."""

from datetime import datetime
from typing import Any

import numpy as np

from collector.ingest.newest import Newest, last_of_each
from collector.ingest.settled import Taken
from protocols.clock import utc

Reading = dict[str, Any]


def readings(taken: Taken, newest: Newest) -> dict[int, list[Reading]]:
    """By device id, `[{point, metric, label, value, time}]` of what is the newest known of its point."""
    batch, resolved = taken
    if not len(batch.times):
        return {}
    index, times = np.array(batch.index, np.int64), np.frombuffer(batch.times, np.int64)
    last = last_of_each(index, times)
    last = last[resolved.point_ids[index[last]] > 0]  # 0: the agent itself
    last = last[times[last] >= newest.times(resolved.point_ids[index[last]])]
    stamps: dict[int, str] = {}
    found: dict[int, list[Reading]] = {}
    for place in last.tolist():
        at = batch.index[place]
        key, time = batch.points[at], batch.times[place]
        if time not in stamps:
            stamps[time] = rfc3339(utc(time))
        reading = {
            "point": int(resolved.point_ids[at]),
            "metric": key.metric,
            "label": key.label,
            "value": batch.values[place],
            "time": stamps[time],
        }
        found.setdefault(resolved.device_ids[key.device], []).append(reading)
    return found


def rfc3339(time: datetime) -> str:
    """UTC with milliseconds, as the API writes times."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
