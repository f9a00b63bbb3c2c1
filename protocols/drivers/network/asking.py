"""One address asked what it is: a device to watch as a switch, access point, firewall or other network device, or nothing."""

from protocols.address import read_place
from protocols.clock import Clock
from protocols.driver import Found
from protocols.drivers.network import oids
from protocols.drivers.network.client import Client
from protocols.drivers.network.columns import said, scalar, whole
from protocols.drivers.network.identity import attributes, kind
from protocols.drivers.network.interfaces import interfaces
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.profile import FALLBACK_NAME, choose, load
from protocols.errors import DeviceError
from protocols.transports.snmp.client import Snmp

_FORWARDS = 0b110
"""sysServices: layers 2 and 3. A printer or UPS says 72 (its layers are 4 and 7)."""
OPTIONS = NetworkOptions(timeout=1.0, retries=0)


async def ask(address: str, clock: Clock, options: NetworkOptions = OPTIONS) -> Found | None:
    """What is there, None when nothing answers or it carries no others' traffic. `attributes` has the suggested `kind`.

    Raises `OptionError` for an address that is none.
    """
    client = Client(Snmp(read_place(address, 161, "discover network"), options, clock, "discover network"))
    try:
        columns = await client.scalars(oids.SYSTEM)
        object_id = said(scalar(columns, oids.SYS_OBJECT_ID)) or ""
        profile = choose(load(options.profiles), object_id, said(scalar(columns, oids.SYS_DESCR)) or "")
        services = whole(scalar(columns, oids.SYS_SERVICES)) or 0
        bridges = whole(scalar(columns, oids.BRIDGE_PORTS)) or 0
        if profile.name == FALLBACK_NAME and not services & _FORWARDS and bridges < 3:
            return None
        columns |= await client.walk((oids.IF_TYPE,), 200)
        columns |= await client.walk(oids.ENTITIES, 50)
    except DeviceError:
        return None
    finally:
        await client.close()
    facts = attributes(columns, profile)
    role = kind(columns, interfaces(columns), profile)
    name = facts.get("name")
    return Found("network", address, str(name) if name else None, {}, {**facts, "kind": role})
