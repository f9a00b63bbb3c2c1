"""Whether a network device answers at an address, and what it is: for `firstbell-agent discover network --network 10.1.2.3`."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

from protocols.clock import Clock
from protocols.driver import Found

MOST_ADDRESSES = 256


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """Ask the addresses of `network` (an address, host:port or a CIDR of at most 256) by SNMP 2c with the community public.

    One after another, so that a network is not swept at once; without a network nothing is asked: nobody wants a sweep unasked.
    """
    from protocols.drivers.network.asking import ask

    for address in addresses(network):
        found = await ask(address, clock)
        if found is not None:
            yield found


def addresses(network: str | None) -> list[str]:
    """The addresses that a text names; none for None or a network that is too large to be asked one by one."""
    if network is None:
        return []
    try:
        named = ip_network(network, strict=False)
    except ValueError:
        return [network]
    if named.num_addresses > MOST_ADDRESSES:
        return []
    return [str(address) for address in (named.hosts() if named.num_addresses > 2 else named)]
