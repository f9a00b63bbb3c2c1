"""Lines as SVG path data, drawn by the server: a page shows its curves before any script runs. Pure; gaps stay gaps."""

from collections.abc import Sequence
from typing import NamedTuple

Row = tuple[float, float | None, float | None, float | None]
"""Time in seconds, lowest, mean and highest value there; None: nothing was measured."""


class Frame(NamedTuple):
    """Where a drawing lies: its size in units of the view box, and the times and values at its edges."""

    width: float
    height: float
    start: float
    end: float
    low: float
    high: float

    def x(self, time: float) -> str:
        """The place of a time."""
        return _number((time - self.start) / (self.end - self.start) * self.width)

    def y(self, value: float) -> str:
        """The place of a value: higher is up."""
        return _number((1 - (value - self.low) / (self.high - self.low)) * self.height)


class Drawing(NamedTuple):
    """Path data of the curve and of the band between lowest and highest (empty when there is none)."""

    line: str
    band: str
    frame: Frame


def draw(
    rows: Sequence[Row], start: float, end: float, size: tuple[float, float], gap: float, *, steps: bool = False
) -> Drawing | None:
    """The curve of `rows` (in order) between the times `start` and `end`; a hole longer than `gap` seconds stays a hole.

    `steps`: a value holds until the next one, as states do. None when there is nothing to draw.
    """
    lows = [row[1] for row in rows if row[1] is not None]
    highs = [row[3] for row in rows if row[3] is not None]
    if not lows or not highs:
        return None
    low, high = min(lows), max(highs)
    margin = (high - low) * 0.08 or max(abs(high) * 0.05, 0.5)
    return framed(rows, Frame(*size, start, end, low - margin, high + margin), gap, steps=steps)


def framed(rows: Sequence[Row], frame: Frame, gap: float, *, steps: bool = False) -> Drawing:
    """The same in a frame that is given: one that takes in more than the curve."""
    pieces = _pieces(rows, gap)
    line = "".join(_line(piece, frame, steps) for piece in pieces)
    banded = not steps and any(row[1] != row[3] for row in rows)
    return Drawing(line, "".join(_band(piece, frame) for piece in pieces) if banded else "", frame)


def _pieces(rows: Sequence[Row], gap: float) -> list[list[Row]]:
    pieces: list[list[Row]] = []
    last: float | None = None
    for row in rows:
        if row[2] is None:
            last = None
            continue
        if last is None or row[0] - last > gap:
            pieces.append([])
        pieces[-1].append(row)
        last = row[0]
    return pieces


def _line(piece: list[Row], frame: Frame, steps: bool) -> str:
    places = [(frame.x(row[0]), frame.y(row[2])) for row in piece if row[2] is not None]
    first = f"M{places[0][0]} {places[0][1]}"
    if len(places) == 1:
        return f"{first}h.01"
    return first + "".join(f"H{x}V{y}" if steps else f"L{x} {y}" for x, y in places[1:])


def _band(piece: list[Row], frame: Frame) -> str:
    upper = [f"{frame.x(row[0])} {frame.y(row[3])}" for row in piece if row[3] is not None]
    lower = [f"{frame.x(row[0])} {frame.y(row[1])}" for row in reversed(piece) if row[1] is not None]
    return "M" + "L".join(upper + lower) + "Z"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
