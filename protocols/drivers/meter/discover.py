"""SunSpec meters of a network that is named: a sweep of TCP 502 is made only where somebody asks for it."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator

from protocols.address import Place, read_place
from protocols.clock import Clock
from protocols.driver import Found
from protocols.drivers.meter.client import PORT
from protocols.drivers.meter.options import MeterOptions
from protocols.drivers.meter.register_map import load_map
from protocols.drivers.meter.session import MeterSession
from protocols.errors import DeviceError, OptionError

AT_ONCE = 16
MOST = 1024
"""Addresses of one sweep."""
PATIENCE = 1.0


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """Whoever answers as a SunSpec meter. Others do not say what they are: they need their map.

    `network`: "10.1.9.0/24" or "10.1.9.7[:port]"; None finds none. Raises `OptionError` for anything else, or a larger one.
    """
    places = _places(network)
    options = MeterOptions(timeout=PATIENCE)
    chosen = await asyncio.to_thread(load_map, options.map, None, "discover")
    turn = asyncio.Semaphore(AT_ONCE)

    async def look(place: Place) -> Found | None:
        async with turn:
            try:
                attributes = (await MeterSession(place, chosen, options).poll()).attributes
            except DeviceError:
                return None
        name = str(attributes["name"]) if "name" in attributes else None
        return Found("meter", place.host if place.port == PORT else str(place), name, {"map": "sunspec"}, attributes)

    for looked in await asyncio.gather(*(look(place) for place in places)):
        if looked is not None:
            yield looked


def _places(network: str | None) -> list[Place]:
    if network is None:
        return []
    if "/" not in network:
        return [read_place(network, PORT, "network")]
    try:
        net = ipaddress.ip_network(network, strict=False)
    except ValueError as error:
        raise OptionError(f"network: {network[:60]!r}: write a network (10.1.9.0/24) or a meter (10.1.9.7)") from error
    if net.num_addresses > MOST:
        raise OptionError(f"network: {network}: {net.num_addresses} addresses; at most {MOST} are swept at a time")
    return [Place(str(host), PORT) for host in net.hosts()]
