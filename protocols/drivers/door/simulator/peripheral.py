"""An OSDP peripheral device that does not exist, behind a serial-to-Ethernet converter: over TCP, with a secure channel."""

import asyncio
import secrets
from collections import deque
from contextlib import suppress

from protocols.drivers.door.osdp import frame as wire
from protocols.drivers.door.osdp.frame import Frame, Heard
from protocols.drivers.door.osdp.secure import SCBK, Channel, agrees

OUI, MODEL, FIRMWARE = bytes((0x00, 0x06, 0x8E)), bytes((40, 3)), bytes((1, 4, 2))
"""Parts of PDID."""
UNKNOWN_COMMAND, UNSECURED, SEQUENCE_ERROR = 3, 6, 4


class Peripheral:
    """One device at `address`. What it says is in `local` (tamper, power), `inputs`, `outputs`, `readers`; change them at will."""

    def __init__(self, address: int, key: bytes | None, secure_only: bool = False) -> None:
        self.address, self.key, self.secure_only = address, key, secure_only
        self.local, self.inputs, self.outputs, self.readers = bytearray(2), bytearray(4), bytearray(2), bytearray(1)
        self.silent = False
        self.commands: list[int] = []
        """Every command it was sent, in order."""
        self.place = ("", 0)
        self._events: deque[bytes] = deque(maxlen=64)
        self._channel: Channel | None = None
        self._pending: Channel | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._last: tuple[int, bytes] = (-1, b"")

    @property
    def identity(self) -> bytes:
        """PDID: OUI, model and version, a serial number that is its own, firmware."""
        serial = 1000 * self.place[1] + self.address
        return OUI + MODEL + serial.to_bytes(4, "little") + FIRMWARE

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises `OSError`."""
        self._server = await asyncio.start_server(self._accept, host, port)
        self.place = self._server.sockets[0].getsockname()[:2]

    async def stop(self) -> None:
        """Fall silent; safe to call twice."""
        if self._server is not None:
            self._server.close()
        self._server = None
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def present(self, card: bytes) -> None:
        """Somebody presents a card: reader 0, Wiegand, its bits."""
        self._events.append(bytes((wire.RAW, 0, 1)) + (8 * len(card)).to_bytes(2, "little") + card)

    def press(self, digits: bytes) -> None:
        """Somebody types on its keypad."""
        self._events.append(bytes((wire.KEYPAD, 0, len(digits))) + digits)

    def tell(self) -> None:
        """It tells its inputs and its tamper and power by itself, as a device does when they change."""
        self._events.append(bytes((wire.LSTATR,)) + self.local)
        self._events.append(bytes((wire.ISTATR,)) + self.inputs)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._converse(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = Heard()
        try:
            with suppress(OSError):
                while octets := await reader.read(1024):
                    for frame in heard.feed(octets):
                        if not frame.reply and frame.address == self.address:
                            self.commands.append(frame.code)
                            if not self.silent:
                                writer.write(self.answer(frame))
                                await writer.drain()
        finally:
            writer.transport.abort()

    def answer(self, asked: Frame) -> bytes:
        """The octets of the answer; a command that comes again with its number gets the answer it had."""
        if asked.sequence == 0:
            self._channel = self._pending = None
        elif asked.sequence == self._last[0]:
            return self._last[1]
        if asked.mac and (
            self._channel is None or not agrees(asked.mac, self._channel.sign(asked.signed, reply=False))
        ):
            self._channel = None
            return self._reply(asked, bytes((wire.NAK, UNSECURED)))
        self._last = (asked.sequence, self._say(asked))
        return self._last[1]

    def _say(self, asked: Frame) -> bytes:
        if asked.code == wire.CHLNG and self.key is not None:
            return self._challenged(asked, self.key)
        if asked.code == wire.SCRYPT and self._pending is not None:
            return self._agreed(asked, self._pending)
        if self.secure_only and not asked.mac and asked.code not in (wire.ID, wire.CAP):
            return self._reply(asked, bytes((wire.NAK, UNSECURED)))
        return self._reply(asked, self._content(asked.code))

    def _content(self, code: int) -> bytes:
        if code == wire.POLL:
            return self._events.popleft() if self._events else bytes((wire.ACK,))
        said: tuple[int, bytearray] | None = {
            wire.ID: (wire.PDID, bytearray(self.identity)),
            wire.CAP: (wire.PDCAP, bytearray(self._capabilities())),
            wire.LSTAT: (wire.LSTATR, self.local),
            wire.ISTAT: (wire.ISTATR, self.inputs),
            wire.OSTAT: (wire.OSTATR, self.outputs),
            wire.RSTAT: (wire.RSTATR, self.readers),
        }.get(code)
        return bytes((wire.NAK, UNKNOWN_COMMAND)) if said is None else bytes((said[0],)) + said[1]

    def _capabilities(self) -> bytes:
        secure = 1 if self.key is not None else 0
        return bytes(
            (1, 1, len(self.inputs), 2, 1, len(self.outputs), 8, 1, 0, 9, secure, secure, 13, 0, len(self.readers))
        )

    def _challenged(self, asked: Frame, key: bytes) -> bytes:
        self._pending = Channel(key, asked.data)
        self._random = secrets.token_bytes(8)
        content = (
            bytes((wire.CCRYPT,)) + self.identity[:8] + self._random + self._pending.device_cryptogram(self._random)
        )
        return self._plain(asked, content, bytes((0x12, SCBK)))

    def _agreed(self, asked: Frame, channel: Channel) -> bytes:
        good = agrees(asked.data, channel.panel_cryptogram(self._random))
        content = bytes((wire.RMAC_I,)) + (channel.begin(asked.data) if good else bytes(16))
        self._channel = channel if good else None
        return self._plain(asked, content, bytes((0x14, 1 if good else 0xFF)))

    def _reply(self, asked: Frame, content: bytes) -> bytes:
        channel = self._channel
        if channel is None or not asked.mac:
            return self._plain(asked, content)
        code, data = content[:1], content[1:]
        block = b"\x18" if data else b"\x16"
        body = code + (channel.encrypt(data, reply=True) if data else b"")
        unsigned = wire.start(self.address | wire.REPLY, asked.sequence, body, block, crc=asked.crc)
        return wire.close(unsigned, channel.sign(unsigned, reply=True))

    def _plain(self, asked: Frame, content: bytes, block: bytes = b"") -> bytes:
        return wire.close(wire.start(self.address | wire.REPLY, asked.sequence, content, block, crc=asked.crc))
