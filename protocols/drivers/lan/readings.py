"""What is known of a network → samples, events, attributes."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator

from protocols.driver import DeviceEvent, Reading, Sample
from protocols.drivers.lan.client import Counts
from protocols.drivers.lan.dns import Answer
from protocols.drivers.lan.makers import makers
from protocols.drivers.lan.options import LanOptions
from protocols.drivers.lan.watching import DAY_MS, Segment
from protocols.wire.batch import Scalar

MOST_NAMED = 5
"""Devices, addresses or makers that an event names; the rest is counted."""


class Readings:
    """Of one segment. `waited` is how long the first DHCP offer took, None when none came."""

    def __init__(self, segment: Segment, options: LanOptions) -> None:
        self.segment, self.options = segment, options
        self.waited: float | None = None

    async def now(self, now: int, name: str | None) -> Reading:
        """Everything but rates and DNS."""
        segment, options = self.segment, self.options
        duplicates = segment.duplicates(now)
        samples = [
            Sample("lan.device.count", None, float(sum(now - d.last <= DAY_MS for d in segment.devices.values()))),
            Sample("lan.device.random", None, float(sum(now - last <= DAY_MS for last in segment.random.values()))),
            Sample("lan.device.new", None, float(sum(now - d.first <= DAY_MS for d in segment.devices.values()))),
            Sample("lan.address.duplicate", None, float(len(duplicates))),
        ]
        if options.dhcp:
            samples += self._dhcp()
        if options.listen:
            samples.append(Sample("lan.router.advertisers", None, float(len(segment.routers))))
            samples.append(Sample("lan.router.rogue", None, float(len(segment.rogue_routers(options.routers)))))
        reading = Reading(samples)
        if name is not None:
            reading.attributes["interface"] = name
        reading.events += await self._events(duplicates)
        return reading

    def rates(self, counts: Counts, seconds: float | None) -> Iterator[Sample]:
        """From the second look on."""
        if seconds is None or seconds <= 0:
            return
        yield Sample("lan.broadcast.rate", None, counts.group / seconds)
        yield Sample("lan.arp.rate", None, counts.arp / seconds)
        share = min(100.0, 100.0 * counts.group / counts.received) if counts.received else 0.0
        yield Sample("lan.broadcast.share", None, share)

    def dns(self, answers: Iterable[Answer]) -> Iterator[Sample]:
        """Of each name server."""
        for answer in answers:
            yield Sample("lan.dns.state", answer.server, answer.state)
            if answer.seconds is not None:
                yield Sample("lan.dns.duration", answer.server, answer.seconds)

    def _dhcp(self) -> Iterator[Sample]:
        segment = self.segment
        yield Sample("lan.dhcp.servers", None, float(len(segment.offers)))
        yield Sample("lan.dhcp.rogue", None, float(len(segment.rogue_servers(self.options.dhcp_servers))))
        if self.waited is not None:
            yield Sample("lan.dhcp.duration", None, self.waited)

    async def _events(self, duplicates: dict[str, tuple[str, str]]) -> list[DeviceEvent]:
        """Nothing is ticked off as told before the makers are there: a poll that is cancelled meanwhile loses no event."""
        segment, options = self.segment, self.options
        fresh = list(segment.fresh)
        servers = {each.server: each.mac for each in segment.rogue_servers(options.dhcp_servers)}
        routers = {each.router: each.mac for each in segment.rogue_routers(options.routers)}
        macs = {*fresh, *servers.values(), *routers.values(), *(mac for pair in duplicates.values() for mac in pair)}
        made = await asyncio.to_thread(makers, macs) if macs else {}
        del segment.fresh[: len(fresh)]
        for kind, present in (("dhcp", set(servers)), ("router", set(routers)), ("duplicate", set(duplicates))):
            segment.forget(kind, present)
        return [*_fresh(fresh, made), *self._rogues(servers, routers, made), *self._duplicates(duplicates, made)]

    def _rogues(self, servers: dict[str, str], routers: dict[str, str], made: dict[str, str]) -> Iterator[DeviceEvent]:
        for kind, found in (("dhcp", servers), ("router", routers)):
            for address, mac in list(found.items())[:MOST_NAMED]:
                if self.segment.first_time(kind, address):
                    told: dict[str, Scalar] = {"address": address, "mac": mac, "maker": made[mac]}
                    yield DeviceEvent(f"lan.{kind}.rogue", "major", told)

    def _duplicates(self, duplicates: dict[str, tuple[str, str]], made: dict[str, str]) -> Iterator[DeviceEvent]:
        for address, pair in list(duplicates.items())[:MOST_NAMED]:
            if self.segment.first_time("duplicate", address):
                told: dict[str, Scalar] = {
                    "address": address, "macs": ", ".join(pair), "makers": ", ".join(made[mac] for mac in pair),
                }  # fmt: skip
                yield DeviceEvent("lan.address.duplicate", "minor", told)


def _fresh(fresh: list[str], made: dict[str, str]) -> Iterator[DeviceEvent]:
    if fresh:
        count = Counter(made[mac] for mac in fresh)
        named = ", ".join(f"{maker} ({n})" if n > 1 else maker for maker, n in count.most_common(MOST_NAMED))
        detail: dict[str, Scalar] = {"count": len(fresh), "makers": named, "macs": ", ".join(fresh[:MOST_NAMED])}
        yield DeviceEvent("lan.device.new", "info", detail)
