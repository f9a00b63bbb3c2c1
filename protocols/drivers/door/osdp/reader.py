"""One peripheral device on an OSDP bus: brings it on line, asks its states, counts what is presented to it.

It keeps what it was told, and why it is off line. What a card or a keypad says is not in here: `frame.py` drops it.
"""

import os
from collections.abc import Callable
from typing import NamedTuple, Protocol

from protocols.drivers.door.osdp import frame as wire
from protocols.drivers.door.osdp.frame import Frame
from protocols.drivers.door.osdp.secure import SCBK, Channel, agrees
from protocols.errors import DeviceError

MISSES = 3
"""Questions in a row without an answer after which a device is off line."""
MOST_SKIPPED = 16
"""Rounds that a device that is off line is left alone, lest those that answer wait for it."""
REFUSALS = {
    1: "it found the check of the question wrong",
    2: "it found the length of the question wrong",
    3: "it does not know the question",
    4: "it expected another sequence number",
    5: "it refuses this security block",
    6: "it talks over a secure channel only",
}
"""NAK's error codes (5.11.2)."""
NO_ANSWER, GONE = "no answer", "it answered and answers no more"
REFUSES_KEY = "it answers and refuses the secure channel: key_file does not hold its key (SCBK)"
NO_CHANNEL = "it answers and has no secure channel, although key_file is set: nothing is read in the clear"
LOST_ANSWER = "its answer was lost while a secure channel was agreed on: noise on the line?"
UNSECURED = (5, 6)
"""NAK codes of a device that wants a secure channel, or another."""
ASKED = {wire.LSTAT: wire.LSTATR, wire.ISTAT: wire.ISTATR, wire.OSTAT: wire.OSTATR, wire.RSTAT: wire.RSTATR}
INPUTS, OUTPUTS, SECURITY, READERS = 1, 2, 9, 13
"""Function codes of PDCAP (annex B)."""


class Line(Protocol):
    """The bus as a reader sees it."""

    async def exchange(self, request: bytes, address: int, sequence: int) -> Frame | None:
        """Send, and the answer; None when there is none."""


class Identity(NamedTuple):
    """What a device says of itself: PDID and PDCAP (function code → compliance level and number of items)."""

    pdid: bytes
    capabilities: dict[int, tuple[int, int]]


class RefusedError(DeviceError):
    """The device answered NAK."""

    def __init__(self, code: int) -> None:
        super().__init__(REFUSALS.get(code, f"it refuses (NAK {code})"))
        self.code = code


