"""Which rule a forecast is said by."""

import pytest

from collector.problems.finding import Key
from collector.problems.forecast.forecasts import Forecast
from collector.problems.forecast.horizons import PLACE, WAYS
from collector.problems.forecast.saying import rule_of

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
