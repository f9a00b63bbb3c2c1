"""What became of a group of messages, and which acknowledgements say so. Pure."""

from dataclasses import dataclass, field
from typing import NamedTuple

from collector.ingest.arrival import Arrival
from collector.ingest.committed import Committed
from collector.store.ledger import Seen
from collector.store.quarantine import Refusal
from collector.store.resolve import Resolved
from protocols.wire.batch import Batch


class Taken(NamedTuple):
    """A batch that is in the database now, with the ids of its devices and points."""

    batch: Batch
    resolved: Resolved


class Refused(NamedTuple):
    """`again`: it was refused and quarantined before, its sender asks once more."""

    arrival: Arrival
    reason: str
    detail: str
    again: bool = False


@dataclass
class Settled:
    """`new` are batches to be written, `taken` those that were; `duplicates` were in the database before."""

    committed: Committed
    new: list[Batch] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    duplicates: list[Arrival] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    streams: set[tuple[str, bytes]] = field(default_factory=set)
    """Agent and stream of everything that has its place in the ledger."""

    def sort_out(self, arrivals: list[Arrival], seen: list[Seen]) -> None:
        """Decide each arrival by what the ledger said of it."""
        for arrival, ledger in zip(arrivals, seen, strict=True):
            if ledger.conflict:
                self.committed.conflicts.add(arrival.agent)
                self.refused.append(Refused(arrival, "conflict", _CONFLICT))
                continue
            if arrival.identity is not None:
                self.streams.add((arrival.agent, arrival.identity[0]))
            if arrival.reason is not None:
                self.refused.append(Refused(arrival, arrival.reason, arrival.detail, again=not ledger.new))
            elif not ledger.new:
                self.duplicates.append(arrival)
            elif arrival.batch is not None:
                self.new.append(arrival.batch)

    def quarantine(self) -> list[Refusal]:
        """What is to be kept of the refused."""
        rows = []
        for arrival, reason, detail, again in self.refused:
            if not again:
                stream, seq = arrival.identity or (None, None)
                rows.append(Refusal(arrival.agent, stream, seq, reason, detail, arrival.payload))
        return rows

    def refusals(self) -> dict[tuple[str, bytes], dict[int, str]]:
        """By agent and stream, the sequence numbers refused and why."""
        found: dict[tuple[str, bytes], dict[int, str]] = {}
        for refused in self.refused:
            if refused.arrival.identity is not None:
                stream, seq = refused.arrival.identity
                found.setdefault((refused.arrival.agent, stream), {})[seq] = _told(refused)
        return found


def _told(refused: Refused) -> str:
    """A conflict names the digest of what was refused: two agents of one name hear it, and each knows its own."""
    return f"conflict {refused.arrival.digest.hex()}" if refused.reason == "conflict" else refused.reason


_CONFLICT = (
    "this sequence number of the stream was taken by another batch, or the stream belongs to another agent:"
    " was the agent's disk copied to a second machine? Give the copy an identity of its own"
)
