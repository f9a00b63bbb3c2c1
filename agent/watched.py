"""One watched device: its session, how it fares, and what is told when that changes."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Protocol

from agent.config import Device
from agent.guard import Guard
from protocols.driver import Reading, Sample, Session

log = logging.getLogger(__name__)


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
    """One device and how it fares, where it is now; `configured` is where the file says.

    `reachable` is None until its first poll, `failures` counts polls since the last answer, `heard` is the stamp (ms) of
    that answer, or of the newest reading of an earlier run.
    """

    device: Device
    guard: Guard
    receiver: Receiver
    session: Session | None = None
    reachable: bool | None = None
    failures: int = 0
    heard: int | None = None
    pushing: "asyncio.Task[None] | None" = None
    mac: str = ""
    """The MAC that answered for the address when the session was opened."""
    refused: str = ""
    """Why what answers at the address is not the device."""
    lost: float | None = None
    """Since when it fails (monotonic seconds)."""
    detail: str = ""
    """What was said at its last failed poll; "" when it answered."""
    asking: "list[asyncio.Future[Reading | None]]" = field(default_factory=list)
    """Who waits for its next whole poll: the reading, None when it did not answer."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set to have it polled at once."""
    configured: Device = field(init=False)

    def __post_init__(self) -> None:
        self.configured = self.device

    def answered(self, at: int, took: float) -> None:
        """It answered the poll stamped `at` within `took` seconds."""
        samples = [Sample("reachable", None, 1.0), Sample("response.time", None, took)]
        self.receiver.samples(self.device, at, samples)
        if self.reachable is not True:
            if self.reachable is False:
                log.info("%s is back after %d failed polls", self.device.key, self.failures)
            self.receiver.reach(self.device, at, True, "")
        self.reachable, self.failures, self.heard = True, 0, at
        self.refused, self.lost, self.detail = "", None, ""

    def failed(self, at: int, detail: str, now: float, *, refused: bool = False) -> None:
        """It did not answer the poll stamped `at`, or (`refused`) another did; logged and told once. `now` is monotonic seconds."""
        self.receiver.samples(self.device, at, [Sample("reachable", None, 0.0)])
        if self.reachable is not False or (refused and not self.refused):
            log.warning("%s is lost: %s", self.device.key, detail)
            self.receiver.reach(self.device, at, False, detail)
        self.reachable, self.failures = False, self.failures + 1
        self.refused = detail if refused else ""
        self.detail = detail
        self.lost = now if self.lost is None else self.lost
