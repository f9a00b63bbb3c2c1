"""A device that announces itself to two switches hangs off both, and both are told."""

from agent.kinship import Kinship
from agent.parents import Known, Place, others
from protocols.driver import Neighbour, Reading

PLACE = Place(own=frozenset({"02:00:00:00:00:01"}))
SERVER = Neighbour("7", "lldp", "02:00:00:00:00:99")
AGENT = Neighbour("1", "fdb", "02:00:00:00:00:01")


def test_two_switches_that_hear_one_device() -> None:
    devices = [Known("a"), Known("b"), Known("server", macs=frozenset({SERVER.mac or ""}))]
    found = others(devices, {"a": [SERVER, AGENT], "b": [SERVER._replace(port="9")]}, PLACE)
    assert [(link.parent, link.port) for link in found["server"]] in ([("b", "9")], [("a", "7")])
    assert others(devices, {"a": [SERVER, AGENT]}, PLACE) == {}


def test_they_are_told_as_one_attribute() -> None:
    kinship = Kinship()
    for minute in range(5):
        now = minute * 60.0
        kinship.learn("server", "10.0.0.9", Reading(attributes={"mac": SERVER.mac}), now)
        kinship.learn("a", "10.0.0.1", Reading(neighbours=[SERVER, AGENT]), now)
        if kinship.learn("b", "10.0.0.2", Reading(neighbours=[SERVER._replace(port="9")]), now):
            kinship.work_out(PLACE, now)
    facts = kinship.facts("server", {})
    assert facts["uplinks"] in ("a\t7\nb\t9", "b\t9\na\t7")
    assert str(facts["uplinks"]).startswith(str(facts["parent"]))
    assert kinship.facts("server", {"parent": "ups"}) == {}
