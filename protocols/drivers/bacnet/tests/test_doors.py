"""Access doors and access points: three-valued states, counted events, and nobody's credential."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import rusty_bacnet as peer
from bacpypes3.apdu import APCISequence, ConfirmedRequestPDU, ReadPropertyRequest
from bacpypes3.basetypes import PropertyIdentifier

from protocols.drivers.bacnet.decode import MISSING, Ref
from protocols.drivers.bacnet.inventory import Inventory, Item
from protocols.drivers.bacnet.messages import ReadMultiple, identifier
from protocols.drivers.bacnet.network import ReadOnlyApplication
from protocols.drivers.bacnet.points import ACCESS_POINT, TYPES
from protocols.drivers.bacnet.readings import Readings
from protocols.drivers.bacnet.simulator import serve

DOOR, POINT = (30, 1), (33, 1)
BADGE = b"badge-4711"
PERSONAL = {
    number
    for name, number in PropertyIdentifier._enum_map.items()
    if any(word in name for word in ("credential", "authentication", "belongs", "user", "member-of", "person"))
}
"""Every property of the standard that can name a person or what a person carries."""


@pytest.fixture
async def server() -> AsyncIterator[Any]:
    """A door controller with a door, a reader, a credential, its user and rights."""
    made = peer.BACnetServer(
        device_instance=1234, device_name="Doors", interface="127.0.0.1", port=0, broadcast_address="127.0.0.1"
    )
    made.add_access_door(1, "Front door", alarm_values=[1, 2, 3, 4, 6, 7, 8], fault_values=[5])
    made.add_access_door(2, "Gym door")
    made.add_access_point(1, "Front reader")
    made.add_access_credential(1, "Card of somebody")
    made.add_access_user(1, "Somebody")
    made.add_access_rights(1, "Staff")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Ref]:
    """Every property that leaves this program in a request, as the requests' own bytes say."""
    refs: list[Ref] = []
    send = ReadOnlyApplication.request

    def note(application: Any, apdu: Any) -> Any:
        if isinstance(apdu, ReadMultiple):
            copy = ConfirmedRequestPDU(service_choice=apdu.apduService)
            copy.put_data(bytes(apdu.pduData))
            refs.extend(
                Ref(identifier(each.objectIdentifier), int(which.propertyIdentifier))
                for each in APCISequence.decode(copy).listOfReadAccessSpecs
                for which in each.listOfPropertyReferences
            )
        elif isinstance(apdu, ReadPropertyRequest):
            refs.append(Ref(identifier(apdu.objectIdentifier), int(apdu.propertyIdentifier)))
        elif hasattr(apdu, "monitoredObjectIdentifier"):
            refs.append(Ref(identifier(apdu.monitoredObjectIdentifier), -1))
        return send(application, apdu)

    monkeypatch.setattr(ReadOnlyApplication, "request", note)
    return refs


def doors(reading: Any) -> dict[tuple[str, str], float]:
    return {(s.metric, s.label): s.value for s in reading.samples if s.metric.startswith("door.")}


def item(object_id: Any) -> Item:
    return Item(object_id, "it", "Front", None, None)


def readings() -> Readings:
    return Readings(Inventory((8, 1), {}, [item(DOOR), item(POINT)]))


def test_a_state_that_can_no_longer_be_read_is_unknown_not_closed() -> None:
    memory, status = readings(), Ref(DOOR, 231)
    assert memory.samples({status: MISSING}) == []  # a door without the property: nothing to tell
    assert [s[:3] for s in memory.samples({status: 0})] == [("door.position", "it", 0.0)]
    assert readings().samples({status: 4}) == []  # a door without a sensor
    for lost in (MISSING, None, "closed", 0.0, 4):
        assert [s[:3] for s in memory.samples({status: lost})] == [("door.position", "it", 2.0)]


def test_access_events_are_counted_by_their_tags() -> None:
    memory, event, tag = readings(), Ref(POINT, 247), Ref(POINT, 322)
    polls = [(1, 7), (1, 7), (1, 8), (3, 8), (3, 12), (0, 2), (MISSING, 2), (1, 3), (1, MISSING)]
    counts = [sample.value for e, t in polls for sample in memory.samples({event: e, tag: t})]
    assert counts == [0.0, 0.0, 1.0, 2.0, 6.0, 7.0, 8.0, 9.0]


