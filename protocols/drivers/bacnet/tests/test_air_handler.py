"""The simulated measurements are plausible at every hour, and a pure function of time."""

from hypothesis import given
from hypothesis import strategies as st

from protocols.drivers.bacnet.simulator.air_handler import MODES, air, zone

MOMENTS = st.integers(1_700_000_000_000, 1_900_000_000_000)


@given(MOMENTS)
def test_an_air_handler_is_plausible(now_ms: int) -> None:
    now = air(now_ms)
    assert now == air(now_ms)
    assert 0 <= now.outdoor <= 25
    assert 10 <= now.supply <= 24
    assert all(0 <= share <= 100 for share in (now.cooling, now.heating, now.damper, now.fan))
    assert not (now.cooling and now.heating)
    assert 1 <= now.mode <= len(MODES)
    assert 300 <= now.carbon_dioxide <= 1000
    assert bool(now.fan) == now.occupied


@given(MOMENTS, st.integers(1, 40))
def test_a_healthy_zone_stays_near_its_setpoint(now_ms: int, number: int) -> None:
    here = zone(now_ms, number)
    assert abs(here.temperature - here.setpoint) < 1
    assert 10 <= here.damper <= 100


def test_zones_differ_and_move() -> None:
    now = 1_760_000_000_000
    assert len({zone(now, number).temperature for number in range(1, 13)}) == 12
    assert zone(now, 1) != zone(now + 60_000, 1)
