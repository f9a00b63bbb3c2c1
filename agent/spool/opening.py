"""Opening the spool: one agent alone, a damaged file set aside and what is readable carried over, a lost tail survived."""

import fcntl
import logging
import os
import sqlite3
import zlib
from pathlib import Path
from typing import IO, Any, NamedTuple

from agent.spool.owner import adopt
from agent.spool.schema import State, connect, get, put
from agent.spool.store import Store
from protocols.errors import SpoolError

log = logging.getLogger(__name__)
CHECKED_BYTES = 64 * 1024 * 1024
"""After an unclean stop a file up to this size is checked whole at start; a larger one shows its damage when read."""
_COLUMNS = "stream, seq, sync, boot, offset_ms, first_ms, last_ms, changed_ms, size, crc, stale, encoding, payload"


class Beginning(NamedTuple):
    """What a spool begins with that takes the place of a damaged one."""

    agent: str
    boot: bytes
    now_ms: int
    why: str


def lock(path: Path) -> IO[str]:
    """Hold the spool at `path` for this process alone. Raises `SpoolError` that names the other one."""
    file = path.with_suffix(".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = file.open("a+")
    except OSError as error:
        raise SpoolError(f"{file}: {error.strerror}; make {path.parent} writable for the agent's user") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.seek(0)
        owner = held.read(20).strip() or "unknown"
        held.close()
        raise SpoolError(
            f"{path} is in use by another agent (process {owner}); stop it, or give this one its own [agent] state",
            permanent=True,
        ) from error
    held.truncate(0)
    held.write(f"{os.getpid()}\n")
    held.flush()
    return held


def open_store(path: Path, agent: str, boot: bytes, now_ms: int) -> Store:
    """The spool at `path`, made where there is none. Raises `SpoolError` when the disk refuses."""
    try:
        return _open(path, agent, boot)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise SpoolError(f"{path} cannot be opened: {error}; free space or correct its owner") from error
        return replace(path, agent, boot, now_ms, str(error))


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is broken, rather than the disk full or the file not ours."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def replace(path: Path, agent: str, boot: bytes, now_ms: int, why: str) -> Store:
    """Set the damaged file aside, begin a new spool with its own stream, and carry over what can still be read.

    A batch that was carried over counts as perhaps published: it keeps its stream, number and bytes. Raises `SpoolError`
    when the disk refuses; then the damaged file lies where it was, for the next attempt.
    """
    aside = path.with_name(f"{path.stem}-damaged-{now_ms}.db")
    try:
        _move(path, aside)
        log.error("the spool %s is damaged (%s): set aside as %s, a new one begins", path, why, aside.name)
        return _carry_over(path, aside, Beginning(agent, boot, now_ms, why))
    except (sqlite3.Error, OSError) as error:
        if aside.exists():
            _move(aside, path)
        raise SpoolError(
            f"{path} is damaged ({why}) and cannot be replaced: {error}; free space on its disk"
        ) from error


def _move(source: Path, target: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        old, new = source.with_name(source.name + ending), target.with_name(target.name + ending)
        new.unlink(missing_ok=True)
        if old.exists():
            old.rename(new)


def _carry_over(path: Path, aside: Path, new: Beginning) -> Store:
    store = _open(path, new.agent, new.boot)
    try:
        _insert(store, _readable(aside), new)
    except sqlite3.Error:
        store.connection.close()
        raise
    return store


def _insert(store: Store, rows: list[tuple[Any, ...]], new: Beginning) -> None:
    with store.transaction():
        for row in rows:
            store.connection.execute(
                f"insert or ignore into batch ({_COLUMNS}, state) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                (*row, State.PENDING if row[10] else State.PUBLISHED),
            )
            store.used += row[8]
        since = rows[-1][6] if rows else new.now_ms
        store.gap(since, new.now_ms, f"the agent's spool was damaged: {new.why}"[:200], 0)
    log.warning("%d batches were carried over from the damaged spool", len(rows))


def _open(path: Path, agent: str, boot: bytes) -> Store:
    connection = connect(path)
    try:
        opened = get(connection, "open")
        unclean = get(connection, "stream") is not None and opened != b""
        if unclean and path.stat().st_size <= CHECKED_BYTES:
            (verdict,) = connection.execute("pragma quick_check(1)").fetchone()
            if verdict != "ok":
                error = sqlite3.DatabaseError(verdict)
                error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
                raise error
        store = Store(connection, agent)
        with store.transaction():
            if not adopt(store) and unclean and opened != boot:
                # Power was lost: a card may have dropped commits it had confirmed, and with them numbers that are
                # already published. Under a new stream no number is ever used for a second content.
                store.new_stream()
            put(connection, "open", boot)
        # Out of the log and into the file, so that a lost log cannot make this start look like a tidy one.
        connection.execute("pragma wal_checkpoint(truncate)")
    except sqlite3.Error:
        connection.close()
        raise
    return store


def _readable(aside: Path) -> list[tuple[Any, ...]]:
    """The unsettled batches of a damaged file whose bytes are whole, oldest first as far as they can be read."""
    found: dict[int, tuple[Any, ...]] = {}
    for order in ("asc", "desc"):
        try:
            connection = sqlite3.connect(f"file:{aside}?mode=ro", uri=True)
        except sqlite3.Error:
            continue
        try:
            query = f"select id, {_COLUMNS} from batch where state < 2 order by id {order}"  # noqa: S608
            for identity, *row in connection.execute(query):
                if isinstance(row[-1], bytes) and zlib.crc32(row[-1]) == row[9]:
                    found[identity] = tuple(row)
        except sqlite3.Error as error:
            log.warning("%s is not readable further: %s", aside.name, error)
        finally:
            connection.close()
    return [row for _, row in sorted(found.items())]
