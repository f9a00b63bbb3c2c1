"""A host finds one machine: this one."""

from collections.abc import AsyncIterator

from protocols.clock import Clock
from protocols.driver import Found
from protocols.drivers.host import identity

ADDRESS = "local"


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """This machine, whatever the network."""
    attributes = identity.attributes()
    yield Found("host", ADDRESS, attributes.get("name"), {}, attributes)
