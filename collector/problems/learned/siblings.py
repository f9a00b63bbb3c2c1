"""Points that are alike: what moves them together is no fault of one, and no new normal of it. Vectorised over points, pure.

Alike are the same metric and unit on the same kind of device: in the building, in the district, and in the district by what it is called
on its device (`OA-T` is outdoor air at every school). They move together when many of their devices are outside what is usual at once; or when
their median has moved, and a point is where it is because of that. Whatever it measures, a point also moves with its building: where
many devices of it are outside at once, its day is another one.
"""

from array import array
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST = 3
"""Devices that must move for it to be together."""
HERE, EVERYWHERE = 0.3, 0.2
"""Share of the like devices in the building, and in the district, that must move."""
ALL_OVER = 0.5
"""Share of the buildings with like devices in which some move, for it to be the weather or a date that moves them."""
COMMON = 0.5
"""So far (of the way from the middle of its band to its edge) the median of the like points is when they have moved."""
ANYWHERE = 0
_GROUPS, _WHOLE, _EVERYWHERE = 4, 0, 2
"""Groups of a point: all of its building, its like there, and from here on its like in the district."""
FARTHER = 3.0
"""Who is so many times as far outside as those that are outside with it, is so by itself."""
_FAR = 1000
"""What is farther off is as far."""
Group = tuple[str, str, str, int | str]
Floats = NDArray[np.float32]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


class Member(NamedTuple):
    """A point, as its siblings know it; `building` 0: anywhere; `called`: its name without its device's, else its label."""

    metric: str
    unit: str
    kind: str
    building: int
    device: int
    called: str


class Moving(NamedTuple):
    """Of each point whether its like move with it: anywhere, and all over the district (then it is the weather, and passes)."""

    anywhere: Bools
    everywhere: Bools


class Siblings:
    """Who is alike. Points have numbers, in the order in which they were added."""

    def __init__(self) -> None:
        self._groups: dict[Group, int] = {}
        self._pairs: dict[int, int] = {}
        self._buildings = array("q")
        self._rows = array("q")
        self._known = _Known.of(self._rows, [], self._buildings)

    def add(self, member: Member) -> None:
        """The next point."""
        alike = (member.metric, member.unit, member.kind)
        whole = ("", "", "", member.building)
        for key in (whole, (*alike, member.building), (*alike, ANYWHERE), (*alike, member.called)):
            group = self._groups.setdefault(key, len(self._groups))
            pair = self._pairs.setdefault(group << 32 | member.device, len(self._pairs))
            self._rows.append(pair)
            if pair == len(self._buildings):
                self._buildings.append(member.building)

    def moving(self, outside: Bools, off: Floats) -> Moving:
        """Who moves with its like: `outside` are the points that are outside what is usual, `off` how far each is from the middle of its
        band, in halves of it (NaN: not known)."""
        known = self._known
        if known.rows.size != len(self._rows):
            known = self._known = _Known.of(self._rows, [pair >> 32 for pair in self._pairs], self._buildings)
        many, wide = (groups[known.group[known.rows]] for groups in known.many(outside))
        size, median = (
            groups[known.group[known.rows]] for groups in (known.medians(np.abs(off), outside), known.medians(off))
        )
        median[:, _WHOLE] = np.nan
        with np.errstate(invalid="ignore"):
            many &= ~(np.abs(off[:, None]) > FARTHER * size)
            common = (np.abs(median) >= COMMON) & (np.abs(off[:, None] - median) <= 1)
        return Moving((many | common).any(axis=1), ((many & wide) | common)[:, _EVERYWHERE:].any(axis=1))


class _Known(NamedTuple):
    """A pair is a group and a device of it. `rows` are the pairs of each point (see `Siblings.add`); `group` and `weight` are those of each
    pair: all devices of a group weigh as much, however many points they have; `part` is its building in its group, `whole` the group of
    each such part. `devices` and `buildings` are how many of them must move for their group to move, and for it to move all over."""

    rows: Ints
    group: Ints
    weight: Floats
    part: Ints
    whole: Ints
    devices: Floats
    buildings: Floats

    @classmethod
    def of(cls, rows: Iterable[int], groups: Iterable[int], buildings: Iterable[int]) -> "_Known":
        table, group = np.array(rows, np.intp).reshape(-1, _GROUPS), np.array(groups, np.intp)
        parts, part = np.unique(group << 32 | np.array(buildings, np.intp), return_inverse=True)
        whole = parts >> 32
        share = np.full(len(np.unique(group)), EVERYWHERE)
        share[group[table[:, :_EVERYWHERE]]] = HERE
        needed = np.maximum(LEAST, share * np.bincount(group, minlength=len(share)))
        weight = 1 / np.maximum(np.bincount(table.ravel(), minlength=len(group)), 1)
        half = ALL_OVER * np.bincount(whole, minlength=len(share))
        return cls(table, group, weight.astype(np.float32), part, whole, needed, half)

    def many(self, outside: Bools) -> tuple[Bools, Bools]:
        """The groups of which so many devices are outside, and those of which devices in so many buildings are."""
        pairs = self._pairs(self.rows[outside])
        parts = np.zeros(len(self.whole), np.bool_)
        parts[self.part[pairs]] = True
        devices, found = (np.bincount(of, minlength=len(self.devices)) for of in (self.group[pairs], self.whole[parts]))
        return devices >= self.devices, found >= self.buildings

    def _pairs(self, rows: Ints) -> Ints:
        """The different ones among them."""
        found = np.zeros(len(self.group), np.bool_)
        found[rows] = True
        return np.flatnonzero(found)

    def medians(self, values: Floats, of: Bools | None = None) -> Floats:
        """Of each group the median of its points (of those chosen), by weight; NaN where too few devices are known."""
        found = np.full(len(self.devices), np.nan, np.float32)
        known = np.isfinite(values) if of is None else np.isfinite(values) & of
        pairs = self.rows[known]
        if not pairs.size:
            return found
        enough = np.bincount(self.group[self._pairs(pairs)], minlength=len(found)) >= LEAST
        values, pairs = np.repeat(values[known], _GROUPS), pairs.ravel()
        group = self.group[pairs]
        order = np.argsort(group << 32 | ((np.clip(values, -_FAR, _FAR) + _FAR) * (1 << 20)).astype(np.intp))
        group, values, weight = group[order], values[order], np.cumsum(self.weight[pairs[order]], dtype=np.float64)
        first = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
        last = np.append(first[1:], len(group)) - 1
        before = np.append(0.0, weight)[first]
        middle = np.searchsorted(weight, (before + weight[last]) / 2)
        found[group[first]] = values[np.minimum(middle, last)]
        found[~enough] = np.nan
        return found
