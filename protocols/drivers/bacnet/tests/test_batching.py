"""How much is asked for at once."""

from hypothesis import given
from hypothesis import strategies as st

from protocols.drivers.bacnet.batching import LARGEST, OBJECTS, SMALLEST, Limits, cost
from protocols.drivers.bacnet.decode import Ref
from protocols.drivers.bacnet.points import polled

POLLED = polled((0, 0))
REFS = [Ref((0, number), which) for number in range(100) for which in POLLED]


@given(st.lists(st.sampled_from(REFS), unique=True), st.integers(1, LARGEST), st.integers(1, OBJECTS))
def test_batches_keep_order_and_limits(wanted: list[Ref], budget: int, objects: int) -> None:
    limits = Limits(budget=budget, objects=objects)
    batches = list(limits.batches(wanted))
    assert [ref for batch in batches for ref in batch] == wanted
    for batch in batches:
        assert len(batch) == 1 or (cost(batch) <= budget and len({ref.object for ref in batch}) <= objects)


def test_twenty_five_objects_fit_into_one_answer() -> None:
    assert len(next(Limits().batches(REFS))) == 25 * len(POLLED)


def test_a_small_apdu_is_kept_under() -> None:
    limits = Limits()
    limits.allow(480)
    assert 9 <= len(next(limits.batches(REFS))) // len(POLLED) <= 13
    limits.allow(1476)
    assert limits.budget == 420


def test_less_halves_bytes_until_something_fitted_then_objects() -> None:
    limits = Limits()
    batch = next(limits.batches(REFS))
    limits.less(batch)
    assert limits.budget == cost(batch) // 2
    smaller = next(limits.batches(REFS))
    limits.took(smaller)
    limits.less(smaller)
    assert (limits.budget, limits.objects) == (cost(batch) // 2, len({ref.object for ref in smaller}) // 2)


def test_always_too_much_ends_with_one_by_one() -> None:
    limits = Limits()
    for _ in range(10):
        if not limits.multiple:
            break
        limits.less(next(limits.batches(REFS)))
    assert not limits.multiple
    assert limits.budget < SMALLEST
