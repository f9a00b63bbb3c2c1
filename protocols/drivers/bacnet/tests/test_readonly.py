"""The driver has no way to change a device."""

import re
from pathlib import Path
from typing import Any

import pytest
from bacpypes3 import apdu as messages
from bacpypes3.apdu import confirmed_request_types, unconfirmed_request_types
from bacpypes3.pdu import Address

from protocols.drivers.bacnet.decode import Ref
from protocols.drivers.bacnet.messages import ReadMultiple, identifier
from protocols.drivers.bacnet.network import READS, Local, acquire, release
from protocols.errors import DeviceError

FOLDER = Path(__file__).parents[1]


def test_only_reads_are_in_the_list() -> None:
    assert {kind.__name__ for kind in READS} == {
        "GetEventInformationRequest",
        "ReadMultiple",
        "ReadPropertyMultipleRequest",
        "ReadPropertyRequest",
        "ReadRange",
        "SubscribeCOVRequest",
        "WhoIsRequest",
    }


def test_a_request_of_bytes_is_the_librarys_own() -> None:
    """Whatever is asked, `ReadMultiple` is a ReadPropertyMultiple: the library reads the same request from its bytes."""
    asked = [Ref((0, 1), 85), Ref((0, 1), 111), Ref((300, 4_000_000), 600), Ref((8, 1), 76, 70_000)]
    request = ReadMultiple(asked)
    assert request.apduService == messages.ReadPropertyMultipleRequest.service_choice
    read = messages.APCISequence.decode(request)
    assert isinstance(read, messages.ReadPropertyMultipleRequest)
    assert [
        Ref(identifier(each.objectIdentifier), int(which.propertyIdentifier), which.propertyArrayIndex)
        for each in read.listOfReadAccessSpecs
        for which in each.listOfPropertyReferences
    ] == asked


async def test_every_other_request_is_refused_before_it_is_sent() -> None:
    network = await acquire(Local("127.0.0.1"))
    kinds = {*confirmed_request_types.values(), *unconfirmed_request_types.values()} - set(READS)
    assert messages.WritePropertyRequest in kinds
    assert messages.ReinitializeDeviceRequest in kinds
    for kind in kinds:
        with pytest.raises(DeviceError, match="never sent"):
            network.application.request(kind(destination=Address("127.0.0.1:9")))
    await release(network)


async def test_the_librarys_own_write_is_refused_too(simulator: Any) -> None:
    network = await acquire(Local("127.0.0.1"))
    before = float(simulator.object("analog-value,1").presentValue)
    with pytest.raises(DeviceError, match="WriteProperty"):
        await network.application.write_property(simulator.address, "analog-value,1", "present-value", 99.0)
    await release(network)
    assert float(simulator.object("analog-value,1").presentValue) == before


def test_no_source_names_a_writing_service() -> None:
    writing = re.compile(
        r"Write|Reinitialize|DeviceCommunicationControl|CreateObject|DeleteObject|AcknowledgeAlarm|TimeSync"
    )
    sources = [*FOLDER.glob("*.py")]  # the simulator, which plays a device, is a folder below
    assert len(sources) > 10
    assert not [path.name for path in sources if writing.search(path.read_text())]
