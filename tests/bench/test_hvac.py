"""Labelled air handlers: faulty days are found, normal days are quiet. The whole of both files is in `make bench`."""

import pytest

from tests.bench.bench_hvac import data, score, stream


@pytest.mark.soak
def test_labelled_days_of_one_air_handler() -> None:
    place = data()
    if place is None:
        pytest.skip("no labelled air handlers: FIRSTBELL_BENCH_DATA is not set and ../shared/bench is not there")
    found = score(stream(place / "SZVAV.csv"))
    assert found["hvac.days.found_percent"] >= 70
    assert found["hvac.days.false_percent"] <= 25
