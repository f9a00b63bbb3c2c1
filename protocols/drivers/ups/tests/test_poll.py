"""The driver against its own simulator: every fault over SNMP and NUT, what is chosen, and what errors say."""

import asyncio
import socket

import pytest

from protocols.address import Place
from protocols.clock import ManualClock, SystemClock
from protocols.driver import PushSession
from protocols.drivers.ups.simulator import FAULTS, simulate
from protocols.drivers.ups.tests.conftest import free_port, opened, polled, values
from protocols.errors import DeviceError, OptionError
from protocols.transports.snmp import pdu
from protocols.transports.snmp.agent import Mib, simulated_agent
from protocols.transports.snmp.values import object_identifier
from protocols.transports.stream.lookup import Endpoint

LOCAL = "127.0.0.1:0"
NUT = "nut://127.0.0.1:0/school"
EXPECTED = {
    "on-battery": {"source": 1, "alarm{on-battery}": 1, "input.voltage{1}": 0},
    "low-battery": {"source": 1, "battery.state": 1, "runtime": 180, "alarm{on-battery}": 1},
    "replace-battery": {"battery.state": 3, "alarm{replace-battery}": 1, "test.result": 2},
    "overload": {"load": 112, "alarm{overload}": 1},
    "bypass": {"source": 2, "alarm{bypass}": 1},
    "hot": {},
    "unknown": {"source": 0},
}
ABSENT = {"unknown": {"battery.charge", "runtime"}}


@pytest.mark.parametrize("kind", ["apc", "plain", "nut"])
@pytest.mark.parametrize("fault", EXPECTED)
async def test_every_fault_is_seen_and_heals(kind: str, fault: str) -> None:
    clock = ManualClock()
    async with simulate(NUT if kind == "nut" else LOCAL, clock, apc=kind == "apc") as ups:
        well = values(await polled(ups.address))
        assert {name: well[name] for name in ("source", "battery.state", "battery.charge")} == {
            "source": 0, "battery.state": 0, "battery.charge": 100,
        }  # fmt: skip
        assert [name for name, value in well.items() if name.startswith("alarm{") and value] == []
        await ups.fault(fault)
        ill = values(await polled(ups.address))
        assert {name: ill.get(name) for name in EXPECTED[fault]} == EXPECTED[fault]
        assert not ABSENT.get(fault, set()) & set(ill)
        assert fault != "hot" or ill["battery.temperature"] >= 47
        await ups.heal()
        assert values(await polled(ups.address))["source"] == 0


def test_the_faults_are_those_that_are_tested() -> None:
    assert set(FAULTS) == {*EXPECTED, "lost", "silent"}


async def test_a_fault_that_there_is_not_is_refused() -> None:
    async with simulate(LOCAL, ManualClock()) as ups:
        with pytest.raises(KeyError):
            await ups.fault("meteor")


@pytest.mark.parametrize("address", [LOCAL, NUT])
async def test_a_battery_empties_and_charges_by_the_clock(address: str) -> None:
    clock = ManualClock()
    async with simulate(address, clock) as ups:
        await ups.fault("on-battery")
        await clock.advance(1200)
        half = values(await polled(ups.address, clock))
        assert half["battery.charge"] == 50
        assert half["runtime"] == 1200
        if not address.startswith("nut"):
            assert half["battery.time"] == 1200
        await ups.heal()
        await clock.advance(7200)
        assert values(await polled(ups.address, clock))["battery.charge"] == 100


async def test_who_it_is() -> None:
    async with simulate(LOCAL, SystemClock(), name="UPS-A") as ups:
        reading = await polled(ups.address)
        assert reading.attributes["vendor"] == "APC"
        assert reading.attributes["model"] == "Smart-UPS 1500"
        assert reading.attributes["name"] == "UPS-A"
        assert set(reading.attributes) >= {"serial", "firmware", "mac", "location", "battery_replaced"}
    async with simulate(NUT, SystemClock()) as ups:
        assert (await polled(ups.address)).attributes["serial"] == "SIM0001"


async def test_a_card_that_has_lost_its_ups_tells_no_figures() -> None:
    async with simulate(LOCAL, SystemClock()) as ups:
        await ups.fault("lost")
        said = values(await polled(ups.address))
        assert (said["source"], said["battery.state"], said["alarm{communication-lost}"]) == (255, 255, 1)
        assert "battery.charge" not in said
    async with simulate(NUT, SystemClock()) as ups:
        await ups.fault("lost")
        with pytest.raises(DeviceError, match=r"DATA-STALE.*lost the UPS"):
            await polled(ups.address)


