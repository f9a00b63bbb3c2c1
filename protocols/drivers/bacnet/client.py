"""Read properties of one device: several at once, as many as it can take, one request at a time."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from bacpypes3.apdu import (
    AbortPDU,
    ErrorRejectAbortNack,
    GetEventInformationRequest,
    IAmRequest,
    SubscribeCOVRequest,
    WhoIsRequest,
)
from bacpypes3.errors import RejectException
from bacpypes3.primitivedata import ObjectIdentifier

from protocols.drivers.bacnet import messages
from protocols.drivers.bacnet.decode import MISSING, ObjectId, ReadError, Ref
from protocols.drivers.bacnet.log_buffer import ReadRange, Record, records
from protocols.drivers.bacnet.messages import Answers, Event, Mismatch, Refused
from protocols.drivers.bacnet.network import Network, station
from protocols.errors import DeviceError

EVENT_PAGES = 20
"""Most pages of events that are read in one go."""
NO_ANSWER = (64, 65)
"""Abort reasons that bacpypes3 makes up itself when nothing comes."""

T = TypeVar("T")


class Unanswered(DeviceError):  # noqa: N818
    """Nothing came, or nothing that makes sense."""


class Client:
    """One device at `address`. Each request waits `timeout` seconds and is repeated `retries` times.

    What the device cannot take is remembered in `limits` for as long as the network is open.
    """

    def __init__(self, network: Network, address: str, timeout: float, retries: int) -> None:
        self.network, self.address, self.timeout, self.retries = network, address, timeout, retries
        self.station = station(address)
        if network.is_self(self.station):
            raise DeviceError(
                f"bacnet {address}: this is the agent's own port ({network.port}); give the device another port",
                permanent=True,
            )
        self.limits = network.limits(address)
        self._turn = asyncio.Lock()

    async def read(self, wanted: Iterable[Ref], until: float = math.inf) -> Answers:
        """The value or `ReadError` of every property wanted, in their order.

        What was not asked for when the loop's time reaches `until` is left out. Raises `DeviceError` when the device
        does not answer.
        """
        answers: Answers = {}
        batches = deque(self.limits.batches(list(wanted)))
        loop, lost = asyncio.get_running_loop(), None
        while batches and (not answers or loop.time() < until):
            batch = batches.popleft()
            try:
                answers.update(await self._ask(batch))
            except Refused as refusal:
                answers.update(await self._smaller(batch, batches, refusal))
            except Unanswered:
                if len(batch) == 1 or not self.limits.multiple or batch is lost:
                    raise
                await self.read_one(batch[0])  # raises when it is silent altogether
                if self.limits.has_taken(batch):
                    lost = batch  # it took as much before: once more
                    batches.appendleft(batch)
                else:
                    self._less(batch, batches)  # it drops what is too much for it
        return answers

    async def read_one(self, wanted: Ref) -> Any:
        """The value or `ReadError` of one property, with ReadProperty."""
        try:
            return await self._exchange(messages.single(wanted), lambda said: messages.single_answer(said, wanted))
        except Refused as refusal:
            return refusal.error or MISSING

    async def who(self) -> ObjectId | None:
        """The device object that answers a Who-Is sent to the station alone; None when none does."""
        found: asyncio.Future[ObjectId] = asyncio.get_running_loop().create_future()

        def listen(apdu: Any) -> None:
            if isinstance(apdu, IAmRequest) and apdu.pduSource == self.station and not found.done():
                found.set_result(messages.identifier(apdu.iAmDeviceIdentifier))

        stop = self.network.application.listen(listen)
        try:
            self.network.application.request(WhoIsRequest(destination=self.station))
            return await asyncio.wait_for(found, self.timeout)
        except TimeoutError:
            return None
        finally:
            stop()

    async def records(self, log: ObjectId, first: int, count: int) -> list[Record]:
        """Records of a trend log from position `first`, oldest first, as many of `count` as fit. Raises `Refused` too."""
        return await self._exchange(ReadRange(log, first, count), lambda said: records(said, log))

    async def events(self) -> list[Event] | None:
        """Objects in alarm or unacknowledged; None: the device has no such service, or ignores it."""
        found: list[Event] = []
        for _ in range(EVENT_PAGES):
            request = GetEventInformationRequest()
            if found:
                request.lastReceivedObjectIdentifier = ObjectIdentifier(found[-1][0])
            try:
                page, more = await self._exchange(request, messages.events_answer)
            except (Refused, Unanswered):
                return None
            found += page
            if not page or not more:
                break
        return found

    async def subscribe(self, item: ObjectId, process: int, lifetime: int) -> bool:
        """Ask to be told of changes for `lifetime` seconds; False when refused. 0 seconds ends a subscription."""
        request = SubscribeCOVRequest(
            subscriberProcessIdentifier=process, monitoredObjectIdentifier=ObjectIdentifier(item)
        )
        if lifetime:
            request.issueConfirmedNotifications = False
            request.lifetime = lifetime
        try:
            await self._exchange(request, lambda answer: None)
        except Refused:
            return False
        return True

    async def _ask(self, batch: list[Ref]) -> Answers:
        if not self.limits.multiple:
            return {ref: await self.read_one(ref) for ref in batch}
        try:
            answers = await self._exchange(
                messages.ReadMultiple(batch), lambda said: messages.multiple_answer(said, batch)
            )
        except Refused as refusal:
            if not refusal.unsupported:
                raise
            self.limits.multiple = False
            return await self._ask(batch)
        self.limits.took(batch)
        return answers

    async def _smaller(self, batch: list[Ref], batches: "deque[list[Ref]]", refusal: Refused) -> Answers:
        """Put a refused batch back in smaller parts; a single property is asked for by itself."""
        if len(batch) == 1:
            answer = await self.read_one(batch[0])
            if not isinstance(answer, ReadError):
                self.limits.multiple = False
            return {batch[0]: answer}
        if refusal.too_large:
            self._less(batch, batches)
        else:
            middle = len(batch) // 2
            batches.extendleft((batch[middle:], batch[:middle]))
        return {}

    def _less(self, batch: list[Ref], batches: "deque[list[Ref]]") -> None:
        self.limits.less(batch)
        rest = batch + [ref for later in batches for ref in later]
        batches.clear()
        batches.extend(self.limits.batches(rest))

    async def _exchange(self, request: Any, understand: Callable[[Any], T]) -> T:
        """Send and wait, again up to `retries` times. Raises `Refused`, or `Unanswered` when nothing sensible comes."""
        reason, hint = "", "; is it on, is this its address, does UDP pass?"
        for _ in range(self.retries + 1):
            request.pduDestination = self.station
            request.apduInvokeID = None
            try:
                async with self._turn, asyncio.timeout(self.timeout):
                    return understand(await self.network.application.request(request))
            except ErrorRejectAbortNack as nack:
                if not (isinstance(nack, AbortPDU) and int(nack.reason) in NO_ANSWER):
                    raise Refused(nack) from None
                reason = "it does not answer"
            except TimeoutError:
                reason = f"no answer that makes sense within {self.timeout:g} s"
            except (Mismatch, RejectException, ValueError, AttributeError, TypeError) as error:
                reason, hint = f"its answer makes no sense ({error})", ""
        attempts = f"{self.retries + 1} attempt{'s' if self.retries else ''}"
        raise Unanswered(f"bacnet {self.address}: {reason} ({attempts}){hint}")
