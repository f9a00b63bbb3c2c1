"""Ethernet frames → what they mean, and the one frame that is ever sent. Pure; whatever a frame holds, it is something known or None.

Sources: RFC 826 (ARP), RFC 2131 and 2132 (DHCP), RFC 4861 (router advertisements).
"""

import ipaddress
import struct
from typing import NamedTuple

EVERYONE = b"\xff" * 6
ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86DD
MAGIC = b"\x63\x82\x53\x63"
DISCOVER, OFFER = 1, 2
MOST_OPTIONS = 64
_SHARED = ("00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:07:b4:00:")
"""VRRP (RFC 5798) for IPv4 and IPv6, HSRP versions 1 and 2, GLBP."""


class Claim(NamedTuple):
    """An ARP packet: its sender says that it has an address (None: a probe that claims none)."""

    mac: str
    address: str | None


class Offer(NamedTuple):
    """A DHCP server offers an address: its identifier, and the MAC that sent the frame (the server's or a relay's).

    `terms`: mask, network, routers and name servers of the offer, equal where two offers lead to the same; empty without a router.
    """

    transaction: int
    server: str
    mac: str
    terms: bytes = b""


class Advertisement(NamedTuple):
    """An IPv6 router advertises itself; `lifetime` in s, 0: it no longer is one."""

    router: str
    mac: str
    lifetime: int


Seen = Claim | Offer | Advertisement


def mac_text(octets: bytes) -> str:
    """Six octets as lower-case text with colons."""
    return octets.hex(":")


def is_random(mac: str) -> bool:
    """Whether the address was made up by the device itself (locally administered), as phones do."""
    return bool(int(mac[:2], 16) & 2)


def is_shared(mac: str) -> bool:
    """Whether it is the virtual address of several routers: it stands beside their own, and GLBP has several for one gateway."""
    return mac.startswith(_SHARED)


def is_group(frame: bytes) -> bool:
    """Whether a frame goes to everyone or to a group."""
    return len(frame) >= 14 and bool(frame[0] & 1)


def decode(frame: bytes) -> Seen | None:
    """What the frame says, of all that is watched."""
    if len(frame) < 14 or frame[6] & 1 or frame[6:12] == bytes(6):
        return None
    kind = int.from_bytes(frame[12:14], "big")
    read = {ARP: _arp, IPV4: _dhcp, IPV6: _router}.get(kind)
    return None if read is None else read(mac_text(frame[6:12]), frame[14:])


def _arp(source: str, packet: bytes) -> Claim | None:
    if len(packet) < 28 or packet[:6] != b"\x00\x01\x08\x00\x06\x04" or packet[6:8] not in (b"\0\1", b"\0\2"):
        return None
    if packet[8] & 1 or packet[8:14] == bytes(6):
        return None
    address = ipaddress.IPv4Address(packet[14:18])
    return Claim(mac_text(packet[8:14]), None if address.is_unspecified or address.is_multicast else str(address))


def _dhcp(source: str, packet: bytes) -> Offer | None:
    header = (packet[0] & 15) * 4 if packet else 0
    if header < 20 or len(packet) < header + 8 + 240 or packet[9] != 17:
        return None
    ports = struct.unpack(">HH", packet[header : header + 4])
    message = packet[header + 8 :]
    if ports != (67, 68) or message[0] != 2 or message[236:240] != MAGIC:
        return None
    said = options(message[240:])
    if said.get(53) != bytes((OFFER,)):
        return None
    server = said.get(54, b"")
    named = ipaddress.IPv4Address(server if len(server) == 4 else packet[12:16])
    return Offer(int.from_bytes(message[4:8], "big"), str(named), source, _terms(message[16:20], said))


def _terms(given: bytes, said: dict[int, bytes]) -> bytes:
    """Of the address given and the options 1 (mask), 3 (routers) and 6 (name servers); partners may list theirs in another order."""
    mask, routers, names = said.get(1, b""), said.get(3, b""), said.get(6, b"")
    if len(mask) != 4 or not routers:
        return b""
    network = bytes(a & b for a, b in zip(given, mask, strict=True))
    lists = (b"".join(sorted(each[at : at + 4] for at in range(0, len(each), 4))) for each in (routers, names))
    return b"|".join((mask, network, *lists))


def options(field: bytes) -> dict[int, bytes]:
    """DHCP options by code, the first of several; what is cut off is left out."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 1 < len(field) and field[at] != 255 and len(found) < MOST_OPTIONS:
        if field[at] == 0:
            at += 1
            continue
        end = at + 2 + field[at + 1]
        if end <= len(field):
            found.setdefault(field[at], field[at + 2 : end])
        at = end
    return found


def _router(source: str, packet: bytes) -> Advertisement | None:
    if len(packet) < 56 or packet[0] >> 4 != 6 or packet[6] != 58 or packet[7] != 255 or packet[40] != 134:
        return None
    router = ipaddress.IPv6Address(packet[8:24])
    return Advertisement(str(router), source, int.from_bytes(packet[46:48], "big")) if router.is_link_local else None


def discover(mac: bytes, transaction: int) -> bytes:
    """The frame of a DHCPDISCOVER, with the broadcast flag, so that offers reach everyone who listens."""
    message = struct.pack(">BBBBIHH16x", 1, 1, 6, 0, transaction, 0, 0x8000) + mac.ljust(16, b"\0") + bytes(192) + MAGIC
    message += bytes((53, 1, DISCOVER, 55, 3, 1, 3, 6, 255))
    message = message.ljust(300, b"\0")
    datagram = struct.pack(">HHHH", 68, 67, 8 + len(message), 0) + message  # no checksum: IPv4 allows that
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
    header = header[:10] + _checksum(header).to_bytes(2, "big") + header[12:]
    return EVERYONE + mac + IPV4.to_bytes(2, "big") + header + datagram


def _checksum(header: bytes) -> int:
    total = int(sum(struct.unpack(f">{len(header) // 2}H", header)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
