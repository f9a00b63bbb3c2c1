"""A school's network that does not exist: its Ethernet frames over UDP, a router, a DHCP and a name server, two dozen devices, faults.

`python -m protocols.drivers.lan.simulator --address 127.0.0.1:9100 [--fault rogue-dhcp]`, read as `frames:127.0.0.1:9100`.
"""

import argparse
import asyncio
import contextlib
import ipaddress
import struct
from collections.abc import AsyncIterator, Mapping
from typing import cast

from protocols.address import read_place
from protocols.clock import Clock, SystemClock
from protocols.drivers.lan.datagram import HELLO, PREFIX, TOTALS
from protocols.drivers.lan.decode import ARP, EVERYONE, IPV4, IPV6, MAGIC, options
from protocols.wire.batch import Scalar

FAULTS = {
    "rogue-dhcp": "a student has plugged in a home router: it offers addresses, too",
    "dhcp-down": "the DHCP server does not answer",
    "duplicate-address": "somebody has given a laptop the printer's address",
    "storm": "a loop: 2,000 broadcasts a second",
    "new-devices": "a box of twelve new devices is plugged in",
    "rogue-router": "a device advertises itself as IPv6 router",
    "dns-down": "the name server does not answer",
    "unreachable": "no frame comes any more",
}
STEP = 5.0
"""Seconds between two rounds of ARP."""
STORM = 2000
MAKERS = ("00000c", "00005e", "3c2af4", "f8b156", "001b63", "b827eb")
ROUTER, SERVER, ROGUE = bytes.fromhex("00000c0a0001"), bytes.fromhex("f8b156000002"), bytes.fromhex("14cc20000bad")
V4 = "10.20.0."


def arp(mac: bytes, address: str, target: str) -> bytes:
    """A broadcast ARP request."""
    own, wanted = ipaddress.IPv4Address(address).packed, ipaddress.IPv4Address(target).packed
    packet = struct.pack(">HHBBH6s4s6s4s", 1, IPV4, 6, 4, 1, mac, own, bytes(6), wanted)
    return EVERYONE + mac + ARP.to_bytes(2, "big") + packet.ljust(46, b"\0")


def offer(mac: bytes, server: str, request: bytes, given: str) -> bytes:
    """A DHCPOFFER to a message of DHCP."""
    packed = ipaddress.IPv4Address(server).packed
    message = b"\x02" + request[1:16] + ipaddress.IPv4Address(given).packed + packed + request[24:28] + request[28:236]
    message += MAGIC + bytes((53, 1, 2, 54, 4)) + packed + bytes((51, 4, 0, 0, 14, 16, 255))
    udp = struct.pack(">HHHH", 67, 68, 8 + len(message), 0) + message
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, packed, b"\xff" * 4)
    return EVERYONE + mac + IPV4.to_bytes(2, "big") + header + udp


def advertisement(mac: bytes, host: int, lifetime: int) -> bytes:
    """A router advertisement to all nodes."""
    source, everyone = ipaddress.IPv6Address(f"fe80::{host:x}").packed, ipaddress.IPv6Address("ff02::1").packed
    body = struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, lifetime, 0, 0)
    packet = struct.pack(">IHBB", 0x60000000, len(body), 58, 255) + source + everyone + body
    return bytes.fromhex("333300000001") + mac + IPV6.to_bytes(2, "big") + packet


