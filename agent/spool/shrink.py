"""What a full spool gives up, in this order: batches kept for replay, then — oldest first — all but one sample per point
and 15 minutes, then samples, then everything but the reports of gaps. README.md says why numbers are never given up.
"""

from dataclasses import dataclass, field

from agent.spool.payload import Body, PointBucket, pack, thin, unpack, without_contents, without_samples
from agent.spool.schema import State
from agent.spool.store import Store

TARGET = 0.9
"""A full spool is shrunk to this share, so that it is not shrunk again at each batch."""
_CHUNK = 200
_REASONS = {
    1: "spool full: thinned to one sample per point and 15 min",
    2: "spool full: samples given up",
    3: "spool full: events and facts given up",
}


@dataclass(slots=True)
class _Loss:
    since: int = 1 << 62
    until: int = 0
    samples: int = 0
    kept: set[PointBucket] = field(default_factory=set)

    def add(self, samples: int, first_ms: int, last_ms: int) -> None:
        if samples:
            self.since, self.until = min(self.since, first_ms), max(self.until, last_ms)
            self.samples += samples


def shrink(store: Store, most: int) -> bool:
    """Bring the spool under `most` bytes if it is over; whether it had to give anything up that was not settled."""
    if store.used <= most:
        return False
    target = int(most * TARGET)
    _forget_settled(store, target)
    given_up = False
    for stage, reason in _REASONS.items():
        loss = _Loss()
        while store.used > target and _shrink_some(store, stage, loss, target):
            pass
        if loss.samples:
            given_up = True
            with store.transaction():
                store.gap(loss.since, loss.until, reason, loss.samples)
    return given_up


def _forget_settled(store: Store, target: int) -> None:
    """Oldest first, as many as the excess asks for."""
    while store.used > target:
        row = store.connection.execute(
            "select max(id) from (select id from batch where state >= 2 order by id limit ?)", (_CHUNK,)
        ).fetchone()
        if row[0] is None:
            return
        with store.transaction():
            store.forget("id <= ?", row[0])


def _shrink_some(store: Store, stage: int, loss: _Loss, target: int) -> bool:
    """One transaction over the oldest batches that have not been through `stage`; False when there is none."""
    rows = store.connection.execute(
        "select id, first_ms, last_ms, encoding, payload from batch where state = ? and stage < ? order by id limit ?",
        (State.PENDING, stage, _CHUNK),
    ).fetchall()
    with store.transaction():
        for identity, first, last, encoding, payload in rows:
            if store.used <= target:
                break
            try:
                body = unpack(payload, encoding)
            except ValueError:
                store.connection.execute("update batch set stage = ? where id = ?", (stage, identity))
                continue
            lost = _give_up(body, stage, loss)
            smaller, encoding = pack(body)
            store.rewrite(identity, smaller, encoding, stage)
            loss.add(lost, first, last)
    return bool(rows)


def _give_up(body: Body, stage: int, loss: _Loss) -> int:
    if stage == 1:
        return thin(body, loss.kept)
    return without_samples(body) if stage == 2 else without_contents(body)
