"""Every means at once: drivers that find, fail, never end or are not there; and one SNMP sweep over simulated agents."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agent.discovery.asking import Asking
from agent.discovery.by_snmp import OIDS, by_snmp, kind_of
from agent.discovery.merge import merge
from protocols.address import Place
from protocols.clock import ManualClock, SystemClock
from protocols.driver import Driver, Found
from protocols.errors import DeviceError, OptionError
from protocols.transports.snmp.agent import Mib, simulated_agent
from protocols.transports.snmp.options import SnmpOptions
from protocols.transports.snmp.sweep import addresses, sweep
from tests.unit.agent.test_poller import Options


async def unopened(target: Any, options: Any, clock: Any) -> Any:
    raise AssertionError


def finder(kind: str, *steps: Any) -> Driver:
    async def discover(network: str | None, clock: Any) -> AsyncIterator[Found]:
        for step in steps:
            if isinstance(step, Exception):
                raise step
            if step == "for ever":
                await asyncio.Event().wait()
            yield Found(kind, step, None, {}, {})

    return Driver(kind, kind, "agent", 60.0, Options, (), unopened, discover)


async def test_a_means_that_fails_costs_the_others_nothing_and_is_told_in_one_line() -> None:
    drivers = {
        "good": finder("good", "10.0.0.1"),
        "late": finder("late", "10.0.0.2", DeviceError("the network is gone")),
        "buggy": finder("buggy", ValueError("oops")),
        "endless": finder("endless", "10.0.0.3", "for ever"),
    }
    told: list[str] = []

    def find(name: str) -> Driver:
        if name not in drivers:
            raise OptionError("driver 'x' needs 'y': pip install 'firstbell[x]'")
        return drivers[name]

    clock = ManualClock()
    asking = Asking(clock, told.append, find)
    looking = asyncio.ensure_future(asking.every_kind([*drivers, "missing"]))
    await clock.advance(0)
    await clock.advance(100)
    await looking
    assert sorted(each.found.address for each in asking.sightings) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert sorted(told) == [
        "buggy: ValueError: oops",
        "endless: not finished within 90 s",
        "late: the network is gone",
        "missing: driver 'x' needs 'y': pip install 'firstbell[x]'",
    ]


PRINTER = {
    "1.3.6.1.2.1.1.2.0": "x", "1.3.6.1.2.1.1.5.0": "NPI1", "1.3.6.1.2.1.43.5.1.1.17.1": "CNB1234", "1.3.6.1.2.1.2.1.0": 1,
}  # fmt: skip
OTHER = {"1.3.6.1.2.1.1.2.0": "x", "1.3.6.1.2.1.1.1.0": "a\x1bthing\n", "1.3.6.1.2.1.1.5.0": "thing"}


@contextlib.asynccontextmanager
async def agents() -> AsyncIterator[list[str]]:
    async with contextlib.AsyncExitStack() as stack:
        places = []
        for number, values in enumerate((PRINTER, OTHER), 1):
            made = simulated_agent(Place(f"127.20.6.{number}", 0), Mib(values), SystemClock())
            places.append((await stack.enter_async_context(made)).address)
        yield [*places, "127.20.6.3:1"]


async def test_a_sweep_hears_who_answers_and_only_them() -> None:
    left: list[int] = []
    async with agents() as hosts:
        options = SnmpOptions(timeout=0.2, retries=0)
        heard = {
            each.address: each.values
            async for each in sweep(hosts, OIDS, options, SystemClock(), 1000, lambda _, rest: left.append(rest))
        }
        assert sorted(heard) == hosts[:2]
        assert kind_of(heard[hosts[0]]) == "printer"
        assert kind_of(heard[hosts[1]]) == ""
    assert left == [2, 1, 0]


async def test_a_sweep_is_no_faster_than_its_rate() -> None:
    clock = ManualClock()
    begun: list[str] = []

    async def look() -> None:
        async for _ in sweep(
            ["127.0.0.1:1"] * 100,
            OIDS,
            SnmpOptions(timeout=0.1, retries=0),
            clock,
            10,
            lambda host, _: begun.append(host),
        ):
            pass

    looking = asyncio.ensure_future(look())
    await clock.advance(0)
    await clock.advance(2.05)
    assert 19 <= len(begun) <= 22
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


async def test_what_the_driver_cannot_read_is_still_found() -> None:
    told: list[str] = []
    asking = Asking(SystemClock(), told.append)
    async with agents() as hosts:
        await asking.means("snmp", by_snmp(asking, hosts[1:], {}, SystemClock(), 1000, lambda host, left: None), 10)
    [thing] = merge(asking.sightings)
    assert (thing.kind, thing.name, thing.attributes["description"]) == ("", "thing", "athing")


@pytest.mark.parametrize(
    ("network", "count"), [("10.1.2.0/24", 254), ("10.1.2.7", 1), ("10.1.2.7/31", 2), ("10.1.0.0/20", 4094)]
)
def test_a_range_is_its_hosts(network: str, count: int) -> None:
    assert len(addresses(network)) == count


@pytest.mark.parametrize("network", ["10.0.0.0/8", "10.1.0.0/19", "fd00::/64", "nonsense", ""])
def test_a_range_that_is_none_or_too_large_is_refused(network: str) -> None:
    with pytest.raises(OptionError):
        addresses(network)
