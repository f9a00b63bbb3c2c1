"""What a fault is: a row with a test over all equipment at once. Pure."""

from collections.abc import Callable
from typing import NamedTuple

from collector.problems.hvac.frame import Bools, Floats, Frame

Verdict = tuple[Bools, Bools]
"""Whether it holds, and whether that could be judged; one entry each per equipment."""


class Fault(NamedTuple):
    """`what` is told to people. It must hold for `minutes` (less what spoke against it) before it is found."""

    rule: str
    code: str
    what: str
    source: str
    test: Callable[[Frame], Verdict]
    minutes: int
    about: tuple[str, ...]
    """The first of these roles that there is names the point; all of them are evidence."""
    limits: dict[str, float]
    rank: int = 50
    """Of several faults of one equipment the lowest is the cause of the others."""
    key: str = ""
    """The key of its rule by which people move its one limit."""


def judged(bad: Bools, where: Bools, *needed: Floats) -> Verdict:
    """A verdict where `where` holds and all that is needed is known."""
    known = where.copy()
    for values in needed:
        known &= values == values  # NaN is unlike itself
    return bad & known, known
