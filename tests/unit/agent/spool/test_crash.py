"""Crashes and torn disks: what was stored before a kill is there after it, and no number ever gets a second content."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent.draft import Clocking
from agent.spool.adding import add
from agent.spool.asking import counts
from agent.spool.opening import is_damage, lock, open_store, replace
from agent.spool.schema import connect
from agent.spool.settle import settle
from agent.spool.store import Store
from agent.spool.taking import take
from protocols.errors import SpoolError

NOW = 1_760_000_000_000
BOOT = bytes(range(16))
OTHER_BOOT = bytes(range(1, 17))
GOOD = Clocking(True, BOOT, 0)

WRITER = """
import sys
from pathlib import Path
from agent.draft import Clocking, Draft
from agent.spool.adding import add
from agent.spool.opening import open_store
clock = Clocking(True, bytes(range(16)), 0)
store = open_store(Path(sys.argv[1]), "lincoln-ms", bytes(range(16)), 0)
number = store.following
while True:
    draft = Draft(clock)
    draft.put_sample(("ahu", "hvac"), ("bacnet.value", "a", "Cel"), 1_760_000_000_000 + number, float(number))
    add(store, [draft], 1_760_000_000_000)
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("after", [1, 7, 25])
def test_what_a_killed_agent_said_was_stored_is_there(path: Path, ledger, after: int) -> None:
    said = 0
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE)
        assert process.stdout is not None
        for _ in range(after):
            said = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        said = max([said, *map(int, process.stdout.read().split())])
        process.stdout.close()
        process.wait()
    store = open_store(path, "lincoln-ms", BOOT, NOW)
    while parcels := take(store, [], 50, 0, GOOD):
        for parcel in parcels:
            settle(store, ledger.receive(parcel), NOW)
    store.connection.close()
    values = [value for _, _, _, value in ledger.samples()]
    assert values[:said] == [float(number) for number in range(1, said + 1)]
    assert len(values) == len(set(values)) <= said + 2


def test_a_second_agent_is_told_who_holds_the_spool(path: Path) -> None:
    held = lock(path)
    with pytest.raises(SpoolError, match=rf"in use by another agent \(process {os.getpid()}\)"):
        lock(path)
    held.close()
    lock(path).close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match=r"make .* writable"):
        lock(tmp_path / "file" / "spool.db")


def filled(path: Path, ledger, draft) -> set[float]:
    """A spool left by a power cut, six of its batches with the collector; the values that are not."""
    store = open_store(path, "lincoln-ms", BOOT, NOW)
    for number in range(30):
        add(store, [draft(float(number), 40)], NOW)
    for parcel in take(store, [], 6, 2, GOOD):
        ledger.receive(parcel)
    for ending in ("", "-wal"):
        shutil.copy(f"{path}{ending}", f"{path}.saved{ending}")
    store.connection.close()
    return set(range(30))


def reopened(path: Path, ledger, draft) -> None:
    """Open what is left after the power cut, go on, deliver everything: never one number with two contents."""
    store = open_store(path, "lincoln-ms", OTHER_BOOT, NOW)
    try:
        add(store, [draft(1000.0)], NOW)
        deliver(store, ledger)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        store.connection.close()
        store = replace(path, "lincoln-ms", OTHER_BOOT, NOW, str(error))
        add(store, [draft(1000.0)], NOW)
        deliver(store, ledger)
    finally:
        store.connection.close()
    assert 1000.0 in [value for _, _, _, value in ledger.samples()], "what was stored after the crash arrives"


def deliver(store: Store, ledger) -> None:
    """Everything to the collector."""
    while parcels := take(store, [], 50, 0, GOOD):
        acks = {parcel.stream: ledger.receive(parcel) for parcel in parcels}
        for ack in acks.values():
            settle(store, ack, NOW)
    assert counts(store)[0] == 0


def torn(path: Path, ledger, draft, tails: int, seed: int) -> None:
    filled(path, ledger, draft)
    delivered, digests = dict(ledger.batches), dict(ledger.digests)
    source = random.Random(seed)
    for number in range(tails):
        ledger.batches, ledger.digests = dict(delivered), dict(digests)
        target = path.with_name(f"torn-{number}.db")
        for ending in ("", "-wal"):
            shutil.copy(f"{path}.saved{ending}", f"{target}{ending}")
        victim = Path(f"{target}{source.choice(('', '-wal', '-wal', '-wal'))}")
        tear(victim, source)
        reopened(target, ledger, draft)
        for left in path.parent.glob(f"torn-{number}*"):
            left.unlink()


