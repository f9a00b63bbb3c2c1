"""When devices are polled: on a lasting grid, spread over the interval, and less often while they fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.schedule import FIRST_SPREAD, backed_off, first_delay, host_of, next_due, phase, stamp

KEYS = st.text(min_size=1, max_size=30)
NOW = 1_760_000_000_000


@given(KEYS, st.integers(1, 86_400), st.integers(NOW, NOW + 10**9))
def test_the_next_poll_is_later_within_one_interval_and_on_the_device_grid(key: str, interval: int, now: int) -> None:
    due = next_due(key, interval, now)
    assert now < due <= now + interval * 1000
    assert due % 1000 == 0
    assert next_due(key, interval, due) == due + interval * 1000


@given(KEYS, st.floats(1, 300), st.integers(NOW, NOW + 10**9))
def test_a_crooked_interval_still_goes_on(key: str, interval: float, now: int) -> None:
    assert now < next_due(key, interval, now) <= now + interval * 1000 + 1000


def test_polls_of_many_devices_spread_over_the_interval() -> None:
    seconds = [next_due(f"device-{number}", 60, NOW) // 1000 % 60 for number in range(600)]
    busiest = max(seconds.count(second) for second in set(seconds))
    assert len(set(seconds)) >= 55
    assert busiest <= 30


def test_the_first_poll_of_one_device_is_at_once_and_many_are_spread_over_two_seconds() -> None:
    assert first_delay("host", 1) == 0.0
    delays = [first_delay(f"device-{number}", 500) for number in range(500)]
    assert 0 <= min(delays) < 0.1 * FIRST_SPREAD
    assert 0.9 * FIRST_SPREAD < max(delays) <= FIRST_SPREAD


def test_the_phase_of_a_key_never_changes() -> None:
    assert phase("ahu-1") == pytest.approx(0.8353288414176205)


@pytest.mark.parametrize(
    ("late", "stamped"), [(0, 0), (1999, 0), (2000, 0), (-2000, 0), (2001, 2001), (90_000, 90_000)]
)
def test_a_poll_near_its_schedule_is_stamped_with_the_schedule(late: int, stamped: int) -> None:
    assert stamp(NOW, NOW + late) == NOW + stamped


@pytest.mark.parametrize(("failures", "times"), [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (500, 10)])
def test_a_failing_device_is_asked_ten_times_less_often_at_most(failures: int, times: int) -> None:
    assert backed_off(30.0, failures) == 30.0 * times


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("10.1.2.3:47808", "10.1.2.3"),
        ("https://cam.example:8443/onvif", "cam.example"),
        ("2:5@10.1.2.3:47808", "10.1.2.3"),
        ("[fe80::1]:161", "fe80::1"),
        ("fe80::1", "fe80::1"),
        ("local", "local"),
        ("", ""),
    ],
)
def test_the_machine_of_an_address(address: str, host: str) -> None:
    assert host_of(address) == host
