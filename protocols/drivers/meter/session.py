"""One meter: a connection for each poll, few requests, what it refuses asked no more for a while."""

from protocols.address import Place
from protocols.driver import Reading
from protocols.drivers.meter import sunspec
from protocols.drivers.meter.client import Link, Refused, connected
from protocols.drivers.meter.decode import decode
from protocols.drivers.meter.grouping import Block, blocks, halves, spans_of
from protocols.drivers.meter.options import MeterOptions
from protocols.drivers.meter.register_map import RegisterMap, Row
from protocols.drivers.meter.watching import Counters, Phases
from protocols.errors import DeviceError

SELDOM = 60
"""Polls between two looks at what seldom changes: identity, models, what was refused."""


class MeterSession:
    """Remembers how the meter lets itself be read, its counters and its phases."""

    def __init__(self, place: Place, chosen: RegisterMap, options: MeterOptions) -> None:
        self.place, self.map = place, chosen
        self.unit = chosen.unit if options.unit is None else options.unit
        self._timeout = options.timeout
        self._polls = 0
        self._rows: list[Row] = []
        self._plan: list[Block] = []
        self._counters, self._phases = Counters(), Phases()

    async def poll(self) -> Reading:
        """One reading. Raises `DeviceError` when the meter does not answer, refuses everything, or makes no sense."""
        is_seldom = self._polls % SELDOM == 0
        async with connected(self.place, self._timeout) as link:
            if is_seldom:
                await self._begin(link)
            words = await self._read(link)
        if not words:
            raise DeviceError(f"{self.place} refuses every register of the map {self.map.name!r}: another meter?")
        if is_seldom:
            self._rows = [row for row in self._rows if row.attribute is None or row.address in words]
        reading = decode(self._rows, words, self.map.word_order)
        reading.samples = self._counters.keep(reading.samples)
        reading.samples += self._phases.look(reading.samples)
        if is_seldom:
            known = {"vendor": self.map.vendor, "model": self.map.model, "map": self.map.name}
            for name, text in known.items():
                if text is not None:
                    reading.attributes.setdefault(name, text)
            self._replan([row for row in self._rows if row.attribute is None], words)
        self._polls += 1
        return reading

    async def close(self) -> None:
        """Nothing stays open between polls."""

    async def _begin(self, link: Link) -> None:
        """Everything anew: where the models are, and all that the map names."""
        self._rows = list(self.map.register)
        if self.map.sunspec:
            models = await sunspec.walk(link, self.map.function, self.unit)
            self._rows = sunspec.placed(self.map, models)
            if not any(row.metric for row in self._rows):
                known = ", ".join(map(str, sorted(models)))[:80] or "none"
                raise DeviceError(f"{self.place} has no model of a meter (it has {known}): set map to its maker's")
        self._plan = blocks(spans_of(self._rows), self.map.gap, self.map.most)

    async def _read(self, link: Link) -> dict[int, int]:
        """The registers that it gives. A block that it refuses is halved down to single values; those are left out."""
        words: dict[int, int] = {}
        waiting, plan = list(reversed(self._plan)), []
        while waiting:
            block = waiting.pop()
            try:
                got = await link.read(self.map.function, self.unit, block.start, block.size)
            except Refused:
                waiting += reversed(halves(block))
                continue
            plan.append(block)
            words.update(zip(range(block.start, block.start + block.size), got, strict=True))
        if plan:
            self._plan = plan
        return words

    def _replan(self, rows: list[Row], words: dict[int, int]) -> None:
        """From now on without identity. Where nothing was refused, in as few requests as that allows."""
        wanted = [span for span in spans_of(rows) if span.start in words]
        merged = blocks(wanted, self.map.gap, self.map.most)
        whole = all(set(range(block.start, block.start + block.size)) <= set(words) for block in merged)
        kept = [block for block in self._plan if set(block.spans) & set(wanted)]
        self._plan = merged if whole else kept
        self._rows = rows
