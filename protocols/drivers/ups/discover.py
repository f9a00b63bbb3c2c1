"""Which UPSs answer: the NUT server of this machine, or SNMP at the addresses that are named. Nothing is swept unasked."""

from collections.abc import AsyncIterator

from protocols.address import Place, read_place
from protocols.clock import Clock
from protocols.driver import Found
from protocols.drivers.ups.address import NUT_PORT
from protocols.drivers.ups.client import SnmpUps
from protocols.drivers.ups.decode import decode
from protocols.drivers.ups.mibs import MIBS, SYS_UPTIME
from protocols.drivers.ups.nut import NutServer
from protocols.drivers.ups.nut_variables import decode as decode_nut
from protocols.drivers.ups.options import Options
from protocols.errors import DeviceError
from protocols.transports.snmp.client import PORT, Snmp
from protocols.transports.snmp.sweep import addresses, sweep

PATIENCE = 0.7
"""Seconds that one address may take; UPSs of a building answer within milliseconds."""
ASKED = Options(timeout=PATIENCE, retries=0)


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """None: the NUT server of this machine. Else a network (10.1.2.0/24, at most a /20) or an address, by SNMP with `public`; one address by NUT too.

    Raises `OptionError` for anything else.
    """
    if network is None:
        for each in await _by_nut(Place("127.0.0.1", NUT_PORT), clock):
            yield each
        return
    hosts, is_found = addresses(network), False
    async for heard in sweep([str(Place(host, PORT)) for host in hosts], [SYS_UPTIME], ASKED, clock):
        if found := await _by_snmp(read_place(heard.address, PORT, "network"), clock):
            is_found = True
            yield found
    if len(hosts) == 1 and not is_found:
        for each in await _by_nut(Place(hosts[0], NUT_PORT), clock):
            yield each


async def _by_snmp(place: Place, clock: Clock) -> Found | None:
    snmp = Snmp(place, ASKED, clock, "discover")
    try:
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
            found.append(Found("ups", f"nut://{str(place).removesuffix(f':{place.port}')}/{name}", name, {}, said))
    except DeviceError:
        return found
    finally:
        await server.close()
    return found
