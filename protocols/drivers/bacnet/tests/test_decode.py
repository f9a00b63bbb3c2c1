"""What decoded values mean."""

from itertools import pairwise
from typing import Any

import pytest

from protocols.drivers.bacnet.decode import (
    MISSING,
    Bits,
    Constructed,
    Date,
    Time,
    clock_offset,
    command_priority,
    flags,
    number,
    objects,
    text,
)
from protocols.drivers.bacnet.units import _UCUM, ucum

NOON = 1_763_899_200_000  # 2025-11-23T12:00:00Z


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (1.5, 1.5),
        (True, 1.0),
        (3, 3.0),
        (None, None),
        (MISSING, None),
        ("1", None),
        (float("nan"), None),
        (float("inf"), None),
        ((), None),
    ],
)
def test_number(answer: Any, expected: float | None) -> None:
    assert number(answer) == expected


def test_text_is_cut_and_empty_is_none() -> None:
    assert text("x" * 1_000_000) == "x" * 200
    assert text("") is None
    assert text(MISSING) is None


def test_flags_of_another_length_are_none() -> None:
    assert flags(Bits([False, True, False, False])) == (False, True, False, False)
    assert flags(Bits([True])) is None
    assert flags(()) is None
    assert flags(MISSING) is None


def test_objects_of_lists_of_one_none_and_errors() -> None:
    assert objects((8, 1)) == [(8, 1)]
    assert objects(((8, 1), (0, 2))) == [(8, 1), (0, 2)]
    assert objects(()) == []
    assert objects(MISSING) == []
    assert objects("text") == []


@pytest.mark.parametrize(
    ("slots", "priority"),
    [
        ((None,) * 16, 0),
        ((None,) * 7 + (50.0,) + (None,) * 7 + (10.0,), 8),
        ((0,) + (None,) * 15, 1),
        ((None,) * 4 + (Constructed(0),) + (None,) * 11, 5),
        (MISSING, None),
        ((None,) * 3, None),
    ],
)
def test_command_priority(slots: Any, priority: int | None) -> None:
    assert command_priority(slots) == priority


@pytest.mark.parametrize(
    ("time", "utc_offset", "daylight", "expected"),
    [
        (Time(12, 0, 5, 50), 0, False, 5.5),
        (Time(7, 0, 0, 0), 300, False, 0.0),  # New York in winter: UTC is five hours later
        (Time(8, 0, 0, 0), 300, True, 0.0),  # daylight saving
        (Time(13, 0, 0, 0), 0, False, 3600.0),
        (Time(7, 0, 30, 255), MISSING, MISSING, 30.99),  # the zone unknown: drift within the quarter hour
        (Time(6, 59, 0, 0), 5000, False, -60.0),
        (Time(255, 255, 255, 255), 0, False, None),
        (MISSING, 0, False, None),
    ],
)
def test_clock_offset(time: Any, utc_offset: Any, daylight: Any, expected: float | None) -> None:
    offset = clock_offset(Date(2025, 11, 23), time, utc_offset, daylight, NOON)
    assert offset == (None if expected is None else pytest.approx(expected))


def test_clock_offset_of_an_unspecified_date() -> None:
    assert clock_offset(Date(2155, 255, 255), Time(0, 0, 0, 0), 0, False, NOON) is None


def test_units() -> None:
    assert [ucum(code) for code in (62, 64, 98, 53, 96, 95, 60_000)] == ["Cel", "[degF]", "%", "Pa", "[ppm]", "1", "1"]
    assert all(before < after for before, after in pairwise(_UCUM))
    assert all(unit and unit.isascii() and " " not in unit for unit in _UCUM.values())
