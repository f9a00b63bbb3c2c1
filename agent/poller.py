"""Polls every device on its schedule and keeps what goes wrong with one from the others.

The one runner loop of the agent: only here may any exception be caught, because a driver's bug must not stop the rest.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.config import Device
from agent.guard import GRACE_S, Guard
from agent.identity.arp import Neighbours
from agent.identity.gate import Gate
from agent.identity.memory import Memory
from agent.identity.surroundings import Surroundings
from agent.schedule import backed_off, first_delay, host_of, next_due, stamp
from agent.waiting import wait
from agent.watched import Receiver, Watched
from protocols.clock import Clock
from protocols.driver import PushSession, Reading, Session
from protocols.errors import FirstBellError

log = logging.getLogger(__name__)
PER_HOST = 2
"""Devices behind one address that are asked at once: gateways and controllers are slow."""
RESUBSCRIBE_S = 5.0
ANEW = 2
"""After so many failed polls the next opens a new session: whoever answers then is asked anew who it is."""
REFUSED_BACKOFF = 2
"""How far polls of an address where another device answers back off: a person may say at any time that it is the right one."""


@dataclass
class Poller:
    """`run` polls for ever; `close` ends every session."""

    devices: Sequence[Device]
    receiver: Receiver
    clock: Clock
    gate: Gate | None = None
    watched: list[Watched] = field(init=False)
    around: Surroundings = field(init=False)

    def __post_init__(self) -> None:
        self._gate = self.gate or Gate(Memory(), Neighbours(self.clock))
        self.around = Surroundings()
        self.watched = [Watched(device, Guard(self.clock), self.receiver) for device in self.devices]
        self._drivers = {d.driver.kind: asyncio.Semaphore(d.driver.concurrency) for d in self.devices}
        self._hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_HOST))

    def resume(self, heard: int | None) -> None:
        """An earlier run of the agent has values until `heard` (ms)."""
        for watched in self.watched:
            watched.heard = heard

    async def run(self) -> None:
        """Watch every device until cancelled."""
        async with asyncio.TaskGroup() as group:
            for watched in self.watched:
                group.create_task(self._watch(watched), name=f"poll {watched.device.key}")

    async def close(self) -> None:
        """End subscriptions and sessions; a driver that fails at that is logged."""
        await asyncio.gather(*(self._drop(watched) for watched in self.watched))

    async def poll_now(self, watched: Watched, patience: float) -> Reading | None:
        """Have it polled at once: its reading, None when it does not answer, or not within `patience` seconds."""
        asked: asyncio.Future[Reading | None] = asyncio.get_running_loop().create_future()
        watched.asking.append(asked)
        watched.wake.set()
        waiting = asyncio.ensure_future(self.clock.sleep(patience))
        either: list[asyncio.Future[Any]] = [asked, waiting]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            return asked.result() if asked.done() else None
        finally:
            waiting.cancel()
            asked.cancel()

    def unreachable(self) -> list[str]:
        """Keys of the devices that did not answer their last poll."""
        return [watched.device.key for watched in self.watched if watched.reachable is False]

    def stuck(self) -> int:
        """How many devices have a call into their driver that will not end."""
        return sum(watched.guard.stuck for watched in self.watched)

    async def _watch(self, watched: Watched) -> None:
        key = watched.device.key
        await self.clock.sleep(first_delay(key, len(self.devices)))
        due = self.clock.now_ms() // 1000 * 1000
        while True:
            await self._settle(watched)
            device = watched.device
            async with self._drivers[device.driver.kind], self._hosts[host_of(device.address) or key]:
                await self._poll(watched, due)
            now = self.clock.now_ms()
            failures = min(watched.failures, REFUSED_BACKOFF) if watched.refused else watched.failures
            due = next_due(key, backed_off(device.interval, failures), now)
            await wait(self.clock, watched.wake, (due - now) / 1000)
            due = min(due, self.clock.now_ms())

    async def _settle(self, watched: Watched) -> None:
        """Before a poll: where the device is by now, and whether what answers there may have become another thing."""
        await self._gate.sync()
        place = self._gate.place(watched.configured)
        mac = self._gate.mac(place)
        another = bool(watched.mac and mac and mac != watched.mac)
        if place.address != watched.device.address or another or watched.failures >= ANEW:
            await self._drop(watched)
        watched.device = place
        if watched.session is None:
            watched.mac = mac

    async def _poll(self, watched: Watched, due: int) -> None:
        """One poll and what follows from it; nothing that a driver does escapes."""
        began, at = self.clock.monotonic(), stamp(due, self.clock.now_ms())
        asking, watched.asking = watched.asking, []
        reading: Reading | None = None
        device = watched.device
        try:
            session = await self._session(watched)
            reading = await watched.guard.call(session.poll(), device.timeout)
            took = self.clock.monotonic() - began
            if not await self._passes(watched, at, reading):
                return
            self.around.heard(device.key, reading.neighbours, began)
            self.receiver.reading(device, at, reading)
        except FirstBellError as error:
            watched.failed(at, str(error), began)
        except TimeoutError:
            watched.failed(at, f"no complete answer within {device.timeout:g} s", began)
            await self._drop(watched)
        except Exception as error:
            if not watched.failures:
                log.exception("driver %s failed on %s", device.driver.kind, device.key)
            watched.failed(at, f"driver {device.driver.kind} failed: {type(error).__name__}: {error}", began)
            await self._drop(watched)
        else:
            watched.answered(at, took)
            self._subscribe(watched, session)
        finally:
            for each in asking:
                if not each.done():
                    each.set_result(reading if watched.reachable else None)

    async def _passes(self, watched: Watched, at: int, reading: Reading) -> bool:
        """Whether the reading is the device's own; else it is not stored, and told why."""
        verdict = self._gate.judge(watched.device, reading.attributes, self.clock.now_ms())
        if verdict.events:
            self.receiver.reading(watched.device, at, Reading(events=list(verdict.events)))
        if not verdict.refused:
            return True
        watched.failed(at, verdict.refused, self.clock.monotonic(), refused=True)
        await self._drop(watched)
        return False

    async def _session(self, watched: Watched) -> Session:
        device = watched.device
        if watched.session is None:
            target = device.target._replace(heard=watched.heard)
            opening = device.driver.open(target, device.options, self.clock)
            watched.session = await watched.guard.call(opening, device.timeout)
        if not self._gate.remembers(device):
            self._subscribe(watched, watched.session)
        return watched.session

    def _subscribe(self, watched: Watched, session: Session) -> None:
        """Have the device tell by itself, where it can; where it is known who should, not before it is known who does."""
        if isinstance(session, PushSession) and (watched.pushing is None or watched.pushing.done()):
            watched.pushing = asyncio.create_task(self._push(watched, session), name=f"push {watched.device.key}")

    async def _push(self, watched: Watched, session: PushSession) -> None:
        """Readings that the device sends by itself; subscribed again, less and less often, when that is lost."""
        device, failures = watched.device, 0
        while True:
            try:
                async for reading in session.push():
                    failures = 0
                    self.receiver.reading(device, self.clock.now_ms(), reading, pushed=True)
            except FirstBellError as error:
                log.log(logging.DEBUG if failures else logging.WARNING, "%s: subscription lost: %s", device.key, error)
            except Exception:
                if not failures:
                    log.exception("driver %s failed on what %s sent", device.driver.kind, device.key)
            failures += 1
            await self.clock.sleep(backed_off(min(RESUBSCRIBE_S, device.interval), failures))

    async def _drop(self, watched: Watched) -> None:
        """Close the session, whatever the driver makes of it; the next poll opens another."""
        session, watched.session = watched.session, None
        pushing, watched.pushing = watched.pushing, None
        if pushing is not None:
            await watched.guard.stop(pushing)
        if session is None:
            return
        try:
            await watched.guard.call(session.close(), GRACE_S)
        except Exception as error:  # noqa: BLE001  (the runner: a driver's bug must not stop the others)
            log.warning("driver %s could not close %s: %r", watched.device.driver.kind, watched.device.key, error)
