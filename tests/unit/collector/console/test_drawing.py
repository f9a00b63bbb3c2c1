"""Curves as SVG paths, and the chart around them."""

from datetime import UTC, datetime

from collector.console.curve import curve
from collector.console.drawing import draw


def rows(*pairs: tuple[float, float]) -> list[tuple[float, float | None, float | None, float | None]]:
    return [(at, value, value, value) for at, value in pairs]


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw([], 0, 10, (100, 10), 5) is None
    assert draw([(1, None, None, None)], 0, 10, (100, 10), 5) is None


def test_a_line_over_its_range_higher_is_up() -> None:
    drawing = draw(rows((0, 0), (10, 100)), 0, 10, (100, 10), 20)
    assert drawing is not None
    assert drawing.line == "M0 9.3L100 0.7"
    assert drawing.band == ""


def test_a_hole_stays_a_hole() -> None:
    drawing = draw(rows((0, 1), (1, 2), (8, 1), (9, 2)), 0, 10, (100, 10), 3)
    assert drawing is not None
    assert drawing.line.count("M") == 2


def test_a_lone_value_is_a_dot_and_a_flat_line_has_a_scale() -> None:
    drawing = draw(rows((5, 7)), 0, 10, (100, 10), 3)
    assert drawing is not None
    assert drawing.line == "M50 5h.01"


def test_states_hold_until_the_next() -> None:
    drawing = draw(rows((0, 0), (5, 1)), 0, 10, (100, 10), 20, steps=True)
    assert drawing is not None
    assert drawing.line == "M0 9.3H50V0.7"


def test_the_band_goes_there_and_back() -> None:
    drawing = draw([(0, 1, 2, 3), (10, 1, 2, 3)], 0, 10, (100, 10), 20)
    assert drawing is not None
    assert drawing.band.startswith("M0 ")
    assert drawing.band.count("L") == 3


def test_the_chart_says_its_figures_and_has_a_table() -> None:
    start, end = datetime(2026, 3, 3, 0, tzinfo=UTC), datetime(2026, 3, 3, 1, tzinfo=UTC)
    drawn = curve(
        rows(*((start.timestamp() + 60 * i, 20.0 + i) for i in range(60))), start, end, UTC, "Cel", steps=False
    )
    assert drawn is not None
    assert (drawn.lowest, drawn.mean, drawn.highest) == ("20.0\u202f°C", "49.5\u202f°C", "79.0\u202f°C")
    assert len(drawn.table) == 12
    assert drawn.table[0].time == "00:55"
    assert [mark.words for mark in drawn.moments] == ["00:00", "00:15", "00:30", "00:45"]
