"""OSDP secure channel: session keys, cryptograms, MACs and encryption (IEC 60839-11-5 annex D). Pure; AES-128 of `cryptography`.

`signed` of a frame with a credential in it stays here: its MAC is checked, its content is never decrypted.
"""

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

BLOCK = 16
SCBK = 1
"""Key type in the security block: the key of this device; the public default key (0) is never used."""


def ecb(key: bytes, block: bytes) -> bytes:
    """One block, or several, encrypted each by itself."""
    from cryptography.hazmat.primitives.ciphers import modes

    context = _encryptor(key, modes.ECB())  # noqa: S305  (the standard's key derivation; single blocks of random data)
    return context.update(block) + context.finalize()


def cbc(key: bytes, start: bytes, blocks: bytes) -> bytes:
    """The blocks, chained from `start`."""
    from cryptography.hazmat.primitives.ciphers import modes

    context = _encryptor(key, modes.CBC(start))
    return context.update(blocks) + context.finalize()


def uncbc(key: bytes, start: bytes, blocks: bytes) -> bytes:
    """What `cbc` encrypted."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    context = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor()
    return context.update(blocks) + context.finalize()


def _encryptor(key: bytes, mode: object) -> "CipherContext":
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if not isinstance(mode, modes.CBC | modes.ECB):
        raise TypeError(f"no mode of this standard: {mode!r}")
    return Cipher(algorithms.AES(key), mode).encryptor()


def pad(octets: bytes, *, always: bool) -> bytes:
    """0x80 and zeros up to a whole block; a whole number of blocks is left alone unless `always`."""
    if not always and octets and len(octets) % BLOCK == 0:
        return octets
    return octets + b"\x80" + bytes(-(len(octets) + 1) % BLOCK)


def unpad(octets: bytes) -> bytes:
    """Without the padding. Raises `ValueError`: there is none."""
    stripped = octets.rstrip(b"\x00")
    if not stripped.endswith(b"\x80"):
        raise ValueError("no padding")
    return stripped[:-1]


class Channel:
    """The keys of one session and its two running MACs. One channel serves one side: control panel or device."""

    def __init__(self, key: bytes, challenge: bytes) -> None:
        self.challenge = challenge
        self.encryption = ecb(key, b"\x01\x82" + challenge[:6] + bytes(8))
        self._first = ecb(key, b"\x01\x01" + challenge[:6] + bytes(8))
        self._second = ecb(key, b"\x01\x02" + challenge[:6] + bytes(8))
        self._command_mac = bytes(BLOCK)
        self._reply_mac = bytes(BLOCK)

    def device_cryptogram(self, answer: bytes) -> bytes:
        """What a device that holds the key says to the challenge; `answer` are its own eight random octets."""
        return cbc(self.encryption, bytes(BLOCK), self.challenge + answer)

    def panel_cryptogram(self, answer: bytes) -> bytes:
        """What the panel says then."""
        return cbc(self.encryption, bytes(BLOCK), answer + self.challenge)

    def begin(self, panel_cryptogram: bytes) -> bytes:
        """The first reply MAC, from which both sides go on."""
        self._reply_mac = ecb(self._second, ecb(self._first, panel_cryptogram))
        return self._reply_mac

    def sign(self, frame: bytes, *, reply: bool) -> bytes:
        """The four octets of MAC of a frame about to be sent, or of one that came (compare with `agrees`)."""
        blocks = pad(frame, always=False)
        start = self._command_mac if reply else self._reply_mac
        head, last = blocks[:-BLOCK], blocks[-BLOCK:]
        if head:
            start = cbc(self._first, start, head)[-BLOCK:]
        mac = cbc(self._second, start, last)
        if reply:
            self._reply_mac = mac
        else:
            self._command_mac = mac
        return mac[:4]

    def encrypt(self, data: bytes, *, reply: bool) -> bytes:
        """Data of a frame about to be signed."""
        return cbc(self.encryption, self._start(reply=reply), pad(data, always=True))

    def decrypt(self, data: bytes, start: bytes) -> bytes:
        """Data of a frame whose MAC agreed; `start` is `opening` from before its MAC was computed. Raises `ValueError`."""
        return unpad(uncbc(self.encryption, start, data))

    def opening(self, *, reply: bool) -> bytes:
        """The chaining start for the data of the next frame that comes."""
        return self._start(reply=reply)

    def _start(self, *, reply: bool) -> bytes:
        return bytes(each ^ 0xFF for each in (self._command_mac if reply else self._reply_mac))


def agrees(said: bytes, computed: bytes) -> bool:
    """Whether two MACs or cryptograms are the same, in constant time."""
    return hmac.compare_digest(said, computed)
