"""Whether a picture stands still: the same tiles, to the last bit, in several pictures over ten minutes. Pure.

A sensor is never still: its noise, the light and the exposure move the mean of an 8×8 block across a rounding step somewhere in every
tile within a few pictures, at night, under noise reduction and heavy compression too (measured on synthetic sequences in
`tests/test_stillness.py`). A picture that is served again, or a sensor that hangs before an encoder that runs, repeats every tile exactly
but for those where a clock is written into it. So no threshold on "how alike" is needed, only on how many tiles may tick.
"""

from typing import NamedTuple

from protocols.drivers.camera.look import GRID, Look

LONG_MS = 600_000
"""Frozen needs this long: a static corridor at night is watched through ten minutes of noise before anything is said."""
REPEATS = 4
"""… and so many pictures beyond the first."""
TICKING = 0.15
"""Share of the telling tiles that may change over all these pictures: a burnt-in clock, date and bit rate take a tenth at most; of a living
picture of the worst kind (640×360, quality 10, infrared, noise of half a level) half of them change within five pictures."""
FEWEST = 24
"""Telling tiles that are needed; black, white and masked ones tell nothing."""


class Stillness(NamedTuple):
    """Since when (ms) all pictures agree with `tiles` but for the tiles in `changed`; `repeats` pictures did."""

    tiles: tuple[int, ...]
    since: int
    changed: frozenset[int] = frozenset()
    repeats: int = 0

    @property
    def telling(self) -> int:
        """How many tiles can tell."""
        return GRID * GRID - self.tiles.count(0)


def follow(before: Stillness | None, look: Look, now_ms: int) -> Stillness:
    """The stillness that goes on with this picture, or begins with it."""
    if before is None or now_ms < before.since:
        return Stillness(look.tiles, now_ms)
    pairs = enumerate(zip(before.tiles, look.tiles, strict=True))
    changed = before.changed | {place for place, (was, now) in pairs if was != now and was}
    if len(changed) > TICKING * before.telling:
        return Stillness(look.tiles, now_ms)
    return before._replace(changed=changed, repeats=before.repeats + 1)


def is_frozen(still: Stillness, now_ms: int, stale: bool) -> bool:
    """Whether the picture is frozen. `stale`: the camera itself dates the picture minutes back, so that one repeat is enough."""
    if still.telling < FEWEST:
        return False
    if stale and still.repeats:
        return True
    return still.repeats >= REPEATS and now_ms - still.since >= LONG_MS
