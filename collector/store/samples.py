"""Samples into the database: one binary COPY whose rows numpy lays out, and marks on the rollups they change.

Format: https://www.postgresql.org/docs/current/sql-copy.html (Binary Format). Integers are big-endian; a timestamptz is
microseconds since 2000-01-01 UTC.
"""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.store.database import Connection
from protocols.errors import StoreError

_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("n1", ">i4"),
        ("point", ">i4"),
        ("n2", ">i4"),
        ("time", ">i8"),
        ("n3", ">i4"),
        ("value", ">f8"),
    ]
)
_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_EPOCH_2000_US = 946_684_800_000_000
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_EPOCH = date(1970, 1, 1)
LARGEST = 1e300
"""Values are held within ± this, so that no sum over a day can overflow and stop the rollups."""
MOST_DAYS = 100
"""UTC days that one transaction may write to: each may have to be made, and is locked until the end."""
GAP = 256
"""Two changed points whose ids are at most this far apart share a mark: fewer marks, a little more to recompute."""

Points = NDArray[np.int32]
Times = NDArray[np.int64]
Values = NDArray[np.float64]


class Marks(NamedTuple):
    """What rollups must recompute: hours (a list of aware datetimes) and the lowest and highest point id of each."""

    hours: list[datetime]
    low: list[int]
    high: list[int]


def encode_copy(points: Points, times_ms: Times, values: Values) -> bytearray:
    """The samples as the bytes of `copy … with (format binary)`: 34 bytes a sample. The arrays have one length."""
    end = len(_HEADER) + _ROW.itemsize * len(points)
    buffer = bytearray(end + len(_TRAILER))
    buffer[: len(_HEADER)] = _HEADER
    buffer[end:] = _TRAILER
    rows = np.frombuffer(buffer, dtype=_ROW, count=len(points), offset=len(_HEADER))
    rows["fields"], rows["n1"], rows["n2"], rows["n3"] = 3, 4, 8, 8
    rows["point"], rows["value"] = points, values
    rows["time"] = times_ms * 1000 - _EPOCH_2000_US
    return buffer


def days_of(times_ms: Times) -> list[date]:
    """The UTC days that the stamps lie on, in order."""
    first, last = int(times_ms.min()) // _DAY_MS, int(times_ms.max()) // _DAY_MS
    days = range(first, last + 1) if last - first <= 1 else np.unique(times_ms // _DAY_MS).tolist()
    return [_EPOCH + timedelta(days=day) for day in days]


def late_marks(points: Points, times_ms: Times, watermark: datetime) -> Marks:
    """The marks for the samples before `watermark` (a full hour)."""
    late = times_ms < round(watermark.timestamp() * 1000)
    if not late.any():
        return Marks([], [], [])
    hours, ids = times_ms[late] // _HOUR_MS, points[late]
    order = np.lexsort((ids, hours))
    hours, ids = hours[order], ids[order]
    breaks = np.flatnonzero((np.diff(hours) != 0) | (np.diff(ids) > GAP))
    starts = np.concatenate(([0], breaks + 1))
    ends = np.concatenate((breaks, [len(ids) - 1]))
    stamps = [datetime.fromtimestamp(hour * 3600, tz=UTC) for hour in hours[starts].tolist()]
    return Marks(stamps, ids[starts].tolist(), ids[ends].tolist())


async def write_samples(connection: Connection, points: Points, times_ms: Times, values: Values) -> None:
    """Write the samples in the connection's transaction: point ids, ms since 1970 and finite values, of one length.

    The transaction must be READ COMMITTED (the default). Rollups are marked where the samples are late. Raises `StoreError`
    when they lie on more than `MOST_DAYS` days: no agent's batch does, and a group of batches can be divided.
    """
    if not len(points):
        return
    days = days_of(times_ms)
    if len(days) > MOST_DAYS:
        raise StoreError(
            f"samples of {len(days)} days at once, at most {MOST_DAYS}: is the agent's clock set?", permanent=True
        )
    if np.abs(values).max() > LARGEST:
        values = np.clip(values, -LARGEST, LARGEST)
    order = np.lexsort((times_ms, points))  # one point's rows together: the index is entered once for all of them
    points, times_ms, values = points[order], times_ms[order], values[order]
    opened = await connection.execute("select sample_open(%s::date[]) as watermark", [days])
    row = await opened.fetchone()
    assert row is not None
    async with connection.cursor().copy("copy sample (point_id, time, value) from stdin with (format binary)") as copy:
        await copy.write(encode_copy(points, times_ms, values))
    marks = late_marks(points, times_ms, row["watermark"])
    if marks.hours:
        await connection.execute(
            "insert into rollup_dirty (hour, low, high) select * from unnest(%s::timestamptz[], %s::int[], %s::int[])",
            list(marks),
        )
