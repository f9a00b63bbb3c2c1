"""Which devices the simulated school has, and the agent's configuration for them. Rows, not classes.

Each device has an address of its own on loopback, as it would have on a network: the agent's care for slow hosts works as
in a building, and one can move to another address.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from deploy.school.play import Part, Played
from deploy.school.stage import Role

BUILDING = "Demo Middle School"
AGENT = "demo-middle-school"
NETWORK = "127.20.0."
FIRST_PORT = 47820


class Row(NamedTuple):
    """One device. `number` ends its address; `parent` is what it hangs off, which the agent has to find out by itself;
    `faults` are wrong with it from the beginning. `played` is False for what is read as it is.
    """

    key: str
    kind: str
    number: int
    name: str
    room: str
    traits: Mapping[str, Any] = {}
    parent: str = ""
    faults: tuple[str, ...] = ()
    interval: int | None = None
    played: bool = True
    options: Mapping[str, Any] = {}


ROWS = (
    Row("ahu-1", "bacnet", 11, "AHU 1", "Roof, west wing", {"instance": 101, "name": "AHU 1", "zones": 6}, interval=10),
    Row("ahu-2", "bacnet", 12, "AHU 2", "Roof, east wing", {"instance": 102, "name": "AHU 2", "zones": 6}, interval=10),
    Row("projector", "display", 81, "Projector", "Room 12", {"identity": {"name": "Room 12"}}, interval=20),
    Row("server", "host", 0, "School server", "Server room", played=False),
)


def role(row: Row, before: Played | None = None) -> Role:
    """What the simulators' process plays for the row: where it answered `before`, if it did."""
    address = (
        before.address if before is not None and before.address else f"{NETWORK}{row.number}:{FIRST_PORT + row.number}"
    )
    return Role(Part(row.key, row.kind, address, dict(row.traits)), row.parent, list(row.faults))


def device(row: Row, played: Played | None) -> dict[str, Any] | None:
    """The row as a `[[device]]` table; None when it is not played."""
    if row.played and (played is None or played.error):
        return None
    address = played.address if row.played and played is not None else "local"
    found: dict[str, Any] = {"kind": row.kind, "address": address, "key": row.key, "name": row.name, "room": row.room}
    options = {**row.options, **(played.options if row.played and played is not None else {})}
    return found | ({"interval": row.interval} if row.interval else {}) | ({"options": options} if options else {})
