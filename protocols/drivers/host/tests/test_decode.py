"""Rates and shares: no reset, wrap or clock step ever shows as a peak."""

import math

from hypothesis import given
from hypothesis import strategies as st

from protocols.drivers.host.decode import decode, rate, share
from protocols.drivers.host.simulator import PI, SimulatedMachine

COUNTS = st.integers(0, 2**64)


@given(COUNTS, COUNTS, st.floats(0, 1e6))
def test_a_rate_is_never_negative_and_never_of_a_reset(before: int, after: int, seconds: float) -> None:
    found = rate(before, after, seconds)
    if after < before or seconds == 0:
        assert found is None
    else:
        assert found is not None
        assert found >= 0


@given(st.floats(-1e18, 1e18), st.floats(-1e18, 1e18))
def test_a_share_stays_within_its_range(part: float, whole: float) -> None:
    found = share(part, whole)
    assert (found is None) == (whole <= 0)
    assert found is None or 0 <= found <= 100


def test_a_poll_at_the_same_instant_has_no_rates() -> None:
    assert not [sample for sample in decode(PI, PI).samples if sample.metric.endswith(".rate")]


def test_every_value_is_finite_and_every_point_is_told_once() -> None:
    machine = SimulatedMachine()
    machine.pass_time(30)
    samples = decode(PI, machine.snapshot).samples
    assert all(math.isfinite(sample.value) for sample in samples)
    assert len({sample[:2] for sample in samples}) == len(samples)
