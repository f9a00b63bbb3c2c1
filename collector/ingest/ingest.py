"""The way in: broker → decode → group commit → acknowledge → tell. One object, running until cancelled."""

import asyncio
import logging
from functools import partial
from typing import NamedTuple

from collector.ingest.committed import Subscriber
from collector.ingest.committing import Committing
from collector.ingest.counters import Counters
from collector.ingest.freshness import Freshness
from collector.ingest.inbox import Inbox
from collector.ingest.settled import Settled
from collector.ingest.statuses import Statuses
from collector.live import Hub
from collector.outage import Outage
from collector.store.database import Database
from collector.store.quarantine import bound
from protocols.clock import Clock
from protocols.errors import StoreError
from protocols.mqtt import Endpoint, MqttClient
from protocols.wire.messages import Ack, encode_ack
from protocols.wire.topics import data_filter, status_filter, topic

log = logging.getLogger(__name__)
_WRITE_EVERY_S = 2.0
_STATUSES_EVERY_S = 0.25


class Health(NamedTuple):
    """Whether ingest works, and in words why not."""

    ok: bool
    detail: str


class Ingest:
    """Takes batches from the broker into the database. `shared`: several collectors divide them among themselves."""

    def __init__(self, database: Database, hub: Hub, endpoint: Endpoint, clock: Clock, *, shared: bool = False) -> None:
        self.counters = Counters()
        self._database = database
        self._clock = clock
        self._connect = partial(_subscribed, endpoint, shared)
        self._client = self._connect()
        self._inbox = Inbox()
        self._committing = Committing(database, clock, self._inbox, self.counters)
        self._freshness = Freshness(database, hub)
        self._statuses = Statuses(database, hub)
        self._subscribers: list[Subscriber] = []

    def subscribe(self, callback: Subscriber) -> None:
        """Call `callback` in the event loop after each commit. It must not wait and must not raise."""
        self._subscribers.append(callback)

    def health(self) -> Health:
        """For /readyz: the broker connected, and the last commit, if any, not failing."""
        if not self._client.connected.is_set():
            return Health(False, f"broker: {self._client.failure or 'not connected yet'}")
        if self._committing.failure is not None:
            return Health(False, self._committing.failure)
        return Health(True, "connected")

    async def run(self) -> None:
        """Until cancelled; may be run again. Raises `BrokerError` for TLS files that cannot be used."""
        self._client = self._connect()
        await self._client.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive())
                tasks.create_task(self._committing.run(self._told))
                tasks.create_task(self._write_now_and_then())
                tasks.create_task(self._write_statuses())
        finally:
            await self._client.stop()

    async def _receive(self) -> None:
        async for message in self._client.messages():
            if message.topic.endswith("/status"):
                self._statuses.put(message, self._clock.now_ms())
                continue
            self.counters.received += 1
            self.counters.dropped += not self._inbox.put(message)
            self.counters.queue_messages, self.counters.queue_bytes = len(self._inbox), self._inbox.size

    def _told(self, settled: Settled, acks: list[tuple[str, Ack]]) -> None:
        """After COMMIT: acknowledge first, then tell everybody here."""
        for agent, ack in acks:
            if not self._client.publish(topic(agent, "ack"), encode_ack(ack)):
                log.info("acknowledgement for %s not sent, the broker is gone; its agent will ask again", agent)
        for refused in settled.refused:
            if not refused.again:
                log.warning("refused a batch of %r as %s: %s", refused.arrival.agent, refused.reason, refused.detail)
        self.counters.queue_messages, self.counters.queue_bytes = len(self._inbox), self._inbox.size
        self._freshness.take(settled)
        for subscriber in self._subscribers:
            subscriber(settled.committed)

    async def _write_statuses(self) -> None:
        while True:
            await self._clock.sleep(_STATUSES_EVERY_S)
            await self._statuses.write()

    async def _write_now_and_then(self) -> None:
        trimmed_at, outage = 0, Outage(log, "quarantine")
        while True:
            await self._clock.sleep(_WRITE_EVERY_S)
            await self._freshness.write()
            refused = self.counters.refused.total()
            if refused == trimmed_at:
                continue
            try:
                await bound(self._database)
                trimmed_at = refused
                outage.over()
            except StoreError as error:
                outage.lost(error)


def _subscribed(endpoint: Endpoint, shared: bool) -> MqttClient:
    client = MqttClient(endpoint)
    client.subscribe(data_filter(shared))
    client.subscribe(status_filter())
    return client
