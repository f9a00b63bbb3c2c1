"""Who hangs off whom, in a school of three switches and forty devices whose tables follow from how they are wired."""

from collections.abc import Iterable

import pytest

from agent.parents import Known, Link, Place, links
from protocols.driver import Neighbour

Wiring = dict[str, tuple[str, str, str]]
"""Device or switch → the switch it is wired to, the port there, its own port (switches)."""
SWITCHES = ("core", "east", "west")
UPLINKS: Wiring = {"east": ("core", "47", "49"), "west": ("core", "48", "49")}


def mac(name: str) -> str:
    number = SWITCHES.index(name) + 1 if name in SWITCHES else 100 + int(name.split("-")[1])
    return f"02:00:00:00:{number // 256:02x}:{number % 256:02x}"


def school(count: int = 40) -> Wiring:
    """Devices spread over the switches, a port each."""
    return {f"device-{n}": (SWITCHES[n % 3], str(n // 3 + 1), "") for n in range(count)}


def devices(wiring: Wiring, without: Iterable[str] = ()) -> list[Known]:
    return [
        Known(name, f"10.0.0.{number}", frozenset() if name in without else frozenset({mac(name)}), frozenset({name}))
        for number, name in enumerate([*SWITCHES, *wiring], 1)
    ]


def path(switch: str, name: str, wiring: Wiring, uplinks: Wiring) -> str | None:
    """The port of `switch` behind which `name` is."""
    above = {**uplinks, **wiring}
    at = name
    while at in above:
        if above[at][0] == switch:
            return above[at][1]
        at = above[at][0]
    return uplinks[switch][2] if switch in uplinks and name != switch else None


def tables(wiring: Wiring, uplinks: Wiring = UPLINKS, lldp: bool = True) -> dict[str, list[Neighbour]]:
    """What each switch says: every MAC at the port it is behind, and its neighbours."""
    seen: dict[str, list[Neighbour]] = {switch: [] for switch in SWITCHES}
    for switch, rows in seen.items():
        for name in [*SWITCHES, *wiring]:
            port = path(switch, name, wiring, uplinks)
            if port and name != switch:
                rows.append(Neighbour(port, "fdb", mac(name)))
    for below, (above, port, own) in uplinks.items() if lldp else ():
        seen[above].append(Neighbour(port, "lldp", mac(below), below, None))
        seen[below].append(Neighbour(own, "lldp", mac(above), above, None))
    return seen


def at(name: str) -> Place:
    return Place(frozenset({mac(name)}))


@pytest.mark.parametrize("lldp", [True, False])
def test_forty_devices_hang_off_their_own_switch_and_port(lldp: bool) -> None:
    wiring = school()
    found = links(devices(wiring), tables(wiring, lldp=lldp), at("device-0"))
    assert found == {
        **{name: Link(switch, port) for name, (switch, port, _) in wiring.items()},
        "east": Link("core", "47"),
        "west": Link("core", "48"),
    }


@pytest.mark.parametrize("lldp", [True, False])
def test_the_agents_own_place_is_the_root(lldp: bool) -> None:
    """An agent in the east wing reaches the core through east: when east dies, core is unreachable because of it."""
    wiring = school()
    found = links(devices(wiring), tables(wiring, lldp=lldp), at("device-1"))
    assert found["core"] == Link("east", "49")
    assert found["west"] == Link("core", "48")
    assert "east" not in found
    assert found["device-0"] == Link("core", "1")


def test_without_the_agent_in_any_table_its_gateway_is_the_root() -> None:
    wiring = school()
    found = links(devices(wiring), tables(wiring), Place(gateway=frozenset({mac("device-0")})))
    assert found["east"] == Link("core", "47")


def test_switches_have_no_parent_when_nobody_knows_where_the_agent_is() -> None:
    wiring = school()
    found = links(devices(wiring), tables(wiring), Place())
    assert not set(found) & set(SWITCHES)
    assert found["device-5"] == Link("west", "2")


def test_a_ring_of_switches_gives_each_one_parent() -> None:
    """A second line between east and west, blocked by spanning tree: LLDP passes it, learning does not."""
    wiring = school()
    seen = tables(wiring)
    seen["east"].append(Neighbour("50", "lldp", mac("west"), "west", None))
    seen["west"].append(Neighbour("50", "lldp", mac("east"), "east", None))
    found = links(devices(wiring), seen, at("device-0"))
    assert (found["east"], found["west"]) == (Link("core", "47"), Link("core", "48"))
    assert "core" not in found


def test_switches_in_a_row() -> None:
    wiring = school()
    row: Wiring = {"east": ("core", "47", "49"), "west": ("east", "48", "49")}
    for lldp in (True, False):
        found = links(devices(wiring), tables(wiring, row, lldp), at("device-0"))
        assert (found["east"], found["west"]) == (Link("core", "47"), Link("east", "48"))
        assert all(found[name] == Link(switch, port) for name, (switch, port, _) in wiring.items())


def test_several_devices_behind_one_port_share_it() -> None:
    """A small switch that nobody manages, under a teacher's desk."""
    wiring = school() | {f"device-{n}": ("west", "20", "") for n in range(30, 35)}
    found = links(devices(wiring), tables(wiring), at("device-0"))
    assert {found[f"device-{n}"] for n in range(30, 35)} == {Link("west", "20")}


def test_a_device_whose_mac_is_not_told_is_found_by_its_address() -> None:
    """The agent's own ARP table knows it; behind a router the router's."""
    wiring = school()
    known = devices(wiring, without=["device-5", "device-8"])
    by_key = {device.key: device for device in known}
    seen = tables(wiring)
    seen["core"].append(Neighbour("vlan 20", "arp", mac("device-8"), None, by_key["device-8"].address))
    place = Place(frozenset({mac("device-0")}), table={by_key["device-5"].address: mac("device-5")})
    found = links(known, seen, place)
    assert found["device-5"] == Link("west", "2")
    assert found["device-8"] == Link("west", "3")


def test_a_device_that_nobody_has_seen_has_no_parent() -> None:
    wiring = school()
    found = links(devices(wiring, without=["device-5"]), tables(wiring), at("device-0"))
    assert "device-5" not in found


def test_a_mac_that_two_devices_claim_is_nobodys() -> None:
    wiring = school(6)
    known = [*devices(wiring), Known("twin", "10.0.1.1", frozenset({mac("device-5")}))]
    found = links(known, tables(wiring), at("device-0"))
    assert "twin" not in found
    assert "device-5" not in found


def test_what_announces_itself_beats_what_was_learnt() -> None:
    wiring = school()
    seen = tables(wiring)
    seen["west"].append(Neighbour("7", "lldp", None, "device-0", None))
    found = links(devices(wiring), seen, at("device-1"))
    assert found["device-0"] == Link("west", "7")


def test_a_switch_that_is_not_watched_between_them_is_passed_over() -> None:
    """core sees everything in the east wing on port 47, and east is not ours: they hang off core, at that port."""
    wiring = school()
    seen = tables(wiring)
    del seen["east"]
    known = [device for device in devices(wiring) if device.key != "east"]
    found = links(known, seen, at("device-0"))
    assert found["device-1"] == Link("core", "47")
    assert found["device-2"] == Link("west", "1")


def test_tables_of_garbage_give_nothing() -> None:
    rows = [
        Neighbour("", "fdb"),
        Neighbour("1", "lldp", "", "", ""),
        Neighbour("1", "arp"),
        Neighbour("2", "fdb", "zz"),
    ]
    assert links([Known("a"), Known("b")], {"a": rows, "gone": rows}, Place()) == {}
