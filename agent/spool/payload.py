"""What may still be changed in a stored batch that was never published: its agent and number, its stamps, its samples. Pure.

These are the agent's own payloads, so they are read without the decoder's checks. A payload that may have been
published is never passed here: under one number the collector must only ever see one content.
"""

import sys
import zlib
from array import array
from typing import Any

import msgpack

from protocols.wire.encode import deflate, little_endian

BUCKET_MS = 15 * 60 * 1000
GAP_KIND = "agent.gap"
AGENT_DEVICE = ("agent", "agent")
Body = dict[str, Any]
PointBucket = tuple[str, str, str | None, int]
"""Device key, metric, label and quarter of an hour, of which one sample is kept."""


def unpack(payload: bytes, encoding: str | None) -> Body:
    """The batch's map. Raises ValueError when the bytes are damaged."""
    try:
        plain = zlib.decompress(payload) if encoding else payload
        body = msgpack.unpackb(plain, raw=False)
    except (zlib.error, msgpack.exceptions.UnpackException, UnicodeDecodeError) as error:
        raise ValueError(f"damaged batch: {error}") from error
    if not isinstance(body, dict):
        raise ValueError("damaged batch: not a map")
    return body


def pack(body: Body) -> tuple[bytes, str | None]:
    """The map as bytes to publish and their content-encoding."""
    return deflate(msgpack.packb(body, use_bin_type=True))


def renumber(body: Body, agent: str, stream: bytes, seq: int) -> None:
    """Give the batch another stream and number, of this agent."""
    body["agent"], body["stream"], body["seq"] = agent, stream, seq


def restamp(body: Body, shift_ms: int, sync: bool) -> None:
    """Move every stamp by `shift_ms` and say whether they are exact."""
    body["clock"]["sync"] = sync
    if not shift_ms:
        return
    body["sent"] = max(0, body["sent"] + shift_ms)
    body["t"] = little_endian(array("q", (time + shift_ms for time in _column("q", body["t"]))))
    for rows in (body["events"], body["facts"], body["reach"]):
        for row in rows:
            row[1] += shift_ms


def thin(body: Body, kept: set[PointBucket]) -> int:
    """Keep the first sample of each point and quarter of an hour that is not in `kept` yet; how many were given up."""
    points, devices = body["points"], body["devices"]
    times = _column("q", body["t"])
    chosen: list[int] = []
    for position, index in enumerate(_column(_typecode(body), body["i"])):
        device, metric, label = points[index][:3]
        bucket = (devices[device][0], metric, label, times[position] // BUCKET_MS)
        if bucket not in kept:
            kept.add(bucket)
            chosen.append(position)
    return _choose(body, chosen)


def without_samples(body: Body) -> int:
    """Give up every sample; events, facts and reach stay."""
    return _choose(body, [])


def without_contents(body: Body) -> int:
    """Give up everything except what was itself a report of a gap; how many samples, events, facts and changes."""
    given_up = without_samples(body)
    events = [row for row in body["events"] if row[2] == GAP_KIND]
    given_up += len(body["events"]) - len(events) + len(body["facts"]) + len(body["reach"])
    body["events"], body["facts"], body["reach"] = events, [], []
    body["devices"] = [list(AGENT_DEVICE)] if events else []
    for row in events:
        row[0] = 0
    return given_up


def _choose(body: Body, chosen: list[int]) -> int:
    """Keep the samples at the positions `chosen`, and of the points those that are still used."""
    index = _column(_typecode(body), body["i"])
    times, values = _column("q", body["t"]), _column("d", body["x"])
    used = {old: new for new, old in enumerate(dict.fromkeys(index[position] for position in chosen))}
    body["points"] = [body["points"][old] for old in used]
    body["i"] = little_endian(array("H", (used[index[position]] for position in chosen)))
    body["t"] = little_endian(array("q", (times[position] for position in chosen)))
    body["x"] = little_endian(array("d", (values[position] for position in chosen)))
    return len(times) - len(chosen)


def _typecode(body: Body) -> str:
    return "H" if len(body["i"]) * 4 == len(body["t"]) else "I"


def _column(typecode: str, raw: bytes) -> "array[Any]":
    column: array[Any] = array(typecode)
    column.frombytes(raw)
    if sys.byteorder == "big":
        column.byteswap()
    return column
