"""A snapshot's bytes → what is kept of it: figures, a 64×64 grey thumbnail and 256 checksums. Blocks: runs in a thread.

The picture itself never leaves this module: it is decoded, measured and dropped.
"""

import math
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, cast

from protocols.drivers.camera.look import GRID, SIDE, Look
from protocols.errors import DeviceError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 64_000_000
"""A picture of four 4K sensors side by side has 33 million."""
MOST_PROGRESSIVE = 17_000_000
"""Pixels of a progressive picture, which is held whole, at 3 to 6 bytes a pixel, before it can be reduced: 64 million take 180 MB and more."""
MOST_SCANS = 32
"""Passes of a progressive picture, each of which goes over all of it; encoders make ten."""
SCAN = b"\xff\xda"
"""The marker that begins a scan; within its data FF is followed by 00."""
WORKING = (480, 270)
"""JPEG is decoded at the smallest of 1/1, 1/2, 1/4, 1/8 that is no smaller: 1080p at 1/4, 4K at 1/8."""
MAGIC = b"\xff\xd8\xff"
MARGIN = 0.13
"""Share of the height at top and at bottom that figures are not taken from."""
COARSE = 8
"""Pixels of the working picture over which an edge that is not sharp still rises."""
EDGES = 0.995
"""The quantile of steps between pixels that stands for the picture's edges."""
NOISE = 2.807 / 0.6745
"""Of a normal distribution, the 99.5 % quantile of the magnitude over its median."""
NOISIEST = 8.0
"""Median step that noise reaches at most, σ of 8 levels; above, it is gravel or leaves."""
MUTE_LOW, MUTE_HIGH, MUTE_RANGE = 3, 252, 2
"""A tile within these says nothing of whether the picture lives: crushed black, burnt white, a privacy mask."""


def look_at(jpeg: bytes) -> Look:
    """What a JPEG shows. Raises `DeviceError` when it is none, is damaged, or is larger than any camera's."""
    from PIL.Image import Resampling

    picture = _decoded(jpeg)
    width, height = picture.size
    # Without the edges at top and bottom, where cameras write clock and name: text is sharp and bright in front of any lens.
    middle = picture.crop((0, round(height * MARGIN), width, round(height * (1 - MARGIN))))
    histogram = middle.histogram()
    count = sum(histogram)
    mean = sum(value * number for value, number in enumerate(histogram)) / count
    square = sum(value * value * number for value, number in enumerate(histogram)) / count
    return Look(
        brightness=mean,
        contrast=max(0.0, square - mean * mean) ** 0.5,
        brightest=_quantile(histogram, EDGES),
        fine=_edges(middle, 1),
        coarse=_edges(middle, COARSE),
        thumbnail=picture.resize((SIDE, SIDE), Resampling.BOX).tobytes(),
        tiles=_tiles(picture),
    )


def _decoded(jpeg: bytes) -> "Image":
    """The grey picture, reduced while it is decoded: some MB whatever its size; what must be held whole is bounded."""
    from PIL import Image, UnidentifiedImageError

    if not jpeg.startswith(MAGIC):
        raise DeviceError("its snapshot is no JPEG picture")
    try:
        with Image.open(BytesIO(jpeg), formats=("JPEG",)) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS or min(width, height) < 16:
                raise DeviceError(f"its snapshot has {width}×{height} pixels: not read")
            if picture.info.get("progressive") and (width * height > MOST_PROGRESSIVE or jpeg.count(SCAN) > MOST_SCANS):
                raise DeviceError(
                    f"its snapshot has {width}×{height} pixels in {jpeg.count(SCAN)} progressive scans: not read"
                )
            picture.draft("L", WORKING)
            picture.load()
            grey = picture.convert("L")
    except DeviceError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise DeviceError(f"its snapshot is damaged: {str(error)[:100]}") from error
    grey.thumbnail((4 * WORKING[0], 4 * WORKING[1]))  # a shape that JPEG does not reduce enough
    return grey


def _edges(picture: "Image", distance: int) -> float:
    """The `EDGES` quantile of the steps of brightness over so many pixels, rightward and downward, 0 to 255, less the sensor's noise.

    Half of all steps are in flat places: their median tells the noise, whose quantile is `NOISE` times that. Squares add up.
    """
    from PIL import ImageChops

    width, height = picture.size
    total = [0] * 256
    for dx, dy in ((distance, 0), (0, distance)):
        if width <= dx or height <= dy:
            continue
        first = picture.crop((0, 0, width - dx, height - dy))
        second = picture.crop((dx, dy, width, height))
        steps = ImageChops.difference(first, second).histogram()
        total = [a + b for a, b in zip(total, steps, strict=True)]
    noise = NOISE * min(_quantile(total, 0.5), NOISIEST)
    strong = _quantile(total, EDGES)
    return math.sqrt(max(0.0, strong * strong - noise * noise))


def _quantile(histogram: list[int], share: float) -> float:
    """The value that `share` of the counts lie under, between two bins by proportion."""
    wanted, below = sum(histogram) * share, 0
    for value, number in enumerate(histogram):
        if number and below + number >= wanted:
            return value + (wanted - below) / number - 0.5 if value else 0.0
        below += number
    return 255.0


def _tiles(picture: "Image") -> tuple[int, ...]:
    """A checksum of each of `GRID`×`GRID` tiles, by rows; 0 of one that says nothing. Equal pixels alone give equal checksums."""
    width, height = picture.size
    found = []
    for row in range(GRID):
        for column in range(GRID):
            box = (
                column * width // GRID,
                row * height // GRID,
                (column + 1) * width // GRID,
                (row + 1) * height // GRID,
            )
            tile = picture.crop(box)
            levels = tile.tobytes()
            if not levels:  # a picture too thin to be cut so often, as a damaged header may claim
                found.append(0)
                continue
            low, high = cast(tuple[int, int], tile.getextrema())
            mute = high <= MUTE_LOW or low >= MUTE_HIGH or high - low <= MUTE_RANGE
            found.append(0 if mute else zlib.crc32(levels) or 1)
    return tuple(found)
