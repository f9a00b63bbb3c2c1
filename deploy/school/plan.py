"""Which devices the simulated school has, and the agent's configuration for them. Rows, not classes.

Each device has an address of its own on loopback, as it would have on a network: the agent's care for slow hosts works as
in a building, and one can move to another address. What hangs off which switch, only the switches' tables say.
"""

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from deploy.school.play import Part, Played
from deploy.school.stage import Role

BUILDING = "Demo Middle School"
AGENT = "demo-middle-school"
NETWORK = "127.20.0."
FIRST_PORT = 47820
CORE, EDGE = "switch-mdf", "switch-west"


class Row(NamedTuple):
    """One device. `number` ends its address, which `where` writes ({} is host and port); `plug` is the switch and port that
    it hangs off; `faults` are wrong with it from the beginning. `played` is False for what is read as it is.
    """

    key: str
    kind: str
    number: int
    name: str
    room: str
    traits: Mapping[str, Any] = {}
    plug: tuple[str, int] | None = None
    faults: tuple[str, ...] = ()
    interval: int | None = None
    options: Mapping[str, Any] = {}
    where: str = "{}"
    played: bool = True


_NETWORK = (
    Row(CORE, "network", 1, "Core switch", "MDF", {"name": "sw-mdf", "model": "cisco", "ports": 48}, interval=30),
    Row(EDGE, "network", 2, "Switch west wing", "IDF west", {"name": "sw-west", "ports": 24}, (CORE, 49), interval=30),
    Row("ups", "ups", 5, "UPS", "MDF", {"name": "UPS-MDF"}, (CORE, 1), interval=20),
    Row("server", "host", 0, "School server", "MDF", played=False),
    Row("lan", "lan", 6, "Building network", "", interval=30),
)  # fmt: skip
_PLANT = (
    Row("ahu-1", "bacnet", 11, "AHU 1", "Roof, west wing", {"instance": 101, "name": "AHU 1", "zones": 6}, (EDGE, 21), interval=10),
    Row("ahu-2", "bacnet", 12, "AHU 2", "Roof, east wing", {"instance": 102, "name": "AHU 2", "zones": 6}, (CORE, 21), interval=10),
    Row("meter", "meter", 15, "Main meter", "Electrical room", {}, (CORE, 22), interval=30),
)  # fmt: skip
_PRINTERS = (
    Row("printer-library", "printer", 21, "Library copier", "Library", {"name": "Library copier"}, (EDGE, 1), interval=20),
    Row("printer-office", "printer", 22, "Office copier", "Main office", {"name": "Office copier"}, (CORE, 2), interval=20),
    Row("printer-lounge", "printer", 23, "Staff lounge", "Staff lounge", {"name": "Staff lounge"}, (CORE, 3), ("toner-low",), 20),
    Row("printer-lab", "printer", 24, "Computer lab", "Room 21", {"name": "Computer lab", "colour": False}, (EDGE, 2), ("unknown-level",), 20),
    Row("printer-art", "printer", 25, "Art room", "Room 8", {"name": "Art room"}, (EDGE, 3), ("jam",), 20),
    Row("printer-nurse", "printer", 26, "Nurse", "Nurse's office", {"name": "Nurse", "colour": False}, (CORE, 4), interval=20),
)  # fmt: skip
_CAMERAS = tuple(
    Row(f"camera-{number}", "camera", 30 + number, name, name, {"name": name, "number": number}, (switch, 10 + number), faults, 30)
    for number, name, switch, faults in (
        (1, "Main Entrance", CORE, ()),
        (2, "Front Office", CORE, ()),
        (3, "Cafeteria", CORE, ()),
        (4, "Gym", CORE, ()),
        (5, "Hall West", EDGE, ()),
        (6, "Stair West", EDGE, ("frozen",)),
        (7, "Parking Lot", EDGE, ("black",)),
        (8, "Bus Loop", EDGE, ()),
    )
)  # fmt: skip
_OSDP = "osdp+tcp://{}/1"
_DOORS = (
    Row("doors-front", "door", 51, "Front doors", "MDF", {"names": ["Main Entrance", "Office", "Gym North", "Cafeteria", "Library"]}, (CORE, 7), interval=15),
    Row("doors-west", "bacnet", 52, "West doors", "IDF west", {"instance": 120, "name": "West", "zones": 0, "doors": 3}, (EDGE, 7), interval=10),
    Row("door-dock", "door", 53, "Loading dock reader", "Loading dock", {}, (CORE, 8), interval=15, where=_OSDP),
    Row("door-server", "door", 54, "Server room reader", "MDF", {}, (CORE, 9), interval=15, where=_OSDP),
)  # fmt: skip
_SERVICES = (
    Row("sis", "probe", 91, "Student information system", "", {"text": "Sign in"}, interval=20, where="https://{}/"),
    Row("lms", "probe", 92, "Learning management system", "", {"text": "Sign in"}, interval=20, where="https://{}/"),
    Row("finance", "probe", 93, "Finance", "", {"text": "Sign in"}, interval=20, where="https://{}/"),
    Row("lunch", "probe", 94, "Lunch and point of sale", "", {"text": "Menu"}, interval=20, where="http://{}/"),
    Row("isp", "probe", 95, "Internet provider", "", {"text": "ok"}, interval=20, where="http://{}/"),
    Row("dns", "probe", 96, "Name server", "", interval=20, where="dns://{}/sis.example.org"),
)  # fmt: skip
_ROOMS = (
    Row("projector", "display", 81, "Projector", "Room 12", {"identity": {"name": "Room 12", "serial": "FB00000012"}}, (EDGE, 8), interval=20),
)  # fmt: skip

