"""OSDP frames: bytes of the line to frames and back. Pure. Codes and layout are those of IEC 60839-11-5 (SIA OSDP 2.2), 5.

A frame is SOM, address, length, control, an optional security block, a code, data, an optional MAC, and CRC-16 or checksum.
"""

import binascii
from typing import NamedTuple

SOM, MARK = 0x53, 0xFF
SEQUENCE, CRC, SECURITY = 0x03, 0x04, 0x08
"""Bits of the control octet."""
REPLY = 0x80
"""Bit of the address octet in what a peripheral device says."""
LARGEST, SMALLEST = 1440, 7
"""Octets of a frame: the standard's most, and the least that has a code and a checksum."""
MAC = 4
MACS = 0x15
"""Security blocks from this type on (SCS_15 to SCS_18) end in a MAC."""
HEADER = 5

POLL, ID, CAP, LSTAT, ISTAT, OSTAT, RSTAT, CHLNG, SCRYPT = 0x60, 0x61, 0x62, 0x64, 0x65, 0x66, 0x67, 0x76, 0x77
READS = frozenset({POLL, ID, CAP, LSTAT, ISTAT, OSTAT, RSTAT, CHLNG, SCRYPT})
"""Every command that can leave: they ask, or agree on a session's keys. `build` refuses any other."""

ACK, NAK, PDID, PDCAP, LSTATR, ISTATR, OSTATR, RSTATR = 0x40, 0x41, 0x45, 0x46, 0x48, 0x49, 0x4A, 0x4B
RAW, FMT, KEYPAD, XRD, CCRYPT, RMAC_I, BUSY = 0x50, 0x51, 0x53, 0xB1, 0x76, 0x78, 0x79
PRESENTED = frozenset({RAW, FMT, XRD})
"""Replies that carry a credential: counted, and what they carry is dropped here."""
WITHHELD = PRESENTED | {KEYPAD}
"""Replies whose content nobody gets: credentials, and digits of a PIN."""


class Frame(NamedTuple):
    """One frame. `data` is without MAC, still encrypted where `security` says so, and empty for what is withheld.

    `signed` is what a MAC covers, `mac` its four octets; both empty where there is no MAC.
    """

    address: int
    reply: bool
    sequence: int
    code: int
    data: bytes
    crc: bool
    security: bytes = b""
    signed: bytes = b""
    mac: bytes = b""


def build(
    address: int, sequence: int, code: int, data: bytes = b"", security: bytes = b"", *, crc: bool = True
) -> bytes:
    """A command without its MAC and check: `close` ends it. Raises `ValueError` for a code that is not in `READS`."""
    if code not in READS:
        raise ValueError(f"OSDP command {code:#04x} is never sent")
    return start(address, sequence, bytes((code,)) + data, security, crc=crc)


def start(address: int, sequence: int, content: bytes, security: bytes = b"", *, crc: bool = True) -> bytes:
    """Header, security block, code and data; the length counts what `close` adds."""
    mac = MAC if security and security[0] >= MACS else 0
    block = bytes((len(security) + 1,)) + security if security else b""
    length = HEADER + len(block) + len(content) + mac + (2 if crc else 1)
    control = (sequence & SEQUENCE) | (CRC if crc else 0) | (SECURITY if security else 0)
    return bytes((SOM, address, length & 0xFF, length >> 8, control)) + block + content


def close(frame: bytes, mac: bytes = b"") -> bytes:
    """The frame with its MAC and check, after the mark octet that wakes receivers."""
    whole = frame + mac
    check = crc16(whole).to_bytes(2, "little") if frame[4] & CRC else bytes((checksum(whole),))
    return bytes((MARK,)) + whole + check


def crc16(octets: bytes) -> int:
    """CRC-16 of annex C: polynomial 0x1021, begun with 0x1D0F."""
    return binascii.crc_hqx(octets, 0x1D0F)


def checksum(octets: bytes) -> int:
    """The two's complement of the octets' sum."""
    return -sum(octets) & 0xFF


class Heard:
    """Takes what the line gives and yields whole frames; `noise` counts octets that belong to none, `broken` bad checks."""

    def __init__(self) -> None:
        self.noise = 0
        self.broken = 0
        self._octets = bytearray()

    def feed(self, octets: bytes) -> list[Frame]:
        """The frames that are complete now. Memory is bounded: what is no frame is thrown away."""
        self._octets += octets
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def clear(self) -> None:
        """Forget what is not complete."""
        self._octets.clear()

    def _next(self) -> Frame | None:
        while True:
            start_at = self._octets.find(SOM)
            self._drop(len(self._octets) if start_at < 0 else start_at)
            if len(self._octets) < HEADER:
                return None
            length = self._octets[2] | self._octets[3] << 8
            if not SMALLEST <= length <= LARGEST:
                self._drop(1)
            elif len(self._octets) < length:
                return None
            elif (frame := parse(bytes(self._octets[:length]))) is not None:
                del self._octets[:length]
                return frame
            else:
                self.broken += 1
                self._drop(1)

    def _drop(self, count: int) -> None:
        self.noise += count - self._octets.count(MARK, 0, count)
        del self._octets[:count]


def parse(octets: bytes) -> Frame | None:
    """The frame that begins at SOM and fills `octets`; None when its check or its lengths are wrong."""
    control = octets[4]
    tail = 2 if control & CRC else 1
    body = octets[:-tail]
    good = crc16(body).to_bytes(2, "little") == octets[-tail:] if control & CRC else checksum(body) == octets[-1]
    at = HEADER + (octets[HEADER] if control & SECURITY else 0)
    security = octets[HEADER + 1 : at] if control & SECURITY else b""
    mac = MAC if security and security[0] >= MACS else 0
    if not good or at + mac >= len(body) or (control & SECURITY and not security):
        return None
    code, data = body[at], body[at + 1 : len(body) - mac]
    reply = bool(octets[1] & REPLY)
    return Frame(
        octets[1] & ~REPLY,
        reply,
        control & SEQUENCE,
        code,
        b"" if reply and code in WITHHELD else data,
        bool(control & CRC),
        security,
        body[: len(body) - mac] if mac else b"",
        body[len(body) - mac :] if mac else b"",
    )
