"""A simulated agent at a UDP port: versions 1, 2c and 3, notifications, and the ways in which real ones go wrong."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from protocols.address import Place
from protocols.clock import Clock
from protocols.transports.snmp import pdu, v3
from protocols.transports.snmp.agent.answers import MOST_SIZE, answer
from protocols.transports.snmp.agent.faults import FAULTS, spoiled
from protocols.transports.snmp.agent.mib import Mib
from protocols.transports.snmp.ber import BerError
from protocols.transports.snmp.engine import Engine, Opened, engine_id
from protocols.transports.snmp.options import User
from protocols.transports.snmp.pdu import Pdu, TrapV1
from protocols.transports.snmp.values import Typed, object_identifier, time_ticks, typed

__all__ = ["FAULTS", "Access", "Agent", "simulated_agent"]
SLOW = 1.0
"""Seconds that an answer takes with the fault `slow`, by the clock given."""
UPTIME, TRAP_OID, ENTERPRISE_OID = "1.3.6.1.2.1.1.3.0", "1.3.6.1.6.3.1.1.4.1.0", "1.3.6.1.6.3.1.1.4.3.0"


class Access(NamedTuple):
    """Who may read, and how much fits an answer."""

    communities: tuple[str, ...] = ("public",)
    users: tuple[User, ...] = ()
    versions: tuple[int, ...] = (pdu.V1, pdu.V2C, pdu.V3)
    most_size: int = MOST_SIZE


READ_ONLY = Access()


class Agent(asyncio.DatagramProtocol):
    """Answers from `values`. `faults` may be changed while it runs; `requests` counts PDUs by kind (`pdu.SET`: refused)."""

    def __init__(self, values: Mib, clock: Clock, access: Access, name: str) -> None:
        self.values, self.clock, self.access = values, clock, access
        self.faults: set[str] = set()
        self.requests: Counter[int] = Counter()
        self.acknowledged: set[int] = set()
        self.engine = Engine(engine_id(name), access.users, clock)
        self._transport: Any = None
        self._late: set[asyncio.Task[None]] = set()
        self._started = clock.monotonic()

    @property
    def address(self) -> str:
        """host:port."""
        host, port = self._transport.get_extra_info("sockname")[:2]
        return str(Place(host, port))

    @property
    def sets(self) -> int:
        """How many SET requests came, all of them refused."""
        return self.requests[pdu.SET]

    def uptime(self) -> int:
        """Hundredths of a second since it started."""
        return int((self.clock.monotonic() - self._started) * 100)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if "silent" in self.faults:
            return
        try:
            said = self._answer(data)
        except ValueError:
            return
        if said is not None:
            self._send(said, addr)

    def _send(self, said: bytes, addr: tuple[str, int]) -> None:
        if "slow" in self.faults:
            task = asyncio.create_task(self._send_late(said, addr))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        else:
            self._transport.sendto(said, addr)

    async def _send_late(self, said: bytes, addr: tuple[str, int]) -> None:
        await self.clock.sleep(SLOW)
        self._transport.sendto(said, addr)

    def _answer(self, data: bytes) -> bytes | None:
        version = pdu.version_of(data)
        if version not in self.access.versions:
            return None
        if version == pdu.V3:
            opened = self.engine.open(v3.parse(data))
            if not isinstance(opened, Opened):
                return opened
            inside = self._respond(opened.scoped.pdu, version)
            return None if inside is None else spoiled(self.faults, self.engine.answer(opened, inside))
        said = pdu.decode_message(data)
        if said.community.decode("latin-1") not in self.access.communities or not isinstance(said.pdu, Pdu):
            return None
        inside = self._respond(said.pdu, version)
        return None if inside is None else spoiled(self.faults, pdu.message(version, said.community, inside))

    def _respond(self, asked: Pdu, version: int) -> bytes | None:
        self.requests[asked.kind] += 1
        if asked.kind == pdu.RESPONSE:
            self.acknowledged.add(asked.request)
            return None
        if asked.kind not in (pdu.GET, pdu.GET_NEXT, pdu.GET_BULK, pdu.SET):
            return None
        if asked.kind == pdu.GET_BULK and (version == pdu.V1 or "no-bulk" in self.faults):
            return None
        if "other-id" in self.faults:
            asked = asked._replace(request=asked.request ^ 1)
        if "endless" in self.faults and asked.kind in (pdu.GET_NEXT, pdu.GET_BULK):
            return self._endless(asked)
        return answer(self.values, asked, version, self.access.most_size)

    def _endless(self, asked: Pdu) -> bytes:
        """The last row of what was asked again and again: OIDs that do not increase."""
        oid = asked.bindings[-1][0]
        nearest = self.values.following(oid, 1)
        place = nearest[0] if nearest else oid
        rows = [(place, self.values.now(place) if place in self.values else typed(0))]
        return pdu.encode(
            pdu.RESPONSE, asked.request, 0, 0, rows * (asked.error_index if asked.kind == pdu.GET_BULK else 1)
        )

    def notify(
        self, target: Place, trap: str, bindings: Sequence[tuple[str, Typed]] = (), *, version: int = pdu.V2C,
        inform: bool = False,
    ) -> int:  # fmt: skip
        """Sends a notification from the agent's own port and gives its request id; `acknowledged` has it once answered.

        Version 3 is sent as the first user, by the agent's engine: traps only.
        """
        number = secrets.randbelow(2**31 - 1) + 1
        rows = [(UPTIME, time_ticks(self.uptime())), (TRAP_OID, object_identifier(trap)), *bindings]
        community = (self.access.communities or ("public",))[0].encode()
        if version == pdu.V1:
            enterprise, _, specific = trap.rpartition(".")
            told = TrapV1(enterprise.removesuffix(".0"), "127.0.0.1", 6, int(specific), self.uptime(), [])
            data = pdu.message(version, community, pdu.encode_trap_v1(told, list(bindings)))
        else:
            encoded = pdu.encode(pdu.INFORM if inform else pdu.TRAP, number, 0, 0, rows)
            data = pdu.message(version, community, encoded) if version == pdu.V2C else self._sealed(number, encoded)
        self._transport.sendto(data, (target.host, target.port))
        return number

    def _sealed(self, number: int, encoded: bytes) -> bytes:
        if not self.access.users:
            raise BerError("a version 3 trap needs a user")
        user = self.access.users[0]
        flags = (v3.AUTH if user.auth else 0) | (v3.PRIVACY if user.privacy else 0)
        inside = v3.scoped(self.engine.engine, b"", encoded)
        return self.engine.seal(number, flags, user.name.encode(), self.engine.keys(user), inside)

    def close(self) -> None:
        """Stop answering."""
        for task in self._late:
            task.cancel()
        self._transport.close()


@asynccontextmanager
async def simulated_agent(
    address: Place,
    values: Mib,
    clock: Clock,
    access: Access = READ_ONLY,
    name: str = "simulated",
) -> AsyncIterator[Agent]:
    """An agent that answers at `address` (port 0: a free one) while the context lasts."""
    agent = Agent(values, clock, access, name)
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: agent, local_addr=(address.host, address.port))
    try:
        yield agent
    finally:
        agent.close()
