"""The pure parts: wraps, restarts, names and numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.drivers.network import oids, poe
from protocols.drivers.network.columns import figure, mac, octets, whole
from protocols.drivers.network.decode import counters_of
from protocols.drivers.network.interfaces import Interface, interfaces, watched
from protocols.drivers.network.links import FORGET_S, Links
from protocols.drivers.network.profile import built_in
from protocols.drivers.network.rates import Counters, rates
from protocols.drivers.network.sensors import sensor_samples, sensor_value
from protocols.drivers.network.uptime import Standing, restarted, uptime
from protocols.drivers.network.vendor import Names, samples


@given(st.integers(0, 2**32 - 1), st.integers(0, 10**9 // 8 * 30))
def test_a_32_bit_counter_gives_its_growth_whatever_it_wraps(start: int, growth: int) -> None:
    """30 s at 1 Gbit/s: at most 3.75 GB, less than one turn."""
    before, now = Counters(start, 0, False, speed=1e9), Counters((start + growth) % 2**32, 0, False, speed=1e9)
    assert rates(before, now, 30.0).received == pytest.approx(growth * 8 / 30)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.floats(1, 4000), st.booleans())
def test_no_two_counts_make_a_rate_beyond_the_line(before: int, now: int, seconds: float, wide: bool) -> None:
    rate = rates(Counters(before, before, wide, speed=1e9), Counters(now, now, wide, speed=1e9), seconds).received
    assert rate is None or 0 <= rate <= 1.5e9


@given(st.integers(0, 2**32 - 1), st.floats(1, 86_400))
def test_time_that_passes_is_no_restart(ticks: int, passed: float) -> None:
    later = (ticks + int(passed * 100)) % 2**32
    assert not restarted(Standing(0.0, ticks), Standing(passed, later))
    engine = 10**6
    assert not restarted(Standing(0.0, ticks, 3, engine), Standing(passed, later, 3, engine + int(passed)))


@given(st.integers(20_000, 2**32 - 10_000_000), st.floats(60, 3600))
def test_an_age_less_than_what_has_passed_is_a_restart(ticks: int, passed: float) -> None:
    assert restarted(Standing(0.0, ticks + int(passed * 100)), Standing(passed, 1000))


def test_a_restart_of_which_we_saw_nothing() -> None:
    """Up for 100 s, then an hour of silence, restarted in it: the uptime is larger than it was."""
    assert restarted(Standing(0.0, 10_000), Standing(3600.0, 300_000))


def test_an_uptime_beyond_497_days_is_the_engines() -> None:
    assert uptime(Standing(0.0, 500, None, 42_949_672 + 5)) == pytest.approx(42_949_677.96)
    assert uptime(Standing(0.0, 360_000, None, 17)) == 3600.0


def test_interfaces_that_are_named_alike_are_told_apart() -> None:
    columns = {oids.IF_NAME: {"1": b"eth", "2": b"eth", "3": b""}, oids.IF_DESCR: {"1": b"a", "2": b"b", "3": b"c"}}
    assert list(interfaces(columns)) == ["eth", "b", "c"]
    columns = {oids.IF_DESCR: {"1": b"eth", "2": b"eth", "3": b"eth"}}
    assert list(interfaces(columns)) == ["eth", "eth #2", "eth #3"]


@pytest.mark.parametrize(
    ("name", "kind", "connector", "read"),
    [
        ("Gi1/0/1", 6, True, True), ("Po1", 161, None, True), ("Trk1", 54, False, True), ("wifi0", 71, None, True),
        ("lo", 24, None, False), ("Null0", 1, None, False), ("Vlan10", 53, None, False), ("vlan.10", 6, None, False),
        ("StackSub-1", 6, True, False), ("docker0", 6, None, False), ("tunnel1", 131, None, False), ("eth0", 6, False, False),
    ],
)  # fmt: skip
def test_which_interfaces_are_read(name: str, kind: int, connector: bool | None, read: bool) -> None:
    each = Interface(name, "1", kind, None, None, connector, True)
    assert bool(watched({name: each}, "physical", (), ())) is read


def test_poe_ports_are_named_by_ifindex_or_by_their_number() -> None:
    def port(name: str, number: str) -> Interface:
        return Interface(name, number, 6, None, None, True, True)

    hpe = {name: port(name, number) for name, number in (("A1", "1"), ("A2", "2"), ("B1", "25"))}
    assert poe.ports({"1.1": 3, "1.25": 3}, hpe) == {"1.1": "A1", "1.25": "B1"}
    stack = {
        name: port(name, number)
        for name, number in (("Gi1/0/1", "10101"), ("Te1/1/1", "10201"), ("Gi2/0/1", "10601"), ("Gi2/0/2", "10602"))
    }
    assert poe.ports({"1.1": 3, "2.1": 3, "2.2": 3, "2.9": 3}, stack) == {
        "1.1": "Gi1/0/1", "2.1": "Gi2/0/1", "2.2": "Gi2/0/2", "2.9": "2/9",
    }  # fmt: skip


def test_exa_and_peta_are_numbered_as_the_mib_does() -> None:
    def value(scale: int) -> float | None:
        cells = {oids.SENSOR_VALUE: 3, oids.SENSOR_SCALE: scale, oids.SENSOR_PRECISION: 0, oids.SENSOR_STATUS: 1}
        return sensor_value({oid: {"1": each} for oid, each in cells.items()}, "1")

    assert [value(scale) for scale in (8, 9, 10, 13, 14, 15)] == [0.003, 3.0, 3000.0, 3e12, 3e18, 3e15]
    assert value(0) is None


def test_a_port_that_was_an_uplink_is_forgotten_after_a_week() -> None:
    links = Links()
    links.seen({"49": 1, "1": 0}, 0.0)
    links.learn({"49": "neighbour", "1": "neighbour"}, 0.0)
    assert list(links.matter()) == ["49"]
    links.seen({"49": 0}, FORGET_S)
    assert list(links.matter()) == ["49"]
    links.seen({"49": 0}, FORGET_S + 1)
    assert list(links.matter()) == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (5, 5.0),
        (b"41.5", 41.5),
        (b"23C", 23.0),
        (b"12 %", 12.0),
        (b"-4", -4.0),
        (b"", None),
        (b"n/a", None),
        (b"1.2.3.4", None),
    ],
)
def test_figures_in_texts(said: int | bytes, meant: float | None) -> None:
    assert figure(said) == meant


def test_addresses() -> None:
    assert mac(bytes.fromhex("0200000000aa")) == "02:00:00:00:00:aa"
    assert [mac(each) for each in (b"", bytes(6), b"\xff" * 6, b"\x01\x00\x5e\x00\x00\x01", "text", 5)] == [None] * 6
    assert octets("2.0.0.0.0.170") == bytes.fromhex("0200000000aa")
    assert octets("256.1") is None
    assert whole(b"12.5") is None


def test_errors_that_begin_anew_are_no_peak_on_a_fast_line() -> None:
    """At 40 Gbit/s a whole turn of 32 bits within a minute would be possible: 71 million errors a second."""
    before, now = (Counters(0, 0, True, (count,), (count,), speed=40e9) for count in (5000, 3))
    passed = rates(before, now, 60.0)
    assert (passed.errors, passed.discards) == (None, None)


def test_a_port_with_many_devices_is_an_uplink_after_a_day_and_a_classrooms_switch_never() -> None:
    links, many = Links(), {"core": "many", "classroom": "many"}
    for hour in range(50):
        links.seen({"core": 1, "classroom": int(7 <= hour % 24 < 17)}, hour * 3600.0)
        links.learn(many, hour * 3600.0)
        assert list(links.matter()) == (["core"] if hour >= 24 else [])


def test_a_refusal_of_power_is_held_for_five_minutes() -> None:
    denied: dict[str, poe.Denied] = {}

    def state(status: int, count: int, at: float) -> float:
        columns = {oids.POE_STATUS: {"1.1": status}, oids.POE_DENIED: {"1.1": count}}
        return next(sample.value for sample in poe.port_samples(columns, {"1.1": "1"}, denied, at))

    assert [state(2, count, at) for count, at in ((7, 0), (8, 60), (8, 120), (9, 300), (9, 599), (9, 600))] == [
        1.0, 5.0, 5.0, 5.0, 5.0, 1.0,
    ]  # fmt: skip
    assert (state(2, 10, 660), state(3, 10, 720), state(1, 10, 780)) == (5.0, 2.0, 0.0)


@pytest.mark.parametrize(
    ("raw", "told"), [(41, [41.0]), (-20, [-20.0]), (255, []), (32767, []), (-128, []), (65535, [])]
)
def test_a_missing_sensor_is_no_fire(raw: int, told: list[float]) -> None:
    cells = {oids.SENSOR_TYPE: 8, oids.SENSOR_VALUE: raw, oids.SENSOR_SCALE: 9, oids.SENSOR_PRECISION: 0}
    columns = {oid: {"1": each} for oid, each in {**cells, oids.SENSOR_STATUS: 1}.items()}
    assert [sample.value for sample in sensor_samples(columns, 64)] == told
    profile = next(each for each in built_in() if each.name == "Comware")
    table = {"1.3.6.1.4.1.25506.2.6.1.1.1.1.12": {"1": raw}}
    assert [sample.value for sample in samples(profile, table, Names({}, {}, {}))] == told


@pytest.mark.parametrize(("name", "kind", "radio"), [("ath0", 6, True), ("Dot11Radio0", 71, True), ("eth0", 6, False)])
def test_a_radio_that_repeats_has_no_errors(name: str, kind: int, radio: bool) -> None:
    port = Interface(name, "1", kind, None, None, None, True)
    columns = {oid: {"1": 7} for oid in (*oids.COUNTERS, *oids.COUNTERS_64)}
    counters = counters_of(columns, port)
    assert counters is not None
    assert (counters.errors, counters.discards, counters.speed) == (((), (), 0.0) if radio else ((7, 7), (7, 7), 7e6))
