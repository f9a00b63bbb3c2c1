"""What a simulated camera sees: a corridor of lockers with doors and a clock in the picture, by day, by infrared, with a sensor's noise.

Drawn with Pillow; nobody is in it. The static part is drawn once per light.
"""

import random
from functools import lru_cache
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from protocols.clock import utc


class Light(NamedTuple):
    """`level`: 0 dark to 1 full; `infrared`: the camera's own lamp, which lights the middle and greys everything."""

    level: float = 1.0
    infrared: bool = False


class Shot(NamedTuple):
    """One picture to take. `noise` is the sensor's, σ in levels; `blur` the lens's, pixels of a picture 1280 wide; `clock` ms, None: none."""

    seed: int = 1
    size: tuple[int, int] = (1280, 720)
    light: Light = Light()
    noise: float = 2.0
    blur: float = 0.0
    cover: str = ""
    """"" or "hand", "paper", "bag": what is held before the lens."""
    visitors: tuple[tuple[float, float, float], ...] = ()
    """Soft bright spots (x, y, radius; shares of the width): moths before the lamp, or people far away."""
    clock: int | None = None
    quality: int = 75


def jpeg(shot: Shot) -> bytes:
    """The shot as a camera sends it."""
    return jpeg_of(picture(shot), shot.quality)


def picture(shot: Shot) -> Image.Image:
    """The shot before it is compressed."""
    made = _optics(shot)
    if shot.visitors:
        made = _visited(made, shot)
    if shot.noise > 0:
        grain = Image.effect_noise(shot.size, shot.noise)
        made = ImageChops.add(made, Image.merge("RGB", (grain, grain, grain)), 1, -128)
    if shot.clock is not None:
        _write(made, shot)
    return made


def noised(base: Image.Image, shot: Shot) -> Image.Image:
    """A picture that was taken before with the clock of `shot` written over it: a sensor that hangs before an encoder that runs."""
    made = base.copy()
    if shot.clock is not None:
        _write(made, shot)
    return made


def _optics(shot: Shot) -> Image.Image:
    if shot.cover:
        return _cover(shot.cover, shot.size, shot.seed, shot.light.level)
    return _seen(shot.seed, shot.size, shot.light, shot.blur)


@lru_cache(6)
def _seen(seed: int, size: tuple[int, int], light: Light, blur: float) -> Image.Image:
    made = _corridor(seed, size)
    if light.infrared:
        made = Image.merge("RGB", [ImageChops.multiply(made.convert("L"), _lamp(size))] * 3)
    made = made.point([round(value * light.level) for value in range(256)] * 3)
    unit = size[0] / 1280
    return made.filter(ImageFilter.GaussianBlur(max(0.7, blur * unit)))


def _corridor(seed: int, size: tuple[int, int]) -> Image.Image:
    """Floor, walls, lockers and doors toward a vanishing point; each seed another corridor."""
    width, height = size
    dice = random.Random(seed)  # noqa: S311  a drawing
    made = Image.new("RGB", size, (188, 184, 172))
    draw = ImageDraw.Draw(made)
    x, y = width * dice.uniform(0.4, 0.6), height * dice.uniform(0.35, 0.5)
    draw.polygon([(0, height), (width, height), (x + 40, y + 30), (x - 40, y + 30)], fill=(120, 116, 108))
    draw.polygon([(0, 0), (width, 0), (x + 40, y - 30), (x - 40, y - 30)], fill=(222, 222, 216))
    for side in (-1, 1):
        for step in range(14):
            near, far = 0.82**step, 0.82 ** (step + 1)
            outer = width / 2 + side * width / 2
            columns = [x + (outer - x) * share for share in (near, far)]
            color = (dice.randrange(30, 160), dice.randrange(40, 130), dice.randrange(60, 170))
            top, bottom = y - height * 0.28 * near, y + height * 0.42 * near
            top2, bottom2 = y - height * 0.28 * far, y + height * 0.42 * far
            corners = [(columns[0], top), (columns[1], top2), (columns[1], bottom2), (columns[0], bottom)]
            draw.polygon(corners, fill=color, outline=(35, 35, 40))
            for slot in range(4):
                level = top + (bottom - top) * (0.1 + slot * 0.04)
                draw.line(
                    [(columns[0] * 0.8 + columns[1] * 0.2, level), (columns[0] * 0.3 + columns[1] * 0.7, level)],
                    fill=(25, 25, 30),
                    width=2,
                )
    for step in range(7):
        at = y + (height - y) * 0.72**step
        draw.line([(0, at), (width, at)], fill=(90, 88, 84), width=2)
    return ImageChops.add(made, _texture(size, seed), 1, -128)


def _texture(size: tuple[int, int], seed: int) -> Image.Image:
    """Plaster and worn floor: fixed grain, coarse and fine."""
    dice = random.Random(seed + 1)  # noqa: S311  a drawing
    grey = Image.new("L", size, 128)
    for cells, strength in ((24, 14), (120, 10), (480, 8)):
        rows = max(1, cells * size[1] // size[0])
        raw = bytes(128 + dice.randrange(-strength, strength + 1) for _ in range(cells * rows))
        grain = Image.frombytes("L", (cells, rows), raw).resize(size, Image.Resampling.BICUBIC)
        grey = ImageChops.add(grey, grain, 1, -128)
    return Image.merge("RGB", (grey, grey, grey))


def _lamp(size: tuple[int, int]) -> Image.Image:
    """The cone of the infrared lamp: bright in the middle, dark at the corners."""
    cone = ImageChops.invert(Image.radial_gradient("L")).resize(size)
    return cone.point([min(255, round(value * 1.1)) for value in range(256)])


def _cover(kind: str, size: tuple[int, int], seed: int, level: float) -> Image.Image:
    """A hand lets a little red through, paper is bright, a bag shows blots."""
    color = {"hand": (70, 30, 24), "paper": (205, 200, 190), "bag": (120, 122, 118)}[kind]
    made = Image.new("RGB", size, tuple(round(each * level) for each in color))
    if kind == "bag":
        grain = Image.frombytes("L", (4, 3), random.Random(seed).randbytes(12))  # noqa: S311  a drawing
        blots = grain.point([112 + value // 8 for value in range(256)]).resize(size, Image.Resampling.BICUBIC)
        made = ImageChops.add(made, Image.merge("RGB", (blots, blots, blots)), 1, -128)
    return made


def _visited(made: Image.Image, shot: Shot) -> Image.Image:
    width = shot.size[0]
    layer = Image.new("L", shot.size, 0)
    draw = ImageDraw.Draw(layer)
    for x, y, radius in shot.visitors:
        draw.ellipse([(x - radius) * width, (y - radius) * width, (x + radius) * width, (y + radius) * width], fill=210)
    layer = layer.filter(ImageFilter.GaussianBlur(width / 60))
    return ImageChops.lighter(made, Image.merge("RGB", (layer, layer, layer)))


def _write(made: Image.Image, shot: Shot) -> None:
    draw = ImageDraw.Draw(made)
    font = ImageFont.load_default(size=max(10, shot.size[1] // 28))
    draw.text(
        (shot.size[0] // 60, shot.size[1] // 40), f"{utc(shot.clock or 0):%Y-%m-%d %H:%M:%S}", fill="white", font=font
    )
    draw.text((shot.size[0] // 60, shot.size[1] * 37 // 40), f"Camera {shot.seed:02}", fill="white", font=font)


def jpeg_of(made: Image.Image, quality: int) -> bytes:
    """A picture as a camera sends it."""
    out = BytesIO()
    made.save(out, "JPEG", quality=quality)
    return out.getvalue()
