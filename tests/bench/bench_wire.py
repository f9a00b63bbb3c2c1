"""How fast a full batch is decoded, and made into COPY bytes, on one core: 10,000 samples of 500 points, every check included."""

import asyncio
import random
import sys
from array import array
from collections.abc import Callable
from functools import partial
from time import process_time

import numpy as np

from collector.store.samples import encode_copy
from protocols.wire.batch import Batch, PointKey
from protocols.wire.decode import decode
from protocols.wire.encode import deflate, encode

NOW = 1_760_000_000_000
SAMPLES, POINTS, DEVICES, ROUNDS = 10_000, 500, 20, 300


def full_batch() -> Batch:
    """What an agent of 500 points sends after an outage."""
    values = random.Random(7)
    return Batch(
        stream=bytes(16),
        seq=1,
        agent="lincoln-ms",
        sent=NOW,
        clock_sync=True,
        boot=bytes(16),
        devices=[(f"device-{number}", "host") for number in range(DEVICES)],
        points=[PointKey(n % DEVICES, "host.disk.utilization", f"/mnt/{n}", "%") for n in range(POINTS)],
        index=array("H", [number % POINTS for number in range(SAMPLES)]),
        times=array("q", [NOW - 60_000 * (number // POINTS) for number in range(SAMPLES)]),
        values=array("d", [round(values.uniform(0, 100), 1) for _ in range(SAMPLES)]),
    )


def best(call: Callable[[], object]) -> float:
    """Seconds of processor time a call, the best of five runs: what else runs on the machine does not count."""
    found = float("inf")
    for _ in range(5):
        start = process_time()
        for _ in range(ROUNDS // 5):
            call()
        found = min(found, (process_time() - start) / (ROUNDS // 5))
    return found


def to_copy(payload: bytes, ids: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> bytearray:
    """A payload as the bytes of COPY, its points' ids known: the way of every sample through the collector."""
    batch = decode(payload, agent="lincoln-ms", now_ms=NOW)
    index = np.frombuffer(batch.index, dtype=f"u{batch.index.itemsize}")
    return encode_copy(ids[index], np.frombuffer(batch.times, dtype="i8"), np.frombuffer(batch.values))


async def measure() -> dict[str, float]:
    """Samples a second: decoded plain and deflated, encoded; and bytes a sample on the wire."""
    batch = full_batch()
    plain = encode(batch)
    packed, encoding = deflate(plain)
    read = partial(decode, agent="lincoln-ms", now_ms=NOW)
    ids = np.arange(POINTS, dtype=np.int32)
    return {
        "wire.decode_to_copy.samples_per_second": SAMPLES / best(lambda: to_copy(plain, ids)),
        "wire.decode.samples_per_second": SAMPLES / best(lambda: read(plain)),
        "wire.decode.deflated.samples_per_second": SAMPLES / best(lambda: read(packed, content_encoding=encoding)),
        "wire.encode.samples_per_second": SAMPLES / best(lambda: encode(batch)),
        "wire.plain.bytes_per_sample": len(plain) / SAMPLES,
        "wire.deflated.bytes_per_sample": len(packed) / SAMPLES,
    }


if __name__ == "__main__":
    for name, value in asyncio.run(measure()).items():
        sys.stdout.write(f"{name} {value:,.1f}\n")
