"""One UPS, open for reading: by what answers."""

import asyncio

from protocols.address import Place
from protocols.clock import Clock
from protocols.driver import Reading, Sample, Target
from protocols.drivers.ups import alarms, decode, nut_variables
from protocols.drivers.ups.address import Where, read_address
from protocols.drivers.ups.client import NutUps, SnmpUps
from protocols.drivers.ups.nut import NutServer
from protocols.drivers.ups.options import Options
from protocols.errors import DeviceError
from protocols.transports.snmp.client import Snmp


class UpsSession:
    """One UPS. What answered is asked from then on, until it does not."""

    def __init__(self, target: Target, options: Options, clock: Clock) -> None:
        self.label = f"device {target.key!r}"
        self.options, self.clock = options, clock
        self.where: Where = read_address(target.address, options.protocol, self.label)
        self.snmp = self._make_snmp(self.where.snmp)
        self.nut = NutUps(NutServer(self.where.nut, options.timeout), self.where.name) if self.where.nut else None
        self._is_nut = self.snmp is None
        self._turn = asyncio.Lock()  # a trap's reading and a poll both choose the way: one after the other
        self._told: set[str] = set()

    def _make_snmp(self, place: Place | None) -> SnmpUps | None:
        return SnmpUps(Snmp(place, self.options, self.clock, self.label), self.clock) if place else None

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
        if self.snmp is None:
            return await self._poll_nut()
        if self._is_nut:
            self._is_nut = False  # unless it answers: then both ways are tried again
            reading = await self._poll_nut()
            self._is_nut = True
            return reading
        try:
            return await self._poll_snmp(self.snmp)
        except DeviceError:
            if self.nut is None:
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
        if self.nut is not None:  # it is known now how this one is asked
            nut, self.nut = self.nut, None
            await nut.close()
        return decode.decode(answer.found, answer.having, answer.alarms, self.clock.now_ms())

    async def _poll_nut(self) -> Reading:
        assert self.nut is not None
        name, variables = await self.nut.read()
        return nut_variables.decode(variables, name, self.clock.now_ms())

    async def close(self) -> None:
        """Give sockets back; safe to call twice."""
        for source in (self.snmp, self.nut):
            if source is not None:
                await source.close()
