"""Bytes to a batch, trusting nothing: every limit of `limits` is enforced before what it bounds is allocated.

Pure; used by the collector. The same payload always gives the same batch or the same refusal.
"""

import math
from collections.abc import Iterable, Mapping

from protocols.errors import WireError
from protocols.wire import limits
from protocols.wire.batch import Batch, Event, Fact, PointKey, Reach, Scalar
from protocols.wire.columns import check_columns, read_columns
from protocols.wire.envelope import BatchForm, read_batch, read_identity
from protocols.wire.inflate import inflate

_INT64 = 1 << 63


def decode(payload: bytes, *, agent: str, now_ms: int, content_encoding: str | None = None) -> Batch:
    """The batch in `payload`, sent on the topic of `agent`, received at `now_ms`.

    Raises `WireError` whose `reason` is one of size, encoding, msgpack, version, agent, column, time, key, value.
    A sample whose value is not finite is left out and counted in `Batch.dropped`.
    """
    form = read_batch(inflate(payload, content_encoding), agent)
    latest = now_ms + limits.FUTURE_MS
    _check_texts(form)
    _check_devices(form)
    _check_stamps(form, latest)
    index, times, values, dropped = check_columns(read_columns(form.i, form.t, form.x), len(form.points), latest)
    return Batch(
        stream=form.stream,
        seq=form.seq,
        agent=agent,
        sent=form.sent,
        clock_sync=form.clock.sync,
        boot=form.clock.boot,
        devices=[(row.key, row.kind) for row in form.devices],
        points=[PointKey(row.device, row.metric, row.label, row.unit) for row in form.points],
        index=index,
        times=times,
        values=values,
        events=[Event(row.device, row.time, row.kind, row.severity, row.detail) for row in form.events],
        facts=[Fact(row.device, row.time, row.attributes) for row in form.facts],
        reach=[Reach(row.device, row.time, row.reachable, row.detail) for row in form.reach],
        dropped=dropped,
    )


def identify(payload: bytes, content_encoding: str | None = None) -> tuple[bytes, int] | None:
    """Stream and sequence number of a payload that may be malformed elsewhere, so that its refusal can be told."""
    try:
        found = read_identity(inflate(payload, content_encoding))
    except WireError:
        return None
    return found.stream, found.seq


def _check_texts(form: BatchForm) -> None:
    """Names hold no NUL, which PostgreSQL cannot store, and no text is longer than the limit in bytes of UTF-8."""
    names = [text for row in form.devices for text in (row.key, row.kind)]
    names += [row.metric for row in form.points] + [row.unit for row in form.points]
    names += [row.label for row in form.points if row.label is not None] + [row.kind for row in form.events]
    # One look at all of them joined: forty times faster than one look at each.
    joined = "".join(names)
    if "\x00" in joined:
        raise WireError("value", "a name holds a NUL character")
    if not joined.isascii():
        _check_bytes(names)
    _check_bytes(row.detail for row in form.reach)
    for values in [row.detail for row in form.events] + [row.attributes for row in form.facts]:
        _check_scalars(values)


def _check_scalars(values: Mapping[str, Scalar]) -> None:
    _check_bytes(values)
    _check_bytes(value for value in values.values() if isinstance(value, str))
    for value in values.values():
        if isinstance(value, float) and not math.isfinite(value):
            raise WireError("value", "a detail or attribute is not finite")
        if isinstance(value, int) and not -_INT64 <= value < _INT64:
            raise WireError("value", "a detail or attribute is no 64-bit number")


def _check_bytes(texts: Iterable[str]) -> None:
    for text in texts:
        if not text.isascii() and len(text.encode("utf-8", "surrogatepass")) > limits.STRING_BYTES:
            raise WireError("value", f"a text of more than {limits.STRING_BYTES} bytes")


def _check_devices(form: BatchForm) -> None:
    count = len(form.devices)
    highest = max([row.device for row in form.points], default=-1)
    for rows in (form.events, form.facts, form.reach):
        highest = max(highest, max([row.device for row in rows], default=-1))
    if highest >= count:
        raise WireError("value", f"a row of device {highest}, the batch names {count}")


def _check_stamps(form: BatchForm, latest: int) -> None:
    for rows in (form.events, form.facts, form.reach):
        for row in rows:
            if not limits.EARLIEST_MS <= row.time <= latest:
                raise WireError("time", f"stamp {row.time} lies outside 2020 .. now + 10 min; check the agent's clock")
