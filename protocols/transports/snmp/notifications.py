"""A datagram that a device sent by itself → what it tells, and the answer it waits for. No I/O.

Version 1's traps are told as version 2's are (RFC 3584 section 3.1).
"""

from collections import OrderedDict
from typing import NamedTuple

from protocols.address import Place
from protocols.clock import Clock
from protocols.transports.snmp import pdu, usm, v3
from protocols.transports.snmp.engine import Engine, Opened, engine_id
from protocols.transports.snmp.options import User
from protocols.transports.snmp.pdu import Pdu, TrapV1
from protocols.transports.snmp.usm import Keys
from protocols.transports.snmp.v3 import Sealed
from protocols.transports.snmp.values import Value

UPTIME = "1.3.6.1.2.1.1.3.0"
TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
GENERIC = "1.3.6.1.6.3.1.1.5."
"""snmpTraps: .1 coldStart, .2 warmStart, .3 linkDown, .4 linkUp, .5 authenticationFailure."""
ENTERPRISE_SPECIFIC = 6
MOST_SIZE = 65_507
MOST_ENGINES = 8
REMEMBERED = 64
"""Informs that are remembered: one whose answer was lost comes again, the same in all, and is told once."""


class Notification(NamedTuple):
    """What a device told. `trap` is the notification's OID, `uptime` the device's (s), `bindings` without those two."""

    source: Place
    trap: str
    uptime: float | None
    bindings: dict[str, Value]


def notification(source: Place, what: Pdu | TrapV1) -> Notification:
    """As whoever asked for this source is told."""
    if isinstance(what, TrapV1):
        is_own = what.generic == ENTERPRISE_SPECIFIC
        trap = f"{what.enterprise}.0.{what.specific}" if is_own else f"{GENERIC}{what.generic + 1}"
        return Notification(source, trap, what.uptime / 100, _known(what.bindings))
    said = _known(what.bindings)
    uptime, own = said.pop(UPTIME, None), said.pop(TRAP_OID, "")
    return Notification(source, str(own), uptime / 100 if isinstance(uptime, int) else None, said)


def _known(bindings: list[pdu.Binding]) -> dict[str, Value]:
    return {oid: value for oid, value in bindings if value is not None}


class Receiver:
    """Understands one device's notifications; with a `user` only version 3, signed by it; else only versions 1 and 2c."""

    def __init__(self, version: str, user: User | None, clock: Clock) -> None:
        self._user, self._clock = user, clock
        self.refused = 0
        self._keys: OrderedDict[bytes, tuple[Keys, int, int]] = OrderedDict()
        self._seen: OrderedDict[int, None] = OrderedDict()
        boots = clock.now_ms() // 60_000 % 2**31  # rises with every start, without a file to keep it in
        self._own = (
            Engine(engine_id("firstbell traps"), (user,) if user else (), clock, boots) if version == "3" else None
        )

    def receive(self, data: bytes) -> tuple[Pdu | TrapV1 | None, bytes | None]:
        """What was told, None when nothing was or it came before; and what to send back, None for nothing."""
        told: Pdu | TrapV1 | None
        try:
            if len(data) > MOST_SIZE:
                raise ValueError("larger than any datagram")
            if pdu.version_of(data) == pdu.V3:
                told, answer = self._v3(v3.parse(data))
            else:
                told, answer = self._community(data)
        except ValueError:
            told, answer = None, None
        if told is None and answer is None:
            self.refused += 1
        return (None if isinstance(told, Pdu) and self._came_before(told) else told), answer

    def _came_before(self, told: Pdu) -> bool:
        if told.kind != pdu.INFORM:
            return False
        inform = hash((told.request, tuple(told.bindings)))  # a device that restarts counts its requests from 1 again
        known = inform in self._seen
        self._seen[inform] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return known

    def _community(self, data: bytes) -> tuple[Pdu | TrapV1 | None, bytes | None]:
        said = pdu.decode_message(data)
        if self._own is not None or (not isinstance(said.pdu, TrapV1) and said.pdu.kind not in (pdu.TRAP, pdu.INFORM)):
            return None, None
        if isinstance(said.pdu, Pdu) and said.pdu.kind == pdu.INFORM:
            return said.pdu, pdu.message(said.version, said.community, pdu.acknowledgement(said.raw))
        return said.pdu, None

    def _v3(self, sealed: Sealed) -> tuple[Pdu | None, bytes | None]:
        if self._own is None or self._user is None:
            return None, None
        if sealed.flags & v3.REPORTABLE:  # informs, and the questions before them: this end is authoritative
            opened = self._own.open(sealed)
            if not isinstance(opened, Opened):
                return None, opened
            inside = opened.scoped.pdu
            if inside.kind != pdu.INFORM:
                return None, None
            return inside, self._own.answer(opened, pdu.acknowledgement(opened.scoped.raw))
        keys = self._trusted(sealed, self._user)
        told = v3.unseal(sealed, keys).pdu
        return (told, None) if told.kind == pdu.TRAP else (None, None)

    def _trusted(self, sealed: Sealed, user: User) -> Keys:
        """The user's keys at the engine that sent it. Raises `ValueError` for another user, a wrong signature, an old message."""
        security = sealed.security
        level = (v3.AUTH if user.auth else 0) | (v3.PRIVACY if user.privacy else 0)
        if security.user != user.name.encode() or sealed.flags & 3 != level:
            raise ValueError("another user, or less security than asked for")
        known = self._keys.get(security.engine)
        keys, boots, time = known or (_keys(user, security.engine), 0, 0)
        if user.auth and not v3.is_authentic(sealed, keys):
            raise ValueError("a wrong signature")
        if (security.boots, security.time) < (boots, time - 150):
            raise ValueError("an old message, sent again")
        self._keys[security.engine] = (keys, *max((security.boots, security.time), (boots, time)))
        while len(self._keys) > MOST_ENGINES:
            self._keys.popitem(last=False)
        return keys


def _keys(user: User, engine: bytes) -> Keys:
    return usm.localise(user.auth, user.password.reveal(), user.privacy, user.privacy_password.reveal(), engine)
