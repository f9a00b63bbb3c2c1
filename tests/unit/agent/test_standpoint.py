"""What Linux tells of the agent's own place."""

from pathlib import Path

from agent.standpoint import arp_table, gateway_addresses, standpoint

ARP = """IP address       HW type     Flags       HW address            Mask     Device
10.0.0.1         0x1         0x2         02:00:00:00:00:AA     *        eth0
10.0.0.7         0x1         0x0         00:00:00:00:00:00     *        eth0
10.0.0.8         0x1         0x6         02:00:00:00:00:08     *        eth0
rubbish
"""
ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0000000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
"""


def test_an_arp_table_has_those_that_answered() -> None:
    assert arp_table(ARP) == {"10.0.0.1": "02:00:00:00:00:aa", "10.0.0.8": "02:00:00:00:00:08"}


def test_a_default_gateway_is_read_backwards() -> None:
    assert gateway_addresses(ROUTES) == ["10.0.0.1"]


def test_the_place_as_files_tell_it(tmp_path: Path) -> None:
    (tmp_path / "arp").write_text(ARP)
    (tmp_path / "route").write_text(ROUTES)
    for name, mac in (("eth0", "02:00:00:00:00:11"), ("lo", "00:00:00:00:00:00")):
        (tmp_path / "net" / name).mkdir(parents=True)
        (tmp_path / "net" / name / "address").write_text(mac + "\n")
    place = standpoint(tmp_path / "arp", tmp_path / "route", tmp_path / "net")
    assert (place.own, place.gateway) == ({"02:00:00:00:00:11"}, {"02:00:00:00:00:aa"})


def test_without_such_files_less_is_known(tmp_path: Path) -> None:
    place = standpoint(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    assert (place.own, place.gateway, dict(place.table)) == (frozenset(), frozenset(), {})
