"""Whether what a building told by a rule of its own is what a problem here says: one warm freezer, not two. Pure.

Taking two for one would keep a person from being told: where it is not plain they are two.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from collector.problems.hvac.quantity import quantity_of
from collector.problems.hvac.suggest import COLD
from collector.problems.hvac.words import concepts, equipment_of
from collector.problems.rule import rank


def same_matter(point: Mapping[str, Any], told: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Of what was told on the same device, what is of this point; else of another temperature of the same thing by its name. What is
    found graver than it was told is told.

    Rows have `point_id`, `unit`, `name` (None: the device gives it none) and `severity`.
    """
    rows = [row for row in told if rank(row["severity"]) >= rank(point["severity"])]
    mine = next((row for row in rows if row["point_id"] == point["point_id"]), None)
    return mine if mine is not None else next((row for row in rows if _alike(row, point)), None)


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if not quantity_of(one["unit"]) == quantity_of(other["unit"]) == "temperature":
        return False
    return _thing(one) is not None and _thing(one) == _thing(other)


def _thing(point: Mapping[str, Any]) -> tuple[str, frozenset[str]] | None:
    """Which equipment a point's name speaks of, and whether that is cold; None where it names none."""
    name = point["name"] or ""
    thing = equipment_of(name), concepts(name)[0] & COLD
    return thing if any(thing) else None
