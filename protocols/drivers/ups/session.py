"""One UPS, open for reading: by what answers, and at once when it sends a trap."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from protocols.address import Place
from protocols.clock import Clock
from protocols.driver import Reading, Sample, Session, Target
from protocols.drivers.ups import alarms, decode, nut_variables
from protocols.drivers.ups.address import Where, read_address
from protocols.drivers.ups.client import NutUps, SnmpUps
from protocols.drivers.ups.mibs import TRAPS
from protocols.drivers.ups.nut import NutServer
from protocols.drivers.ups.options import Options
from protocols.errors import DeviceError
from protocols.transports.snmp.client import Snmp
from protocols.transports.snmp.traps import Hearing, hear

SETTLE = 2.0
"""Seconds after which a UPS is looked at once more: some send the trap before their own figures follow."""


class UpsSession:
    """One UPS. What answered is asked from then on, until it does not."""

    def __init__(self, target: Target, options: Options, clock: Clock) -> None:
        self._label = f"device {target.key!r}"
        self._options, self._clock = options, clock
        self._where: Where = read_address(target.address, options.protocol, self._label)
        self._snmp = self._make_snmp(self._where.snmp)
        self._nut = NutUps(NutServer(self._where.nut, options.timeout), self._where.name) if self._where.nut else None
        self._is_nut = self._snmp is None
        self._turn = asyncio.Lock()  # a trap's reading and a poll both choose the way: one after the other
        self._told: set[str] = set()

    def _make_snmp(self, place: Place | None) -> SnmpUps | None:
        return SnmpUps(Snmp(place, self._options, self._clock, self._label), self._clock) if place else None

    async def poll(self) -> Reading:
        """One complete reading. Raises `DeviceError` when neither way leads to a UPS."""
        async with self._turn:
            return self._with_ended(await self._read())

    def _with_ended(self, reading: Reading) -> Reading:
        """With the rarer alarms that were told before and are none now: else their last word would stay yes."""
        now = {each.label: each.value for each in reading.samples if each.metric == "ups.alarm" and each.label}
        if now.get(alarms.LOST) or not now:
            return reading
        ended = [Sample("ups.alarm", label, 0.0) for label in sorted(self._told - set(now))]
        self._told |= {label for label, value in now.items() if value}
        reading.samples.extend(ended)
        return reading

    async def _read(self) -> Reading:
        if self._snmp is None:
            return await self._poll_nut()
        if self._is_nut:
            self._is_nut = False  # unless it answers: then both ways are tried again
            reading = await self._poll_nut()
            self._is_nut = True
            return reading
        try:
            return await self._poll_snmp(self._snmp)
        except DeviceError:
            if self._nut is None:
                raise
            instead = await self._try_nut()
            if instead is None:
                raise
            self._is_nut = True
            return instead

    async def _try_nut(self) -> Reading | None:
        try:
            return await self._poll_nut()
        except DeviceError:
            return None

    async def _poll_snmp(self, ups: SnmpUps) -> Reading:
        answer = await ups.read()
        if self._nut is not None:  # it is known now how this one is asked
            nut, self._nut = self._nut, None
            await nut.close()
        return decode.decode(answer.found, answer.having, answer.alarms, self._clock.now_ms())

    async def _poll_nut(self) -> Reading:
        assert self._nut is not None
        name, variables = await self._nut.read()
        return nut_variables.decode(variables, name, self._clock.now_ms())

    async def close(self) -> None:
        """Give sockets back; safe to call twice."""
        for source in (self._snmp, self._nut):
            if source is not None:
                await source.close()


class TellingUpsSession(UpsSession):
    """A UPS that sends traps: it is read when one comes."""

    def __init__(self, target: Target, options: Options, clock: Clock) -> None:
        super().__init__(target, options, clock)
        self._hearing: Hearing | None = None
        self._is_closed = False

    async def push(self) -> AsyncIterator[Reading]:
        """A reading after each trap of a UPS, and one more a moment later. Raises `DeviceError` for the port, or a lost UPS."""
        assert self._where.snmp is not None
        self._hearing = hearing = await hear(self._where.snmp, self._options, self._clock, self._label)
        try:
            async for told in hearing:
                if told.trap.startswith(TRAPS):
                    yield await self.poll()
                    await self._clock.sleep(SETTLE)
                    hearing.forget()
                    yield await self.poll()
        finally:
            self._hearing = None
            await asyncio.shield(hearing.close())

    async def close(self) -> None:
        """As above; push ends."""
        if self._hearing is not None:
            await self._hearing.close()
        await super().close()


async def open_session(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session; nothing is sent yet. Raises `OptionError` for an address, option or credential file that is wrong."""
    if not isinstance(options, Options):
        raise TypeError(f"the options of another driver: {type(options).__name__}")
    is_snmp = read_address(target.address, options.protocol, f"device {target.key!r}").snmp is not None
    return (TellingUpsSession if options.trap_port and is_snmp else UpsSession)(target, options, clock)
