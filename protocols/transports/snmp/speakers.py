"""How a request is put into a message and its answer found: with a community (1, 2c) or as a user (3). No I/O."""

import secrets
from typing import Protocol

from protocols.clock import Clock
from protocols.errors import DeviceError
from protocols.transports.snmp import pdu, usm, v3
from protocols.transports.snmp.ber import BerError
from protocols.transports.snmp.link import NotMine
from protocols.transports.snmp.options import Credential, User
from protocols.transports.snmp.pdu import Pdu
from protocols.transports.snmp.usm import Keys, UsmError
from protocols.transports.snmp.v3 import Sealed, Security
from protocols.transports.snmp.values import Typed

NO_KEYS = Keys(None, b"", None, b"")
REFUSALS = {
    v3.UNSUPPORTED_LEVEL: "answers but does not offer user {user!r} this security: compare auth and privacy with the device's settings",
    v3.UNKNOWN_USER: "answers but knows no user {user!r}: correct user, or create that user on the device",
    v3.WRONG_DIGEST: "answers but refuses the password of user {user!r}: correct auth_file, or auth if the device uses another digest",
    v3.DECRYPTION: "answers but cannot decrypt what user {user!r} sends: correct privacy_file, or privacy if the device uses another cipher",
    v3.NOT_IN_TIME: "answers but holds that the time is wrong (not in time window): restart its SNMP service; its engine id may be another device's too",
    v3.UNKNOWN_ENGINE: "answers but changes its engine id with each answer: restart its SNMP service",
    v3.UNKNOWN_CONTEXT: "answers but has no context {context!r}: correct context",
}
"""What a report means to the person who sets the device up."""


class Again(Exception):  # noqa: N818
    """The answer told what the request lacked (the engine, its time): ask once more."""


class Speaker(Protocol):
    """One version of SNMP. `where` begins its errors."""

    has_bulk: bool

    def request(self, number: int, kind: int, status: int, index: int, oids: list[str]) -> bytes:
        """The message that asks."""

    def answer(self, data: bytes, number: int) -> Pdu:
        """The response with this number. Raises `NotMine`, `Again`, `DeviceError`."""


def encoded(number: int, kind: int, status: int, index: int, oids: list[str]) -> bytes:
    """The PDU that asks: each OID with NULL."""
    return pdu.encode(kind, number, status, index, [(oid, Typed(0x05, 0)) for oid in oids])


def response(found: object, number: int) -> Pdu:
    """The PDU, if it is the response with this number. Raises `NotMine`."""
    if not isinstance(found, Pdu) or found.kind != pdu.RESPONSE:
        raise NotMine("no response")
    if found.request != number:
        raise NotMine("the answer to another request")
    return found


class Community:
    """Versions 1 and 2c."""

    def __init__(self, version: str, credential: Credential) -> None:
        self._version = pdu.V1 if version == "1" else pdu.V2C
        self._community = credential.community.reveal().encode()
        self.has_bulk = self._version == pdu.V2C

    def request(self, number: int, kind: int, status: int, index: int, oids: list[str]) -> bytes:
        return pdu.message(self._version, self._community, encoded(number, kind, status, index, oids))

    def answer(self, data: bytes, number: int) -> Pdu:
        try:
            said = pdu.decode_message(data)
        except BerError as error:
            raise NotMine(str(error)) from error
        return response(said.pdu, number)


