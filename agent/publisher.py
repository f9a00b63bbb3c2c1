"""Publishes what the spool holds until the collector has committed it. A resend is harmless; a loss is not."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.clock_quality import STEP_MS
from agent.draft import Clocking
from agent.spool import Parcel, Spool
from agent.spool.settle import Settled
from agent.timekeeper import Timekeeper
from agent.window import Window
from protocols.errors import SpoolError, WireError
from protocols.mqtt import Message, MqttClient
from protocols.wire.messages import decode_ack
from protocols.wire.topics import DATA_CONTENT_TYPE, topic

log = logging.getLogger(__name__)
SPOOL_RETRY_S = 5.0
HELD_S = 5.0
UNHEARD = 10
"""So many acknowledgements may come that do not name what goes first."""


def _nothing() -> None:
    pass


@dataclass
class Publisher:
    """`wake` it when a batch was stored. `restored` is called when the collector's database is another than before.

    `acknowledged` counts acknowledgements, `refused` batches that the collector would not take; `held` is true while the
    clock is not believed and nothing is published; `barred` says why the collector takes nothing of this agent for now.
    """

    client: MqttClient
    spool: Spool
    time: Timekeeper
    restored: Callable[[], None] = _nothing
    acknowledged: int = 0
    refused: int = 0
    held: bool = False
    barred: str | None = None
    window: Window = field(default_factory=Window)
    first: set[int] = field(default_factory=set)
    """Batches that go before all others: until they are acknowledged nothing else is sent (`put_first`)."""
    _parcels: dict[int, Parcel] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _again: bool = False
    _unheard: int = 0
    _generation: int = 0
    _clock: Clocking | None = None

    def __post_init__(self) -> None:
        self._data = topic(self.spool.agent, "data")
        self._ack = topic(self.spool.agent, "ack")
        self.client.subscribe(self._ack)
        self.client.on_connect(self._reconnected)

    def wake(self) -> None:
        """There is something new in the spool."""
        self._wake.set()

    def put_first(self, ids: set[int]) -> None:
        """These go before all others, and what is in flight is sent again after them: the collector is to know them first."""
        if ids:
            self.first |= ids
            self.window.only(self.first)
            self._parcels = {identity: parcel for identity, parcel in self._parcels.items() if identity in self.first}
            self.wake()

    async def run(self) -> None:
        """Publish for ever."""
        while True:
            delay = await self._step()
            await self.time.wait(self._wake, delay)

    async def receive(self, message: Message) -> None:
        """Take an acknowledgement; a message on another topic is not ours."""
        if message.topic != self._ack:
            return
        try:
            ack = decode_ack(message.payload)
            settled = await self.spool.settle(ack)
            asked = set(self.window.sent)
            gone = asked - await self.spool.unsettled(asked)
        except WireError as error:
            log.warning("an acknowledgement is not readable: %s", error)
            return
        except SpoolError as error:
            log.error("%s; the batches are sent again later", error)
            return
        self.acknowledged += 1
        self.window.settled(gone)
        self._count_first(gone)
        self._parcels = {identity: parcel for identity, parcel in self._parcels.items() if identity not in gone}
        if settled.barred is not None:
            self.window.bar()
        self._stand(settled.barred or self.barred if self.window.barred else None)
        self.refused += len(settled.refused)
        _report(settled)
        if settled.restored:
            self.restored()
        self.wake()

    def _count_first(self, gone: set[int]) -> None:
        """What goes first is acknowledged at once, unless acknowledgements have too many holes to say so: then it waits no more."""
        if self.first:
            self._unheard = 0 if gone & self.first else self._unheard + 1
            self.first = set() if self._unheard >= UNHEARD else self.first - gone

    def _stand(self, barred: str | None) -> None:
        if barred != self.barred:
            _report_standing(barred)
        self.barred = barred

    def _reconnected(self) -> None:
        self._again = True
        self.wake()

    async def _step(self) -> float | None:
        """Publish what is due; seconds until the next look, None when only a wake can bring something."""
        if not self.client.connected.is_set():
            return None
        self._hold()
        if self.held:
            return HELD_S
        if self._generation != self.spool.generation:
            self._generation, self.window, self._parcels = self.spool.generation, Window(), {}
            self.first = set()
        now = self.time.clock.monotonic()
        again, self._again = self._again, False
        for identity in self.window.reconnected() if again else self.window.overdue(now):
            self._publish(self._parcels[identity], now, newest=identity in self.window.newest)
        try:
            await self._after_step()
            await self._fill(now)
        except SpoolError as error:
            log.error("%s; tried again in %.0f s", error, SPOOL_RETRY_S)
            return SPOOL_RETRY_S
        return self.window.wait(self.time.clock.monotonic())

    async def _after_step(self) -> None:
        """When the clock was moved, what was refused for its stamps is worth another attempt."""
        state = self.time.state()
        if self._clock is not None and abs(state.offset_ms - self._clock.offset_ms) <= STEP_MS:
            return
        self._clock = state
        count = await self.spool.recover(state)
        if count:
            log.info("the clock was set: %d batches that were refused for their stamps are sent again", count)

    async def _fill_first(self, now: float) -> None:
        if self.window.barred:
            return
        parcels, settled = await self.spool.pick(self.first - set(self.window.sent), self.time.state())
        self.first -= settled
        for parcel in parcels:
            self._parcels[parcel.id] = parcel
            self._publish(parcel, now, newest=False)

    async def _fill(self, now: float) -> None:
        if self.first:
            await self._fill_first(now)
        if self.first:
            return
        oldest, newest = self.window.wanted()
        if not oldest and not newest:
            return
        parcels = await self.spool.take(self.window.sent, oldest, newest, self.time.state())
        for position, parcel in enumerate(parcels):
            self._parcels[parcel.id] = parcel
            self._publish(parcel, now, newest=position < newest)

    def _publish(self, parcel: Parcel, now: float, *, newest: bool) -> None:
        self.window.add(parcel.id, now, newest=newest)
        self.client.publish(self._data, parcel.payload, encoding=parcel.encoding, content_type=DATA_CONTENT_TYPE)

    def _hold(self) -> None:
        held = not self.time.plausible(self.spool.confirmed_ms)
        if held and not self.held:
            log.warning("the clock is behind what the collector has confirmed: batches are held until it is set")
        if self.held and not held:
            log.info("the clock is plausible again: batches are published")
        self.held = held


def _report(settled: Settled) -> None:
    for seq, reason in settled.refused.items():
        log.error("the collector refused batch %d: %s", seq, reason)
    if settled.renewed:
        log.warning("a new stream begins: the collector knows another spool by this one's stream, or misses too much")
    if settled.restored:
        log.warning("the collector's database is another: %d kept batches are sent again", settled.replayed)


def _report_standing(barred: str | None) -> None:
    if barred is None:
        log.info("the collector takes this agent's batches again")
    else:
        log.error(
            "the collector takes nothing of this agent (%s): batches wait on disk, and it is asked again at each connect"
            " and ever more seldom, at last every quarter of an hour; enrol the agent, or activate it again",
            barred,
        )
