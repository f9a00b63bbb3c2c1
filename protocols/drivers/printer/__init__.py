"""Printers and copiers over SNMP (Printer-MIB) and IPP, both accounts of one device made one."""

import msgspec

from protocols.address import Place, read_place
from protocols.clock import Clock
from protocols.driver import Driver, Session, Target
from protocols.drivers.printer.client import Client, Source
from protocols.drivers.printer.discover import discover
from protocols.drivers.printer.ipp import IppSource
from protocols.drivers.printer.mib import MibSource
from protocols.drivers.printer.options import PrinterOptions
from protocols.drivers.printer.points import POINTS
from protocols.drivers.printer.session import PrinterSession, TellingPrinterSession
from protocols.errors import OptionError
from protocols.transports.snmp.client import Snmp


async def open_printer(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session on the printer at `target.address`: a host alone. Raises `OptionError`; nothing is sent yet."""
    where = f"device {target.key!r}"
    if not isinstance(options, PrinterOptions):
        raise OptionError(f"{where}: options are not those of a printer")
    host = _host(target.address, where)
    sources: dict[str, Source] = {}
    if options.sources != "ipp":
        sources["SNMP"] = MibSource(Snmp(Place(host, options.snmp_port), options, clock, where), clock)
    if options.sources != "snmp":
        sources["IPP"] = IppSource(host, options, clock, where)
    kind = TellingPrinterSession if options.trap_port else PrinterSession
    return kind(Client(sources, clock), options, target._replace(address=host), clock)


def _host(address: str, where: str) -> str:
    try:
        place = read_place(address, 0, where)
    except OptionError as error:
        raise OptionError(f"{where}: address = {address[:80]!r}: write a host alone, for example 10.1.4.20") from error
    if place.port:
        ports = "its ports are the options snmp_port and ipp_port"
        raise OptionError(f"{where}: address = {address[:80]!r}: write the host alone; {ports}")
    return place.host


DRIVER = Driver(
    kind="printer",
    device_kind="printer",
    family="printer",
    interval=60.0,
    options=PrinterOptions,
    points=POINTS,
    open=open_printer,
    discover=discover,
)