async def test_a_foreign_door(server: Any, opener: Any) -> None:
    session = await opener(await server.local_address())
    reading = await session.poll()
    first = doors(reading)
    assert {label for _, label in first} == {"access-door,1", "access-door,2", "access-point,1"}
    assert (reading.attributes["objects"], first["door.alarm", "access-door,1"]) == (3, 0.0)
    assert "bacnet.value" not in {sample.metric for sample in reading.samples}  # a door's is a command
    names = {(point.metric, point.label): point.name for point in reading.points}
    assert names["door.position", "access-door,1"] == "Front door"
    door = peer.ObjectIdentifier(peer.ObjectType.ACCESS_DOOR, 1)
    await server.report_door_state_local(door, door_status=1, lock_status=0, door_alarm_state=3)
    now = doors(await session.poll())
    assert [now[f"door.{state}", "access-door,1"] for state in ("position", "lock", "alarm")] == [1.0, 0.0, 1.0]
    assert now["door.alarm", "access-door,2"] == 0.0
    await server.report_door_state_local(door, door_status=4, lock_status=2, door_alarm_state=5)
    now = doors(await session.poll())
    assert [now[f"door.{state}", "access-door,1"] for state in ("position", "lock", "alarm")] == [2.0, 2.0, 4.0]


async def test_a_simulated_door(opener: Any, clock: Any) -> None:
    async with serve("127.0.0.1:0", 1001, "Main", 0, clock, doors=2) as simulator:
        session = await opener(simulator.address)
        states = ("position", "lock", "secured", "alarm")
        assert [doors(await session.poll())[f"door.{state}", "access-door,2"] for state in states] == [0.0] * 4
        simulator.force.door("access-door,2", position="opened", secured="unsecured", alarm="door-open-too-long")
        now = doors(await session.poll())
        assert [now[f"door.{state}", "access-door,2"] for state in states] == [1.0, 0.0, 1.0, 2.0]
        simulator.force.door("access-door,2", position="unknown", lock="fault", secured="unknown", alarm="door-fault")
        now = doors(await session.poll())
        assert [now[f"door.{state}", "access-door,2"] for state in states] == [2.0, 2.0, 2.0, 4.0]
        assert now["door.position", "access-door,1"] == 0.0


@pytest.mark.parametrize(("zones", "kind"), [(0, "door"), (2, "hvac")])
async def test_a_controller_of_doors_alone_is_a_door(opener: Any, clock: Any, zones: int, kind: str) -> None:
    async with serve("127.0.0.1:0", 1001, "Main", zones, clock, doors=2) as simulator:
        session = await opener(simulator.address)
        assert (await session.poll()).kind == kind


async def test_a_forced_door_is_pushed(server: Any, opener: Any) -> None:
    session = await opener(await server.local_address(), cov=True)
    await session.poll()
    seen: dict[tuple[str, str], float] = {}

    async def gather() -> None:
        async for reading in session.push():
            seen.update(doors(reading))

    task = asyncio.create_task(gather())
    door = peer.ObjectIdentifier(peer.ObjectType.ACCESS_DOOR, 1)
    async with asyncio.timeout(10):
        while ("door.alarm", "access-door,1") not in seen:
            await asyncio.sleep(0.01)
        await server.report_door_state_local(door, door_status=1, door_alarm_state=3)
        while seen["door.alarm", "access-door,1"] != 1.0:
            await asyncio.sleep(0.01)
    polled = doors(await session.poll())
    assert polled["door.position", "access-door,1"] == 1.0  # polled too, although it is subscribed to
    await session.close()
    await task


async def test_nobodys_credential_is_asked_for_or_told(server: Any, opener: Any, asked: list[Ref]) -> None:
    session = await opener(await server.local_address(), cov=True)
    reading = await session.poll()
    told: list[Any] = []

    async def gather() -> None:
        told.extend([each async for each in session.push()])

    task = asyncio.create_task(gather())
    point, credential = (
        peer.ObjectIdentifier(kind, 1) for kind in (peer.ObjectType.ACCESS_POINT, peer.ObjectType.ACCESS_CREDENTIAL)
    )
    await server.report_access_event_local(point, 1, 1, credential=credential, authentication_factor=(2, 0, BADGE))
    async with asyncio.timeout(10):
        while Ref((30, 2), -1) not in asked:
            await asyncio.sleep(0.01)
    after = await session.poll()
    await session.close()
    await task
    assert doors(after)["door.events", "access-point,1"] == doors(reading)["door.events", "access-point,1"] + 1
    assert {ref.object[0] for ref in asked if ref.object[0] != 8} <= set(TYPES)
    assert not {ref.property for ref in asked} & PERSONAL
    assert Ref((30, 1), -1) in asked
    assert Ref((ACCESS_POINT, 1), -1) not in asked  # its notifications name the credential
    said = repr([reading, after, told])
    assert not [word for word in ("Somebody", "somebody", "Staff", BADGE.decode()) if word in said]


def test_what_is_personal_is_in_the_list_above() -> None:
    assert {248, 249, 263, 265, 317} <= PERSONAL  # credential and factor of an event, credential disable, user name
