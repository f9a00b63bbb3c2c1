"""Whether a network device answers at an address, and what it is: for `firstbell-agent discover network --network 10.1.2.3`."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network

from protocols.clock import Clock
from protocols.driver import Found
from protocols.errors import OptionError

MOST_ADDRESSES = 256
AT_ONCE = 16


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """Ask the addresses of `network` (an address, host:port or a CIDR of at most 256) by SNMP 2c with the community public.

    A few at a time and one question each to those that are silent; without a network nothing is asked: nobody wants a sweep unasked.
    """
    from protocols.drivers.network.asking import ask

    wanted = addresses(network)
    for start in range(0, len(wanted), AT_ONCE):
        asked = (ask(address, clock) for address in wanted[start : start + AT_ONCE])
        for found in await asyncio.gather(*asked):
            if found is not None:
                yield found


def addresses(network: str | None) -> list[str]:
    """The addresses that a text names; none for None. Raises `OptionError` for a network that is too large."""
    if network is None:
        return []
    try:
        named = ip_network(network, strict=False)
    except ValueError:
        return [network]
    if named.num_addresses > MOST_ADDRESSES:
        raise OptionError(
            f"network: {network} has {named.num_addresses} addresses, and at most {MOST_ADDRESSES} are asked at once: name a smaller one"
        )
    return [str(address) for address in (named.hosts() if named.num_addresses > 2 else named)]
