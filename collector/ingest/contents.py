"""The contents of a group's new batches, written in its transaction, and gathered for the subscribers."""

import numpy as np

from collector.ingest.committed import Committed, EventSeen, GapSeen, ReachSeen
from collector.ingest.settled import Taken
from collector.store.database import Connection
from collector.store.facts import apply_facts, apply_reach, insert_events, lock_devices
from collector.store.gaps import Gap, insert_gaps
from collector.store.resolve import NO_DEVICE, Resolved, Resolver
from collector.store.samples import write_samples
from protocols.clock import utc
from protocols.wire.batch import Batch, Event

GAP = "agent.gap"
"""The event by which an agent tells, of itself, what it gave up."""


async def write(connection: Connection, resolver: Resolver, batches: list[Batch], committed: Committed) -> list[Taken]:
    """Write the batches and add what they brought to `committed`."""
    taken = [Taken(batch, await resolver.resolve(connection, batch.agent, batch)) for batch in batches]
    gather_samples(taken, committed)
    await write_samples(connection, committed.points, committed.times, committed.values)
    changing = [resolved.device_ids[fact.device] for batch, resolved in taken for fact in batch.facts]
    changing += [resolved.device_ids[reached.device] for batch, resolved in taken for reached in batch.reach]
    if changing:
        await lock_devices(connection, changing)
    for batch, resolved in taken:
        await _write_rest(connection, batch, resolved, committed)
    if committed.gaps:
        rows = [Gap(gap.agent, utc(gap.since), utc(gap.until), gap.reason, gap.samples) for gap in committed.gaps]
        await insert_gaps(connection, rows)
    return taken


async def _write_rest(connection: Connection, batch: Batch, resolved: Resolved, committed: Committed) -> None:
    ids = resolved.device_ids
    facts = [fact for fact in batch.facts if ids[fact.device] != NO_DEVICE]
    reach = [reached for reached in batch.reach if ids[reached.device] != NO_DEVICE]
    events = [event for event in batch.events if ids[event.device] != NO_DEVICE]
    if facts:
        await apply_facts(connection, ids, facts)
    if reach:
        await apply_reach(connection, ids, reach)
    if events:
        await insert_events(connection, ids, events)
    committed.agents.add(batch.agent)
    committed.reach.extend(ReachSeen(ids[r.device], r.time, r.reachable, r.detail) for r in reach)
    committed.events.extend(EventSeen(ids[e.device], e.time, e.kind, e.severity, e.detail) for e in events)
    own = [event for event in batch.events if ids[event.device] == NO_DEVICE and event.kind == GAP]
    committed.gaps.extend(gap for event in own if (gap := gap_of(batch.agent, event)) is not None)


def gather_samples(taken: list[Taken], committed: Committed) -> None:
    """The sample columns of all batches, one after the other, with point ids of the database."""
    if not taken:
        return
    points, times, values = zip(*(resolved.columns(batch) for batch, resolved in taken), strict=True)
    committed.points, committed.times = np.concatenate(points), np.concatenate(times)
    committed.values = np.concatenate(values)


def gap_of(agent: str, event: Event) -> GapSeen | None:
    """The gap an agent's own event tells of; None when its detail makes no sense.

    It ends when it is told at the latest: a clock that was ahead when samples were given up has put only the event's stamp
    right, and a gap of the future would be told of until then.
    """
    since, until = event.detail.get("since"), event.detail.get("until")
    samples = event.detail.get("samples")
    whole = [isinstance(value, int) and not isinstance(value, bool) for value in (since, until)]
    if not all(whole) or not isinstance(since, int) or not isinstance(until, int):
        return None
    if not 0 <= since <= until:
        return None
    since, until = min(since, event.time), min(until, event.time)
    count = samples if isinstance(samples, int) and 0 <= samples < 1 << 62 else 0
    return GapSeen(agent, since, until, str(event.detail.get("reason") or "unknown"), count)
