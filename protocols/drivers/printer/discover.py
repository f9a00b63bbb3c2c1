"""Which printers a network has: those that announce themselves by mDNS, and those that answer at given addresses."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Iterable

from protocols.address import Place, read_place
from protocols.clock import Clock
from protocols.driver import Found
from protocols.drivers.printer import from_ipp, from_mib, oids
from protocols.drivers.printer.ipp import IppSource
from protocols.drivers.printer.mib import MibSource
from protocols.drivers.printer.options import PrinterOptions
from protocols.errors import DeviceError, OptionError
from protocols.transports import mdns
from protocols.transports.mdns import Service
from protocols.transports.snmp.client import Snmp
from protocols.transports.snmp.values import text
from protocols.wire.batch import Scalar

TYPES = ("_ipp._tcp", "_ipps._tcp", "_printer._tcp", "_pdl-datastream._tcp")
LISTEN_S = 3.0
MOST_ADDRESSES = 1024
"""Most addresses of one sweep: a /22."""
AT_ONCE = 16
_SWEEP = PrinterOptions(timeout=1.0, retries=0)
_SAYS = {"ty": "model", "note": "location", "uuid": "uuid", "usb_mfg": "vendor"}
"""TXT keys of a printer's service (Bonjour Printing Specification, table 2) → attributes."""


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """The printers found. `network`: None to listen to mDNS; an address to ask there, over SNMP (community public) and IPP; or
    a network of at most 1,024 addresses ("10.1.2.0/24"), each asked by SNMP, 16 at a time. Raises `OptionError`, and
    `DeviceError` where mDNS cannot be asked.
    """
    if network is None:
        for found in merged(await mdns.browse(TYPES, LISTEN_S, clock)):
            yield found
        return
    if "/" in network:
        for answer in await _sweep(_addresses(network), clock):
            yield answer
        return
    place = read_place(network, 0, "network")
    found_there = await _by_snmp(place.host, clock, _SWEEP) or await _by_ipp(place.host, clock)
    if found_there is not None:
        yield found_there


def merged(services: Iterable[Service]) -> list[Found]:
    """One printer for all the services of one UUID or host; one that cannot be reached by an address is left out."""
    printers: dict[str, list[Service]] = {}
    for each in services:
        if each.addresses:
            printers.setdefault(each.properties.get("uuid", "").lower() or each.host.lower(), []).append(each)
    by_host: dict[str, list[Service]] = {}
    for group in printers.values():
        by_host.setdefault(min(each.host.lower() for each in group), []).extend(group)
    return [_announced(group) for _, group in sorted(by_host.items())]


def _announced(services: list[Service]) -> Found:
    ordered = sorted(services, key=lambda each: TYPES.index(each.type) if each.type in TYPES else len(TYPES))
    first = ordered[0]
    attributes: dict[str, Scalar] = {}
    for each in ordered:
        for key, name in _SAYS.items():
            said = text(each.properties.get(key))
            if said:
                attributes.setdefault(name, said)
    return Found("printer", first.addresses[0], text(first.name) or None, _options(first), attributes)


def _options(service: Service) -> dict[str, Scalar]:
    """What differs from the defaults, by an IPP service's port and resource path (rp)."""
    options: dict[str, Scalar] = {}
    if service.type not in ("_ipp._tcp", "_ipps._tcp"):
        return options
    if service.port != 631:
        options["ipp_port"] = service.port
    path = "/" + text(service.properties.get("rp")).lstrip("/")
    if path not in ("/", "/ipp/print"):
        options["ipp_path"] = path
    if service.type == "_ipps._tcp":
        options["ipp_tls"] = "on"
    return options


def _addresses(network: str) -> list[str]:
    try:
        asked = ipaddress.ip_network(network.strip(), strict=False)
    except ValueError as error:
        raise OptionError(
            f"network: {network[:80]!r}: write a network (10.1.2.0/24) or an address (10.1.2.3)"
        ) from error
    if asked.num_addresses > MOST_ADDRESSES:
        raise OptionError(
            f"network: {network[:80]!r} has more than {MOST_ADDRESSES} addresses; ask a /22 or smaller at a time"
        )
    return [str(each) for each in asked.hosts()]


async def _sweep(addresses: list[str], clock: Clock) -> list[Found]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(address: str) -> Found | None:
        async with turns:
            return await _by_snmp(address, clock, _SWEEP)

    answers = await asyncio.gather(*(ask(address) for address in addresses))
    return [found for found in answers if found is not None]


async def _by_snmp(address: str, clock: Clock, options: PrinterOptions) -> Found | None:
    """The printer that answers there, by Printer-MIB or hrPrinterTable; None for anything else, or nothing."""
    snmp = Snmp(Place(address, options.snmp_port), options, clock, "discover")
    source = MibSource(snmp, clock)
    try:
        if not await snmp.get([oids.SYS_OBJECT_ID]):
            return None
        seen = from_mib.seen(await source.read(), options.low)
    except DeviceError:
        return None
    finally:
        await source.close()
    name = seen.attributes.get("name")
    return Found("printer", address, str(name) if name else None, {}, seen.attributes)


async def _by_ipp(address: str, clock: Clock) -> Found | None:
    source = IppSource(address, _SWEEP, clock, "discover")
    try:
        seen = from_ipp.seen((await source.read()).attributes, _SWEEP.low)
    except DeviceError:
        return None
    finally:
        await source.close()
    name = seen.attributes.get("name")
    return Found("printer", address, str(name) if name else None, {}, seen.attributes)
