"""Against the machine itself: its neighbour table, its lists of makers, its routes."""

import errno
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from protocols.clock import ManualClock
from protocols.drivers.lan.client import PacketWire
from protocols.drivers.lan.discover import discover
from protocols.drivers.lan.dns import servers
from protocols.drivers.lan.interface import default_interface
from protocols.drivers.lan.makers import HWDB, LISTS, UNKNOWN, makers
from protocols.drivers.lan.neighbours import neighbours
from protocols.errors import DeviceError


@pytest.mark.skipif(shutil.which("ip") is None, reason="needs ip (iproute2)")
def test_the_neighbour_table_is_that_of_ip() -> None:
    name = default_interface()
    if name is None:
        pytest.skip("this machine has no default route")
    done = subprocess.run(("ip", "-j", "neigh", "show", "dev", name), capture_output=True, check=True, timeout=10)
    alive = {"REACHABLE", "STALE", "DELAY", "PROBE"}
    rows = [row for row in json.loads(done.stdout or b"[]") if "lladdr" in row and set(row["state"]) & alive]
    assert {(each.address, each.mac) for each in neighbours(name)} == {(row["dst"], row["lladdr"]) for row in rows}


HWDB_TEXT = "# comment\n\nOUI:0050C2*\n ID_OUI_FROM_DATABASE=IEEE Registration Authority\n\nOUI:0050C2001*\n ID_OUI_FROM_DATABASE=JMBS Developpements\n"
LIST_TEXT = "# comment\n0050C2\tIEEE Registration Authority\n0050C2001\tJMBS Developpements\n"
OUI_TEXT = "OUI/MA-L\n\n00-50-C2   (hex)\t\tIEEE\n0050C2     (base 16)\t\tIEEE Registration Authority\n\t\t\t\tUS\n"


@pytest.mark.parametrize(
    ("text", "longest"),
    [(HWDB_TEXT, "JMBS Developpements"), (LIST_TEXT, "JMBS Developpements"), (OUI_TEXT, "IEEE Registration Authority")],
)
def test_a_maker_by_the_longest_prefix_in_each_list_s_form(tmp_path: Path, text: str, longest: str) -> None:
    file = tmp_path / "list"
    file.write_text(text)
    asked = ["00:50:c2:00:1a:bc", "00:50:c2:ff:00:01", "ff:ee:dd:00:00:01"]
    assert list(makers(asked, (str(tmp_path / "no"), str(file))).values()) == [
        longest,
        "IEEE Registration Authority",
        UNKNOWN,
    ]
    assert makers(asked, ()) == dict.fromkeys(asked, UNKNOWN)


@pytest.mark.skipif(
    not any(Path(file).is_file() for file in (*HWDB, *LISTS)), reason="no list of makers on this machine"
)
def test_the_list_of_this_machine_knows_a_raspberry_pi() -> None:
    assert "Raspberry Pi" in makers(["b8:27:eb:00:00:01"])["b8:27:eb:00:00:01"]


def test_name_servers_are_those_of_the_machine(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(
        "# x\nnameserver 10.1.0.53\nnameserver fe80::1%eth0\nnameserver a.name\nsearch school\nnameserver 10.1.0.53\n"
    )
    assert [place.host for place in servers(None, str(file))] == ["10.1.0.53", "fe80::1%eth0"]
    assert servers(None, str(tmp_path / "none")) == []


def test_the_default_route_with_the_lowest_metric(tmp_path: Path) -> None:
    file = tmp_path / "route"
    head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
    file.write_text(
        head
        + "wlan0\t00000000\t01\t3\t0\t0\t600\t0\neth0\t00000000\t01\t3\t0\t0\t100\t0\neth0\t0002000A\t0\t1\t0\t0\t0\t0\n"
    )
    assert default_interface(str(file)) == "eth0"
    assert default_interface(str(tmp_path / "none"), str(tmp_path / "none")) is None


def test_half_of_everything_by_a_vpn_is_no_default_route(tmp_path: Path) -> None:
    file = tmp_path / "route"
    rows = ("Iface Destination", "tun0 00000000 01 3 0 0 0 00000080 0 0 0", "eth0 00000000 01 3 0 0 100 00000000 0 0 0")
    file.write_text("\n".join(rows))
    assert default_interface(str(file), str(tmp_path / "none")) == "eth0"


def test_a_network_of_ipv6_alone_has_a_default_route(tmp_path: Path) -> None:
    """Rows of a real /proc/net/ipv6_route."""
    zero, router = "0" * 32, "fe80" + "0" * 27 + "1"
    file = tmp_path / "ipv6_route"
    file.write_text(
        f"fd{'0' * 30} 40 {zero} 00 {zero} 00000100 00000001 00000000 00000001     eth0\n"
        f"{zero} 00 {zero} 00 {router} 00000400 00000003 00000000 00450003    wlan0\n"
        f"{zero} 00 {zero} 00 {router} 00000064 00000003 00000000 00450003     eth0\n"
        f"{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200       lo\n"
    )
    assert default_interface(str(tmp_path / "none"), str(file)) == "eth0"


async def test_auto_that_moves_to_another_interface_watches_another_network(
    opener: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup line has another DHCP server, and it is no rogue."""
    session = await opener("auto", dns=False)
    chosen = ["moves0"]
    monkeypatch.setattr("protocols.drivers.lan.interface.resolve", lambda address: chosen[0])
    monkeypatch.setattr("protocols.drivers.lan.session.neighbours", lambda name: [])
    await session.poll()
    first = session.segment
    chosen[0] = "moves1"
    await session.poll()
    assert session.segment is not first
    chosen[0] = "moves0"
    await session.poll()
    assert session.segment is first


async def test_discovery_names_the_interface_and_sends_nothing() -> None:
    found = [each async for each in discover(None, ManualClock())]
    assert [each.address for each in found] == ([default_interface()] if default_interface() else [])


@pytest.mark.parametrize("code", [errno.EPERM, errno.EACCES, errno.EAFNOSUPPORT])
async def test_a_service_without_the_right_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """As systemd's RestrictAddressFamilies and CapabilityBoundingSet refuse it."""

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(DeviceError, match=r"eth0: needs the capability CAP_NET_RAW.*RestrictAddressFamilies=AF_PACKET"):
        await PacketWire("eth0").start(lambda frame: None, listen=True, dhcp=False)
