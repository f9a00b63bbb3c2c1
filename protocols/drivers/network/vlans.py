"""The MAC tables of a Cisco switch with IOS or IOS XE: it keeps one for each VLAN, and shows it to `community@vlan` alone, or in
version 3 to the context `vlan-…`.
"""

from protocols.drivers.network import oids
from protocols.drivers.network.client import Client, Table
from protocols.drivers.network.columns import column, whole
from protocols.errors import DeviceError

MOST_VLANS = 64
MOST_REFUSALS = 2
"""VLANs one after the other that are not answered: the device does not allow it."""
_OPERATIONAL = 1
_TOKEN_RING_AND_FDDI = {1002, 1003, 1004, 1005}
"""VLANs that every switch has and nobody uses."""


async def learnt(client: Client, most: int) -> Table:
    """FDB_PORT and FDB_STATUS by `vlan.mac`, at most some `most` rows, and BRIDGE_PORT_INTERFACE of every VLAN's ports.

    A VLAN that is not answered is left out, and after `MOST_REFUSALS` one after the other all that follow.
    """
    found: Table = {}
    refusals = 0
    for vlan in await _vlans(client):
        left = most - len(column(found, oids.FDB_PORT))
        if left <= 0 or refusals == MOST_REFUSALS:
            break
        inside = client.of_vlan(vlan)
        try:
            tables = await inside.walk((oids.FDB_PORT, oids.FDB_STATUS, oids.BRIDGE_PORT_INTERFACE), left)
        except DeviceError:
            refusals += 1
            continue
        finally:
            await inside.close()
        refusals = 0
        for oid, rows in tables.items():
            prefix = "" if oid == oids.BRIDGE_PORT_INTERFACE else f"{vlan}."
            found.setdefault(oid, {}).update({prefix + index: value for index, value in rows.items()})
    return found


async def _vlans(client: Client) -> list[int]:
    """Those that work, as CISCO-VTP-MIB has them by management domain and number."""
    states = column(await client.walk((oids.CISCO_VLAN_STATE,)), oids.CISCO_VLAN_STATE)
    numbers = {int(index.rpartition(".")[2]) for index, state in states.items() if whole(state) == _OPERATIONAL}
    return sorted(numbers - _TOKEN_RING_AND_FDDI)[:MOST_VLANS]
