"""This process's own BACnet port: one socket and one stack per local address, shared by all sessions, read-only by construction."""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from bacpypes3.apdu import (
    ComplexAckPDU,
    ConfirmedCOVNotificationRequest,
    ConfirmedEventNotificationRequest,
    ConfirmedRequestPDU,
    GetEventInformationRequest,
    IAmRequest,
    ReadPropertyMultipleRequest,
    ReadPropertyRequest,
    ReadRangeRequest,
    RejectPDU,
    SimpleAckPDU,
    SubscribeCOVRequest,
    UnconfirmedCOVNotificationRequest,
    UnconfirmedEventNotificationRequest,
    WhoIsRequest,
)
from bacpypes3.app import Application
from bacpypes3.appservice import ApplicationServiceAccessPoint
from bacpypes3.basetypes import Segmentation
from bacpypes3.comm import ServiceAccessPoint, bind
from bacpypes3.ipv4 import IPv4DatagramServer
from bacpypes3.ipv4.bvll import BVLLCodec
from bacpypes3.ipv4.service import BIPForeign, BIPNormal, UDPMultiplexer
from bacpypes3.local.device import DeviceObject
from bacpypes3.netservice import NetworkServiceAccessPoint, NetworkServiceElement
from bacpypes3.pdu import Address, IPv4Address
from bacpypes3.settings import settings

from protocols.drivers.bacnet.batching import Limits
from protocols.drivers.bacnet.log_buffer import ReadRange
from protocols.drivers.bacnet.messages import ReadMultiple
from protocols.errors import DeviceError

PORT = 47808
"""0xBAC0, BACnet/IP's own UDP port (135-2020 J.1)."""
APDU = 1476
"""The largest APDU that BACnet/IP carries (135-2020 table J-2)."""
READS = (
    GetEventInformationRequest,
    ReadMultiple,
    ReadPropertyMultipleRequest,
    ReadPropertyRequest,
    ReadRange,
    SubscribeCOVRequest,
    WhoIsRequest,
)
"""Every request this program can send. None changes a device; a subscription only asks to be told."""
HEARD = (
    ConfirmedCOVNotificationRequest,
    ConfirmedEventNotificationRequest,
    IAmRequest,
    UnconfirmedCOVNotificationRequest,
    UnconfirmedEventNotificationRequest,
)
REGISTRATION = 300
"""Seconds a foreign-device registration lasts; the stack renews it."""

settings.route_aware = True  # "2:5@10.1.2.3": network 2, station 5, behind the router at 10.1.2.3
logging.getLogger("bacpypes3").setLevel(logging.CRITICAL)  # it prints a traceback for every malformed packet

Listener = Callable[[Any], None]


class Local(NamedTuple):
    """Where this process speaks from: `ip`, `port` (0: 47808 when free, else any), `bbmd` to register at, or None."""

    ip: str = "0.0.0.0"  # noqa: S104  replies to broadcasts reach only a socket that is bound to every address
    port: int = 0
    bbmd: str | None = None


class ReadOnlyApplication(Application):
    """A BACnet stack that sends nothing outside `READS` and answers nothing: it is a reader, not a device."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hand every `HEARD` message to `listener`; the answer ends that."""
        self._listeners = [*getattr(self, "_listeners", []), listener]
        return lambda: self._listeners.remove(listener)

    def request(self, apdu: Any) -> Any:
        """Send a request. Raises `DeviceError` for anything but a read."""
        if not isinstance(apdu, READS):
            raise DeviceError(f"bacnet: {type(apdu).__name__} is not a read and is never sent", permanent=True)
        return super().request(apdu)

    async def indication(self, apdu: Any) -> None:
        """Take notifications; refuse every confirmed request; ignore the rest."""
        if isinstance(apdu, HEARD):
            for listener in list(getattr(self, "_listeners", [])):
                listener(apdu)
        if isinstance(apdu, ConfirmedRequestPDU):
            known = isinstance(apdu, HEARD)
            answer = SimpleAckPDU(context=apdu) if known else RejectPDU(reason="unrecognizedService", context=apdu)
            await self.response(answer)


_RAW = (ReadPropertyMultipleRequest.service_choice, ReadRangeRequest.service_choice)


class _AccessPoint(ApplicationServiceAccessPoint):
    """Hands long answers up as they came: decoding them into the library's sequences takes most of a poll."""

    async def sap_response(self, apdu: Any) -> None:
        """An answer from the network."""
        if isinstance(apdu, ComplexAckPDU) and apdu.apduService in _RAW:
            await ServiceAccessPoint.sap_response(self, apdu)
        else:
            await super().sap_response(apdu)


