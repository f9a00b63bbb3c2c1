"""The simulated controller: how it answers, and how it can misbehave so that each gotcha is met over a real socket."""

import asyncio
from dataclasses import dataclass
from typing import Any

from bacpypes3.apdu import (
    AbortPDU,
    ComplexAckPDU,
    ConfirmedRequestPDU,
    Error,
    GetEventInformationACK,
    GetEventInformationRequest,
    ReadPropertyACK,
    ReadPropertyMultipleRequest,
    ReadPropertyRequest,
    ReadRangeRequest,
    RejectPDU,
    SubscribeCOVRequest,
)
from bacpypes3.app import Application
from bacpypes3.basetypes import EventState, GetEventInformationEventSummary, PropertyIdentifier, TimeStamp
from bacpypes3.primitivedata import ObjectIdentifier

from protocols.drivers.bacnet.log_buffer import LOG_BUFFER
from protocols.drivers.bacnet.messages import context, identifier, packed
from protocols.drivers.bacnet.simulator.trend_log import TrendLog, encoded

EVENTS = 5
"""Most events in one page of GetEventInformation."""


@dataclass
class Faults:
    """What goes wrong now; every field may be changed while the simulator runs."""

    silent: bool = False
    """Answer nothing at all."""
    delay: float = 0.0
    """Seconds before each answer."""
    no_multiple: bool = False
    """Reject ReadPropertyMultiple, as small controllers do."""
    most_objects: int | None = None
    """Abort with segmentation-not-supported when more objects are asked for at once."""
    swallow_objects: int | None = None
    """Stay silent when more objects are asked for at once."""
    swallow_list: bool = False
    """Stay silent when the whole object list is asked for."""
    with_errors: bool = False
    """Refuse with an Error where the standard wants a Reject or Abort."""
    garbage: bool = False
    """Answer confirmed requests with bytes that are no answer."""
    stale: bool = False
    """Answer ReadProperty with another object's value, as a cache keyed by invoke id does."""
    no_cov: bool = False
    """Refuse every subscription."""
    no_events: bool = False
    """Refuse GetEventInformation."""
    no_range: bool = False
    """Refuse ReadRange."""
    most_records: int | None = None
    """Put at most so many records into an answer."""
    abort_records: int | None = None
    """Abort with segmentation-not-supported when more records are asked for at once."""
    swallow_records: int | None = None
    """Stay silent when more records are asked for at once."""
    clock_ahead: float = 0.0
    """Seconds by which its clock is ahead of the true time."""


