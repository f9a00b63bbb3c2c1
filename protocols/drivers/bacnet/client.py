"""Read properties of one device: several at once, as many as it can take, each answer compared with its question."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bacpypes3.apdu import (
    AbortPDU,
    ErrorPDU,
    ErrorRejectAbortNack,
    GetEventInformationACK,
    GetEventInformationRequest,
    IAmRequest,
    ReadPropertyACK,
    ReadPropertyMultipleACK,
    ReadPropertyMultipleRequest,
    ReadPropertyRequest,
    RejectPDU,
    SubscribeCOVRequest,
    WhoIsRequest,
)
from bacpypes3.basetypes import PropertyIdentifier, PropertyReference, ReadAccessSpecification
from bacpypes3.primitivedata import ObjectIdentifier

from protocols.drivers.bacnet.decode import MISSING, ObjectId, ReadError, Ref, value
from protocols.drivers.bacnet.network import APDU, Network, station
from protocols.errors import DeviceError

OBJECTS = 25
"""Most objects asked for in one request, however small their answers."""
SMALLEST = 40
"""Bytes of answer below which asking for less at once is pointless."""
SILENCES = 3
"""Unanswered requests in a row, each asking for less, after which a device counts as gone."""
COST = {28: 60, 76: 400, 77: 48, 87: 60, 110: 200, 46: 24, 4: 24}
"""Bytes of answer to expect of a property (name, object list, priority array, texts); 9 of any other."""
EVENT_PAGES = 20
"""Most pages of events that are read in one go."""

Answers = dict[Ref, Any]


class Refused(Exception):  # noqa: N818  a refusal is an answer
    """The device answered, and the answer is no."""

    def __init__(self, nack: Any) -> None:
        super().__init__(str(nack))
        self.error = isinstance(nack, ErrorPDU)
        self.unsupported = isinstance(nack, RejectPDU) and int(nack.reason) == 9
        self.too_large = isinstance(nack, AbortPDU) or (isinstance(nack, RejectPDU) and int(nack.reason) in (1, 7))
        self.read_error = ReadError(int(nack.errorClass), int(nack.errorCode)) if self.error else MISSING


class Mismatch(Exception):  # noqa: N818
    """The answer is to another question."""


class Client:
    """One device at `address`. What it cannot take is remembered in `multiple` and `budget` (bytes of answer)."""

    def __init__(self, network: Network, address: str, timeout: float, retries: int) -> None:
        self.network, self.address, self.timeout, self.retries = network, address, timeout, retries
        self.station = station(address)
        if network.is_self(self.station):
            raise DeviceError(
                f"bacnet {address}: this is the agent's own port ({network.port}); give the device another port",
                permanent=True,
            )
        self.multiple = True
        self.budget = APDU - 60
        self._silences = 0

    async def read(self, wanted: Iterable[Ref]) -> Answers:
        """The value or `ReadError` of every property wanted. Raises `DeviceError` when the device does not answer."""
        answers: Answers = {}
        batches = deque(self._batches(list(wanted)))
        while batches:
            batch = batches.popleft()
            try:
                answers.update(await self._ask(batch))
            except Refused as refusal:
                answers.update(await self._smaller(batch, batches, refusal))
        return answers

    async def read_one(self, wanted: Ref) -> Any:
        """The value or `ReadError` of one property, with ReadProperty."""
        request = ReadPropertyRequest(
            objectIdentifier=ObjectIdentifier(wanted.object), propertyIdentifier=PropertyIdentifier(wanted.property)
        )
        if wanted.index is not None:
            request.propertyArrayIndex = wanted.index
        try:
            return await self._exchange(request, lambda answer: _one(answer, wanted))
        except Refused as refusal:
            return refusal.read_error

    async def who(self) -> ObjectId | None:
        """The device object that answers a Who-Is sent to the station alone; None when none does."""
        found: asyncio.Future[ObjectId] = asyncio.get_running_loop().create_future()

        def listen(apdu: Any) -> None:
            if isinstance(apdu, IAmRequest) and apdu.pduSource == self.station and not found.done():
                found.set_result((8, int(apdu.iAmDeviceIdentifier[1])))

        stop = self.network.application.listen(listen)
        try:
            self.network.application.request(WhoIsRequest(destination=self.station))
            return await asyncio.wait_for(found, self.timeout)
        except TimeoutError:
            return None
        finally:
            stop()

    async def events(self) -> list[tuple[ObjectId, int, bool]] | None:
        """Objects in alarm or unacknowledged, as (object, event state, acknowledged); None: the device has no such service."""
        found: list[tuple[ObjectId, int, bool]] = []
        for _ in range(EVENT_PAGES):
            request = GetEventInformationRequest()
            if found:
                request.lastReceivedObjectIdentifier = ObjectIdentifier(found[-1][0])
            try:
                page, more = await self._exchange(request, _events)
            except Refused:
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

    def _batches(self, wanted: Sequence[Ref]) -> Iterator[list[Ref]]:
        batch: list[Ref] = []
        objects: set[ObjectId] = set()
        size = 0
        for ref in wanted:
            cost = COST.get(ref.property, 9) + (0 if ref.object in objects else 7)
            if batch and (size + cost > self.budget or (len(objects) >= OBJECTS and ref.object not in objects)):
                yield batch
                batch, objects, size = [], set(), 0
            batch.append(ref)
            objects.add(ref.object)
            size += cost
        if batch:
            yield batch

    async def _ask(self, batch: list[Ref]) -> Answers:
        if not self.multiple:
            return {ref: await self.read_one(ref) for ref in batch}
        try:
            return await self._exchange(_multiple(batch), lambda answer: _many(answer, batch))
        except Refused as refusal:
            if not refusal.unsupported:
                raise
            self.multiple = False
            return await self._ask(batch)

    async def _smaller(self, batch: list[Ref], batches: "deque[list[Ref]]", refusal: Refused) -> Answers:
        """Put a refused batch back in smaller parts; a single property is asked for by itself."""
        if len(batch) == 1:
            answer = await self.read_one(batch[0])
            if not refusal.error and not isinstance(answer, ReadError):
                self.multiple = False
            return {batch[0]: answer}
        if refusal.too_large and self.budget > SMALLEST:
            self.budget = max(SMALLEST, min(self.budget, _cost(batch)) // 2)
            rest = batch + [ref for later in batches for ref in later]
            batches.clear()
            batches.extend(self._batches(rest))
        else:
            middle = len(batch) // 2
            batches.extendleft((batch[middle:], batch[:middle]))
        return {}

    async def _exchange(self, request: Any, understand: Any) -> Any:
        """Send and wait, again up to `retries` times. Raises `Refused`, or `DeviceError` when nothing sensible comes."""
        reason = ""
        for _ in range(self.retries + 1):
            request.pduDestination = self.station
            request.apduInvokeID = None
            try:
                async with asyncio.timeout(self.timeout):
                    answer = await self.network.application.request(request)
                understood = understand(answer)
            except ErrorRejectAbortNack as nack:
                if isinstance(nack, AbortPDU) and int(nack.reason) in (64, 65):
                    reason = "it does not answer"
                    continue
                if _garbled(nack):
                    reason = "its answer makes no sense"
                    continue
                self._silences = 0
                raise Refused(nack) from None
            except TimeoutError:
                reason = f"no answer within {self.timeout:g} s"
                continue
            except (Mismatch, ValueError, AttributeError, TypeError) as error:
                reason = f"its answer makes no sense ({error})"
                continue
            self._silences = 0
            return understood
        raise DeviceError(f"bacnet {self.address}: {reason} ({self.retries + 1} attempts)")


def _multiple(batch: list[Ref]) -> Any:
    specifications: list[Any] = []
    last: ObjectId | None = None
    for ref in batch:
        if ref.object != last:
            last = ref.object
            specifications.append(
                ReadAccessSpecification(objectIdentifier=ObjectIdentifier(last), listOfPropertyReferences=[])
            )
        reference = PropertyReference(propertyIdentifier=PropertyIdentifier(ref.property))
        if ref.index is not None:
            reference.propertyArrayIndex = ref.index
        specifications[-1].listOfPropertyReferences.append(reference)
    return ReadPropertyMultipleRequest(listOfReadAccessSpecs=specifications)


def _many(answer: Any, batch: list[Ref]) -> Answers:
    if not isinstance(answer, ReadPropertyMultipleACK):
        raise Mismatch("another service's answer")
    answers: Answers = dict.fromkeys(batch, MISSING)
    for result in answer.listOfReadAccessResults:
        item = (int(result.objectIdentifier[0]), int(result.objectIdentifier[1]))
        for element in result.listOfResults:
            ref = Ref(item, int(element.propertyIdentifier), element.propertyArrayIndex)
            if ref not in answers:
                raise Mismatch(f"it answers for {item[0]},{item[1]} property {ref.property}, which was not asked for")
            choice = element.readResult
            error = choice.propertyAccessError
            answers[ref] = (
                ReadError(int(error.errorClass), int(error.errorCode))
                if error
                else value(content(choice.propertyValue))
            )
    return answers


def _one(answer: Any, wanted: Ref) -> Any:
    if not isinstance(answer, ReadPropertyACK):
        raise Mismatch("another service's answer")
    item = (int(answer.objectIdentifier[0]), int(answer.objectIdentifier[1]))
    got = Ref(item, int(answer.propertyIdentifier), answer.propertyArrayIndex)
    anybody = wanted.object == ANYBODY and item[0] == ANYBODY[0]
    if got != wanted and not (anybody and got[1:] == wanted[1:]):
        raise Mismatch(f"it answers for {item[0]},{item[1]} property {got.property}, which was not asked for")
    return value(content(answer.propertyValue))


ANYBODY: ObjectId = (8, 4_194_303)
"""The device object of whichever device it is (135-2020 15.5.2)."""


def content(wrapped: Any) -> Any:
    """The tags of a value without the pair of context tags that bacpypes3 leaves around it."""
    return wrapped.tagList[1:-1]


def _events(answer: Any) -> tuple[list[tuple[ObjectId, int, bool]], bool]:
    if not isinstance(answer, GetEventInformationACK):
        raise Mismatch("another service's answer")
    found = [
        (
            (int(item.objectIdentifier[0]), int(item.objectIdentifier[1])),
            int(item.eventState),
            all(list(item.acknowledgedTransitions)),
        )
        for item in answer.listOfEventSummaries
    ]
    return found, bool(answer.moreEvents)


def _cost(batch: list[Ref]) -> int:
    return sum(COST.get(ref.property, 9) for ref in batch) + 7 * len({ref.object for ref in batch})


def _garbled(nack: Any) -> bool:
    """bacpypes3 reports an answer that it could not decode as the error communication, invalid-tag."""
    return isinstance(nack, ErrorPDU) and (int(nack.errorClass), int(nack.errorCode)) == (7, 57)
