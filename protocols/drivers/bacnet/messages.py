"""Requests as bacpypes3 builds them, and answers compared with what was asked: the library compares neither object nor property."""

from collections.abc import Sequence
from typing import Any

from bacpypes3.apdu import (
    AbortPDU,
    ComplexAckPDU,
    ConfirmedRequestPDU,
    Error,
    ErrorPDU,
    GetEventInformationACK,
    GetEventInformationRequest,
    ReadPropertyACK,
    ReadPropertyMultipleRequest,
    ReadPropertyRequest,
    RejectPDU,
    error_types,
)
from bacpypes3.basetypes import PropertyIdentifier
from bacpypes3.pdu import PDUData
from bacpypes3.primitivedata import ObjectIdentifier, TagList

from protocols.drivers.bacnet.decode import MISSING, ObjectId, ReadError, Ref, results, value

Answers = dict[Ref, Any]
"""The value or `ReadError` of each property."""
Event = tuple[ObjectId, int, bool]
"""An object, its event state, and whether all its transitions are acknowledged."""

ANYBODY: ObjectId = (8, 4_194_303)
"""The device object of whichever device it is (135-2020 15.5.2)."""
TOO_LARGE = {
    (AbortPDU.pduType, 1),  # buffer-overflow
    (AbortPDU.pduType, 4),  # segmentation-not-supported
    (AbortPDU.pduType, 11),  # apdu-too-long
    (RejectPDU.pduType, 1),  # buffer-overflow
    (RejectPDU.pduType, 7),  # too-many-arguments
}
"""Refusals that ask for less (135-2020 clause 18)."""
UNSUPPORTED = (RejectPDU.pduType, 9)
"""unrecognized-service."""
TOO_LARGE_CODES = frozenset({51, 54, 59, 65, 123})
UNSUPPORTED_CODES = frozenset({45, 67})
"""The same said by an Error, as some devices do (BACnetErrorCode abort-…, reject-…, optional-functionality-not-supported)."""


class _EventsError(Error):
    service_choice = GetEventInformationRequest.service_choice


error_types.setdefault(_EventsError.service_choice, _EventsError)  # bacpypes3 0.0.110 drops this service's errors


class Refused(Exception):  # noqa: N818  a refusal is an answer
    """The device answered, and the answer is no."""

    def __init__(self, nack: Any) -> None:
        super().__init__(str(nack))
        reason = (nack.pduType, int(nack.reason))
        self.error = ReadError(int(nack.errorClass), int(nack.errorCode)) if isinstance(nack, ErrorPDU) else None
        code = self.error.error_code if self.error else None
        self.too_large = reason in TOO_LARGE if code is None else code in TOO_LARGE_CODES
        self.unsupported = reason == UNSUPPORTED if code is None else code in UNSUPPORTED_CODES


class Mismatch(Exception):  # noqa: N818
    """The answer is to another question."""


def single(ref: Ref) -> Any:
    """A ReadProperty request."""
    request = ReadPropertyRequest(
        objectIdentifier=ObjectIdentifier(ref.object), propertyIdentifier=PropertyIdentifier(ref.property)
    )
    if ref.element is not None:
        request.propertyArrayIndex = ref.element
    return request


class ReadMultiple(ConfirmedRequestPDU):
    """A ReadPropertyMultiple request (135-2020 15.7) as bytes: building it of the library's sequences takes ten times longer."""

    def __init__(self, batch: Sequence[Ref]) -> None:
        super().__init__(service_choice=ReadPropertyMultipleRequest.service_choice)
        self.put_data(_specifications(batch))


def _specifications(batch: Sequence[Ref]) -> bytes:
    """The list of read access specifications; properties of one object should follow each other."""
    parts: list[bytes] = []
    last: ObjectId | None = None
    for ref in batch:
        if ref.object != last:
            parts.append((b"\x1f" if last is not None else b"") + b"\x0c" + packed(ref.object) + b"\x1e")
            last = ref.object
        parts.append(context(0, ref.property) + (b"" if ref.element is None else context(1, ref.element)))
    return b"".join(parts) + b"\x1f"


def packed(item: ObjectId) -> bytes:
    """An object identifier's four bytes."""
    return (item[0] << 22 | item[1]).to_bytes(4, "big")


def context(number: int, content: int) -> bytes:
    """An unsigned number with a context tag."""
    data = content.to_bytes(max(1, (content.bit_length() + 7) // 8), "big")
    return bytes((number << 4 | 0x08 | len(data),)) + data


def single_answer(answer: Any, wanted: Ref) -> Any:
    """The value in a ReadProperty answer. Raises `Mismatch` for another property's, `ValueError` for nonsense."""
    if not isinstance(answer, ReadPropertyACK):
        raise Mismatch("another service's answer")
    got = Ref(identifier(answer.objectIdentifier), int(answer.propertyIdentifier), answer.propertyArrayIndex)
    is_anybody = wanted.object == ANYBODY and got.object[0] == ANYBODY[0]
    if got != wanted and not (is_anybody and got[1:] == wanted[1:]):
        raise Mismatch(_not_asked(got))
    return value(content(answer.propertyValue))


def multiple_answer(answer: Any, batch: Sequence[Ref]) -> Answers:
    """The values in a ReadPropertyMultiple answer; what it leaves out is an error. Raises as `single_answer`."""
    if not isinstance(answer, ComplexAckPDU) or answer.apduService != ReadPropertyMultipleRequest.service_choice:
        raise Mismatch("another service's answer")
    tags = list(TagList.decode(PDUData(answer.pduData)))
    answers: Answers = dict.fromkeys(batch, MISSING)
    for ref, said in results(tags):
        if ref not in answers:
            raise Mismatch(_not_asked(ref))
        answers[ref] = said
    return answers


def events_answer(answer: Any) -> tuple[list[Event], bool]:
    """The events in a GetEventInformation answer, and whether there are more."""
    if not isinstance(answer, GetEventInformationACK):
        raise Mismatch("another service's answer")
    found = [
        (identifier(item.objectIdentifier), int(item.eventState), all(list(item.acknowledgedTransitions)))
        for item in answer.listOfEventSummaries
    ]
    return found, bool(answer.moreEvents)


def content(wrapped: Any) -> Any:
    """The tags of a value without the pair of context tags that bacpypes3 leaves around it."""
    return wrapped.tagList[1:-1]


def identifier(said: Any) -> ObjectId:
    """A bacpypes3 object identifier as plain numbers."""
    return int(said[0]), int(said[1])


def _not_asked(got: Ref) -> str:
    return f"it answers for object {got.object[0]},{got.object[1]} property {got.property}, which was not asked for"
