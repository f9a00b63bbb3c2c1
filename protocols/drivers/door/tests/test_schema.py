"""The simulated controller against ONVIF's own schemas, and zeep, which is not ours, as its client."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import tostring

import pytest

from protocols.clock import SystemClock
from protocols.drivers.door.decode import DEFINED, PARTS
from protocols.drivers.door.simulator import simulate
from protocols.drivers.door.simulator.simulator import NAMES
from protocols.transports.onvif import Onvif, OnvifOptions, login_of
from protocols.transports.soap.envelope import envelope
from protocols.transports.soap.namespaces import NAMESPACES
from protocols.transports.soap.xml import tag

onvif = pytest.importorskip("onvif", reason="onvif-zeep-async, whose WSDLs these are, is not installed")
pytest.importorskip("zeep", reason="zeep is not installed")
WSDL = Path(onvif.__file__).parent / "wsdl"


@pytest.fixture
async def simulated() -> AsyncIterator[Any]:
    async with simulate("127.0.0.1:0", SystemClock(), names=(*NAMES, "Annex & Shed")) as made:
        yield made


def schema(name: str) -> Any:
    """The schema in a WSDL; its imports are found beside it."""
    from lxml import etree

    tree = etree.parse(WSDL / name)
    [inner] = tree.getroot().iter("{http://www.w3.org/2001/XMLSchema}schema")
    return etree.XMLSchema(etree.ElementTree(inner))


ASKED = [
    ("doorcontrol.wsdl", "<tdc:GetServiceCapabilities/>"),
    ("doorcontrol.wsdl", "<tdc:GetDoorInfoList/>"),
    ("doorcontrol.wsdl", tag("tdc:GetDoorInfoList", tag("tdc:Limit", "2"))),
    ("doorcontrol.wsdl", tag("tdc:GetDoorInfo", tag("tdc:Token", "door-1"), tag("tdc:Token", "nowhere"))),
    ("doorcontrol.wsdl", tag("tdc:GetDoorState", tag("tdc:Token", "door-1"))),
    ("accesscontrol.wsdl", "<tac:GetServiceCapabilities/>"),
    ("accesscontrol.wsdl", "<tac:GetAccessPointInfoList/>"),
    ("accesscontrol.wsdl", tag("tac:GetAccessPointInfo", tag("tac:Token", "ap-1"))),
    ("accesscontrol.wsdl", tag("tac:GetAccessPointState", tag("tac:Token", "ap-1"))),
]


@pytest.mark.parametrize("fault", [None, "forced", "fault", "unknown", "lockdown"])
async def test_questions_and_answers_are_valid(fault: str | None, simulated: Any) -> None:
    from lxml import etree

    if fault:
        await simulated.fault(fault)
    options = OnvifOptions(**simulated.options)
    asking = Onvif(simulated.place, options, login_of(options, "test"), SystemClock(), "test")
    await asking.time()
    schemas = {name: schema(name) for name in {name for name, _ in ASKED}}
    for name, body in ASKED:
        answer = await asking.ask(body)
        schemas[name].assertValid(etree.fromstring(tostring(answer)))
        [question] = etree.fromstring(envelope(body)).iter(
            f"{{{NAMESPACES[body[1:4]]}}}{body[5:].split('>')[0].strip('/')}"
        )
        schemas[name].assertValid(question)
    await asking.close()


def test_every_word_of_the_schema_is_known_here() -> None:
    """Whatever enumeration of doorcontrol.wsdl: each word but Unknown and Fault has a state of its own."""
    from lxml import etree

    space = {"xs": "http://www.w3.org/2001/XMLSchema"}
    tree = etree.parse(WSDL / "doorcontrol.wsdl")
    for type_name, states in DEFINED.items():
        words = tree.xpath(
            f"//xs:simpleType[@name='{type_name}']/xs:restriction/xs:enumeration/@value", namespaces=space
        )
        assert set(words) - {"Unknown", "Fault"} == set(states.words), type_name
        assert len(set(states.words.values())) == len(states.words)
    assert {part.states for part in PARTS} == set(DEFINED.values())


async def test_zeep_reads_the_simulated_controller(simulated: Any) -> None:
    from zeep import Client
    from zeep.wsse.username import UsernameToken

    await simulated.fault("forced")

    def ask() -> tuple[list[str], Any, Any]:
        token = UsernameToken("viewer", "watch", use_digest=True)
        doors = Client(str(WSDL / "doorcontrol.wsdl"), wsse=token)
        [binding] = doors.wsdl.bindings
        service = doors.create_service(binding, simulated.device.url("/onvif/door_service"))
        names, start = [], None
        while True:
            page = service.GetDoorInfoList(Limit=3, StartReference=start)
            names += [door.Name for door in page.DoorInfo]
            start = page.NextStartReference
            if start is None:
                break
        access = Client(str(WSDL / "accesscontrol.wsdl"), wsse=token)
        [binding] = access.wsdl.bindings
        points = access.create_service(binding, simulated.device.url("/onvif/access_service"))
        return names, service.GetDoorState(Token="door-1"), points.GetAccessPointState(Token="ap-1")

    names, state, point = await asyncio.to_thread(ask)
    assert names == [*NAMES, "Annex & Shed"]
    assert (state.DoorPhysicalState, state.Alarm, state.Tamper.State) == ("Open", "DoorForcedOpen", "NotInTamper")
    assert point.Enabled is True
