"""Which addresses of a network answer SNMP: each is asked once, for a few values, at a gentle rate. Nothing is swept unasked."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import NamedTuple

from protocols.address import Place, read_place
from protocols.clock import Clock
from protocols.errors import DeviceError, OptionError
from protocols.transports.snmp.client import PORT, Snmp
from protocols.transports.snmp.options import SnmpOptions
from protocols.transports.snmp.values import Value

MOST = 4096
"""Most addresses of one network: a /20."""
RATE = 20.0
AT_ONCE = 32


class Heard(NamedTuple):
    """One address that answered, with the values it has of those that were asked."""

    address: str
    values: Mapping[str, Value]


def addresses(network: str) -> list[str]:
    """The hosts of a network such as "10.1.2.0/24", a /20 at most, or one address. Raises `OptionError`."""
    try:
        named = ipaddress.ip_network(network.strip(), strict=False)
    except ValueError as error:
        raise OptionError(f"{network[:80]!r}: write a network (10.1.2.0/24) or an address (10.1.2.3)") from error
    if named.num_addresses > MOST:
        raise OptionError(f"{network[:80]!r} has more than {MOST} addresses: name a /20 or smaller, or several")
    return [str(host) for host in named.hosts()] or [str(named.network_address)]


async def sweep(
    hosts: Sequence[str],
    oids: Sequence[str],
    options: SnmpOptions,
    clock: Clock,
    rate: float = RATE,
    told: Callable[[str, int], None] = lambda host, left: None,
) -> AsyncIterator[Heard]:
    """The hosts ("10.1.2.3", or with a port) that answer, as they do. At most `rate` are begun in a second; `told` each as it is begun, and how many are left.

    The first of `oids` is asked alone: who does not answer it, answers nothing. Raises `OptionError` for a credential file.
    """
    Snmp(Place("127.0.0.1", PORT), options, clock, "sweep")  # a credential that cannot be read: before anything is sent
    heard: asyncio.Queue[Heard | None] = asyncio.Queue()
    slots = asyncio.Semaphore(AT_ONCE)

    async def ask(host: str) -> None:
        async with slots:
            values = await _ask(host, oids, options, clock)
        if values:
            heard.put_nowait(Heard(host, values))

    async def begin() -> None:
        async with asyncio.TaskGroup() as group:
            for number, host in enumerate(hosts, 1):
                group.create_task(ask(host))
                told(host, len(hosts) - number)
                await clock.sleep(1 / rate)

    running = asyncio.create_task(begin())
    running.add_done_callback(lambda _: heard.put_nowait(None))
    try:
        while (each := await heard.get()) is not None:
            yield each
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _ask(host: str, oids: Sequence[str], options: SnmpOptions, clock: Clock) -> Mapping[str, Value]:
    snmp = Snmp(read_place(host, PORT, "sweep"), options, clock, "sweep")
    try:
        return await snmp.get(oids)
    except DeviceError:
        return {}
    finally:
        await snmp.close()
