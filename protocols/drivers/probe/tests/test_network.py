"""What this machine says of its own network."""

import sys
from pathlib import Path

import pytest

from protocols.clock import SystemClock
from protocols.drivers.probe.discover import resolvers, time_servers
from protocols.drivers.probe.network import gateways, has_way_to, is_own
from protocols.drivers.probe.simulator import simulate
from protocols.drivers.probe.target import read_aim

finder = sys.modules[resolvers.__module__]  # the package's own `discover` is the function

HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
LOCAL = "eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
DEFAULT = "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
WIFI = "wlan0\t00000000\tFE01A8C0\t0003\t0\t0\t50\t00000000\t0\t0\t0\n"
NONE_6 = (
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    + "0" * 32
    + " ffffffff 00000001 00000000 00200200 lo\n"
)
DEFAULT_6 = (
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe8"
    + "0" * 28
    + "1 00000400 00000001 00000000 00000003 eth0\n"
)
MISSING = Path("/no/such/file")


@pytest.fixture
def links(tmp_path: Path) -> Path:
    for name, carrier in (("eth0", "1"), ("wlan0", "0")):
        (tmp_path / "net" / name).mkdir(parents=True)
        (tmp_path / "net" / name / "carrier").write_text(carrier + "\n")
    return tmp_path / "net"


@pytest.mark.parametrize(
    ("routes", "routes_6", "host", "way"),
    [
        (HEAD + LOCAL + DEFAULT, NONE_6, "sis.example", True),
        (HEAD + LOCAL, NONE_6, "sis.example", False),
        (HEAD + LOCAL, NONE_6, "192.168.1.77", True),  # a network of its own, without a way out: its hosts can be down
        (HEAD + LOCAL, NONE_6, "192.168.2.77", False),
        (HEAD, NONE_6, "192.168.1.77", False),
        (HEAD, NONE_6, "127.0.0.1", True),
        (HEAD + LOCAL, DEFAULT_6, "sis.example", True),
        (HEAD + LOCAL, DEFAULT_6, "2001:db8::1", True),
        (HEAD + LOCAL, NONE_6, "2001:db8::1", False),
        (HEAD + WIFI, NONE_6, "sis.example", False),  # a default route over a link without a carrier: the cable is out
        (HEAD + WIFI + DEFAULT, NONE_6, "sis.example", True),
    ],
)
def test_a_way(routes: str, routes_6: str, host: str, way: bool, tmp_path: Path, links: Path) -> None:
    (tmp_path / "route").write_text(routes)
    (tmp_path / "route6").write_text(routes_6)
    assert has_way_to(host, tmp_path / "route", tmp_path / "route6", links) is way


def test_where_the_system_does_not_say_there_is_a_way() -> None:
    assert has_way_to("sis.example", MISSING, MISSING, MISSING)
    assert gateways(MISSING) == []


def test_gateways_by_preference(tmp_path: Path) -> None:
    (tmp_path / "route").write_text(HEAD + DEFAULT + LOCAL + WIFI)
    assert gateways(tmp_path / "route") == ["192.168.1.254", "192.168.1.1"]


def test_own() -> None:
    assert [is_own(each) for each in ("127.0.0.1", "::1", "localhost", "10.1.2.3", "sis.example")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_resolvers_beyond_a_stub(tmp_path: Path) -> None:
    stub, real = tmp_path / "stub", tmp_path / "real"
    stub.write_text("# by systemd\nnameserver 127.0.0.53\noptions edns0\n")
    real.write_text(
        "nameserver 10.0.0.53\nnameserver 10.0.0.53\nnameserver 2001:db8::53\nnameserver nonsense\nnameserver\n"
    )
    assert resolvers((MISSING, stub, real)) == ["10.0.0.53", "2001:db8::53"]
    assert resolvers((MISSING, stub)) == []


def test_time_servers(tmp_path: Path) -> None:
    sources = tmp_path / "sources.d"
    sources.mkdir()
    (sources / "a.sources").write_bytes(b"\xff# comment\n")
    (sources / "b.sources").write_text("pool time.example iburst maxsources 4\nserver other.example\n")
    assert time_servers((MISSING, sources), MISSING) == ["time.example"]
    timesyncd = tmp_path / "timesyncd.conf"
    timesyncd.write_text("[Time]\n#NTP=\nNTP=10.0.0.123 10.0.0.124\n")
    assert time_servers((timesyncd,), MISSING) == ["10.0.0.123"]
    timesyncd.write_text("[Time]\n#NTP=\nNTP=\nFallbackNTP=ntp.example\n")
    assert time_servers((timesyncd,), MISSING) == []


async def test_a_time_server_is_found_when_it_answers(free: int) -> None:
    clock = SystemClock()
    async with simulate("ntp://127.0.0.1:0", clock) as service:
        assert await finder._answers(service.address, clock)
    assert not await finder._answers(f"ntp://127.0.0.1:{free}", clock)


async def test_what_is_found_can_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answers(address: str, clock: SystemClock) -> bool:
        return "192.168.1.1" in address or "time" in address

    monkeypatch.setattr(finder, "_answers", answers)
    monkeypatch.setattr(finder, "gateways", lambda: ["192.168.1.1", "192.168.1.254"])
    monkeypatch.setattr(finder, "resolvers", lambda: ["10.0.0.53", "2001:db8::53", "fe80::1%eth0"])
    monkeypatch.setattr(finder, "time_servers", lambda: ["time.example"])
    found = [each async for each in finder.discover("10.0.0.0/8", SystemClock())]
    assert [each.address for each in found] == [
        "icmp://192.168.1.1", "dns://10.0.0.53", "dns://[2001:db8::53]", "dns://[fe80::1%eth0]", "ntp://time.example",
    ]  # fmt: skip
    assert all(read_aim(each.address, "found").scheme in each.address and each.name for each in found)