def _stack(device: DeviceObject) -> ReadOnlyApplication:
    """What `Application.from_object_list` builds, with our access point."""
    application = ReadOnlyApplication()
    application.asap = _AccessPoint(device, application.device_info_cache)
    application.nsap = NetworkServiceAccessPoint()
    application.nse = NetworkServiceElement()
    bind(application.nse, application.nsap)
    bind(application, application.asap, application.nsap)
    application.add_object(device)
    return application


class Network:
    """An open local port. `acquire` shares it; the last `release` closes it."""

    def __init__(self, local: Local, sock: socket.socket) -> None:
        self.local = local
        self.users = 0
        self._limits: dict[str, Limits] = {}
        ip, self.port = sock.getsockname()
        device = DeviceObject(
            objectIdentifier=("device", 4_194_302),
            objectName="First Bell agent",
            maxApduLengthAccepted=APDU,
            segmentationSupported=Segmentation.noSegmentation,
            apduTimeout=6000,
            numberOfApduRetries=0,
        )
        self.application = _stack(device)
        where = IPv4Address((ip, self.port))
        self._link = BIPForeign() if local.bbmd else BIPNormal()
        self._server = IPv4DatagramServer(where, no_broadcast=True, bind_socket=sock)
        multiplexer = UDPMultiplexer()
        bind(self._link, BVLLCodec(), multiplexer.annexJ)
        bind(multiplexer, self._server)
        self.application.nsap.bind(self._link, address=where)

    async def start(self, bbmd: Address | None) -> None:
        """Wait for the socket to be in use and register at the BBMD, if there is one."""
        await self._server._local_transport_ready.wait()
        if bbmd is not None:
            self._link.register(bbmd, REGISTRATION)

    async def stop(self) -> None:
        """Unregister and close."""
        if self.local.bbmd:
            self._link.unregister()
            await asyncio.sleep(0)
        self._server.close()
        await asyncio.sleep(0)

    def limits(self, address: str) -> Limits:
        """What is known of how much the device at `address` takes at once."""
        return self._limits.setdefault(address, Limits())

    def broadcast_to(self, address: str) -> None:
        """Send broadcasts to `address`, for example "10.1.255.255"."""
        self._server.broadcast_address = station(address).addrTuple

    def is_self(self, address: Address) -> bool:
        """Whether the stack would talk to itself: any 127.x address on its own port counts as its own."""
        hop = address.addrRoute or address
        ip, port = hop.addrTuple
        return bool(port == self.port) and (ip.startswith("127.") or ip == self.local.ip)


_open: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Local, Network]]" = WeakKeyDictionary()


async def acquire(local: Local) -> Network:
    """The process's port for `local`, opened when nobody uses it yet. Raises `DeviceError` when it cannot be bound."""
    networks = _open.setdefault(asyncio.get_running_loop(), {})
    network = networks.get(local)
    if network is None:
        bbmd = station(local.bbmd) if local.bbmd else None
        network = networks[local] = Network(local, _socket(local))
        await network.start(bbmd)
    network.users += 1
    return network


async def release(network: Network) -> None:
    """Give the port back."""
    network.users -= 1
    if network.users == 0:
        _open[asyncio.get_running_loop()].pop(network.local, None)
        await network.stop()


def station(address: str) -> Address:
    """A device's address as bacpypes3 has it: "10.1.2.3", "10.1.2.3:47809" or, behind a router, "2:5@10.1.2.3".

    Raises `DeviceError` (permanent) for anything else; names are not looked up.
    """
    hop = address.rpartition("@")[2].partition(":")[0]
    try:
        socket.inet_pton(socket.AF_INET, hop)
        found = Address(address)
    except (OSError, ValueError, RuntimeError) as error:
        raise DeviceError(
            f"bacnet: {address!r} is no address; write 10.1.2.3, 10.1.2.3:47809 or 2:5@10.1.2.3", permanent=True
        ) from error
    hop_port = (found.addrRoute or found).addrTuple[1] if found.is_localstation or found.addrRoute else 0
    if not (found.is_localstation or found.is_remotestation) or not 0 < hop_port < 65536:
        raise DeviceError(f"bacnet: {address!r} is not the address of one device", permanent=True)
    return found


def bind_socket(address: str) -> socket.socket:
    """A UDP socket bound to "ip:port" alone. Raises `DeviceError` when it is taken, which bacpypes3 would not say."""
    ip, _, port = address.partition(":")
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.bind((ip, int(port or PORT)))
    except OSError as error:
        sock.close()
        raise DeviceError(
            f"bacnet: cannot use UDP port {port or PORT} of {ip}: {error.strerror}; "
            "another BACnet program may run here: stop it, or set the option local_port"
        ) from error
    return sock


def _socket(local: Local) -> socket.socket:
    if local.port:
        return bind_socket(f"{local.ip}:{local.port}")
    with suppress(DeviceError):
        return bind_socket(f"{local.ip}:{PORT}")
    return bind_socket(f"{local.ip}:0")
