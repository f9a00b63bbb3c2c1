"""Polls of the simulated printer: both protocols, each alone, and what every fault looks like."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest

from protocols.address import Place
from protocols.clock import ManualClock
from protocols.driver import PushSession, Target
from protocols.drivers.printer import DRIVER, oids
from protocols.drivers.printer.mib import MibSource
from protocols.drivers.printer.options import PrinterOptions
from protocols.drivers.printer.seen import ASLEEP, EMPTY, FULL, IDLE, LOW, OK, SOME, STOPPED, UNKNOWN
from protocols.drivers.printer.session import TellingPrinterSession
from protocols.drivers.printer.simulator import FAULTS, SimulatedPrinter, simulate
from protocols.errors import DeviceError, OptionError
from protocols.transports.snmp import pdu
from protocols.transports.snmp.client import Snmp
from protocols.transports.snmp.values import Value

from .conftest import Opener, conditions, free_port, values

BLACK = "Black Toner Cartridge"


async def test_a_whole_reading(printer: SimulatedPrinter, opener: Opener) -> None:
    reading = await (await opener(printer.options)).poll()
    found = values(reading)
    assert found["printer.status", None] == IDLE
    assert found["printer.supply.level", BLACK] == 72
    assert found["printer.supply.level", "Waste Toner Container"] == 65
    assert found["printer.tray.level", "Tray 2"] == 64
    assert found["printer.pages", None] == 48_213
    assert found["printer.jobs.queued", None] == 0
    assert conditions(reading) == set()
    assert len([sample for sample in reading.samples if sample.metric == "printer.error"]) == 20
    said = reading.attributes
    assert said["name"] == "Library copier"
    assert said["model"] == "Acme ColorJet 4500"
    assert said["vendor"] == "Acme"
    assert said["serial"] == printer.state.traits.serial
    assert said["mac"] == printer.state.traits.mac.hex(":")
    assert said["firmware"] == "2.14"
    assert said["protocols"] == "SNMP, IPP"
    assert str(said["uuid"]).startswith("00000000-0000-4000-8000-02fb")


@pytest.mark.parametrize("sources", ["snmp", "ipp"])
async def test_each_protocol_alone_tells_the_same_figures(
    printer: SimulatedPrinter, opener: Opener, sources: str
) -> None:
    both = values(await (await opener(printer.options)).poll())
    alone = values(await (await opener(printer.options, sources=sources)).poll())
    assert {key: value for key, value in both.items() if key[0] != "printer.jobs.queued"} == {
        key: value for key, value in alone.items() if key[0] != "printer.jobs.queued"
    }


EXPECTED = {
    "toner-low": (IDLE, {"low-toner"}, {("printer.supply.state", BLACK): LOW}),
    "toner-out": (STOPPED, {"no-toner"}, {("printer.supply.state", BLACK): EMPTY}),
    "unknown-level": (
        IDLE,
        set(),
        {("printer.supply.state", BLACK): SOME, ("printer.supply.state", "Cyan Toner Cartridge"): UNKNOWN},
    ),
    "waste-full": (
        STOPPED,
        {"waste-full"},
        {("printer.supply.state", "Waste Toner Container"): FULL},
    ),
    "jam": (STOPPED, {"jammed"}, {}),
    "door-open": (STOPPED, {"door-open"}, {}),
    "no-paper": (STOPPED, {"no-paper", "tray-empty"}, {("printer.tray.state", "Tray 1"): EMPTY}),
    "asleep": (ASLEEP, set(), {}),
    "offline": (STOPPED, {"offline"}, {}),
    "snmp-off": (IDLE, set(), {}),
    "ipp-off": (IDLE, set(), {}),
    "counter-reset": (IDLE, set(), {("printer.pages", None): 0}),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_is_seen_and_heals(printer: SimulatedPrinter, opener: Opener, fault: str) -> None:
    session = await opener(printer.options)
    before = values(await session.poll())
    await printer.fault(fault)
    reading = await session.poll()
    status, flags, states = EXPECTED[fault]
    found = values(reading)
    assert found["printer.status", None] == status
    assert conditions(reading) == flags
    assert {key: found[key] for key in states} == states
    if fault == "unknown-level":
        assert ("printer.supply.level", BLACK) not in found
    await printer.heal()
    after = await session.poll()
    assert conditions(after) == set()
    assert {
        label for (metric, label), value in values(after).items() if metric == "printer.error" and not value
    } == flags
    assert values(after)["printer.status", None] == IDLE
    assert values(after)["printer.supply.state", BLACK] == before["printer.supply.state", BLACK] == OK


async def test_an_alert_is_one_event(printer: SimulatedPrinter, opener: Opener, clock: ManualClock) -> None:
    session = await opener(printer.options)
    assert (await session.poll()).events == []
    await printer.fault("jam")
    await clock.advance(30)
    [event] = (await session.poll()).events
    assert (event.kind, event.severity) == ("printer.alert", "major")
    assert event.detail == {"code": "jam", "group": "mediaPath", "index": 1, "text": "Paper jam in area B"}
    assert event.time == clock.now_ms() - 30_000
    assert (await session.poll()).events == []
    await printer.heal()
    assert (await session.poll()).events == []
    await printer.fault("jam")
    assert len((await session.poll()).events) == 1


async def test_a_new_session_tells_only_what_nobody_was_told(
    printer: SimulatedPrinter, opener: Opener, clock: ManualClock
) -> None:
    await printer.fault("jam")
    await clock.advance(60)
    await printer.fault("door-open")
    session = await opener(printer.options, heard=clock.now_ms() - 30_000)
    assert [event.detail["code"] for event in (await session.poll()).events] == ["coverOpen"]
    fresh = await opener(printer.options)
    assert [event.detail["code"] for event in (await fresh.poll()).events] == ["jam", "coverOpen"]
    assert (await fresh.poll()).events == []


async def test_asleep_it_answers_over_ipp_alone_and_stays_reachable(
    printer: SimulatedPrinter, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(printer.options)
    first = values(await session.poll())
    await printer.fault("snmp-off")
    await clock.advance(3600)
    reading = await session.poll()
    found = values(reading)
    assert set(found) - set(first) == set()
    assert [key for key in first if key not in found and key[0] != "printer.error"] == []
    assert found["printer.supply.level", BLACK] == 71.5
    assert found["printer.pages", None] == first["printer.pages", None] + 120
    assert reading.attributes["serial"] == printer.state.traits.serial
    assert "snmp.problem" not in reading.attributes
    asked = printer.agent.requests.total()
    printer.agent.faults.clear()
    await session.poll()
    assert printer.agent.requests.total() == asked  # not due yet
    await clock.advance(61)
    await session.poll()
    assert printer.agent.requests.total() > asked


async def test_what_never_answered_is_asked_ever_more_seldom(
    printer: SimulatedPrinter, opener: Opener, clock: ManualClock
) -> None:
    await printer.fault("ipp-off")
    session = await opener(printer.options)
    reading = await session.poll()
    assert reading.attributes["protocols"] == "SNMP"
    assert "refuses the connection" in str(reading.attributes["ipp.problem"])
    await printer.heal()
    await clock.advance(800)
    assert ("printer.jobs.queued", None) not in values(await session.poll())
    assert printer.server.operations == []
    await clock.advance(101)
    reading = await session.poll()
    assert ("printer.jobs.queued", None) in values(reading)
    assert reading.attributes["ipp.problem"] is None


async def test_a_trap_is_a_reason_to_look(printer: SimulatedPrinter, opener: Opener, clock: ManualClock) -> None:
    session = await opener(printer.options, trap_port=free_port(socket.SOCK_DGRAM))
    assert isinstance(session, TellingPrinterSession)
    await session.poll()
    readings = session.push()
    waiting = asyncio.ensure_future(anext(readings))
    async with asyncio.timeout(5):
        while session._hearing is None:
            await asyncio.sleep(0)
    await printer.fault("jam")
    printer.agent.notify(Place("127.0.0.1", session._options.trap_port), "1.3.6.1.2.1.43.18.2.0.1")
    async with asyncio.timeout(5):
        reading = await waiting
        assert conditions(reading) == {"jammed"}
        assert [event.detail["code"] for event in reading.events] == ["jam"]
        again = asyncio.ensure_future(anext(readings))
        while not again.done():
            await clock.advance(1)
        assert (await again).events == []
        await session.close()
        assert [each async for each in readings] == []


async def test_without_a_trap_port_nothing_is_listened_for(printer: SimulatedPrinter, opener: Opener) -> None:
    assert not isinstance(await opener(printer.options), PushSession)


async def test_a_printer_that_speaks_tls_alone(
    printer: SimulatedPrinter, opener: Opener, self_signed: ssl.SSLContext
) -> None:
    await printer.server.stop()
    printer.server.tls = self_signed
    await printer.server.start()
    session = await opener(printer.options, sources="ipp")
    reading = await session.poll()
    assert values(reading)["printer.status", None] == IDLE
    assert reading.attributes["ipp.certificate"] == "is self-signed; accepted"
    with pytest.raises(DeviceError, match=r"^ipp 127"):
        await (await opener(printer.options, sources="ipp", ipp_tls="off")).poll()


async def test_a_printer_that_sends_to_tls_says_so_when_there_is_none(
    printer: SimulatedPrinter, opener: Opener
) -> None:
    printer.server.raw = b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(DeviceError, match=r'HTTP 426: it wants TLS, or another path: ipp_tls = "on"'):
        await (await opener(printer.options, sources="ipp")).poll()


async def test_a_password_where_ipp_wants_one(
    printer: SimulatedPrinter, opener: Opener, self_signed: ssl.SSLContext, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    await printer.server.stop()
    printer.server.tls, printer.server.credential = self_signed, ("bell", "s3cret")
    await printer.server.start()
    given = {"sources": "ipp", "ipp_user": "bell", "ipp_password_file": str(tmp_path / "password")}
    assert values(await (await opener(printer.options, **given)).poll())["printer.status", None] == IDLE
    (tmp_path / "password").write_text("wrong\n")
    refused = await (await opener(printer.options, **given)).poll()
    assert "correct ipp_user and ipp_password_file" in str(refused.attributes["ipp.problem"])
    assert "wrong" not in str(refused)


async def test_neither_answers(printer: SimulatedPrinter, opener: Opener) -> None:
    session = await opener(printer.options)
    await session.poll()
    await printer.fault("snmp-off")
    await printer.fault("ipp-off")
    with pytest.raises(DeviceError, match=r"neither SNMP nor IPP answers\. snmp .*no answer .*ipp .*refuses"):
        await session.poll()
    await printer.heal()
    assert values(await session.poll())["printer.status", None] == IDLE


async def test_a_poll_asks_little(printer: SimulatedPrinter, opener: Opener) -> None:
    """Which rows there are is looked up once; then their values come in a few requests."""
    session = await opener(printer.options, sources="snmp")
    await session.poll()
    await session.poll()
    before = printer.agent.requests.total()
    await session.poll()
    usual = printer.agent.requests.total() - before
    assert usual <= 6
    await printer.fault("jam")
    await session.poll()
    before = printer.agent.requests.total()
    await session.poll()  # the alert stands; what it says is known
    assert printer.agent.requests.total() - before <= usual


async def test_a_supply_that_is_taken_out_or_added_is_noticed(printer: SimulatedPrinter, opener: Opener) -> None:
    session = await opener(printer.options, sources="snmp")
    assert ("printer.supply.state", "Drum Unit") in values(await session.poll())
    drum = {
        oid: value
        for oid, value in printer.mib.items()
        if oid.startswith("1.3.6.1.2.1.43.11.1.1.") and oid.endswith(".1.5")
    }
    for oid in drum:
        del printer.mib[oid]
    assert ("printer.supply.state", "Drum Unit") not in values(await session.poll())
    printer.mib.update(drum)
    printer.mib["1.3.6.1.2.1.43.5.1.1.1.1"] = 4  # prtGeneralConfigChanges
    assert ("printer.supply.state", "Drum Unit") in values(await session.poll())


async def test_pages_are_counted_and_a_new_board_is_no_leap(
    printer: SimulatedPrinter, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(printer.options)
    await session.poll()
    await clock.advance(3600)
    assert values(await session.poll())["printer.pages", None] == 48_213 + 120
    await printer.fault("counter-reset")
    await clock.advance(1800)
    assert values(await session.poll())["printer.pages", None] == 60


async def test_mono_with_three_trays(clock: ManualClock, opener: Opener) -> None:
    async with simulate("127.0.0.1", clock, name="Office", model="Acme Mono 1", colour=False, trays=3) as mono:
        found = values(await (await opener(mono.options)).poll())
    assert [label for metric, label in found if metric == "printer.supply.state"] == [
        BLACK, "Drum Unit", "Waste Toner Container"
    ]  # fmt: skip
    assert ("printer.tray.state", "Tray 3") in found


async def test_version_1(printer: SimulatedPrinter, opener: Opener) -> None:
    session = await opener(printer.options, version="1", sources="snmp")
    assert values(await session.poll())["printer.supply.level", BLACK] == 72
    assert printer.agent.requests[pdu.GET_BULK] == 0


async def test_another_path_is_found_and_remembered(printer: SimulatedPrinter, opener: Opener) -> None:
    printer.server.path = "/ipp/printer"
    session = await opener(printer.options, sources="ipp")
    await session.poll()
    tried = len(printer.server.operations)
    assert tried > 1
    await session.poll()
    assert len(printer.server.operations) == tried + 1


async def test_the_wrong_path_says_so(printer: SimulatedPrinter, opener: Opener) -> None:
    session = await opener(printer.options, sources="ipp", ipp_path="/wrong")
    with pytest.raises(DeviceError, match=r"/wrong: the printer knows no printer of this path .*ipp_path"):
        await session.poll()


async def test_what_is_no_printer_says_so(printer: SimulatedPrinter, opener: Opener) -> None:
    for oid in [oid for oid in printer.mib if oid.startswith(("1.3.6.1.2.1.43.", "1.3.6.1.2.1.25."))]:
        del printer.mib[oid]
    with pytest.raises(DeviceError, match="answers but is no printer"):
        await (await opener(printer.options, sources="snmp")).poll()


async def test_401_is_alive_and_says_what_to_do(printer: SimulatedPrinter, opener: Opener) -> None:
    printer.server.raw = b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="p"\r\nContent-Length: 0\r\n\r\n'
    reading = await (await opener(printer.options, sources="ipp")).poll()
    assert values(reading) == {("printer.status", None): UNKNOWN}
    assert "answers but refuses the credential" in str(reading.attributes["ipp.problem"])
    assert "set ipp_user and ipp_password_file" in str(reading.attributes["ipp.problem"])
    beside = await (await opener(printer.options)).poll()
    assert values(beside)["printer.status", None] == IDLE
    assert "refuses" in str(beside.attributes["ipp.problem"])


@pytest.mark.parametrize(
    ("address", "options", "message"),
    [
        ("10.1.2.3:161", {}, "write the host alone"),
        ("http://10.1.2.3/", {}, "address ="),
        ("", {}, "write a host"),
        ("10.1.2.3", {"ipp_user": "u"}, "ipp_user needs ipp_password_file"),
        ("10.1.2.3", {"ipp_password_file": "/x"}, "ipp_password_file needs ipp_user"),
        ("10.1.2.3", {"community_file": "/no/such"}, "community_file = '/no/such': cannot be read"),
    ],
)
async def test_what_is_wrong_is_said_at_open(
    address: str, options: dict[str, str], message: str, clock: ManualClock
) -> None:
    with pytest.raises(OptionError, match=message):
        await DRIVER.open(Target("p", address), PrinterOptions(**options), clock)


class Awkward(Snmp):
    """A printer that gives one object in a walk and never alone."""

    missing = f"{oids.SUPPLY_COLORANT}.1.1"

    async def get(self, wanted: Sequence[str]) -> dict[str, Value]:
        found = await super().get(wanted)
        found.pop(self.missing, None)
        return found


async def test_what_is_walked_but_never_given_alone_is_no_reason_to_walk_with_every_poll(
    printer: SimulatedPrinter, clock: ManualClock
) -> None:
    place = Place("127.0.0.1", int(printer.options["snmp_port"]))
    source = MibSource(Awkward(place, PrinterOptions(), clock, "test"), clock)
    try:
        for _ in range(3):
            await source.read()
        before = printer.agent.requests[pdu.GET_BULK]
        assert Awkward.missing not in await source.read()
        assert printer.agent.requests[pdu.GET_BULK] - before == 1  # the alert table
    finally:
        await source.close()


async def test_after_a_restart_the_same_number_is_another_alert(
    printer: SimulatedPrinter, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(printer.options, sources="snmp")
    await clock.advance(300)
    before = printer.state.uptime
    await printer.fault("no-paper")  # tray 1's alert
    found = values(await session.poll())
    assert found["printer.tray.state", "Tray 1"] == EMPTY
    await printer.heal()
    await printer.fault("counter-reset")  # it restarts
    assert printer.state.uptime < before
    rows = {oids.ALERT_SEVERITY: 3, oids.ALERT_GROUP: 8, oids.ALERT_GROUP_INDEX: 3, oids.ALERT_CODE: 808}
    printer.mib.update({f"{column}.1.1": value for column, value in rows.items()})
    found = values(await session.poll())
    assert (found["printer.tray.state", "Tray 1"], found["printer.tray.state", "Tray 2"]) == (OK, EMPTY)


async def test_a_look_that_is_cut_short_is_made_anew(
    printer: SimulatedPrinter, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(printer.options, sources="snmp")
    await clock.advance(300)
    await session.poll()
    await printer.fault("counter-reset")  # it restarts, with one tray more
    for column in (oids.INPUT_TYPE, oids.INPUT_UNIT, oids.INPUT_MOST, oids.INPUT_LEVEL, oids.INPUT_NAME):
        printer.mib[f"{column}.1.4"] = printer.mib[f"{column}.1.3"]
    printer.mib[f"{oids.INPUT_NAME}.1.4"] = "Tray 3"
    polling = asyncio.create_task(session.poll())
    asked = printer.agent.requests.total()
    async with asyncio.timeout(5):
        while printer.agent.requests.total() < asked + 8:  # in the midst of the walk
            await asyncio.sleep(0)
    polling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await polling
    assert ("printer.tray.state", "Tray 3") in values(await session.poll())