@pytest.mark.parametrize("address", [LOCAL, NUT])
async def test_silence_is_an_error_and_the_next_poll_reads_again(address: str) -> None:
    async with simulate(address, SystemClock()) as ups:
        session = await opened(ups.address, timeout=0.1, retries=0)
        await ups.fault("silent")
        with pytest.raises(DeviceError, match=r"within 0.1 s"):
            await session.poll()
        await ups.heal()
        assert (await session.poll()).samples
        await session.close()


async def test_where_snmp_does_not_lead_to_a_ups_nut_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server with snmpd and a UPS at its USB port: SNMP answers, and knows no UPS."""
    async with (
        simulate(NUT, SystemClock()) as ups,
        simulated_agent(Place("127.0.0.1", 0), Mib({"1.3.6.1.2.1.1.3.0": 1}), SystemClock()) as agent,
    ):
        monkeypatch.setattr("protocols.drivers.ups.address.NUT_PORT", int(ups.address.split(":")[2].split("/")[0]))
        session = await opened(agent.address)
        assert values(await session.poll())["source"] == 0
        before = agent.requests[pdu.GET]
        assert values(await session.poll())["source"] == 0
        assert agent.requests[pdu.GET] == before, "what answers is asked from then on"
        await session.close()
        with pytest.raises(DeviceError, match="no figures of a UPS"):
            await polled(agent.address, protocol="snmp")


async def test_an_absent_ups_is_said_by_snmp() -> None:
    with pytest.raises(DeviceError, match="nothing listens at UDP port"):
        await polled(f"127.0.0.1:{free_port()}")


async def test_a_name_that_the_server_does_not_know_is_said() -> None:
    async with simulate(NUT, SystemClock()) as ups:
        with pytest.raises(DeviceError, match=r"UNKNOWN-UPS.*upsc -l"):
            await polled(ups.address.replace("school", "other"))
        assert (await polled(ups.address.removesuffix("/school"))).attributes["name"] == "school"


@pytest.mark.parametrize("options", [{"protocol": "snmp"}, {"version": "3"}, {"community_file": "/nowhere"}])
async def test_what_is_wrong_stops_at_open(options: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="device 'ups-1'"):
        await opened("nut://x/y" if "protocol" in options else "127.0.0.1", **options)


async def test_only_a_ups_with_a_trap_port_pushes() -> None:
    for address, options, pushes in (
        ("127.0.0.1", {"trap_port": 1162}, True),
        ("127.0.0.1", {}, False),
        ("nut://127.0.0.1/ups", {"trap_port": 1162, "watch": 0}, False),
        ("nut://127.0.0.1/ups", {}, True),
    ):
        session = await opened(address, **options)
        assert isinstance(session, PushSession) is pushes
        await session.close()


@pytest.mark.parametrize("apc", [True, False])
@pytest.mark.parametrize("name", ["on-battery", "low-battery"])
async def test_a_trap_is_followed_by_a_reading_at_once(apc: bool, name: str) -> None:
    port = free_port()
    async with simulate(LOCAL, SystemClock(), apc=apc, traps_to=Place("127.0.0.1", port)) as ups:
        session = await opened(ups.address, trap_port=port)
        await session.poll()
        told = asyncio.create_task(anext(session.push()))  # type: ignore[attr-defined]
        await until(lambda: session.hearing is not None)  # type: ignore[attr-defined]
        await ups.fault(name)
        async with asyncio.timeout(1):
            reading = await told
        assert values(reading)["source"] == 1
        await session.close()


async def test_it_is_read_once_more_when_it_has_settled_and_a_flood_is_one_reading() -> None:
    port, clock = free_port(), ManualClock()
    async with simulate(LOCAL, SystemClock(), traps_to=Place("127.0.0.1", port)) as ups:
        assert ups.agent is not None
        session = await opened(ups.address, clock, trap_port=port)
        push = session.push()  # type: ignore[attr-defined]
        first = asyncio.create_task(anext(push))
        await until(lambda: session.hearing is not None)  # type: ignore[attr-defined]
        for _ in range(50):
            ups.agent.notify(Place("127.0.0.1", port), "1.3.6.1.4.1.318.0.5")
            ups.agent.notify(Place("127.0.0.1", port), "1.3.6.1.6.3.1.1.5.5")
        await first
        second = asyncio.create_task(anext(push))
        await until(lambda: bool(clock._sleepers) and len(session.hearing._waiting) == 99)  # type: ignore[attr-defined]
        await clock.advance(2)
        await second
        third = asyncio.create_task(anext(push))
        done, _ = await asyncio.wait((third,), timeout=0.05)
        assert not done
        await session.close()
        with pytest.raises(StopAsyncIteration):
            await third


async def test_a_change_of_status_at_a_nut_server_is_read_within_seconds() -> None:
    clock = ManualClock()
    async with simulate(NUT, SystemClock()) as ups:
        session = await opened(ups.address, clock)
        told = asyncio.create_task(anext(session.push()))  # type: ignore[attr-defined]
        for _ in range(3):
            await until(lambda: bool(clock._sleepers))
            await clock.advance(2)
        await until(lambda: bool(clock._sleepers))
        assert not told.done(), "nothing has changed"
        await ups.fault("silent")
        await clock.advance(2)
        await until(lambda: bool(clock._sleepers))
        await ups.heal()
        await ups.fault("on-battery")
        await clock.advance(2)
        async with asyncio.timeout(3):
            assert values(await told)["source"] == 1
        await session.close()


async def until(condition) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


async def test_a_rare_alarm_is_told_to_have_ended() -> None:
    """upsAlarmFanFailure (16): no sample at all would leave it burning for ever."""
    row, count = "1.3.6.1.2.1.33.1.6.2.1.2.1", "1.3.6.1.2.1.33.1.6.1.0"
    mib = Mib({"1.3.6.1.2.1.33.1.4.1.0": 3, count: 1, row: object_identifier("1.3.6.1.2.1.33.1.6.3.16")})
    async with simulated_agent(Place("127.0.0.1", 0), mib, SystemClock()) as agent:
        session = await opened(agent.address, protocol="snmp")
        assert values(await session.poll())["alarm{fan-failed}"] == 1
        mib[count] = 0
        del mib[row]
        for _ in range(2):
            assert values(await session.poll())["alarm{fan-failed}"] == 0
        await session.close()


async def test_eatons_own_alarms_are_named() -> None:
    """xupsAlarmTable alone: on battery (3), and the battery low (4)."""
    x = "1.3.6.1.4.1.534.1."
    rows = {f"{x}7.2.1.2.{number}": object_identifier(f"{x}7.{number}") for number in (3, 4)}
    mib = Mib({f"{x}4.5.0": 5, f"{x}2.5.0": 2, f"{x}7.1.0": 2, **rows})
    async with simulated_agent(Place("127.0.0.1", 0), mib, SystemClock()) as agent:
        said = values(await polled(agent.address, protocol="snmp"))
    assert (said["battery.state"], said["alarm{on-battery}"], said["alarm{low-battery}"]) == (1, 1, 1)


async def test_a_mib_that_comes_later_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An APC card that has just started answers UPS-MIB first: the finer figures must not be missed for ever."""
    monkeypatch.setattr("protocols.drivers.ups.client.IDENTITY", 3)
    mib = Mib({"1.3.6.1.2.1.33.1.2.4.0": 99})
    async with simulated_agent(Place("127.0.0.1", 0), mib, SystemClock()) as agent:
        session = await opened(agent.address, protocol="snmp")
        assert values(await session.poll())["battery.charge"] == 99
        mib["1.3.6.1.4.1.318.1.1.1.2.3.1.0"] = 987
        charges = [values(await session.poll())["battery.charge"] for _ in range(4)]
        assert charges == [99, 99, 98.7, 98.7]
        await session.close()


