"""The authoritative end of version 3: knows users, answers who it is, and opens what they send. Pure but for the clock given.

The simulated agent is one, and so is whoever receives informs. RFC 3414 section 3.2 is its order of checks.
"""

import hashlib
from typing import NamedTuple

from protocols.clock import Clock
from protocols.transports.snmp import pdu, usm, v3
from protocols.transports.snmp.options import User
from protocols.transports.snmp.pdu import Pdu
from protocols.transports.snmp.usm import Keys
from protocols.transports.snmp.v3 import Scoped, Sealed, Security
from protocols.transports.snmp.values import counter32

WINDOW = 150
"""Seconds that a message's time may be off."""
ENTERPRISE = bytes.fromhex("8000b85e05")
"""Begins an engine id: five octets of our own making follow RFC 3411's rules (format 5, octets)."""
NO_KEYS = Keys(None, b"", None, b"")


def engine_id(name: str) -> bytes:
    """An engine id that is the same for the same name."""
    return ENTERPRISE + hashlib.sha256(name.encode()).digest()[:12]


class Opened(NamedTuple):
    """A message that was found good."""

    sealed: Sealed
    scoped: Scoped
    keys: Keys


class Engine:
    """An engine with users; its time is seconds since it was made."""

    def __init__(self, engine: bytes, users: tuple[User, ...], clock: Clock, boots: int = 1) -> None:
        self.engine, self.boots, self._clock = engine, boots, clock
        self._users = {user.name.encode(): user for user in users}
        self._keys: dict[bytes, Keys] = {}
        self._started = clock.monotonic()
        self._salt = 0
        self._counts: dict[str, int] = {}

    @property
    def time(self) -> int:
        """Seconds since it started."""
        return int(self._clock.monotonic() - self._started)

    def restart(self, boots: int | None = None) -> None:
        """Its time begins anew."""
        self.boots = self.boots + 1 if boots is None else boots
        self._started = self._clock.monotonic()

    def add(self, user: User) -> None:
        """Know one more user."""
        self._users[user.name.encode()] = user
        self._keys.pop(user.name.encode(), None)

    def open(self, sealed: Sealed) -> Opened | bytes | None:
        """What is inside, or the report to send back; None for what deserves neither. Raises `BerError`."""
        security, flags = sealed.security, sealed.flags
        if security.engine != self.engine:
            return self._report(sealed, v3.UNKNOWN_ENGINE, NO_KEYS, 0)
        user = self._users.get(security.user)
        if user is None:
            return self._report(sealed, v3.UNKNOWN_USER, NO_KEYS, 0)
        level = (v3.AUTH if user.auth else 0) | (v3.PRIVACY if user.privacy else 0)
        if flags & 3 != level:
            return self._report(sealed, v3.UNSUPPORTED_LEVEL, NO_KEYS, 0)
        keys = self.keys(user)
        if user.auth and not v3.is_authentic(sealed, keys):
            return self._report(sealed, v3.WRONG_DIGEST, NO_KEYS, 0)
        if user.auth and (security.boots != self.boots or abs(security.time - self.time) > WINDOW):
            return self._report(sealed, v3.NOT_IN_TIME, keys, v3.AUTH)
        try:
            return Opened(sealed, v3.unseal(sealed, keys), keys)
        except ValueError:
            return self._report(sealed, v3.DECRYPTION, NO_KEYS, 0) if flags & v3.PRIVACY else None

    def keys(self, user: User) -> Keys:
        """The user's keys at this engine."""
        name = user.name.encode()
        if name not in self._keys:
            self._keys[name] = usm.localise(
                user.auth, user.password.reveal(), user.privacy, user.privacy_password.reveal(), self.engine
            )
        return self._keys[name]

    def answer(self, opened: Opened, encoded: bytes) -> bytes:
        """The message that answers an opened one with this encoded PDU, at the same level of security."""
        inside = v3.scoped(opened.scoped.engine, opened.scoped.context, encoded)
        return self.seal(opened.sealed.id, opened.sealed.flags & 3, opened.sealed.security.user, opened.keys, inside)

    def seal(self, number: int, flags: int, user: bytes, keys: Keys, inside: bytes) -> bytes:
        """A message of this engine."""
        self._salt += 1
        return v3.seal(number, flags, Security(self.engine, self.boots, self.time, user), keys, self._salt, inside)

    def _report(self, sealed: Sealed, told: str, keys: Keys, flags: int) -> bytes | None:
        if not sealed.flags & v3.REPORTABLE:
            return None
        self._counts[told] = self._counts.get(told, 0) + 1
        encoded = pdu.encode(pdu.REPORT, _request(sealed), 0, 0, [(told, counter32(self._counts[told]))])
        return self.seal(
            sealed.id, flags, sealed.security.user if flags else b"", keys, v3.scoped(self.engine, b"", encoded)
        )


def _request(sealed: Sealed) -> int:
    """The request id where it can be read, else 0 (RFC 3412 section 7.1)."""
    if sealed.flags & v3.PRIVACY:
        return 0
    try:
        inside = v3.unseal(sealed, NO_KEYS).pdu
    except ValueError:
        return 0
    return inside.request if isinstance(inside, Pdu) else 0
