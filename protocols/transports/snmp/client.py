"""Reads one device over SNMP: single values and whole tables, one request at a time, never a SET."""

import asyncio
import secrets
from collections import deque
from collections.abc import Sequence

import msgspec

from protocols.address import Place
from protocols.clock import Clock
from protocols.errors import DeviceError
from protocols.secret import Secret
from protocols.transports.snmp import pdu
from protocols.transports.snmp.ber import BerError
from protocols.transports.snmp.limits import Limits
from protocols.transports.snmp.link import Link, Unanswered
from protocols.transports.snmp.options import Credential, SnmpOptions, credential
from protocols.transports.snmp.pdu import Pdu
from protocols.transports.snmp.speakers import Again, Usm, speaker
from protocols.transports.snmp.values import Value

PORT = 161
MOST_ROWS = 10_000
"""Most rows of a walk, unless told otherwise."""
MOST_BYTES = 8_000_000
"""Most bytes of the answers of one walk."""
MOST_DISCOVERIES = 4
MOST_REMEMBERED = 512
"""Walks whose size is remembered, so that a short table is not overshot by fifty rows at each poll."""
ALLOWED = (pdu.GET, pdu.GET_NEXT, pdu.GET_BULK)


class Snmp:
    """One device at `place`, asked as the options say. Nothing is sent before the first call.

    `where` names the device in `OptionError`s, which a missing or wrong credential file raises here. Everything else
    raises `DeviceError` when the device does not answer, refuses, or makes no sense. `own` is asked with in place of the files'.
    """

    def __init__(
        self, place: Place, options: SnmpOptions, clock: Clock, where: str, own: Credential | None = None
    ) -> None:
        self.place, self.options, self.clock, self._where = place, options, clock, where
        self._credential = own or credential(options, where)
        self._speaker = speaker(options.version, self._credential, options.context, clock, f"snmp {place}")
        self._link = Link(place)
        self._limits = Limits(self._speaker.has_bulk)
        self._turn = asyncio.Lock()
        self._has_answered = False
        self._next_at = 0.0
        self._size = 0
        self._sizes: dict[str, int] = {}

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """The values of these OIDs (dotted numbers, with their instance); those that the device does not have are absent."""
        found: dict[str, Value] = {}
        rest = deque(dict.fromkeys(oids))
        while rest:
            batch = [rest.popleft() for _ in range(min(self._limits.oids if self._has_answered else 1, len(rest)))]
            try:
                answer = await self._ask(pdu.GET, batch, 0, self._retries(self._limits.has_taken_oids(len(batch))))
            except Unanswered:
                if len(batch) == 1 or self._limits.has_taken_oids(len(batch)):
                    raise
                self._limits.fewer_oids(len(batch))
                rest.extendleft(reversed(batch))
                continue
            if answer.status == pdu.NO_ERROR and len(answer.bindings) < len(batch) > 1:
                self._limits.fewer_oids(len(batch))  # it leaves out what does not fit, and has it for all that
                rest.extendleft(reversed(batch))
            elif answer.status == pdu.NO_ERROR:
                self._limits.took_oids(len(batch))
                asked = set(batch)
                found.update((oid, value) for oid, value in answer.bindings if value is not None and oid in asked)
            else:
                rest.extendleft(reversed(self._without(batch, answer)))
        return found

    def _without(self, batch: list[str], answer: Pdu) -> list[str]:
        """What to ask again after an error: a part that fits, or all but the OID that the device complains of."""
        if len(batch) == 1:
            self._check_access(answer)
            return []
        if answer.status == pdu.TOO_BIG:
            self._limits.fewer_oids(len(batch))
            return batch
        if 0 < answer.error_index <= len(batch):
            return batch[: answer.error_index - 1] + batch[answer.error_index :]
        self._limits.fewer_oids(len(batch))
        return batch

    async def walk(self, root: str, most: int = MOST_ROWS) -> dict[str, Value]:
        """Everything below `root`, full OID → value, in the device's order; {} when it has none of it.

        At most `most` rows. A device that begins to repeat itself is read up to there.
        """
        rows = await self._walk(root, most)
        self._sizes[root] = len(rows)
        while len(self._sizes) > MOST_REMEMBERED:
            del self._sizes[next(iter(self._sizes))]
        return rows

    async def _walk(self, root: str, most: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        below, at, size = root + ".", root, 0
        expected = self._sizes.get(root, most) + 1  # one more than last time shows that it ends there
        while len(found) < most:
            answer, octets = await self._following(at, min(most, expected) if not found else most - len(found))
            size += octets
            if size > MOST_BYTES:
                raise DeviceError(
                    f"snmp {self.place}: more than {MOST_BYTES // 10**6} MB below {root}: no device has that"
                )
            before = len(found)
            for oid, value in answer.bindings:
                if value is None or not oid.startswith(below) or oid in found or len(found) >= most:
                    return found
                found[oid] = value
            if len(found) == before:
                return found
            at = answer.bindings[-1][0]
        return found

    async def _following(self, at: str, most: int) -> tuple[Pdu, int]:
        """The rows behind `at`, as many as the device gives, and their size."""
        while self._limits.has_bulk and self._has_answered:
            rows = min(self._limits.rows, most)
            try:
                answer = await self._ask(pdu.GET_BULK, [at], rows, self._retries(self._limits.has_taken_rows(rows)))
            except Unanswered:
                if self._limits.has_taken_rows(rows):
                    raise
                self._limits.fewer_rows(rows)
                continue
            if answer.status == pdu.NO_ERROR:
                self._limits.took_rows(rows)
                return answer, self._size
            self._limits.fewer_rows(rows)
        answer = await self._ask(pdu.GET_NEXT, [at], 0, self.options.retries)
        if answer.status != pdu.NO_ERROR:  # version 1 ends with noSuchName
            self._check_access(answer)
            return answer._replace(bindings=[]), 0
        return answer, self._size

    def _check_access(self, answer: Pdu) -> None:
        if answer.status == pdu.AUTHORIZATION_ERROR:
            user = self.options.user if isinstance(self._speaker, Usm) else "this community"
            raise DeviceError(
                f"snmp {self.place}: answers but refuses the credential: give {user} read access on the device, "
                "or correct user or community_file"
            )

    def _retries(self, is_usual: bool) -> int:
        """What is larger than anything the device has answered is not tried twice: less is tried next."""
        return self.options.retries if is_usual or not self._has_answered else 0

    async def _ask(self, kind: int, oids: list[str], rows: int, retries: int) -> Pdu:
        """One request and its answer. Raises `Unanswered` and `DeviceError`."""
        assert kind in ALLOWED
        async with self._turn:
            number, attempts, discoveries = _any_number(), 0, 0
            while True:
                try:
                    answer = await self._exchange(kind, oids, rows, number)
                except Again:
                    number, attempts, discoveries = _any_number(), 0, discoveries + 1
                    if discoveries == MOST_DISCOVERIES:
                        self._lost()
                        raise Unanswered(
                            f"snmp {self.place}: it asks again and again who speaks (SNMPv3 discovery does not end)"
                        ) from None
                except Unanswered as silence:
                    attempts += 1
                    if attempts > retries:
                        explained = self._explained(silence)
                        self._lost()
                        raise explained from silence
                except DeviceError:
                    self._lost()
                    raise
                else:
                    self._has_answered = True
                    return answer

    async def _exchange(self, kind: int, oids: list[str], rows: int, number: int) -> Pdu:
        """A further attempt has the number of the first: the answer of a slow device, come too late for that, is its answer."""
        await self._pace()
        try:
            request = self._speaker.request(number, kind, 0, rows, oids)
        except BerError as error:
            raise DeviceError(f"snmp {self.place}: {error}", permanent=True) from error

        def understand(data: bytes) -> Pdu:
            self._size = len(data)
            return self._speaker.answer(data, number)

        return await self._link.exchange(request, understand, self.options.timeout)

    async def _pace(self) -> None:
        if self.options.requests_per_second:
            now = self.clock.monotonic()
            if self._next_at > now:
                await self.clock.sleep(self._next_at - now)
            self._next_at = max(now, self._next_at) + 1 / self.options.requests_per_second

    def _lost(self) -> None:
        """Begin anew next time: the name may lead elsewhere, the device may be another one."""
        self._link.failed()
        if isinstance(self._speaker, Usm):
            self._speaker.forget()

    def _explained(self, silence: Unanswered) -> Unanswered:
        if str(silence):
            return silence
        attempts = f"{self.options.retries + 1} attempt{'s' if self.options.retries else ''}"
        hint = (
            f"is it on, is this its address, is SNMP version {self.options.version} (option version) switched on "
            "and allowed from here"
        )
        if not isinstance(self._speaker, Usm):
            hint += ", is the community right (a wrong one is not answered either; option community_file)"
        elif self._speaker.is_known:
            hint += ", is the privacy password right (to a wrong one many devices say nothing; option privacy_file)"
        return Unanswered(f"snmp {self.place}: no answer within {self.options.timeout:g} s ({attempts}): {hint}?")

    def of_vlan(self, vlan: int) -> "Snmp":
        """The same device as Cisco shows one VLAN of it: to `community@vlan`, or in version 3 to the context `vlan-…`.

        It is tried once: a VLAN that is not shown is not answered.
        """
        options = msgspec.structs.replace(self.options, context=f"vlan-{vlan}", retries=0)
        community = Secret(f"{self._credential.community.reveal()}@{vlan}")
        return Snmp(self.place, options, self.clock, self._where, self._credential._replace(community=community))

    async def close(self) -> None:
        """Give the socket back; safe to call twice."""
        self._link.close()


def _any_number() -> int:
    return secrets.randbelow(2**31 - 1) + 1
