"""A picture, and what is remembered of those before it → ok, black, frozen, blurred, covered or unknown. Pure, and takes `now`."""

from typing import NamedTuple

from protocols.drivers.camera import scene, stillness
from protocols.drivers.camera.look import Look, change
from protocols.drivers.camera.scene import Known
from protocols.drivers.camera.stillness import Stillness

OK, BLACK, FROZEN, BLURRED, COVERED, UNKNOWN = 0, 1, 2, 3, 4, 255
"""States of `camera.picture.state`."""
BLACK_MEAN, BLACK_BRIGHTEST = 20.0, 40.0
"""Levels: video's black is 0 or 16, a sensor's noise in the dark rises to 30; a single lamp or exit sign is far above."""
PITCH_BLACK = 12.0
"""Mean level under which steps are noise: clipped at black, it is not the normal one that is taken off."""
BARE = 12.0
"""Strong steps under this, with nothing learned: a view has more, a taped or fogged lens less."""
DULL = 16.0
"""Strong steps that a covered lens stays under when the scene is known."""
FADED = 0.35
"""… and the share of what the scene has."""
STRUCTURE = 24.0
"""Strong steps that are needed to say whether they are sharp."""
UNSHARP = 0.165
"""Sharpness that no focused lens goes under (a ramp over 8 pixels has 0.125): a blur of σ 2.3 pixels in 480, nine in 1080p."""
SOFTER = 0.5
"""Share of the known sharpness under which a lens is out of focus, steamed up or dirty."""
SOFT = 0.35
"""… when the picture is not sharp by itself."""
STRANGE = 0.2
"""Likeness to the known scene under which a soft picture is of something held before the lens."""
HOUR_MS = 3_600_000
HABIT_HOURS = 8 * 24


class Memory(NamedTuple):
    """What is remembered of one camera's pictures. Lost with the agent; learned again within minutes."""

    last: Look | None = None
    still: Stillness | None = None
    known: Known = Known()
    dark: tuple[int, ...] = ()
    """Hours (since the epoch) in which it was black, of the last eight days."""
    light: int = -1
    """The last hour in which it was not."""


class Verdict(NamedTuple):
    """The state, the change from the picture before (levels) and the difference from the known scene (0 to 2); None: not known."""

    state: int
    change: float | None
    difference: float | None


def judge(memory: Memory, look: Look, now_ms: int, stale: bool = False) -> tuple[Verdict, Memory]:
    """The verdict on a picture, and the memory that goes on. `stale`: the camera dates the picture ten minutes back or more."""
    still = stillness.follow(memory.still, look, now_ms)
    found = scene.edges(look)
    known, like = scene.nearest(memory.known, found)
    hour = now_ms // HOUR_MS
    if _is_black(look):
        state = UNKNOWN if _habit(memory, hour) else BLACK
        dark = tuple(sorted({each for each in memory.dark if hour - HABIT_HOURS <= each <= hour} | {hour}))
        memory = memory._replace(dark=dark)
    else:
        state = _state(look, known, like, stillness.is_frozen(still, now_ms, stale))
        memory = memory._replace(light=hour)
    learned = scene.learn(memory.known, look, found, now_ms) if state == OK else memory.known
    moved = change(memory.last, look) if memory.last is not None else None
    verdict = Verdict(state, moved, 1 - like if known is not None else None)
    return verdict, memory._replace(last=look, still=still, known=learned)


def _is_black(look: Look) -> bool:
    dark = look.brightness < BLACK_MEAN and look.brightest < BLACK_BRIGHTEST
    return dark and (look.coarse < BARE or look.brightness < PITCH_BLACK)


def _habit(memory: Memory, hour: int) -> bool:
    """Whether it was black around this hour on a day before, and has seen light since: the lights are off, as they are at night."""
    days = range(24, HABIT_HOURS, 24)
    return any(each < memory.light and abs(hour - day - each) <= 1 for day in days for each in memory.dark)


def _state(look: Look, known: scene.Scene | None, like: float, frozen: bool) -> int:
    if frozen:
        return FROZEN
    if look.coarse < BARE:
        return COVERED
    if known is None:
        return BLURRED if look.coarse >= STRUCTURE and look.sharpness < UNSHARP else OK
    if look.coarse < DULL and look.coarse < FADED * known.coarse and like < scene.SAME:
        return COVERED
    soft = look.sharpness < min(SOFT, SOFTER * known.sharpness)
    if look.coarse >= STRUCTURE and (soft or look.sharpness < UNSHARP):
        return COVERED if like < STRANGE else BLURRED
    return OK
