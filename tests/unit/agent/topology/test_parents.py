"""Which device hangs off which switch, by the tables of real arrangements."""

from pathlib import Path

from agent.topology.gateway import gateway
from agent.topology.parents import Node, Port, parents
from agent.topology.surroundings import Surroundings
from protocols.driver import Neighbour, Reading


def mac(number: int) -> str:
    return f"00:1b:a9:00:00:{number:02x}"


def node(key: str, number: int, name: str = "") -> Node:
    return Node(key, frozenset({mac(number)}), name, f"10.1.2.{number}")


CORE, EDGE, CAMERA, PRINTER = node("core", 1, "core"), node("edge", 2, "edge"), node("camera", 3), node("printer", 4)
ALL = [CORE, EDGE, CAMERA, PRINTER]
SEEN = {
    "core": [
        Neighbour("24", "lldp", mac(2), "edge"),
        *(Neighbour("24", "fdb", mac(number)) for number in (2, 3, 4)),
        Neighbour("1", "fdb", mac(9)),
    ],
    "edge": [
        Neighbour("48", "lldp", mac(1), "core"),
        *(Neighbour("48", "fdb", mac(number)) for number in (1, 9)),
        Neighbour("3", "fdb", mac(3)),
        Neighbour("4", "lldp", None, None, "10.1.2.4"),
    ],
}


def test_each_hangs_off_the_switch_it_is_plugged_into() -> None:
    assert parents(ALL, SEEN, "10.1.2.1") == {
        "edge": Port("core", "24"),
        "camera": Port("edge", "3"),
        "printer": Port("edge", "4"),
    }


def test_the_tree_hangs_up_at_the_gateway() -> None:
    assert parents(ALL, SEEN, "10.1.2.2")["core"] == Port("edge", "48")


def test_a_device_behind_an_unmanaged_switch_hangs_off_the_nearest_watched_one() -> None:
    seen = {
        "core": [Neighbour("24", "fdb", mac(number)) for number in (2, 3, 4, 5)],
        "edge": [Neighbour("7", "fdb", mac(3)), Neighbour("7", "fdb", mac(4))],
    }
    found = parents(ALL, seen)
    assert found == {"camera": Port("edge", "7"), "printer": Port("edge", "7")}


def test_a_ring_of_switches_is_no_ring_of_parents() -> None:
    names = ["a", "b", "c"]
    nodes = [node(name, number, name) for number, name in enumerate(names, 1)]
    seen = {one: [Neighbour(other, "lldp", name=other) for other in names if other != one] for one in names}
    assert parents(nodes, seen) == {"b": Port("a", "b"), "c": Port("a", "c")}


def test_what_two_devices_answer_to_tells_neither() -> None:
    twins = [CORE, Node("x", frozenset({mac(7)}), "printer"), Node("y", frozenset({mac(7)}), "printer")]
    assert parents(twins, {"core": [Neighbour("1", "lldp", mac(7), "printer")]}) == {}


def test_a_neighbour_table_of_addresses_plugs_nothing_in() -> None:
    assert parents(ALL, {"core": [Neighbour("1", "arp", mac(3), address="10.1.2.3")]}) == {}


def test_a_reading_is_given_its_parent_and_keeps_one_that_its_driver_told() -> None:
    around = Surroundings(lambda: ALL, "10.1.2.1")
    for key, neighbours in SEEN.items():
        around.heard(key, Reading(neighbours=list(neighbours)), 0.0)
    reading = Reading()
    around.heard("camera", reading, 1.0)
    assert reading.attributes == {"parent": "edge", "parent.port": "3"}
    reading = Reading(attributes={"parent": "nvr"})
    around.heard("camera", reading, 1.0)
    assert reading.attributes == {"parent": "nvr"}


def test_what_is_seen_with_mac_and_address_helps_to_find_what_moved() -> None:
    around = Surroundings(lambda: ALL)
    around.heard("core", Reading(neighbours=[Neighbour("1", "arp", mac(3), address="10.1.2.30")] * 9000), 0.0)
    assert set(around.addresses()) == {(mac(3), "10.1.2.30")}
    assert len(list(around.addresses())) == 4096
    around.heard("edge", Reading(neighbours=[Neighbour("1", "fdb", mac(3))]), 4000.0)
    assert list(around.addresses()) == []


def test_the_gateway_is_the_default_routes(tmp_path: Path) -> None:
    path = tmp_path / "route"
    path.write_text("Iface Destination Gateway Flags\neth0 0002000A 00000000 0001\neth0 00000000 0100000A 0003\n")
    assert gateway(path) == "10.0.0.1"
    assert gateway(tmp_path / "missing") == ""
    path.write_text("x\neth0 00000000 zz 0003\n")
    assert gateway(path) == ""
