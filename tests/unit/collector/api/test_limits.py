"""The token bucket: never more than the rate over any stretch, and never refused below it."""

from hypothesis import given
from hypothesis import strategies as st

from collector.api.limits import Limiter


@given(st.lists(st.floats(0, 0.2), max_size=200))
def test_no_more_than_burst_and_rate(gaps):
    limiter = Limiter(rate=10, burst=5)
    now, allowed = 0.0, 0
    for gap in gaps:
        now += gap
        allowed += limiter.wait("a", now) == 0
    assert allowed <= 5 + 10 * now + 1e-6


def test_the_wait_is_long_enough():
    limiter = Limiter(rate=10, burst=1)
    assert limiter.wait("a", 0) == 0
    wait = limiter.wait("a", 0)
    assert 0 < wait <= 0.1
    assert limiter.wait("b", 0) == 0
    assert limiter.wait("a", wait + 1e-9) == 0
