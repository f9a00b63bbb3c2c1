"""What is kept of a picture: figures and two coarse prints of it, of which nobody can be recognised. Pure."""

from typing import NamedTuple

SIDE = 64
"""Pixels along each side of the thumbnail."""
GRID = 16
"""Tiles along each side whose checksums are kept."""


class Look(NamedTuple):
    """One picture. Levels of grey are 0 to 255."""

    brightness: float
    """Mean level; all figures are of the middle of the picture, where nothing is written into it."""
    contrast: float
    """Standard deviation of the levels."""
    brightest: float
    """The level that 99.5 % lie under."""
    fine: float
    """The strong steps from one pixel to the next, less noise."""
    coarse: float
    """The strong steps over 8 pixels, less noise."""
    thumbnail: bytes
    """`SIDE`×`SIDE` levels, by rows."""
    tiles: tuple[int, ...]
    """`GRID`×`GRID` checksums, by rows; 0 where a tile cannot tell."""

    @property
    def sharpness(self) -> float:
        """How much of the strong steps happens within a pixel, 0 to 1: whatever the contrast, a wide ramp leaves 1/8."""
        return min(1.0, self.fine / self.coarse) if self.coarse > 0 else 0.0


def change(one: Look, other: Look) -> float:
    """Mean difference of the thumbnails, levels."""
    return sum(abs(a - b) for a, b in zip(one.thumbnail, other.thumbnail, strict=True)) / len(one.thumbnail)
