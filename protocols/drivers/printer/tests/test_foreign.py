"""Genuine peers: net-snmp's agent with a printer's values, CUPS's ippeveprinter, and ipptool against our simulator."""

import asyncio
import shutil
from pathlib import Path

import pytest

from protocols.clock import SystemClock
from protocols.drivers.printer.seen import EMPTY, IDLE, LOW, OK, SOME, STOPPED, UNKNOWN
from protocols.drivers.printer.simulator import SimulatedPrinter
from protocols.transports.http import Request, fetch

from .conftest import Opener, conditions, ippeveprinter, snmpd, values

SUPPLY, TRAY, ALERT = "1.3.6.1.2.1.43.11.1.1", "1.3.6.1.2.1.43.8.2.1", "1.3.6.1.2.1.43.18.1.1"


def override(oid: str, kind: str, value: object) -> str:
    return f"override {oid} {kind} {value}"


def text(value: str) -> str:
    return f'"{value}"'


def supply(
    row: int, description: str, level: int, most: int, unit: int = 19, kind: int = 21, filled: bool = False
) -> list[str]:
    columns = {4: 4 if filled else 3, 5: kind, 7: unit, 8: most, 9: level}
    lines = [override(f"{SUPPLY}.{column}.1.{row}", "integer", value) for column, value in columns.items()]
    return [*lines, override(f"{SUPPLY}.6.1.{row}", "octet_str", text(description))]


COPIER = [
    "sysName copier-7",
    "sysLocation Library",
    "sysContact Jane Smith, head of office",
    override("1.3.6.1.2.1.25.3.2.1.3.1", "octet_str", text("ACME Copier 3000")),
    override("1.3.6.1.2.1.25.3.2.1.5.1", "integer", 5),
    override("1.3.6.1.2.1.25.3.5.1.1.1", "integer", 1),
    override("1.3.6.1.2.1.25.3.5.1.2.1", "octet_str", "0x4480"),
    override("1.3.6.1.2.1.43.5.1.1.1.1", "counter", 3),
    override("1.3.6.1.2.1.43.5.1.1.17.1", "octet_str", text("SN-99")),
    override("1.3.6.1.2.1.43.10.2.1.3.1.1", "integer", 7),
    override("1.3.6.1.2.1.43.10.2.1.4.1.1", "counter", 4000000000),
    *supply(1, "Black Toner", 540, 6000, unit=7),
    *supply(2, "Cyan Toner", -3, 100),
    *supply(3, "Magenta Toner", -2, -2),
    *supply(4, "Yellow Toner", 150, 100, unit=7),
    *supply(5, "Waste Toner Box", 30, 100, kind=4, filled=True),
    override(f"{TRAY}.2.1.1", "integer", 3),
    override(f"{TRAY}.9.1.1", "integer", 500),
    override(f"{TRAY}.10.1.1", "integer", 0),
    override(f"{TRAY}.13.1.1", "octet_str", text("Tray 1")),
    override(f"{ALERT}.2.1.12", "integer", 3),
    override(f"{ALERT}.4.1.12", "integer", 8),
    override(f"{ALERT}.5.1.12", "integer", 1),
    override(f"{ALERT}.7.1.12", "integer", 808),
    override(f"{ALERT}.8.1.12", "octet_str", text("Load Letter in Tray 1")),
    override(f"{ALERT}.9.1.12", "timeticks", 1),
]


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_a_printer_behind_debians_agent(tmp_path: Path, opener: Opener, version: str) -> None:
    async with snmpd(tmp_path, COPIER) as port:
        session = await opener({"snmp_port": port, "sources": "snmp", "timeout": 5.0, "version": version})
        reading = await session.poll()
        again = await session.poll()
    found = values(reading)
    assert found["printer.status", None] == STOPPED
    assert found["printer.supply.level", "Black Toner"] == 9
    assert found["printer.supply.state", "Black Toner"] == LOW
    assert found["printer.supply.state", "Cyan Toner"] == SOME
    assert found["printer.supply.state", "Magenta Toner"] == UNKNOWN
    assert found["printer.supply.state", "Yellow Toner"] == SOME
    assert found["printer.supply.level", "Waste Toner Box"] == 70
    assert not {("printer.supply.level", f"{colour} Toner") for colour in ("Cyan", "Magenta", "Yellow")} & set(found)
    assert found["printer.tray.state", "Tray 1"] == EMPTY
    assert found["printer.pages", None] == 4_000_000_000
    assert conditions(reading) == {"no-paper", "jammed", "tray-missing", "tray-empty"}
    assert {name: reading.attributes[name] for name in ("name", "location", "model", "serial")} == {
        "name": "copier-7", "location": "Library", "model": "ACME Copier 3000", "serial": "SN-99",
    }  # fmt: skip
    assert "Smith" not in repr(reading)
    assert [event.detail["text"] for event in reading.events] == ["Load Letter in Tray 1"]
    assert again.events == []
    assert {key: value for key, value in found.items() if key[0] != "printer.error"} == {
        key: value for key, value in values(again).items() if key[0] != "printer.error"
    }


async def test_a_printer_of_version_3(tmp_path: Path, opener: Opener) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse\n")
    user = ['createUser bell SHA-256 "correct horse" AES "correct horse"', "rouser bell priv"]
    async with snmpd(tmp_path, [*user, *COPIER]) as port:
        session = await opener(
            {
                "snmp_port": port,
                "sources": "snmp",
                "timeout": 5.0,
                "version": "3",
                "user": "bell",
                "auth_file": str(password),
            }
        )
        assert values(await session.poll())["printer.supply.level", "Black Toner"] == 9


