"""Cause and symptom by the parents devices name. The place where uplinks, power and plant will be told apart. Pure."""

from collections.abc import Mapping, Set

PROMOTE_MS = 2 * 60 * 1000
"""A symptom still there this long after its cause is gone becomes a problem of its own."""


def root_of(device: int, parents: Mapping[int, int | None], unreachable: Set[int]) -> int | None:
    """The highest ancestor in an unbroken line of unreachable ones; None when the parent answers or there is none."""
    root, seen = None, {device}
    above = parents.get(device)
    while above is not None and above not in seen and above in unreachable:
        root = above
        seen.add(above)
        above = parents.get(above)
    return root
