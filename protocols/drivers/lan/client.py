"""One interface's wire through packet sockets (packet(7)): what is watched is picked and counted by the kernel, so a storm costs little.

Needs CAP_NET_RAW. The one frame that is ever sent is `decode.discover`'s.
"""

import asyncio
import contextlib
import ctypes
import errno
import socket
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from protocols.drivers.lan.decode import ARP, IPV4, IPV6, discover
from protocols.errors import DeviceError

Heard = Callable[[bytes], None]
MOST_FRAMES = 5000
"""Frames that are looked at between two polls; the kernel goes on counting."""
AT_ONCE = 64
_ALL = 3
_SOL_PACKET, _STATISTICS, _IGNORE_OUTGOING, _ADD_MEMBERSHIP = 263, 6, 23, 1
_ATTACH_FILTER = 26
_PASS, _DROP = (0x06, 0, 0, 2048), (0x06, 0, 0, 0)
GROUP = ((0x30, 0, 0, 0), (0x45, 0, 1, 1), (0x06, 0, 0, 14), _DROP)
"""Classic BPF: the group bit of the destination."""
ROUTERS = ((0x30, 0, 0, 20), (0x15, 0, 3, 58), (0x30, 0, 0, 54), (0x15, 0, 1, 134), _PASS, _DROP)
"""ICMPv6 of type 134."""
OFFERS = (
    (0x30, 0, 0, 23), (0x15, 0, 6, 17), (0x28, 0, 0, 20), (0x45, 4, 0, 0x1FFF), (0xB1, 0, 0, 14), (0x48, 0, 0, 16),
    (0x15, 0, 1, 68), _PASS, _DROP,
)  # fmt: skip
"""UDP to port 68, not a later fragment."""
_NO_RIGHT = (
    "needs the capability CAP_NET_RAW and sockets of AF_PACKET: `systemctl edit firstbell-agent`, under [Service] the lines "
    "CapabilityBoundingSet=CAP_NET_RAW, AmbientCapabilities=CAP_NET_RAW, RestrictAddressFamilies=AF_PACKET, and restart it; "
    "or set listen = false and dhcp = false"
)


class Counts(NamedTuple):
    """Frames since the last look: to a group, ARP, and all that the interface received."""

    group: int
    arp: int
    received: int


class Wire(Protocol):
    """What a network's frames are heard on."""

    async def start(self, heard: Heard, listen: bool, dhcp: bool) -> None:
        """Hear from now on; safe to call again: then it goes on hearing after a storm. Raises `DeviceError`."""

    def ask(self, transaction: int) -> None:
        """Send a DHCPDISCOVER. Raises `DeviceError`."""

    def counts(self) -> Counts:
        """Frames since the last look."""

    def close(self) -> None:
        """Hear no more; safe to call twice."""


class PacketWire:
    """An interface of this machine."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        self._readers: list[socket.socket] = []
        self._counters: list[socket.socket] = []
        self._dhcp: socket.socket | None = None
        self._left = 0
        self._received = 0
        self._is_broken = False

    async def start(self, heard: Heard, listen: bool, dhcp: bool) -> None:
        """Open the sockets, or hear again after too much. Raises `DeviceError`."""
        if self._is_broken:
            self.close()
        if not self._readers:
            try:
                self._open(listen, dhcp)
            except OSError as error:
                self.close()
                # A service that may not use packet sockets at all is told that there are none.
                is_right = isinstance(error, PermissionError) or error.errno == errno.EAFNOSUPPORT
                says = _NO_RIGHT if is_right else f"cannot be listened to: {error.strerror or error}"
                raise DeviceError(f"{self.interface}: {says}") from error
        self._left = MOST_FRAMES
        for reader in self._readers:
            asyncio.get_running_loop().add_reader(reader, self._drain, reader, heard)

    def ask(self, transaction: int) -> None:
        """Send a DHCPDISCOVER from this interface's own address. Raises `DeviceError`."""
        if self._dhcp is None:
            raise DeviceError(f"{self.interface}: not opened for DHCP")
        try:
            self._dhcp.send(discover(self._dhcp.getsockname()[4], transaction))
        except OSError as error:
            raise DeviceError(
                f"{self.interface}: the DHCP question cannot be sent: {error.strerror or error}"
            ) from error

    def counts(self) -> Counts:
        """Counted by the kernel, also what was dropped because nobody read it."""
        group, arp = (_statistics(each) for each in self._counters) if self._counters else (0, 0)
        before, self._received = self._received, _received(self.interface)
        return Counts(group, arp, max(0, self._received - before))

    def close(self) -> None:
        """Close the sockets."""
        self._pause()
        for each in (*self._readers, *self._counters):
            each.close()
        self._readers, self._counters, self._dhcp, self._is_broken = [], [], None, False

    def _open(self, listen: bool, dhcp: bool) -> None:
        if listen:
            self._readers.append(self._socket(ARP))
            self._readers.append(self._socket(IPV6, ROUTERS))
            _join_all_nodes(self._readers[-1], self.interface)
            for protocol, program in ((_ALL, GROUP), (ARP, ((0x06, 0, 0, 14),))):
                counter = self._socket(protocol, program)
                counter.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
                self._counters.append(counter)
        if dhcp:
            self._dhcp = self._socket(IPV4, OFFERS)
            self._readers.append(self._dhcp)
        self._received = _received(self.interface)

    def _socket(self, protocol: int, program: Sequence[tuple[int, int, int, int]] = ()) -> socket.socket:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            opened.setblocking(False)
            if program:
                _attach(opened, program)
            with contextlib.suppress(OSError):  # Linux before 4.20
                opened.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
            opened.bind((self.interface, protocol))
        except BaseException:
            opened.close()
            raise
        return opened

    def _drain(self, reader: socket.socket, heard: Heard) -> None:
        for _ in range(AT_ONCE):
            try:
                frame = reader.recv(2048)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # the interface went down, or is another one by the same name: opened anew at the next poll
                self._is_broken = True
                self._pause()
                return
            heard(frame)
            self._left -= 1
            if self._left <= 0:
                self._pause()
                return

    def _pause(self) -> None:
        for reader in self._readers:
            if reader.fileno() >= 0:
                asyncio.get_running_loop().remove_reader(reader)


def _attach(opened: socket.socket, program: Sequence[tuple[int, int, int, int]]) -> None:
    code = b"".join(struct.pack("HBBI", *each) for each in program)
    held = ctypes.create_string_buffer(code)
    opened.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(held)))


def _join_all_nodes(opened: socket.socket, interface: str) -> None:
    """ff02::1, also where this machine has no IPv6."""
    request = struct.pack("iHH8s", socket.if_nametoindex(interface), 0, 6, b"\x33\x33\x00\x00\x00\x01\x00\x00")
    opened.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, request)


def _statistics(opened: socket.socket) -> int:
    packets, _ = struct.unpack("II", opened.getsockopt(_SOL_PACKET, _STATISTICS, 8))
    return int(packets)


def _received(interface: str) -> int:
    try:
        return int(Path(f"/sys/class/net/{interface}/statistics/rx_packets").read_text("ascii"))
    except (OSError, ValueError):
        return 0
