"""Which printers are found: by what they announce, and by address."""

import asyncio
import importlib
import sys
import textwrap
from functools import partial

import pytest

from protocols.clock import ManualClock, SystemClock
from protocols.drivers.printer.discover import discover, merged
from protocols.drivers.printer.options import PrinterOptions
from protocols.drivers.printer.simulator import SimulatedPrinter
from protocols.errors import OptionError
from protocols.options import read_options
from protocols.transports.mdns import Service

looking = importlib.import_module("protocols.drivers.printer.discover")  # the package has the function of this name
TXT = {"ty": "HP LaserJet 400", "note": "Room 12", "rp": "ipp/print", "uuid": "AB-CD", "usb_mfg": "HP"}


def service(
    kind: str, name: str = "LaserJet [0012]", host: str = "npi1.local", port: int = 631, **texts: str
) -> Service:
    return Service(name, kind, host, ("10.1.4.20", "fe80::1"), port, {**TXT, **texts})


def test_all_services_of_one_printer_are_one() -> None:
    services = [service(kind) for kind in ("_pdl-datastream._tcp", "_ipps._tcp", "_printer._tcp", "_ipp._tcp")]
    [found] = merged([*services, service("_printer._tcp", uuid="")])
    assert (found.kind, found.address, found.name) == ("printer", "10.1.4.20", "LaserJet [0012]")
    assert found.options == {}
    assert found.attributes == {"model": "HP LaserJet 400", "location": "Room 12", "uuid": "AB-CD", "vendor": "HP"}


def test_what_differs_from_the_defaults_is_an_option() -> None:
    [found] = merged([service("_ipps._tcp", port=8631, rp="printers/x")])
    assert found.options == {"ipp_port": 8631, "ipp_path": "/printers/x", "ipp_tls": "on"}
    read_options(found.options, PrinterOptions, "found")


def test_one_without_an_address_is_left_out_and_hostile_names_are_text() -> None:
    nowhere = service("_ipp._tcp")._replace(addresses=())
    wild = service("_ipp._tcp", name="\x1b[31m\u202eprinter", host="b.local", uuid="2", ty="x" * 300)
    [found] = merged([nowhere, wild])
    assert found.name == "[31mprinter"
    assert len(str(found.attributes["model"])) <= 200


RESPONDER = """
    import asyncio, socket
    from zeroconf import ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

    async def main():
        asked = AsyncZeroconf(interfaces=["127.0.0.1"])
        kinds = {"_ipp._tcp.local.": 8631, "_printer._tcp.local.": 515, "_pdl-datastream._tcp.local.": 9100}
        await asyncio.gather(*(asked.async_register_service(ServiceInfo(
            kind, "Eve [0012]." + kind, addresses=[socket.inet_aton("127.0.0.1")], port=port, server="eve12.local.",
            properties={"ty": "EvePrint 9", "rp": "ipp/print", "UUID": "4509a320", "note": "Room 9"},
        ), strict=False) for kind, port in kinds.items()))
        print("ready", flush=True)
        await asyncio.sleep(60)

    asyncio.run(main())
"""


async def test_a_printer_that_announces_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-zeroconf in another process, on loopback alone; other networks of this machine are not asked."""
    pytest.importorskip("zeroconf")
    monkeypatch.setattr(looking.mdns, "browse", partial(looking.mdns.browse, interfaces=["127.0.0.1"]))
    monkeypatch.setattr(looking, "LISTEN_S", 0.8)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(RESPONDER), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        printers = [each async for each in discover(None, SystemClock())]
    finally:
        process.terminate()
        await process.wait()
    [found] = [each for each in printers if each.name == "Eve [0012]"]
    assert (found.address, found.options) == ("127.0.0.1", {"ipp_port": 8631})
    assert found.attributes == {"model": "EvePrint 9", "location": "Room 9", "uuid": "4509a320"}


async def test_by_address_over_snmp(
    printer: SimulatedPrinter, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "_SWEEP", PrinterOptions(timeout=0.3, retries=0, **printer.options))  # type: ignore[arg-type]
    [found] = [each async for each in discover("127.0.0.1", clock)]
    assert (found.kind, found.address, found.name) == ("printer", "127.0.0.1", "Library copier")
    assert found.attributes["serial"] == printer.state.traits.serial
    [swept] = [each async for each in discover("127.0.0.0/30", clock)]
    assert swept.address in ("127.0.0.1", "127.0.0.2")  # all of 127.0.0.0/8 is this machine; the socket is bound to one


async def test_by_address_over_ipp(
    printer: SimulatedPrinter, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "_SWEEP", PrinterOptions(timeout=0.2, retries=0, **printer.options))  # type: ignore[arg-type]
    await printer.fault("snmp-off")
    [found] = [each async for each in discover("127.0.0.1", clock)]
    assert found.attributes["model"] == "Acme ColorJet 4500"
    await printer.fault("ipp-off")
    assert [each async for each in discover("127.0.0.1", clock)] == []


@pytest.mark.parametrize(
    ("network", "message"), [("10.0.0.0/8", "more than 1024 addresses"), ("10.0.0/x", "write a network")]
)
async def test_a_network_that_is_none(network: str, message: str, clock: ManualClock) -> None:
    with pytest.raises(OptionError, match=message):
        [each async for each in discover(network, clock)]
