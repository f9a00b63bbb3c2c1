"""One group of messages in one transaction: ledger, samples, events, facts, gaps, quarantine. Then, and only then, acks."""

import numpy as np

from collector.ingest import contents
from collector.ingest.arrival import Arrival
from collector.ingest.committed import Committed
from collector.ingest.membership import Membership
from collector.ingest.settled import Refused, Settled
from collector.store import ledger
from collector.store.database import Connection, Database
from collector.store.liveness import Heard, agents_heard
from collector.store.quarantine import keep
from collector.store.resolve import Resolver
from protocols.clock import utc
from protocols.wire.messages import Ack

_STANDING = {
    "unknown": "no agent of this name is enrolled here: enrol it with `firstbell enrol`",
    "revoked": "this agent was revoked",
}


class GroupCommit:
    """Commits groups. A group that fails leaves no trace."""

    def __init__(self, database: Database, membership: Membership) -> None:
        self._database = database
        self._membership = membership
        self._resolver = Resolver()

    async def commit(self, arrivals: list[Arrival], now_ms: int) -> tuple[Settled, list[tuple[str, Ack]]]:
        """What became of each arrival, and the acknowledgements by agent, to be sent now.

        Raises `StoreError`, and for contents the store cannot make sense of what Python raises (ValueError and its kin).
        """
        standing = await self._membership.refusals(arrival.agent for arrival in arrivals if arrival.agent)
        settled = Settled(nothing(now_ms))
        known: list[Arrival] = []
        for arrival in arrivals:
            reason = standing.get(arrival.agent)
            if reason is not None:
                settled.refused.append(Refused(arrival, reason, _STANDING[reason]))
            elif arrival.identity is None or arrival.reason == "agent":
                settled.refused.append(Refused(arrival, arrival.reason or "shape", arrival.detail))
            else:
                known.append(arrival)
        done = False
        try:
            acks = await self._transact(known, settled)
            done = True
        finally:
            if not done:
                self._resolver.forget()  # the ids it remembers may have been rolled back
        return settled, acks

    async def _transact(self, known: list[Arrival], settled: Settled) -> list[tuple[str, Ack]]:
        async with self._database.transaction() as connection:
            settled.sort_out(known, await ledger.record(connection, [_delivery(arrival) for arrival in known]))
            settled.taken = await contents.write(connection, self._resolver, settled.new, settled.committed)
            if rows := settled.quarantine():
                await keep(connection, rows, utc(settled.committed.at_ms))
            acks = await _acknowledgements(connection, settled)
            if known:
                await agents_heard(connection, _heard(known, settled, acks))
        return acks

    def forget(self) -> None:
        """Ask the database anew for who may write, and for every id."""
        self._membership.forget()
        self._resolver.forget()


def nothing(now_ms: int) -> Committed:
    """A commit at `now_ms` that brought nothing yet."""
    return Committed(now_ms, np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.float64))


def _delivery(arrival: Arrival) -> ledger.Delivery:
    stream, seq = arrival.identity or (b"", 0)
    return ledger.Delivery(stream, seq, arrival.agent, arrival.digest)


async def _acknowledgements(connection: Connection, settled: Settled) -> list[tuple[str, Ack]]:
    """One for each agent and stream heard; what is not in the ledger for that agent is only refused.

    The epoch is asked each time, of the very database that commits: one that failed over between two groups is another,
    and nobody here may have noticed.
    """
    epoch = await ledger.db_epoch(connection)
    refusals = settled.refusals()
    acks = []
    for agent, stream in sorted(settled.streams | set(refusals)):
        ours = (agent, stream) in settled.streams
        upto, also = await ledger.received(connection, stream) if ours else (0, [])
        acks.append((agent, Ack(stream, upto, also, refusals.get((agent, stream), {}), epoch)))
    return acks


def _heard(known: list[Arrival], settled: Settled, acks: list[tuple[str, Ack]]) -> list[Heard]:
    """Each agent's newest batch with no gap before it; a clock ahead of ours does not move it into the future."""
    upto = {(agent, ack.stream): ack.upto for agent, ack in acks}
    complete: dict[str, int] = {}
    for batch in settled.new:
        if batch.seq <= upto.get((batch.agent, batch.stream), 0):
            sent = min(batch.sent, settled.committed.at_ms)
            complete[batch.agent] = max(complete.get(batch.agent, 0), sent)
    at = utc(settled.committed.at_ms)
    agents = sorted({arrival.agent for arrival in known})
    return [Heard(agent, at, utc(complete[agent]) if agent in complete else None) for agent in agents]