class Network(asyncio.DatagramProtocol):
    """The far end of the wire. `sent` are the DHCP message types that it was sent."""

    def __init__(self) -> None:
        self.faults: set[str] = set()
        self.sent: list[int] = []
        self.frames: list[bytes] = []
        self.group = self.arp = 0
        self._listeners: dict[tuple[str, int], None] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Somebody listens, or sends a frame."""
        if "unreachable" in self.faults:
            return
        if data == HELLO:
            self._listeners[addr] = None
            self.round()
            self._send(TOTALS.pack(self.group, self.arp, self.group), addr)
            return
        self.frames.append(data)
        message = data[42:]
        said = options(message[240:]).get(53, b"") if message[236:240] == MAGIC else b""
        self.sent += said
        if said == b"\x01":
            self._answer(message)

    def _answer(self, message: bytes) -> None:
        if "dhcp-down" not in self.faults:
            self._everyone(offer(SERVER, V4 + "2", message, V4 + "99"))
        if "rogue-dhcp" in self.faults:
            self._everyone(offer(ROGUE, "192.168.1.1", message, "192.168.1.50"))

    def round(self) -> None:
        """What is heard in five seconds."""
        for host in range(10, 34):
            self._everyone(arp(_device(host), V4 + str(host), V4 + "1"))
        self._everyone(arp(ROUTER, V4 + "1", V4 + "10"))
        self._everyone(advertisement(ROUTER, 1, 1800))
        if "duplicate-address" in self.faults:
            self._everyone(arp(bytes.fromhex("001b63000dad"), V4 + "12", V4 + "1"))
            self._everyone(arp(_device(12), V4 + "12", V4 + "1"))
        if "new-devices" in self.faults:
            for host in range(100, 112):
                self._everyone(arp(bytes.fromhex("b827eb0000") + bytes((host,)), V4 + str(host), V4 + "1"))
        if "rogue-router" in self.faults:
            self._everyone(advertisement(ROGUE, 0xBAD, 1800))
        if "storm" in self.faults:
            self.group, self.arp = self.group + int(STORM * STEP), self.arp + int(STORM * STEP)
            for _ in range(100):  # more would be lost on the way
                self._everyone(arp(ROGUE, V4 + "200", V4 + "1"))

    def _everyone(self, frame: bytes) -> None:
        self.group, self.arp = self.group + 1, self.arp + (frame[12:14] == ARP.to_bytes(2, "big"))
        for each in self._listeners:
            self._send(frame, each)

    def _send(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None and "unreachable" not in self.faults:
            self._transport.sendto(data, addr)


def _device(host: int) -> bytes:
    return bytes.fromhex(MAKERS[host % len(MAKERS)]) + bytes((0, 1, host))


class _Names(asyncio.DatagramProtocol):
    """A name server that knows nothing, and says so at once."""

    def __init__(self, faults: set[str]) -> None:
        self.faults = faults

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if "dns-down" not in self.faults and len(data) >= 12:
            self.transport.sendto(data[:2] + b"\x81\x80" + data[4:6] + bytes(6) + data[12:], addr)


class Simulator:
    """A network at its address; keeps `protocols.simulated.Simulated`."""

    def __init__(self, host: str, port: int, clock: Clock) -> None:
        self.host, self.port = host, port
        self.network = Network()
        self._clock = clock
        self._names_at = ""
        self._transports: list[asyncio.BaseTransport] = []
        self._stepping: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where it is heard."""
        return f"{PREFIX}{self.host}:{self.port}"

    @property
    def options(self) -> Mapping[str, Scalar]:
        """Everything that can be watched, after a minute of learning."""
        return {"listen": True, "dhcp": True, "dhcp_every": 60.0, "learn": 60.0, "dns_server": self._names_at}

    async def start(self) -> None:
        """Send frames to whoever listens; a port of 0 becomes a real one."""
        loop = asyncio.get_running_loop()
        wire, _ = await loop.create_datagram_endpoint(lambda: self.network, local_addr=(self.host, self.port))
        self.port = wire.get_extra_info("sockname")[1]
        names, _ = await loop.create_datagram_endpoint(lambda: _Names(self.network.faults), local_addr=(self.host, 0))
        self._names_at = f"{self.host}:{names.get_extra_info('sockname')[1]}"
        self._transports = [wire, names]
        self._stepping = asyncio.create_task(self._step())

    async def stop(self) -> None:
        """Fall silent; safe to call twice."""
        if self._stepping is not None:
            self._stepping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._stepping
            self._stepping = None
        for transport in self._transports:
            transport.close()

    async def fault(self, name: str) -> None:
        """Break it: one of `FAULTS`. Raises `KeyError` for another name."""
        if name not in FAULTS:
            raise KeyError(name)
        self.network.faults.add(name)

    async def heal(self) -> None:
        """Undo every fault."""
        self.network.faults.clear()

    async def _step(self) -> None:
        while True:
            await self._clock.sleep(STEP)
            self.network.round()


@contextlib.asynccontextmanager
async def simulate(address: str, clock: Clock) -> AsyncIterator[Simulator]:
    """A running network for the time of the block."""
    host, _, port = address.removeprefix(PREFIX).rpartition(":")
    place = read_place(address.removeprefix(PREFIX) if port != "0" else host, 0, "simulator")
    simulator = Simulator(place.host, place.port, clock)
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()


async def _run(chosen: argparse.Namespace) -> None:
    async with simulate(chosen.address, SystemClock()) as simulator:
        for name in chosen.fault:
            await simulator.fault(name)
        said = " ".join(f"--option {name}={value}" for name, value in simulator.options.items())
        print(f"a network is heard at {simulator.address} {said}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Play the network until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m protocols.drivers.lan.simulator", description=__doc__)
    parser.add_argument("--address", default="127.0.0.1:9100", help="address and UDP port to send frames from")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), help="break this; repeatable")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
