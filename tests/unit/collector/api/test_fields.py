"""Times in and out, and what a building's state is."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter, ValidationError

from collector.api.buildings import DeviceCounts, state_of
from collector.api.export import cell
from collector.api.fields import When, stamp

READ = TypeAdapter(When)


def test_a_time_is_utc_with_milliseconds():
    east = timezone(timedelta(hours=-5))
    assert stamp(datetime(2026, 9, 1, 7, 25, 0, 123999, east)) == "2026-09-01T12:25:00.123Z"


@pytest.mark.parametrize(
    "text",
    ["2026-09-01T12:25:00Z", "2026-09-01T07:25:00-05:00", "2026-09-01T14:25:00+02:00", "2026-09-01T14:25:00 02:00"],
)
def test_offsets_are_read_even_when_the_plus_was_not_encoded(text):
    assert READ.validate_python(text) == datetime(2026, 9, 1, 12, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-09-01T12:25:00", "now", "1e400"]
)
def test_a_time_that_no_database_takes_is_refused(text):
    with pytest.raises((ValidationError, ValueError)):
        READ.validate_python(text)


@pytest.mark.parametrize(
    ("counts", "problems", "state"),
    [
        ((0, 0, 0, 0, 0), 0, "unknown"),
        ((3, 3, 0, 0, 0), 0, "ok"),
        ((3, 3, 0, 0, 0), 1, "problem"),
        ((3, 2, 0, 0, 1), 0, "unknown"),
        ((3, 2, 0, 1, 0), 0, "problem"),
        ((3, 0, 0, 3, 0), 2, "unreachable"),
        ((3, 1, 1, 0, 1), 0, "problem"),
    ],
)
def test_a_buildings_state(counts, problems, state):
    devices = DeviceCounts(**dict(zip(("total", "ok", "problem", "unreachable", "unknown"), counts, strict=True)))
    assert state_of(devices, problems) == state


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "\n=1"])
def test_a_cell_that_could_start_a_formula_is_made_text(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Zone 1", "a=b", "1-2", "é"])
def test_other_cells_stay_as_they_are(text):
    assert cell(text) == text
