"""How the simulated controller can misbehave, so that the reader's answer to each gotcha is tested against a real socket."""

import asyncio
from dataclasses import dataclass
from typing import Any

from bacpypes3.apdu import (
    AbortPDU,
    ComplexAckPDU,
    ConfirmedRequestPDU,
    ReadPropertyACK,
    ReadPropertyMultipleRequest,
    RejectPDU,
    SubscribeCOVRequest,
)
from bacpypes3.app import Application
from bacpypes3.primitivedata import ObjectIdentifier


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
    garbage: bool = False
    """Answer confirmed requests with bytes that are no answer."""
    stale: bool = False
    """Answer ReadProperty with another object's value, as a cache keyed by invoke id does."""
    no_cov: bool = False
    """Refuse every subscription."""


class FaultyApplication(Application):
    """A BACnet application that consults its `faults` before it answers, and counts what it was asked."""

    faults: Faults
    requests: int = 0

    async def indication(self, apdu: Any) -> None:
        """A request from the network."""
        faults = self.faults
        self.requests += isinstance(apdu, ConfirmedRequestPDU)
        if faults.silent or self._swallows(apdu):
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

    def _swallows(self, apdu: Any) -> bool:
        most = self.faults.swallow_objects
        return most is not None and _objects(apdu) > most

    def _refusal(self, apdu: Any) -> Any:
        faults = self.faults
        if isinstance(apdu, ReadPropertyMultipleRequest) and faults.no_multiple:
            return RejectPDU(reason="unrecognizedService", context=apdu)
        if isinstance(apdu, SubscribeCOVRequest) and faults.no_cov:
            return RejectPDU(reason="unrecognizedService", context=apdu)
        if faults.most_objects is not None and _objects(apdu) > faults.most_objects:
            return AbortPDU(reason="segmentationNotSupported", srv=True, context=apdu)
        return None

    async def _send_garbage(self, apdu: Any) -> None:
        junk = ComplexAckPDU(invoke_id=apdu.apduInvokeID, service_choice=apdu.apduService, context=apdu)
        junk.put_data(b"\x0e\xff\x3e\x91\xc4\x00\x00")
        await super().response(junk)


def _objects(apdu: Any) -> int:
    return len(apdu.listOfReadAccessSpecs) if isinstance(apdu, ReadPropertyMultipleRequest) else 0
