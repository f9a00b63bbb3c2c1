"""`devices.db` in the agent's state folder: a row a device, read and written whole. Blocking: called in a thread."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from agent.identity.verdict import Known
from protocols.errors import SpoolError

_BUSY_S = 2.0
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def read(path: Path, keys: Collection[str]) -> dict[str, Known]:
    """What is remembered of the devices called `keys`; rows of others are dropped. Raises `SpoolError`."""
    with _opened(path) as connection:
        rows = dict(connection.execute("select key, body from device"))
        connection.executemany("delete from device where key = ?", [(key,) for key in rows if key not in keys])
    return {key: known for key, body in rows.items() if key in keys and (known := _decode(body))}


def write(path: Path, rows: Mapping[str, Known]) -> None:
    """Remember these rows beside the others. Raises `SpoolError`."""
    with _opened(path) as connection:
        bodies = [(key, msgspec.json.encode(known)) for key, known in rows.items()]
        connection.executemany("insert or replace into device (key, body) values (?, ?)", bodies)


def look(path: Path) -> dict[str, Known]:
    """All that is remembered; nothing is changed. Raises `SpoolError`."""
    with _opened(path) as connection:
        rows = connection.execute("select key, body from device order by key")
        return {key: known for key, body in rows if (known := _decode(body))}


def forget(path: Path, key: str) -> bool:
    """Remember the device no more; whether it was. Raises `SpoolError`."""
    if not path.exists():
        return False
    with _opened(path) as connection:
        return connection.execute("delete from device where key = ?", (key,)).rowcount > 0


def stamp(path: Path) -> int:
    """Changes when the file does; 0 while there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A transaction on the file, made where there is none; one that is damaged begins anew, for all in it is learned again."""
    try:
        try:
            connection = _connect(path)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
                raise
            path.unlink()
            connection = _connect(path)
        with closing(connection), connection:
            yield connection
    except (sqlite3.Error, OSError) as error:
        raise SpoolError(f"{path}: {error}; correct its owner or free space") from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S)
    try:
        connection.execute("create table if not exists device (key text primary key, body blob not null) without rowid")
        connection.execute("select count(*) from device").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _decode(body: bytes) -> Known | None:
    try:
        return msgspec.json.decode(body, type=Known)
    except (msgspec.MsgspecError, UnicodeError):
        return None
