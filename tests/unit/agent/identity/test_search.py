"""Where a lost device may be: tables of neighbours, discovery, and addresses at another host."""

from pathlib import Path

import pytest

from agent.identity.arp import Neighbours, read_table
from agent.identity.search import Candidate, at_host, by_discovery, by_mac, is_it
from agent.identity.verdict import Known
from agent.identity.who import NOBODY, Identity
from protocols.clock import ManualClock
from protocols.driver import Found

MAC, NEAR, OTHER = "00:1b:a9:11:22:33", "00:1b:a9:44:55:66", "00:1b:a9:77:88:99"
PRINTER = Known(Identity("CNB1", macs=frozenset({MAC})), near=NEAR)
TABLE = """\
IP address       HW type     Flags       HW address            Mask     Device
10.1.2.1         0x1         0x2         00:1b:a9:77:88:99     *        eth0
10.1.2.5         0x1         0x0         00:00:00:00:00:00     *        eth0
10.1.2.7         0x1         0x2         00:1b:a9:11:22:33     *        eth0
nonsense
10.9.9.9         0x1         zz          00:1b:a9:11:22:33     *        eth0
"""


@pytest.mark.parametrize(
    ("address", "host", "says"),
    [
        ("10.1.2.3", "10.1.2.9", "10.1.2.9"),
        ("10.1.2.3:9100", "10.1.2.9", "10.1.2.9:9100"),
        ("https://10.1.2.3:443/onvif", "10.1.2.9", "https://10.1.2.9:443/onvif"),
        ("[fd00::1]:161", "10.1.2.9", "10.1.2.9:161"),
        ("10.1.2.3:161", "fd00::1", "[fd00::1]:161"),
    ],
)
def test_an_address_at_another_host_keeps_all_else(address: str, host: str, says: str) -> None:
    assert at_host(address, host) == says


def test_a_mac_leads_to_the_new_address() -> None:
    seen = [(MAC, "10.1.2.3"), (MAC, "10.1.2.9"), (NEAR, "10.1.2.8"), (OTHER, "10.1.2.4")]
    assert by_mac(PRINTER, "10.1.2.3:161", seen) == [Candidate("10.1.2.8:161", "mac"), Candidate("10.1.2.9:161", "mac")]


def test_a_mac_that_answers_for_many_is_a_routers_and_leads_nowhere() -> None:
    assert by_mac(PRINTER, "10.1.2.3", [(MAC, f"10.1.2.{number}") for number in range(10, 20)]) == []


def test_a_local_address_has_no_other_host() -> None:
    assert by_mac(PRINTER, "", [(MAC, "10.1.2.9")]) == []


def test_discovery_leads_to_what_says_it_is_the_device() -> None:
    found = [
        Found("printer", "10.1.2.8:161", None, {}, {"serial": "OTHER"}),
        Found("printer", "10.1.2.9:161", None, {}, {"serial": "cnb1"}),
        Found("printer", "10.1.2.3:161", None, {}, {"serial": "CNB1"}),
        Found("printer", "10.1.2.7:161", None, {}, {}),
    ]
    assert by_discovery(PRINTER, "10.1.2.3:161", found) == [Candidate("10.1.2.9:161", "discovery")]


@pytest.mark.parametrize(
    ("found", "by", "says"),
    [
        (Identity("CNB1"), "mac", True),
        (Identity("OTHER"), "mac", False),
        (NOBODY, "mac", True),
        (NOBODY, "configured", False),
        (Identity("CNB1"), "discovery", True),
    ],
)
def test_what_answers_must_be_the_device(found: Identity, by: str, says: bool) -> None:
    assert is_it(PRINTER, found, by) is says


def test_the_kernels_table_gives_what_is_complete() -> None:
    assert read_table(TABLE.replace("0x1         zz ", "0x1         0x0")) == {"10.1.2.1": OTHER, "10.1.2.7": MAC}


def test_a_table_that_makes_no_sense_is_none(tmp_path: Path) -> None:
    path = tmp_path / "arp"
    path.write_text(TABLE.replace("zz", "0xzz"))
    assert Neighbours(ManualClock(), path).table() == {}
    assert Neighbours(ManualClock(), tmp_path / "missing").mac("10.1.2.7") == ""


async def test_the_table_is_read_again_after_a_while(tmp_path: Path) -> None:
    clock, path = ManualClock(), tmp_path / "arp"
    path.write_text(TABLE.splitlines()[0])
    table = Neighbours(clock, path)
    assert table.mac("10.1.2.7") == ""
    path.write_text("\n".join(TABLE.splitlines()[:4]))
    assert table.mac("10.1.2.7") == ""
    await clock.advance(6)
    assert table.mac("10.1.2.7") == MAC