class Usm:
    """Version 3: learns the engine's id, boots and time from its reports, and signs and encrypts for it."""

    has_bulk = True

    def __init__(self, user: User, context: str, clock: Clock, where: str) -> None:
        self._user, self._context, self._clock, self._where = user, context, clock, where
        self._security = Security(b"", 0, 0, b"")
        self._heard = 0.0
        self._keys = NO_KEYS
        self._salt = secrets.randbits(63)
        self._again = 0

    @property
    def flags(self) -> int:
        """The level of security that the user has."""
        return (v3.AUTH if self._user.auth else 0) | (v3.PRIVACY if self._user.privacy else 0)

    def request(self, number: int, kind: int, status: int, index: int, oids: list[str]) -> bytes:
        """Until the engine is known: an empty one, which it answers with what it is (RFC 3414 section 4)."""
        if not self._security.engine:
            empty = v3.scoped(b"", b"", encoded(number, pdu.GET, 0, 0, []))
            return v3.seal(number, v3.REPORTABLE, self._security, NO_KEYS, 0, empty)
        passed = max(0, int(self._clock.monotonic() - self._heard))
        security = self._security._replace(
            time=min(self._security.time + passed, 2**31 - 1), user=self._user.name.encode()
        )
        self._salt += 1
        asked = encoded(number, kind, status, index, oids)
        inside = v3.scoped(security.engine, self._context.encode(), asked)
        return v3.seal(number, self.flags | v3.REPORTABLE, security, self._keys, self._salt, inside)

    def answer(self, data: bytes, number: int) -> Pdu:
        try:
            said = v3.parse(data)
            if said.id != number:
                raise NotMine("the answer to another request")
            known = self._security.engine
            authentic = bool(said.flags & v3.AUTH) and said.security.engine == known and self._is_authentic(said)
            keys = self._keys if authentic else NO_KEYS
            inside = v3.unseal(said, keys).pdu
        except (BerError, UsmError) as error:
            raise NotMine(str(error)) from error
        if inside.kind == pdu.REPORT:
            self._report(said, inside, authentic)
        if said.flags & self.flags != self.flags or (self._user.auth and not authentic):
            raise NotMine("an answer without the signature or encryption that was asked for")
        if said.security.engine != known:
            raise NotMine("the answer of another engine")
        if authentic:
            self._follow(said.security)
        self._again = 0
        return response(inside, number)

    def _is_authentic(self, said: Sealed) -> bool:
        return v3.is_authentic(said, self._keys)

    def _follow(self, said: Security) -> None:
        """Keep the engine's clock, which never runs back (RFC 3414 section 3.2.7)."""
        if (said.boots, said.time) > (self._security.boots, self._security.time):
            self._security = self._security._replace(boots=said.boots, time=said.time)
            self._heard = self._clock.monotonic()

    def _report(self, said: Sealed, inside: Pdu, authentic: bool) -> None:
        told = inside.bindings[0][0] if inside.bindings else ""
        self._again += 1
        if self._again <= 3:
            if told == v3.UNKNOWN_ENGINE and said.security.engine:
                self._meet(said.security)
                raise Again
            if told == v3.NOT_IN_TIME and authentic:
                self._security = self._security._replace(boots=said.security.boots, time=said.security.time)
                self._heard = self._clock.monotonic()
                raise Again
        self.forget()
        meaning = REFUSALS.get(told, f"answers with a report that has no meaning here ({told[:60] or 'empty'})")
        raise DeviceError(f"{self._where}: {meaning.format(user=self._user.name, context=self._context)}")

    def _meet(self, engine: Security) -> None:
        user = self._user
        self._security = engine._replace(user=b"")
        self._heard = self._clock.monotonic()
        self._keys = usm.localise(
            user.auth, user.password.reveal(), user.privacy, user.privacy_password.reveal(), engine.engine
        )

    @property
    def is_known(self) -> bool:
        """Whether the engine has told who it is."""
        return bool(self._security.engine)

    def forget(self) -> None:
        """Ask for the engine again: the device was replaced, restarted, or has another user by now."""
        self._security, self._keys, self._again = Security(b"", 0, 0, b""), NO_KEYS, 0


def speaker(version: str, credential: Credential, context: str, clock: Clock, where: str) -> Community | Usm:
    """The one for this version."""
    if credential.user is not None:
        return Usm(credential.user, context, clock, where)
    return Community(version, credential)
