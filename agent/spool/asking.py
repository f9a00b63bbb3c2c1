"""What the spool holds, asked without changing it."""

from collections.abc import Iterable

from agent.spool.schema import State
from agent.spool.store import Store


def unsettled(store: Store, ids: Iterable[int]) -> set[int]:
    """Of the batches `ids` those that are as they were published, and that the collector has not answered.

    One that met another content under its number is not among them: it waits to be published under another.
    """
    listed = ",".join(str(int(identity)) for identity in ids)
    query = f"select id from batch where state = {State.PUBLISHED:d} and id in ({listed})"  # noqa: S608
    return {row[0] for row in store.connection.execute(query)}


def arrived(store: Store, stamp: int) -> bool:
    """Whether the collector has what was stamped so (ms): in a batch it acknowledged, and in none that waits."""
    covering = "select count(*) from batch where first_ms <= ? and last_ms >= ?"
    (waiting,) = store.connection.execute(f"{covering} and state < 2", (stamp, stamp)).fetchone()
    (taken,) = store.connection.execute(f"{covering} and state = {State.ACKNOWLEDGED:d}", (stamp, stamp)).fetchone()
    return not waiting and bool(taken)


def open_ones(store: Store, ids: Iterable[int]) -> set[int]:
    """Of the batches `ids` those that the collector has not answered, published or not."""
    listed = ",".join(str(int(identity)) for identity in ids)
    return {row[0] for row in store.connection.execute(f"select id from batch where state < 2 and id in ({listed})")}  # noqa: S608


def counts(store: Store) -> tuple[int, int | None]:
    """Batches not settled, and the oldest stamp among them (ms)."""
    count, oldest = store.connection.execute("select count(*), min(first_ms) from batch where state < 2").fetchone()
    return int(count), oldest


def confirmed_ms(store: Store) -> int:
    """The newest stamp that the collector took or that a disciplined clock gave; 0 when there is none."""
    query = "select coalesce(max(last_ms), 0) from batch where state = ? and sync = ?"
    certain = [(State.ACKNOWLEDGED, 0), *((state, 1) for state in State if state != State.REFUSED)]
    return max(int(store.connection.execute(query, pair).fetchone()[0]) for pair in certain)