async def test_a_reading_for_a_trap_and_a_poll_at_once_choose_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one waits for NUT, because SNMP was silent, the other must not close that connection under it."""
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def upsd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode().strip():
            asked.set()
            await may_answer.wait()
            row = 'VAR school ups.status "OL"' if "VAR" in line else 'UPS school "x"'
            writer.write(f"BEGIN {line}\n{row}\nEND {line}\n".encode())
        writer.close()

    server = await asyncio.start_server(upsd, "127.0.0.1", 0)
    monkeypatch.setattr("protocols.drivers.ups.address.NUT_PORT", server.sockets[0].getsockname()[1])
    async with simulate(LOCAL, SystemClock()) as ups:
        session = await opened(ups.address, timeout=0.5, retries=0)
        await ups.fault("silent")
        first = asyncio.create_task(session.poll())
        await asked.wait()
        await ups.heal()
        second = asyncio.create_task(session.poll())
        await asyncio.wait({second}, timeout=0.05)
        may_answer.set()
        assert (await first).samples
        assert (await second).samples
        await session.close()
    server.close()


async def test_a_nut_server_is_found_at_the_second_address_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async with simulate(NUT, SystemClock()) as ups:
        port = int(ups.address.split(":")[2].split("/")[0])

        async def lookup(_: Place) -> list[Endpoint]:
            return [Endpoint(socket.AF_INET, (host, port)) for host in ("127.0.0.3", "127.0.0.1")]

        monkeypatch.setattr("protocols.drivers.ups.nut.lookup", lookup)
        assert values(await polled(f"nut://server:{port}/school"))["source"] == 0
