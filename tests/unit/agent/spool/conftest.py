"""A spool file in a temporary folder, and a collector in memory that keeps the ledger as the real one does."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.draft import Clocking, Draft
from agent.spool.opening import open_store
from agent.spool.store import Store
from agent.spool.taking import Parcel
from protocols.wire.batch import Batch
from protocols.wire.decode import decode
from protocols.wire.inflate import inflate
from protocols.wire.messages import Ack

NOW = 1_760_000_000_000
BOOT = bytes(range(16))
GOOD = Clocking(True, BOOT, 0)


@dataclass
class Ledger:
    """What a collector committed: every (stream, seq) once, and each sample as often as it came."""

    epoch: str = "epoch-1"
    agent: str = "lincoln-ms"
    now_ms: int = NOW + 3_600_000
    batches: dict[tuple[bytes, int], Batch] = field(default_factory=dict)
    digests: dict[tuple[bytes, int], bytes] = field(default_factory=dict)

    def receive(self, parcel: Parcel) -> Ack:
        """Commit a parcel and acknowledge it; the same number with another content fails the test."""
        batch = decode(parcel.payload, agent=self.agent, now_ms=self.now_ms, content_encoding=parcel.encoding)
        assert (batch.stream, batch.seq) == (parcel.stream, parcel.seq)
        digest = hashlib.sha256(inflate(parcel.payload, parcel.encoding)).digest()
        assert self.digests.setdefault((batch.stream, batch.seq), digest) == digest, "one number, two contents"
        self.batches[batch.stream, batch.seq] = batch
        return self.ack(batch.stream)

    def ack(self, stream: bytes) -> Ack:
        """What is committed of a stream."""
        numbers = sorted(seq for of, seq in self.batches if of == stream)
        upto = 0
        while upto < len(numbers) and numbers[upto] == upto + 1:
            upto += 1
        return Ack(stream, upto, [(seq, seq) for seq in numbers[upto:]], {}, self.epoch)

    def samples(self) -> list[tuple[str, str | None, int, float]]:
        """Every sample committed, as (metric, label, time, value), sorted."""
        return sorted(
            (batch.points[index].metric, batch.points[index].label, time, value)
            for batch in self.batches.values()
            for index, time, value in zip(batch.index, batch.times, batch.values, strict=True)
        )


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Callable[..., Store]]:
    """Opens the spool, as often as a test likes; the one before is closed without ceremony, as by a crash."""
    stores: list[Store] = []

    def open_again(boot: bytes = BOOT, agent: str = "lincoln-ms") -> Store:
        if stores:
            stores[-1].connection.close()
        stores.append(open_store(path, agent, boot, NOW))
        return stores[-1]

    yield open_again
    for store in stores:
        store.connection.close()


@pytest.fixture
def draft() -> Callable[..., Draft]:
    """A draft of one device: the number of its point, its value and the time of its samples, one a second."""

    def make(value: float, count: int = 1, start: int = NOW, clock: Clocking = GOOD) -> Draft:
        made = Draft(clock)
        for number in range(count):
            assert made.put_sample(("ahu", "hvac"), ("bacnet.value", "a", "Cel"), start + 1000 * number, value + number)
        return made

    return make
