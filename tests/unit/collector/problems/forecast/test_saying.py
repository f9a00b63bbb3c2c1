"""Which rule a forecast is said by."""

import pytest

from collector.problems.finding import Key
from collector.problems.fleet import Device
from collector.problems.forecast.forecasts import Forecast
from collector.problems.forecast.horizons import PLACE, WAYS
from collector.problems.forecast.saying import as_set, rule_of
from collector.problems.rules import load
from collector.problems.tuning import Scope, Setting

TONER = WAYS[PLACE["printer.supply.level"]]
SOON, LATER = Key("forecast.supply.soon", "point:7"), Key("forecast.supply", "point:7")


def _made(days: float | None, high: float | None) -> Forecast:
    return Forecast(7, 0, "school days", days, days, high, None, 12.0, 4.0)


@pytest.mark.parametrize(
    ("days", "high", "held", "rule"),
    [
        (None, None, (), None),
        (11.0, 13.0, (), None),
        (9.0, 13.0, (), LATER),
        (3.0, 5.0, (), SOON),
        (3.0, 8.0, (), LATER),  # three days, or eight: a coarse level
        (3.0, None, (), LATER),
        (3.5, 8.0, (SOON,), SOON),  # what was said stays
        (0.0, 1.0, (), None),
        (0.0, 1.0, (LATER,), LATER),
    ],
)
def test_rule(days: float | None, high: float | None, held: tuple[Key, ...], rule: Key | None) -> None:
    assert rule_of(TONER, _made(days, high), "point:7", held) == rule


def test_the_days_of_the_rules_are_those_of_the_table() -> None:
    """They stand in the rules' file for people, and beside how it runs out."""
    book = load()
    for way in WAYS:
        for rule, days in ((way.rule, way.horizon), (way.soon, way.near)):
            if rule and rule != "forecast.battery":
                assert book.rules[rule].limits == {"days": days}, rule


def test_how_many_days_ahead_is_as_it_is_set_for_the_device() -> None:
    book, here = load(), Device(1, "a", None, None, 0, "ok", 1, "printer")
    assert as_set(TONER, book, here) is TONER
    book.tune(
        [
            Setting("forecast.supply", Scope(device=1), {"days": 20}),
            Setting("forecast.supply.soon", Scope(kind="printer"), {"days": 8}),
        ]
    )
    way = as_set(TONER, book, here)
    assert (way.horizon, way.near) == (20, 8)
    assert rule_of(way, _made(18.0, 20.0), "point:7", ()) == LATER
    assert rule_of(way, _made(7.0, 9.0), "point:7", ()) == SOON
    assert rule_of(as_set(TONER, book, None), _made(18.0, 20.0), "point:7", ()) is None
