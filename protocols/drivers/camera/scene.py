"""What a camera usually shows: its edges at 64×64, learned for a few kinds of light (day, infrared at night). Pure.

Edges rather than brightness: dawn, clouds and exposure change every level and few edges.
"""

import math
from array import array
from collections.abc import Sequence
from operator import mul
from typing import NamedTuple

from protocols.drivers.camera.look import SIDE, Look

MOST = 3
"""Kinds of light that are remembered."""
SAME = 0.6
"""Correlation of edges from which a picture shows a known scene."""
KNOWN = 5
"""Pictures from which a scene counts as learned."""
NEW = 30
"""Pictures in a row that must agree before a view that is not known becomes one."""
SLOWEST = 0.005
"""Share of one picture in a learned scene: it follows the seasons, not an afternoon of dirt."""
_CLIP = 60
_ROWS = slice(SIDE * 8, SIDE * 56)
"""Without the rows where clock and name are written."""


class Scene(NamedTuple):
    """Mean edges, and figures, of so many `pictures` that looked alike; `last` is when one did (ms)."""

    edges: "array[float]"
    sharpness: float
    coarse: float
    pictures: int
    last: int


class Known(NamedTuple):
    """The scenes of one camera, and one that may become so."""

    scenes: tuple[Scene, ...] = ()
    candidate: Scene | None = None

    @property
    def learned(self) -> tuple[Scene, ...]:
        """Those that count."""
        return tuple(scene for scene in self.scenes if scene.pictures >= KNOWN)


def edges(look: Look) -> "array[float]":
    """How much each pixel of the thumbnail differs from its right and lower neighbour, clipped so that one lamp is not all."""
    grey = look.thumbnail
    rows = zip(grey[_ROWS], grey[_ROWS.start + 1 :], grey[_ROWS.start + SIDE :], strict=False)
    return array("f", [min(abs(a - b) + abs(a - c), _CLIP) for a, b, c in rows])


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    """Pearson's correlation, −1 to 1; 0 where one of them has no edges."""
    count = len(one)
    mean_one, mean_other = sum(one) / count, sum(other) / count
    spread_one = sum(map(mul, one, one)) / count - mean_one**2
    spread_other = sum(map(mul, other, other)) / count - mean_other**2
    if spread_one < 0.01 or spread_other < 0.01:
        return 0.0
    shared: float = sum(map(mul, one, other)) / count - mean_one * mean_other
    return max(-1.0, min(1.0, shared / math.sqrt(spread_one * spread_other)))


def nearest(known: Known, found: Sequence[float]) -> tuple[Scene | None, float]:
    """The learned scene most like these edges, and how like; (None, 0) while none is learned."""
    rated = [(likeness(scene.edges, found), scene) for scene in known.learned]
    best = max(rated, key=lambda each: each[0], default=None)
    return (best[1], best[0]) if best else (None, 0.0)


def learn(known: Known, look: Look, found: "array[float]", now_ms: int) -> Known:
    """What is known after a picture that nothing is wrong with."""
    for place, scene in enumerate(known.scenes):
        if likeness(scene.edges, found) >= SAME:
            scenes = (*known.scenes[:place], _with(scene, look, found, now_ms), *known.scenes[place + 1 :])
            return Known(scenes)
    candidate = known.candidate
    if candidate is None or likeness(candidate.edges, found) < SAME:
        candidate = Scene(found, look.sharpness, look.coarse, 1, now_ms)
    else:
        candidate = _with(candidate, look, found, now_ms)
    if known.scenes and candidate.pictures < NEW:
        return known._replace(candidate=candidate)
    return Known((*_latest(known.scenes, MOST - 1), candidate))


def _with(scene: Scene, look: Look, found: "array[float]", now_ms: int) -> Scene:
    share = max(SLOWEST, 1 / (scene.pictures + 1))
    kept = 1 - share
    mean = array("f", [kept * was + share * now for was, now in zip(scene.edges, found, strict=True)])
    sharpness = kept * scene.sharpness + share * look.sharpness
    return Scene(mean, sharpness, kept * scene.coarse + share * look.coarse, scene.pictures + 1, now_ms)


def _latest(scenes: tuple[Scene, ...], most: int) -> tuple[Scene, ...]:
    return tuple(sorted(scenes, key=lambda scene: scene.last)[-most:])
