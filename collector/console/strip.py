"""The last 24 hours as a strip: a row of runs, each with how it stood. Pure; from problems and changes of reach."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

SLOTS = 96
"""A quarter of an hour each."""

SPAN = timedelta(hours=24)
_RANK = ("empty", "ok", "info", "minor", "unknown", "major", "unreachable", "critical")
"""From least to most telling: of two states in one slot the later is shown; the first two are a slot's beginning."""


class Span(NamedTuple):
    """A stretch of time and how it stood; `end` None: still so."""

    start: datetime
    end: datetime | None
    state: str


class Run(NamedTuple):
    """`length` slots from slot `start` that stood alike."""

    start: int
    length: int
    state: str


def runs(spans: Iterable[Span], known_from: datetime | None, now: datetime) -> list[Run]:
    """Slots of the last 24 hours, oldest first, run-length coded: the worst that touched each.

    Before `known_from` (None: never) a slot is `empty`: nothing was watched, which is not the same as fine.
    """
    begin, width = now - SPAN, SPAN / SLOTS
    spans = list(spans)
    if not spans and known_from is not None and known_from <= begin:
        return [Run(0, SLOTS, "ok")]
    slots = [0] * SLOTS
    if known_from is not None:
        first = max(0, int((known_from - begin) / width))
        slots[first:] = [1] * (SLOTS - first)
    for span in spans:
        rank = _RANK.index(span.state)
        first = min(SLOTS - 1, max(0, (span.start - begin) // width))
        last = SLOTS - 1 if span.end is None else min(SLOTS - 1, (span.end - begin) // width)
        for slot in range(first, last + 1):
            if slots[slot] < rank:
                slots[slot] = rank
    coded, at = [], 0
    for rank, group in groupby(slots):
        length = len(list(group))
        coded.append(Run(at, length, _RANK[rank]))
        at += length
    return coded


def in_words(strip: Sequence[Run], words: dict[str, str]) -> str:
    """The strip for who cannot see it: `Last 24 h: Fine 23 h 30 min, Critical 30 min`."""
    total: dict[str, int] = {}
    for run in strip:
        total[run.state] = total.get(run.state, 0) + run.length
    parts = [f"{words[state].lower()} {_hours(slots)}" for state, slots in total.items()]
    return "Last 24 h: " + ", ".join(parts)


def reach_spans(changes: Sequence[tuple[datetime, bool]]) -> list[Span]:
    """When a device was out of reach, from its changes of reach in order."""
    spans = []
    for index, (at, reachable) in enumerate(changes):
        if not reachable:
            end = changes[index + 1][0] if index + 1 < len(changes) else None
            spans.append(Span(at, end, "unreachable"))
    return spans


def _hours(slots: int) -> str:
    hours, minutes = divmod(slots * 24 * 60 // SLOTS, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
