"""Polls every device on its schedule and keeps what goes wrong with one from the others.

The one runner loop of the agent: only here may any exception be caught, because a driver's bug must not stop the rest.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from agent.config import Device
from agent.schedule import backed_off, first_delay, host_of, next_due, stamp
from protocols.clock import Clock
from protocols.driver import PushSession, Reading, Sample, Session
from protocols.errors import FirstBellError

log = logging.getLogger(__name__)
T = TypeVar("T")
PER_HOST = 2
"""Devices behind one address that are asked at once: gateways and controllers are slow."""
GRACE_S = 2.0
"""How long a poll that was told to stop may take to do so, before it is left behind."""
RESUBSCRIBE_S = 5.0


class Receiver(Protocol):
    """What readings are handed to."""

    def reading(self, device: Device, stamp: int, reading: Reading, *, pushed: bool = False) -> None:
        """What one poll or push gave."""

    def reach(self, device: Device, stamp: int, reachable: bool, detail: str) -> None:
        """Reached for the first time, lost, or back."""

    def samples(self, device: Device, stamp: int, samples: list[Sample]) -> None:
        """The poller's own samples."""


@dataclass(slots=True)
class Watched:
    """One device and how it fares. `reachable` is None until its first poll."""

    device: Device
    session: Session | None = None
    reachable: bool | None = None
    failures: int = 0
    detail: str = ""
    pushing: "asyncio.Task[None] | None" = None


@dataclass
class Poller:
    """`run` polls for ever; `close` ends every session."""

    devices: Sequence[Device]
    receiver: Receiver
    clock: Clock
    watched: list[Watched] = field(default_factory=list)
    abandoned: "set[asyncio.Future[Any]]" = field(default_factory=set)
    """Calls into drivers that would not stop when told to."""

    def __post_init__(self) -> None:
        self.watched = [Watched(device) for device in self.devices]
        self._drivers = {d.driver.kind: asyncio.Semaphore(d.driver.concurrency) for d in self.devices}
        self._hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_HOST))

    async def run(self) -> None:
        """Watch every device until cancelled."""
        async with asyncio.TaskGroup() as group:
            for watched in self.watched:
                group.create_task(self._watch(watched), name=f"poll {watched.device.key}")

    async def close(self) -> None:
        """End subscriptions and sessions; a driver that fails at that is logged."""
        for watched in self.watched:
            await self._drop(watched)

    def unreachable(self) -> list[str]:
        """Keys of the devices that did not answer their last poll."""
        return [watched.device.key for watched in self.watched if watched.reachable is False]

    async def _watch(self, watched: Watched) -> None:
        device = watched.device
        await self.clock.sleep(first_delay(device.key, len(self.devices)))
        due = self.clock.now_ms() // 1000 * 1000
        while True:
            async with self._drivers[device.driver.kind], self._hosts[host_of(device.address) or device.key]:
                await self._poll(watched, due)
            due = next_due(device.key, backed_off(device.interval, watched.failures), self.clock.now_ms())
            await self.clock.sleep((due - self.clock.now_ms()) / 1000)

    async def _poll(self, watched: Watched, due: int) -> None:
        """One poll and what follows from it; nothing that a driver does escapes."""
        began, at = self.clock.monotonic(), stamp(due, self.clock.now_ms())
        device = watched.device
        try:
            session = await self._session(watched)
            reading = await self._bounded(session.poll(), device.timeout)
            took = self.clock.monotonic() - began
            self.receiver.reading(device, at, reading)
            self.receiver.samples(device, at, [Sample("reachable", None, 1.0), Sample("response.time", None, took)])
        except FirstBellError as error:
            self._lost(watched, at, str(error))
        except TimeoutError:
            self._lost(watched, at, f"no complete answer within {device.timeout:g} s")
            await self._drop(watched)
        except Exception as error:
            if not watched.failures:
                log.exception("driver %s failed on %s", device.driver.kind, device.key)
            self._lost(watched, at, f"driver {device.driver.kind} failed: {type(error).__name__}: {error}")
            await self._drop(watched)
        else:
            self._reached(watched, at)

    async def _session(self, watched: Watched) -> Session:
        if watched.session is None:
            device = watched.device
            target = device.target
            watched.session = await self._bounded(
                device.driver.open(target, device.options, self.clock), device.timeout
            )
        if isinstance(watched.session, PushSession) and (watched.pushing is None or watched.pushing.done()):
            watched.pushing = asyncio.create_task(
                self._push(watched, watched.session), name=f"push {watched.device.key}"
            )
        return watched.session

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
            await self.clock.sleep(min(backed_off(RESUBSCRIBE_S, failures), backed_off(device.interval, failures)))

    async def _bounded(self, call: Awaitable[T], seconds: float) -> T:
        """The call's result, or TimeoutError after `seconds`; a call that does not even stop then is left behind."""
        task = asyncio.ensure_future(call)
        alarm = asyncio.ensure_future(self.clock.sleep(seconds))
        try:
            await asyncio.wait((task, alarm), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
        finally:
            alarm.cancel()
            if not task.done():
                await self._stop(task)
        raise TimeoutError

    async def _stop(self, task: "asyncio.Future[T]") -> None:
        task.cancel()
        grace = asyncio.ensure_future(self.clock.sleep(GRACE_S))
        await asyncio.wait((task, grace), return_when=asyncio.FIRST_COMPLETED)
        grace.cancel()
        if not task.done():
            self.abandoned.add(task)
            task.add_done_callback(self._ended)
        elif not task.cancelled():
            task.exception()

    def _ended(self, task: "asyncio.Future[T]") -> None:
        self.abandoned.discard(task)
        if not task.cancelled():
            task.exception()

    async def _drop(self, watched: Watched) -> None:
        """Close the session, whatever the driver makes of it; the next poll opens another."""
        session, watched.session = watched.session, None
        if watched.pushing is not None:
            await self._stop(watched.pushing)
            watched.pushing = None
        if session is None:
            return
        try:
            await self._bounded(session.close(), GRACE_S)
        except Exception as error:  # noqa: BLE001  (the runner: a driver's bug must not stop the others)
            log.warning("driver %s could not close %s: %r", watched.device.driver.kind, watched.device.key, error)

    def _reached(self, watched: Watched, at: int) -> None:
        if watched.reachable is not True:
            if watched.reachable is False:
                log.info("%s is back after %d failed polls", watched.device.key, watched.failures)
            self.receiver.reach(watched.device, at, True, "")
        watched.reachable, watched.failures, watched.detail = True, 0, ""

    def _lost(self, watched: Watched, at: int, detail: str) -> None:
        if watched.reachable is not False:
            log.warning("%s is lost: %s", watched.device.key, detail)
            self.receiver.reach(watched.device, at, False, detail)
        self.receiver.samples(watched.device, at, [Sample("reachable", None, 0.0)])
        watched.reachable, watched.failures, watched.detail = False, watched.failures + 1, detail
