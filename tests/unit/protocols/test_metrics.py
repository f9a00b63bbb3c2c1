"""The catalogue keeps its own rules."""

import re

import pytest

from protocols.metrics import BY_NAME, CATALOGUE, Metric

each_metric = pytest.mark.parametrize("metric", CATALOGUE, ids=[metric.name for metric in CATALOGUE])


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(CATALOGUE)


@each_metric
def test_a_metric_is_well_formed(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z0-9]+(\.[a-z0-9]+)*", metric.name)
    assert metric.kind in ("gauge", "counter", "state", "flag")
    assert metric.unit in {
        "1",
        "%",
        "s",
        "By",
        "By/s",
        "bit/s",
        "1/s",
        "Cel",
        "V",
        "V.A",
        "V.A{reactive}",
        "A",
        "W",
        "Hz",
        "kW.h",
        "m3",
        "d",
        "h",
        "*",
    }
    assert metric.meaning[0].isupper()
    assert not metric.meaning.endswith(".")


@each_metric
def test_states_have_unknown_and_flags_are_yes_or_no(metric: Metric) -> None:
    if metric.kind == "state":
        assert metric.states is not None
        assert "unknown" in metric.states.values()
    elif metric.kind == "flag":
        assert metric.states == {0: "no", 1: "yes"}
    else:
        assert metric.states is None
