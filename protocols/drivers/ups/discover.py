"""Which UPSs answer: the NUT server of this machine, or SNMP at the addresses that are named. Nothing is swept unasked."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Iterable

from protocols.address import Place
from protocols.clock import Clock
from protocols.driver import Found
from protocols.drivers.ups.address import NUT_PORT
from protocols.drivers.ups.client import SnmpUps
from protocols.drivers.ups.decode import decode
from protocols.drivers.ups.mibs import MIBS, SYS_UPTIME
from protocols.drivers.ups.nut import NutServer
from protocols.drivers.ups.nut_variables import decode as decode_nut
from protocols.drivers.ups.options import Options
from protocols.errors import DeviceError, OptionError
from protocols.transports.snmp.client import PORT, Snmp

MOST = 4096
AT_ONCE = 32
PATIENCE = 0.7
"""Seconds that one address may take; UPSs of a building answer within milliseconds."""


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """None: the NUT server of this machine. Else a network (10.1.2.0/24, at most a /20) or an address, by SNMP with `public`; one address by NUT too.

    Raises `OptionError` for anything else.
    """
    hosts = ["127.0.0.1"] if network is None else _hosts(network)
    by_snmp, by_nut = network is not None, len(hosts) == 1
    for start in range(0, len(hosts), AT_ONCE):
        looks = [_look(host, by_snmp, by_nut, clock) for host in hosts[start : start + AT_ONCE]]
        for found in await asyncio.gather(*looks):
            for each in found:
                yield each


def _hosts(network: str) -> list[str]:
    try:
        where = ipaddress.ip_network(network.strip(), strict=False)
    except ValueError as error:
        raise OptionError(
            f"network: {network[:80]!r}: write a network (10.1.2.0/24) or an address (10.1.2.3)"
        ) from error
    if where.num_addresses > MOST:
        raise OptionError(f"network: {network!r} has more than {MOST} addresses: name a smaller part of it")
    return [str(host) for host in where.hosts()] or [str(where.network_address)]


async def _look(host: str, is_asked_by_snmp: bool, is_asked_by_nut: bool, clock: Clock) -> Iterable[Found]:
    found = await _by_snmp(Place(host, PORT), clock) if is_asked_by_snmp else None
    if found:
        return [found]
    return await _by_nut(Place(host, NUT_PORT), clock) if is_asked_by_nut else ()


async def _by_snmp(place: Place, clock: Clock) -> Found | None:
    snmp = Snmp(place, Options(timeout=PATIENCE, retries=0), clock, "discover")
    try:
        if not await snmp.get([SYS_UPTIME]):
            return None
        answer = await SnmpUps(snmp, clock).read()
    except DeviceError:
        return None
    finally:
        await snmp.close()
    said = decode(answer.found, answer.having or MIBS, (), clock.now_ms()).attributes
    name = said.pop("name", None)
    address = place.host if place.port == PORT else str(place)
    return Found("ups", address, str(name) if name else None, {}, said)


async def _by_nut(place: Place, clock: Clock) -> list[Found]:
    server, found = NutServer(place, PATIENCE), []
    try:
        for name in (await server.names())[:16]:
            said = decode_nut(await server.variables(name), name, clock.now_ms()).attributes
            said.pop("name", None)
            found.append(Found("ups", f"nut://{place.host}/{name}", name, {}, said))
    except DeviceError:
        return found
    finally:
        await server.close()
    return found