async def test_a_linux_machine_is_no_printer(tmp_path: Path, opener: Opener) -> None:
    async with snmpd(tmp_path, ["view only included .1.3.6.1.2.1.1", "rocommunity narrow 127.0.0.1 -V only"]) as port:
        community = tmp_path / "community"
        community.write_text("narrow")
        session = await opener({"snmp_port": port, "sources": "snmp", "timeout": 5.0, "community_file": str(community)})
        with pytest.raises(Exception, match="answers but is no printer"):
            await session.poll()


async def supplies(port: int, **levels: int) -> None:
    """Drive ippeveprinter's levels by its web form."""
    query = "&".join(f"{name}={level}" for name, level in levels.items())
    await fetch(Request("GET", f"http://127.0.0.1:{port}/supplies?{query}"), SystemClock())


@pytest.mark.parametrize("tls", ["auto", "on"])
async def test_a_printer_of_cups(tmp_path: Path, opener: Opener, tls: str) -> None:
    async with ippeveprinter(tmp_path, "-M", "Acme", "-m", "EvePrint 9", "-l", "Room 9", "-s", "10,5", "Eve") as port:
        await supplies(port, supply0=20, supply1=50, supply2=60, supply3=70, supply4=80)
        session = await opener({"ipp_port": port, "sources": "ipp", "ipp_tls": tls})
        reading = await session.poll()
        found = values(reading)
        assert found["printer.status", None] == IDLE
        assert found["printer.supply.level", "Ink Waste Tank"] == 80
        assert found["printer.supply.level", "Black Ink"] == 50
        assert found["printer.supply.level", "Yellow Ink"] == 80
        assert found["printer.supply.state", "Yellow Ink"] == OK
        assert found["printer.jobs.queued", None] == 0
        assert conditions(reading) == set()
        said = reading.attributes
        assert (said["model"], said["name"], said["location"]) == ("Acme EvePrint 9", "Eve", "Room 9")
        assert said.get("ipp.certificate") == ("is self-signed; accepted" if tls == "on" else None)
        await supplies(port, supply0=95, supply1=4, supply2=0, supply3=70, supply4=80)
        reading = await session.poll()
    found = values(reading)
    assert found["printer.supply.state", "Ink Waste Tank"] == LOW
    assert found["printer.supply.state", "Black Ink"] == LOW
    assert found["printer.supply.state", "Cyan Ink"] == EMPTY
    assert {"low-toner", "no-toner", "waste-near-full"} <= conditions(reading)
    assert {"toner-low", "toner-empty", "marker-waste-almost-full"} <= {
        event.detail["code"] for event in reading.events
    }


async def test_both_peers_are_one_printer(tmp_path: Path, opener: Opener) -> None:
    """A real agent that has no figures, and a real IPP end that has."""
    (tmp_path / "snmp").mkdir()
    (tmp_path / "ipp").mkdir()
    lines = [
        override("1.3.6.1.2.1.25.3.2.1.5.1", "integer", 2),
        override("1.3.6.1.2.1.25.3.5.1.1.1", "integer", 3),
        override("1.3.6.1.2.1.25.3.5.1.2.1", "octet_str", "0x00"),
        override("1.3.6.1.2.1.43.5.1.1.17.1", "octet_str", text("SN-5")),
        *supply(1, "Black Ink", -3, 100),
        *supply(2, "Cyan Ink", -3, 100),
    ]
    async with snmpd(tmp_path / "snmp", lines) as snmp, ippeveprinter(tmp_path / "ipp", "-s", "10,5", "Eve") as ipp:
        await supplies(ipp, supply0=20, supply1=50, supply2=6, supply3=70, supply4=80)
        session = await opener({"snmp_port": snmp, "ipp_port": ipp, "timeout": 5.0})
        reading = await session.poll()
    found = values(reading)
    assert reading.attributes["protocols"] == "SNMP, IPP"
    assert reading.attributes["serial"] == "SN-5"
    assert {label: value for (metric, label), value in found.items() if metric == "printer.supply.level"} == {
        "Black Ink": 50, "Cyan Ink": 6,
    }  # fmt: skip


async def test_ipptool_reads_the_simulator(printer: SimulatedPrinter, tmp_path: Path) -> None:
    """CUPS's own client takes what the simulator answers for correct IPP, and its refusal of a job for one."""
    if shutil.which("ipptool") is None:
        pytest.skip("ipptool is not installed (Debian package cups-ipp-utils)")
    (tmp_path / "get.test").write_text(
        "{ OPERATION Get-Printer-Attributes GROUP operation-attributes-tag ATTR charset attributes-charset utf-8 "
        "ATTR naturalLanguage attributes-natural-language en ATTR uri printer-uri $uri STATUS successful-ok "
        "EXPECT printer-state WITH-VALUE 3 EXPECT printer-supply OF-TYPE octetString COUNT 6 "
        'EXPECT printer-input-tray COUNT 3 EXPECT printer-make-and-model WITH-VALUE "Acme ColorJet 4500" }\n'
        "{ OPERATION Validate-Job GROUP operation-attributes-tag ATTR charset attributes-charset utf-8 "
        "ATTR naturalLanguage attributes-natural-language en ATTR uri printer-uri $uri STATUS server-error-operation-not-supported }\n"
    )
    uri = f"ipp://127.0.0.1:{printer.options['ipp_port']}/ipp/print"
    process = await asyncio.create_subprocess_exec(
        "ipptool", "-tv", "-T", "10", uri, str(tmp_path / "get.test"), stdout=asyncio.subprocess.PIPE
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    assert printer.server.operations == [0x000B, 0x0004]
