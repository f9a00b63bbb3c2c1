"""The trend logs of the simulated air handler, and its clock: what a buffer holds at a moment, and records as bytes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bacpypes3.basetypes import (
    DateTime,
    DeviceObjectPropertyReference,
    LoggingType,
    LogRecord,
    LogRecordLogDatum,
    StatusFlags,
)
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.object import Object
from bacpypes3.object import TrendLogObject
from bacpypes3.pdu import PDUData
from bacpypes3.primitivedata import Date, Time, Unsigned

from protocols.clock import utc

INTERVAL_MS = 300_000
"""Between two records."""
BUFFER = 288
"""Records that a log holds, a day of them; older ones are overwritten."""


class Entry(NamedTuple):
    """One record: its time by the device's clock (ms) and its datum, e.g. {"realValue": 21.5} or {"logStatus": [1, 0, 0]}."""

    at: int
    datum: Mapping[str, Any]


class TrendLog(Object, TrendLogObject):
    """A log of the present value of `label`; `_entries` are its records, oldest first."""

    _entries: Callable[[], Sequence[Entry]]

    @property
    def recordCount(self) -> Unsigned:  # noqa: N802  the property's name in the library
        return Unsigned(len(self._entries()))

    @recordCount.setter
    def recordCount(self, value: Any) -> None:  # noqa: N802
        """Nothing: it follows from the records."""


class Device(DeviceObject):
    """A device object whose clock is `_now`, ms of its local time; its zone is UTC."""

    _now: Callable[[], int]

    @property
    def localDate(self) -> Date:  # noqa: N802
        return Date(utc(self._now()).date())

    @localDate.setter
    def localDate(self, value: Any) -> None:  # noqa: N802
        """Nothing: nobody sets this clock."""

    @property
    def localTime(self) -> Time:  # noqa: N802
        return _time(utc(self._now()))

    @localTime.setter
    def localTime(self, value: Any) -> None:  # noqa: N802
        """Nothing: nobody sets this clock."""


def trend_log(instance: int, name: str, label: str) -> TrendLog:
    """A log of what the object `label` measures."""
    return TrendLog(
        objectIdentifier=("trend-log", instance),
        objectName=name,
        enable=True,
        stopWhenFull=False,
        bufferSize=BUFFER,
        totalRecordCount=0,
        loggingType=LoggingType("polled"),
        logInterval=INTERVAL_MS // 10,
        logDeviceObjectProperty=DeviceObjectPropertyReference(objectIdentifier=label, propertyIdentifier=85),
        statusFlags=[0, 0, 0, 0],
        eventState="normal",
        reliability="no-fault-detected",
    )


def recorded(measured: Callable[[int], float], now_ms: int, ahead_ms: int) -> list[Entry]:
    """What a log holds at `now_ms`, when the device's clock is `ahead_ms` ahead: a value each `INTERVAL_MS`."""
    last = now_ms // INTERVAL_MS
    moments = (slot * INTERVAL_MS for slot in range(last - BUFFER + 1, last + 1))
    return [Entry(at + ahead_ms, {"realValue": round(measured(at), 2)}) for at in moments]


def encoded(entries: Sequence[Entry]) -> bytes:
    """The records as the items of a ReadRange answer."""
    return b"".join(_record(entry) for entry in entries)


def _record(entry: Entry) -> bytes:
    at = utc(entry.at)
    record = LogRecord(
        timestamp=DateTime(date=Date(at.date()), time=_time(at)),
        logDatum=LogRecordLogDatum(**entry.datum),
        statusFlags=StatusFlags([0, 0, 0, 0]),
    )
    data: PDUData = record.encode().encode()
    return bytes(data.pduData)


def _time(at: datetime) -> Time:
    return Time((at.hour, at.minute, at.second, at.microsecond // 10_000))