class Controller(Application):
    """A BACnet application that consults its `faults` before it answers, and counts what it was asked."""

    faults: Faults
    requests: int = 0
    unanswered: int = 0

    async def indication(self, apdu: Any) -> None:
        """A request from the network."""
        faults = self.faults
        self.requests += isinstance(apdu, ConfirmedRequestPDU)
        if faults.silent or self._swallows(apdu):
            self.unanswered += 1
            return
        if faults.delay:
            await asyncio.sleep(faults.delay)
        if isinstance(apdu, ConfirmedRequestPDU):
            if faults.garbage:
                await self._send_garbage(apdu)
                return
            refusal = self._refusal(apdu)
            if refusal is not None:
                await super().response(refusal)
                return
        await super().indication(apdu)

    async def response(self, apdu: Any) -> None:
        """An answer to the network."""
        if self.faults.stale and isinstance(apdu, ReadPropertyACK):
            apdu.objectIdentifier = ObjectIdentifier(("analog-input", 4000))
        await super().response(apdu)

    async def do_GetEventInformationRequest(self, apdu: Any) -> None:  # noqa: N802  bacpypes3 looks for this name
        """Tell which objects are not in the normal state, a page at a time."""
        active = [
            item for item in self.iter_objects() if getattr(item, "eventState", None) not in (None, EventState.normal)
        ]
        last = apdu.lastReceivedObjectIdentifier
        start = next((place for place, item in enumerate(active, 1) if item.objectIdentifier == last), 0)
        page = active[start : start + EVENTS]
        more = start + EVENTS < len(active)
        await self.response(
            GetEventInformationACK(listOfEventSummaries=[_summary(i) for i in page], moreEvents=more, context=apdu)
        )

    async def do_ReadRangeRequest(self, apdu: Any) -> None:  # noqa: N802  bacpypes3 looks for this name
        """Records of a trend log by position; other ranges are not offered."""
        log = self.get_object_id(apdu.objectIdentifier)
        if not isinstance(log, TrendLog) or apdu.range.byPosition is None:
            await self.response(RejectPDU(reason="parameterOutOfRange", context=apdu))
            return
        first, count = int(apdu.range.byPosition.referenceIndex), int(apdu.range.byPosition.count)
        held = log._entries()
        found = held[first - 1 : first - 1 + count] if first else []
        told = found[: self.faults.most_records]
        flags = [bool(told) and first == 1, bool(told) and first - 1 + len(told) == len(held), len(told) < len(found)]
        answer = ComplexAckPDU(service_choice=apdu.apduService, context=apdu)
        answer.put_data(b"\x0c" + packed(identifier(apdu.objectIdentifier)) + context(1, LOG_BUFFER))
        bits = sum(bit << place for place, bit in zip((7, 6, 5), flags, strict=True))
        answer.put_data(bytes((0x3A, 5, bits)) + context(4, len(told)) + b"\x5e" + encoded(told) + b"\x5f")
        await super().response(answer)

    def _swallows(self, apdu: Any) -> bool:
        faults = self.faults
        if faults.swallow_list and _is_whole_list(apdu):
            return True
        return _is_more(_objects(apdu), faults.swallow_objects) or _is_more(_records(apdu), faults.swallow_records)

    def _refusal(self, apdu: Any) -> Any:
        faults = self.faults
        if isinstance(apdu, ReadPropertyMultipleRequest) and faults.no_multiple:
            return self._error(apdu, 67) or RejectPDU(reason="unrecognizedService", context=apdu)
        if (
            (isinstance(apdu, SubscribeCOVRequest) and faults.no_cov)
            or (isinstance(apdu, GetEventInformationRequest) and faults.no_events)
            or (isinstance(apdu, ReadRangeRequest) and faults.no_range)
        ):
            return RejectPDU(reason="unrecognizedService", context=apdu)
        if _is_more(_objects(apdu), faults.most_objects) or _is_more(_records(apdu), faults.abort_records):
            return self._error(apdu, 54) or AbortPDU(reason="segmentationNotSupported", srv=True, context=apdu)
        return None

    def _error(self, apdu: Any, code: int) -> Any:
        """The refusal as an Error of class services, if that is how it refuses."""
        if not self.faults.with_errors:
            return None
        return Error(errorClass="services", errorCode=code, service_choice=apdu.apduService, context=apdu)

    async def _send_garbage(self, apdu: Any) -> None:
        junk = ComplexAckPDU(invoke_id=apdu.apduInvokeID, service_choice=apdu.apduService, context=apdu)
        junk.put_data(b"\x0e\xff\x3e\x91\xc4\x00\x00")
        await super().response(junk)


def _summary(item: Any) -> Any:
    return GetEventInformationEventSummary(
        objectIdentifier=item.objectIdentifier,
        eventState=item.eventState,
        acknowledgedTransitions=[1, 1, 1],
        eventTimeStamps=[TimeStamp(sequenceNumber=0)] * 3,
        notifyType="alarm",
        eventEnable=[1, 1, 1],
        eventPriorities=[100, 100, 100],
    )


def _objects(apdu: Any) -> int:
    return len(apdu.listOfReadAccessSpecs) if isinstance(apdu, ReadPropertyMultipleRequest) else 0


def _records(apdu: Any) -> int:
    return int(apdu.range.byPosition.count) if isinstance(apdu, ReadRangeRequest) else 0


def _is_whole_list(apdu: Any) -> bool:
    is_single = isinstance(apdu, ReadPropertyRequest) and apdu.propertyArrayIndex is None
    return is_single and bool(apdu.propertyIdentifier == PropertyIdentifier.objectList)


def _is_more(asked: int, most: int | None) -> bool:
    return most is not None and asked > most
