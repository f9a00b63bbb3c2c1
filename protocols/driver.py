"""The contract that every driver keeps. A driver is one folder under `protocols/drivers/` whose package exports `DRIVER`.

Drivers raise `DeviceError`; whether to retry, back off or log is the poller's decision alone. Drivers only read.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

import msgspec

from protocols.clock import Clock
from protocols.wire.batch import Scalar


class Sample(NamedTuple):
    """One value of one point. `unit` is UCUM, None for the catalogue's; `time` is ms, None for the poll's own stamp."""

    metric: str
    label: str | None
    value: float
    unit: str | None = None
    time: int | None = None


class PointInfo(NamedTuple):
    """What a device itself says of one point: its display name and the texts of its states (value → text)."""

    metric: str
    label: str | None
    name: str | None = None
    states: Mapping[int, str] | None = None


class DeviceEvent(NamedTuple):
    """Something that happened once. `severity`: info, minor, major, critical; `time` ms or None for the poll's stamp."""

    kind: str
    severity: str
    detail: Mapping[str, Scalar]
    time: int | None = None


class Neighbour(NamedTuple):
    """Another device that a device sees on one of its ports, by what can be known of it: at least one of the last three.

    `via` is how it was seen: "lldp", "cdp", "fdb" (a bridge's forwarding table), "arp" (which MAC an address has). `mac` is
    lower-case with colons.
    """

    port: str
    via: str
    mac: str | None = None
    name: str | None = None
    address: str | None = None


@dataclass(slots=True)
class Reading:
    """What one poll, or one push, of one device gave.

    `attributes` are facts that seldom change. Well-known keys: `name`, `vendor`, `model`, `serial`, `firmware`,
    `location`, `uuid`, `mac` (lower-case with colons; several: comma-separated), `parent` (key of the device this one hangs off).
    `neighbours` are all that were seen, or none when they were not asked for this time. `kind` is what the device turned out to
    be where that is told apart (a `network` device: switch, ap, firewall; a `bacnet` device of doors alone: door); None: what the
    driver calls its devices.
    """

    samples: list[Sample] = field(default_factory=list)
    attributes: dict[str, Scalar] = field(default_factory=dict)
    points: list[PointInfo] = field(default_factory=list)
    events: list[DeviceEvent] = field(default_factory=list)
    neighbours: list[Neighbour] = field(default_factory=list)
    kind: str | None = None


class Found(NamedTuple):
    """A device that discovery found: what `[[device]]` would say of it, and what it said of itself."""

    kind: str
    address: str
    name: str | None
    options: Mapping[str, Scalar]
    attributes: Mapping[str, Scalar]


class Target(NamedTuple):
    """The device to read: its key within the agent and its address as the driver's README writes it.

    `heard` (ms) is until when the agent has its values, as far as it knows; None: it has none. A driver whose devices keep a
    history may read what is missing since, and yields it with `Sample.time`.
    """

    key: str
    address: str
    heard: int | None = None


@runtime_checkable
class Session(Protocol):
    """One device, open for reading. Calls never overlap."""

    async def poll(self) -> Reading:
        """One complete reading. Raises `DeviceError` when the device does not answer or makes no sense."""

    async def close(self) -> None:
        """Release sockets and subscriptions; safe to call twice; never raises `DeviceError`."""


@runtime_checkable
class PushSession(Session, Protocol):
    """A session whose device also tells by itself."""

    def push(self) -> AsyncIterator[Reading]:
        """Readings as they happen, until closed. Raises `DeviceError` when the subscription is lost."""


class PointRow(NamedTuple):
    """One row of a driver's points table: a metric of the catalogue and where the device says it (OID, property, call)."""

    metric: str
    source: str


@dataclass(frozen=True)
class Driver:
    """What a driver's package exports as `DRIVER`.

    `kind` is the folder's name, `device_kind` what its devices are called (hvac, host, printer, …), `interval` the
    default seconds between polls; `interval_of(address)`, where there is one, knows it better. `open` must not wait for the device: an absent device is `poll`'s `DeviceError`.
    `discover(network, clock)` finds devices on a network (CIDR, interface or address; None: the local ones).
    `family` is the pyproject extra that installs what the driver needs.
    """

    kind: str
    device_kind: str
    family: str
    interval: float
    options: type[msgspec.Struct]
    points: tuple[PointRow, ...]
    open: Callable[[Target, msgspec.Struct, Clock], Awaitable[Session]]
    discover: Callable[[str | None, Clock], AsyncIterator[Found]] | None = None
    interval_of: Callable[[str], float] | None = None
    concurrency: int = 8
    """How many devices of this kind are polled at once."""
