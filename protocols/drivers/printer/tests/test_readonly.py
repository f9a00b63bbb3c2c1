"""The driver has no way to change a printer: what it sends, over both protocols, through every way it takes."""

import re
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.drivers.printer import ipp_message
from protocols.drivers.printer.simulator import FAULTS, SimulatedPrinter
from protocols.errors import DeviceError
from protocols.transports.snmp import pdu

from .conftest import Opener

FOLDER = Path(__file__).parents[1]
READS = {pdu.GET, pdu.GET_NEXT, pdu.GET_BULK}


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_only_reads_reach_the_printer(printer: SimulatedPrinter, opener: Opener, version: str) -> None:
    session = await opener(printer.options, version=version)
    for fault in [each for each in FAULTS if not each.endswith("-off")]:
        await printer.fault(fault)
        await session.poll()
    printer.server.path = "/elsewhere"
    await session.poll()
    assert set(printer.agent.requests) <= READS
    assert printer.agent.sets == 0
    assert set(printer.server.operations) == {ipp_message.GET_PRINTER_ATTRIBUTES}
    assert set(printer.server.methods) == {"POST"}


async def test_nor_when_it_is_refused(printer: SimulatedPrinter, opener: Opener) -> None:
    printer.server.path = "/nowhere"
    await printer.fault("snmp-off")
    with pytest.raises(DeviceError):
        await (await opener(printer.options)).poll()
    assert set(printer.server.operations) == {ipp_message.GET_PRINTER_ATTRIBUTES}


@given(st.integers(0, 2**32 - 1), st.text(max_size=50), st.lists(st.text(max_size=20), max_size=5))
def test_whatever_is_asked_it_is_get_printer_attributes(number: int, uri: str, wanted: list[str]) -> None:
    try:
        made = ipp_message.request(number, uri, wanted, (2, 0))
    except UnicodeEncodeError:  # a lone surrogate
        return
    assert struct.unpack_from(">BBHI", made) == (2, 0, 0x000B, number)


def test_nothing_of_people_or_jobs_is_asked_for() -> None:
    from protocols.drivers.printer import ipp, oids

    assert [name for name in ipp.ASKED if re.search(r"\bjob-[^c]|message|contact|owner|user|organization", name)] == []
    asked = [*oids.SYSTEM, *oids.COLUMNS, *oids.IDENTITY, oids.ALERT_CODE, *oids.ALERT_DETAIL]
    people = (
        "1.3.6.1.2.1.1.4",
        "1.3.6.1.2.1.43.5.1.1.4",
        "1.3.6.1.2.1.43.5.1.1.5",
    )  # sysContact, operator, service person
    assert [oid for oid in asked if f"{oid}.".startswith(tuple(f"{each}." for each in people))] == []


def test_no_source_names_a_writing_operation() -> None:
    writing = re.compile(r"Print-Job|Pause-Printer|Resume-Printer|Set-Printer|Cancel-Job|pdu\.SET\b|\.set\(")
    assert not [path.name for path in FOLDER.glob("*.py") if writing.search(path.read_text())]