class Reader:
    """Address, key and what is known of it. `told` is called when something changed."""

    def __init__(self, address: int, key: bytes | None, told: Callable[[], None]) -> None:
        self.address, self._key, self._told = address, key, told
        self.identity: Identity | None = None
        self.states: dict[int, bytes] = {}
        """Report code (LSTATR, …) → its data, as told last while on line."""
        self.presented = 0
        """How often a credential was presented since this reader was opened."""
        self.online = False
        self.reason = NO_ANSWER
        self.certain = False
        """Whether `reason` will not change by asking again at once."""
        self.secure = False
        self._channel: Channel | None = None
        self._sequence = 0
        self._crc = True
        self._misses = 0
        self._wanted: list[int] = []
        self._skip, self._pause = 0, 1

    def ask(self) -> None:
        """Have every state told anew in the next rounds."""
        self._wanted, self._skip, self.certain = self._questions(), 0, False

    def asking(self) -> bool:
        """Whether questions wait."""
        return bool(self._wanted) or not self.online

    def lost(self, reason: str, certain: bool = False) -> None:
        """It is off line, or its bus is: what was told is worth nothing now. `certain`: asking again now is of no use."""
        self.certain = certain
        self.online, self.secure, self._channel = False, False, None
        self.states, self._wanted, self.reason, self._misses, self._sequence = {}, [], reason, 0, 0
        self._told()

    async def turn(self, line: Line) -> None:
        """One question, or the whole of coming on line. Raises `DeviceError` when the bus is lost."""
        if not self.online and self._skip > 0:
            self._skip -= 1
            return
        try:
            await (self._listen(line) if self.online else self._begin(line))
        except RefusedError as error:
            self._refused(error)
        self._pause = 1 if self.online else min(2 * self._pause, MOST_SKIPPED)
        self._skip = 0 if self.online else self._pause

    async def _begin(self, line: Line) -> None:
        """ID, CAP, the secure channel where there is a key, then every state."""
        self._sequence, self._channel, self._misses = 0, None, 0
        self.states = {}
        pdid = await self._send(line, wire.ID, b"\x00")
        if pdid is None:
            self.reason = NO_ANSWER if self.identity is None else GONE
        if pdid is None or pdid.code != wire.PDID or len(pdid.data) < 12:
            return
        capabilities = await self._send(line, wire.CAP, b"\x00")
        if capabilities is None or capabilities.code != wire.PDCAP:
            return
        self.identity = Identity(pdid.data[:12], read_capabilities(capabilities.data))
        if self._key is not None and not await self._secure(line, self._key):
            return
        for code in self._questions():
            await self._state(line, code)
        self.online, self._wanted, self.reason = True, [], GONE
        self._told()

    async def _secure(self, line: Line, key: bytes) -> bool:
        """Agree on a session's keys: each side proves that it holds the key (annex D.4). Whether it is so; `reason` says why not."""
        if self.identity is None or not self.identity.capabilities.get(SECURITY, (0, 0))[0] & 1:
            self.lost(NO_CHANNEL, certain=True)
            return False
        self.reason = LOST_ANSWER
        channel = Channel(key, os.urandom(8))
        answer = await self._send(line, wire.CHLNG, channel.challenge, bytes((0x11, SCBK)))
        if answer is None:
            return False
        random = answer.data[8:16]
        good = answer.code == wire.CCRYPT and len(answer.data) == 32 and answer.security[1:] == bytes((SCBK,))
        if not good or not agrees(answer.data[16:], channel.device_cryptogram(random)):
            self.lost(REFUSES_KEY, certain=True)
            return False
        said = channel.panel_cryptogram(random)
        answer = await self._send(line, wire.SCRYPT, said, bytes((0x13, SCBK)))
        if answer is None:
            return False
        if answer.code != wire.RMAC_I or not agrees(answer.data, channel.begin(said)):
            self.lost(REFUSES_KEY, certain=True)
            return False
        self._channel, self.secure = channel, True
        return True

    def _refused(self, error: RefusedError) -> None:
        """The device answered NAK to what it must know."""
        if error.code not in UNSECURED:
            self.lost(f"it answers and refuses: {error}", certain=True)
        elif self._key is not None:
            self.lost(REFUSES_KEY, certain=not self.online)
        else:
            self.lost(f"it answers and refuses: {error}: set key_file to its key (SCBK)", certain=True)

    async def _listen(self, line: Line) -> None:
        """The states that are wanted, else whether anything happened."""
        if self._wanted:
            wanted = self._wanted
            for code in wanted:
                if self.online:
                    await self._state(line, code)
            if self._wanted is wanted:
                self._wanted = []
            self._told()
            return
        answer = await self._send(line, wire.POLL)
        if answer is None:
            self._missed()
        elif answer.code in wire.PRESENTED:
            self.presented += 1
            self._told()
        elif answer.code in ASKED.values() and self.states.get(answer.code) != answer.data:
            self.states[answer.code] = answer.data
            self._told()

    async def _state(self, line: Line, code: int) -> None:
        """Ask one state; one that the device does not know, or does not tell this time, is untold: it never stays as it was."""
        try:
            answer = await self._send(line, code)
        except RefusedError as error:
            if error.code in UNSECURED:
                raise
            self.states.pop(ASKED[code], None)
            return
        if answer is not None and answer.code == ASKED[code]:
            self.states[answer.code] = answer.data
            return
        self.states.pop(ASKED[code], None)
        if answer is None:
            self._missed()

    async def _send(self, line: Line, code: int, data: bytes = b"", security: bytes = b"") -> Frame | None:
        """One question; the answer opened, or None. Raises `RefusedError` for NAK."""
        for _ in range(2):
            request, opening = self._request(code, data, security)
            answer = await line.exchange(request, self.address, self._sequence)
            if answer is None or answer.code == wire.BUSY:
                continue  # the same question with the same number: a device repeats what it said to it
            answer = self._opened(answer, opening)
            if answer is None:
                continue
            self._sequence = self._sequence % 3 + 1
            self._misses = 0
            if answer.code == wire.NAK:
                raise RefusedError(answer.data[0] if answer.data else 0)
            return answer
        return None

    def _request(self, code: int, data: bytes, security: bytes) -> tuple[bytes, bytes]:
        """The octets of a question, and where the decryption of its answer begins."""
        channel = self._channel
        if channel is None:
            return wire.close(wire.build(self.address, self._sequence, code, data, security, crc=self._crc)), b""
        unsigned = wire.build(self.address, self._sequence, code, data, b"\x15", crc=self._crc)
        mac = channel.sign(unsigned, reply=False)
        return wire.close(unsigned, mac), channel.opening(reply=True)

    def _opened(self, answer: Frame, opening: bytes) -> Frame | None:
        """The answer with its MAC checked and its data in the clear; None when it proves nothing."""
        channel = self._channel
        if channel is None:
            return None if answer.mac else answer
        if not answer.mac:
            return answer if answer.code == wire.NAK else None
        if not agrees(answer.mac, channel.sign(answer.signed, reply=True)):
            return None
        if answer.security[0] == 0x18 and answer.data:
            try:
                return answer._replace(data=channel.decrypt(answer.data, opening))
            except ValueError:  # no whole blocks, or no padding
                return None
        return answer

    def _missed(self) -> None:
        self._misses += 1
        if self._misses >= MISSES:
            self.lost(GONE)

    def _questions(self) -> list[int]:
        """The states it says it has; its own tamper and power switch, and its readers, always."""
        capabilities = self.identity.capabilities if self.identity else {}
        found = [wire.LSTAT, wire.RSTAT]
        found += [wire.ISTAT] if capabilities.get(INPUTS, (0, 0))[1] else []
        return found + ([wire.OSTAT] if capabilities.get(OUTPUTS, (0, 0))[1] else [])


def read_capabilities(data: bytes) -> dict[int, tuple[int, int]]:
    """Function code → compliance level and number of items."""
    return {data[at]: (data[at + 1], data[at + 2]) for at in range(0, len(data) - 2, 3)}