def tear(victim: Path, source: random.Random) -> None:
    """Cut the file anywhere, or lose a stretch of it, as a card does that lied about what it wrote."""
    size = victim.stat().st_size
    if size == 0:
        return
    offset = source.randrange(size)
    if source.random() < 0.6:
        os.truncate(victim, offset)
        return
    with victim.open("r+b") as file:
        file.seek(offset)
        file.write(source.randbytes(min(4096, size - offset)))


def test_fifty_torn_tails(path: Path, ledger, draft) -> None:
    torn(path, ledger, draft, 50, 1)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_two_thousand_torn_tails(path: Path, ledger, draft) -> None:
    torn(path, ledger, draft, 2000, 2)


def test_a_file_that_is_no_database_is_set_aside_and_the_agent_goes_on(path: Path, ledger, draft) -> None:
    path.write_bytes(b"not a database" * 1000)
    reopened(path, ledger, draft)
    (aside,) = path.parent.glob("spool-damaged-*.db")
    assert aside.read_bytes().startswith(b"not a database")
    gaps = [event for batch in ledger.batches.values() for event in batch.events]
    assert "damaged" in gaps[0].detail["reason"]


def test_what_is_readable_in_a_damaged_file_is_carried_over_under_its_own_numbers(path: Path, ledger, draft) -> None:
    filled(path, ledger, draft)
    store = open_store(path, "lincoln-ms", BOOT, NOW)
    stream = store.stream
    store.connection.execute("pragma wal_checkpoint(truncate)")
    (root,) = store.connection.execute("select rootpage from sqlite_master where name = 'batch_newest'").fetchone()
    store.connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(bytes(4096))
    reopened(path, ledger, draft)
    assert list(path.parent.glob("spool-damaged-*.db"))
    carried = {seq for of, seq in ledger.batches if of == stream}
    assert carried == set(range(1, 31))


def test_a_damaged_file_that_the_full_disk_does_not_let_be_replaced_is_kept_for_the_next_attempt(
    path: Path, ledger, draft, monkeypatch
) -> None:
    filled(path, ledger, draft)
    before = path.read_bytes()

    def small(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute("pragma max_page_count = 10")
        return connection

    monkeypatch.setattr("agent.spool.opening.connect", small)
    with pytest.raises(SpoolError, match=r"cannot be replaced: .*full.*; free space"):
        replace(path, "lincoln-ms", BOOT, NOW, "malformed")
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert not list(path.parent.glob("spool-damaged-*"))
    store = replace(path, "lincoln-ms", BOOT, NOW, "malformed")
    assert counts(store)[0] == 30
    store.connection.close()


def test_after_a_power_cut_numbers_begin_in_a_new_stream_and_after_a_mere_kill_they_go_on(path: Path, draft) -> None:
    store = open_store(path, "lincoln-ms", BOOT, NOW)
    add(store, [draft(1.0)], NOW)
    first = store.stream
    store.connection.close()
    store = open_store(path, "lincoln-ms", BOOT, NOW)
    assert store.stream == first
    store.connection.close()
    store = open_store(path, "lincoln-ms", OTHER_BOOT, NOW)
    assert store.stream != first
    store.connection.close()


def test_a_full_disk_refuses_the_batch_and_keeps_what_was_stored(path: Path, ledger, draft) -> None:
    store = open_store(path, "lincoln-ms", BOOT, NOW)
    add(store, [draft(1.0)], NOW)
    (pages,) = store.connection.execute("pragma page_count").fetchone()
    store.connection.execute(f"pragma max_page_count = {pages + 1}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        add(store, [draft(float(number), 1000) for number in range(20)], NOW)
    store.connection.execute("pragma max_page_count = 100000")
    add(store, [draft(2.0)], NOW)
    for parcel in take(store, [], 8, 0, GOOD):
        ledger.receive(parcel)
    store.connection.close()
    assert [value for _, _, _, value in ledger.samples()] == [1.0, 2.0]
    assert sorted(seq for _, seq in ledger.batches) == [1, 2]