ROWS = (*_NETWORK, *_PLANT, *_PRINTERS, *_CAMERAS, *_DOORS, *_SERVICES, *_ROOMS)


def role(row: Row, before: Played | None = None) -> Role:
    """What the simulators' process plays for the row: where it answered `before`, if it did."""
    place = row.where.format(f"{NETWORK}{row.number}:{FIRST_PORT + row.number}")
    address = before.place if before is not None and before.place else place
    traits = {**row.traits, **(_tables(row) if row.kind == "network" else {})}
    parent = row.plug[0] if row.plug else ""
    return Role(Part(row.key, row.kind, address, traits), parent, list(row.faults), mac(row))


def device(row: Row, played: Played | None) -> dict[str, Any] | None:
    """The row as a `[[device]]` table; None when it is not played."""
    if row.played and (played is None or played.error):
        return None
    address = played.address if row.played and played is not None else "local"
    found: dict[str, Any] = {"kind": row.kind, "address": address, "key": row.key, "name": row.name}
    options = {**row.options, **(played.options if row.played and played is not None else {})}
    found |= {"room": row.room} if row.room else {}
    return found | ({"interval": row.interval} if row.interval else {}) | ({"options": options} if options else {})


def mac(row: Row) -> str:
    """The device's MAC address: its simulator's own where that tells one."""
    if row.kind == "camera":
        return f"02:00:00:00:ca:{row.traits['number']:02x}"
    if row.kind == "printer":
        try:
            state = importlib.import_module("protocols.drivers.printer.simulator.state")
        except ModuleNotFoundError:
            return ""
        own: bytes = state.Traits(row.traits["name"]).mac
        return own.hex(":")
    return f"02:5c:0a:00:00:{row.number:02x}"


def _tables(switch: Row) -> dict[str, Any]:
    """What a switch has on its ports: each device by LLDP, and all that is behind the other switch by its MAC."""
    plugged = [(row, *row.plug) for row in ROWS if row.plug]
    peers = {port: _peer(row, 1) for row, at, port in plugged if at == switch.key}
    uplink = switch.plug[1] if switch.plug else 49
    away = [mac(row) for row, at, _ in plugged if at != switch.key and row.kind != "network"]
    attached = {str(port): [mac(row)] for row, at, port in plugged if at == switch.key}
    if switch.plug:
        upper = next(row for row in ROWS if row.key == switch.plug[0])
        uplink = switch.traits["ports"] + 1
        peers[uplink] = _peer(upper, switch.plug[1])
    attached[str(uplink)] = away
    return {"mac": mac(switch), "wiring": [{str(port): peer for port, peer in peers.items()}, attached]}


def _peer(row: Row, port: int) -> list[Any]:
    """A neighbour in the order of the simulator's `Peer`: name, MAC, address, whether it is a switch, its port."""
    named = str(row.traits.get("name") or row.name)
    switch = row.kind == "network"
    return [named, mac(row), f"{NETWORK}{row.number}", switch, str(port)]
