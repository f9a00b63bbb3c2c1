"""The ways in which a row takes hold of a day. Each step is done on every day that it touches, the same way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

import numpy as np

from tests.bench.school_year.day import MINUTE, Away, Day, Mask, Words
from tests.bench.school_year.devices.printers import FULL_DAY, YIELD
from tests.bench.school_year.faults.rows import Row, Step
from tests.bench.school_year.fleet import Fleet, Placed


@dataclass(frozen=True)
class Injected:
    """A row at its place and time (ms)."""

    row: Row
    school: int
    start: int
    end: int
    event: int
    """The same for all schools that one event concerns."""

    def span(self, step: Step, place: int = 0, count: int = 1) -> tuple[int, int]:
        """From when to when a step goes on for the device at `place` of `count`."""
        start = self.start + step.after_ms + step.spread_ms * place // max(count - 1, 1)
        end = start + _duration(step.for_) if step.for_ else self.end
        return start, end

    def devices(self, fleet: Fleet, step: Step) -> list[Placed]:
        """Those that a step touches."""
        keys = [key for key in fleet.keys(self.school) if any(fnmatchcase(key, pattern) for pattern in step.on)]
        if step.behind:
            keys += [more for key in list(keys) for more in fleet.behind(self.school, key) if more not in keys]
        return [fleet.of(self.school, key) for key in dict.fromkeys(keys)]

    def touched(self, fleet: Fleet) -> set[int]:
        """Ids of all devices that the row touches."""
        return {placed.id for step in self.row.do for placed in self.devices(fleet, step)}


def _duration(text: str) -> int:
    return int(text[:-1]) * {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}[text[-1]]


class Hand:
    """A step on one device on one day."""

    def __init__(self, day: Day, injected: Injected, step: Step, placed: Placed, span: tuple[int, int]) -> None:
        self.day, self.injected, self.step, self.placed = day, injected, step, placed
        self.start, self.end = span

    @property
    def mask(self) -> Mask:
        return self.day.during(self.start, self.end)

    @property
    def since(self) -> np.ndarray:
        """Minutes since it began, 0 before."""
        return np.clip((np.minimum(self.day.minutes, self.end) - self.start) / MINUTE, 0, None)

    def rows(self) -> list[int]:
        return [self.day.fleet.row(self.placed, self.step.metric, label) for label in self.step.labels]


def down(hand: Hand) -> None:
    """It does not answer."""
    hand.day.silence(hand.placed, hand.mask)


def say(hand: Hand) -> None:
    """Its points say `to`, also those that are told only then; once more 0 when it is over where the point was told on change."""
    polled = hand.day.polled(hand.placed)
    for row in hand.rows():
        values = hand.day.values[row]
        on_change = np.isnan(values[polled]).sum() > 0.5 * polled.sum()
        values[hand.mask & polled] = hand.step.to
        over = np.flatnonzero((hand.day.minutes >= hand.end) & polled)
        if on_change and len(over) and hand.start <= hand.day.minutes[over[0]] < hand.end + 10 * MINUTE:
            values[over[0]] = 0.0


def push(hand: Hand) -> None:
    """Its points say `to` at that very moment, not only at the next poll."""
    say(hand)
    for row in hand.rows():
        if hand.day.minutes[0] <= hand.start <= hand.day.minutes[-1]:
            hand.day.pushed.append((hand.start, row, hand.step.to))


def freeze(hand: Hand) -> None:
    """To the last bit as it was when it began."""
    for row in hand.rows():
        key = f"frozen {row} {hand.start}"
        values = hand.day.values[row]
        where = hand.mask & ~np.isnan(values)
        if where.any():
            values[where] = hand.day.state.setdefault(key, float(values[where][0]))


def add(hand: Hand) -> None:
    """`to` more than it would be."""
    for row in hand.rows():
        hand.day.values[row][hand.mask] += hand.step.to


def drift(hand: Hand) -> None:
    """`rate` a day more than it would be, from day to day; what it has come to goes when it is repaired."""
    for row in hand.rows():
        hand.day.values[row][hand.mask] += (hand.step.rate * hand.since / 1440)[hand.mask]


def scale(hand: Hand) -> None:
    """`to` times what it would be."""
    for row in hand.rows():
        hand.day.values[row][hand.mask] *= hand.step.to


def grow(hand: Hand) -> None:
    """From what it is towards `to`, by `rate` a minute; to 0 digits."""
    for row in hand.rows():
        values = hand.day.values[row]
        moved = values + hand.step.rate * hand.since
        values[hand.mask] = (
            np.minimum(moved, hand.step.to) if hand.step.rate > 0 else np.maximum(moved, hand.step.to)
        )[hand.mask].round(1)


def count(hand: Hand) -> None:
    """A counter counts `rate` a minute more while it goes on, and keeps what it has."""
    for row in hand.rows():
        hand.day.values[row] += np.where(hand.day.minutes >= hand.start, np.floor(hand.step.rate * hand.since), 0)


def age(hand: Hand) -> None:
    """Seconds since it began: of what happens no more."""
    for row in hand.rows():
        values = hand.day.values[row]
        where = hand.mask & ~np.isnan(values)
        values[where] = 60 * hand.since[where] + 5


def flap(hand: Hand) -> None:
    """To and fro between 0 and `to`, `times` a minute, told at once."""
    for row in hand.rows():
        if not hand.mask.any():
            continue
        step = MINUTE // max(1, 2 * hand.step.times)
        stamps = np.arange(hand.start, hand.end, step)
        hand.day.pushed += [
            (int(stamp), row, hand.step.to if number % 2 else 0.0) for number, stamp in enumerate(stamps)
        ]


def wobble(hand: Hand) -> None:
    """Between 0 and `to` from poll to poll."""
    for row in hand.rows():
        values = hand.day.values[row]
        values[hand.mask] = (np.flatnonzero(hand.mask) % 2) * hand.step.to


def lose(hand: Hand) -> None:
    """Nothing comes of its points: `times` single samples, or all of them."""
    for row in hand.rows() if hand.step.metric else range(hand.placed.first, hand.placed.last):
        where = np.flatnonzero(hand.mask)
        if hand.step.times and len(where):
            where = hand.day.chance.choice(where, min(hand.step.times, len(where)), replace=False)
        hand.day.values[row][where] = np.nan


def away(hand: Hand) -> None:
    """Nothing of the whole building arrives; `keep`: it comes afterwards. `name` "late": the agent is heard meanwhile."""
    if hand.mask.any():
        late = hand.step.name == "late"
        hand.day.away.append(Away(hand.injected.school, hand.start, hand.end, late, hand.step.keep))


def twice(hand: Hand) -> None:
    """The building's batches of that time come a second time."""
    if hand.mask.any():
        hand.day.twice.append((hand.injected.school, hand.start, hand.end))


def knob(hand: Hand) -> None:
    """Turns a device's knob: what its family makes of it is coherent."""
    hand.day.turn(hand.placed, hand.step.name, hand.mask, hand.step.to)


def knob_rising(hand: Hand) -> None:
    """The same, rising by `rate` a minute up to `to`."""
    hand.day.turn(hand.placed, hand.step.name, hand.mask, np.minimum(hand.step.rate * hand.since, hand.step.to))


def reboot(hand: Hand) -> None:
    """Starts anew `times` times, evenly spread, and does not answer for two minutes each. Once is somebody's wish: an agent is told
    to stop; more often is a weak supply, and nobody says anything."""
    for number in range(hand.step.times):
        at = hand.start + (hand.end - hand.start) * number // hand.step.times
        off = hand.day.during(at, at + 2 * MINUTE)
        back = hand.day.during(at + 2 * MINUTE, at + 3 * MINUTE)
        hand.day.turn(hand.placed, "reboot", back, 1.0)
        hand.day.silence(hand.placed, off)
        if hand.placed.device.key == "pi" and off.any():
            hand.day.away.append(Away(hand.injected.school, at, at + 2 * MINUTE, False, False, hand.step.times == 1))
            hand.day.starts.append((at + 2 * MINUTE, hand.injected.school))


def unreported(hand: Hand) -> None:
    """The data integration `name` does not report."""
    hand.day.reported = [one for one in hand.day.reported if not _its(hand, one.school, one.name, one.at)]


def brings(hand: Hand) -> None:
    """The data integration `name` reports success with `to` rows."""
    hand.day.reported = [
        one._replace(rows=int(hand.step.to)) if _its(hand, one.school, one.name, one.at) else one
        for one in hand.day.reported
    ]


def _its(hand: Hand, school: int, name: str, at: int) -> bool:
    return school == hand.injected.school and name == hand.step.name and hand.start <= at < hand.end


def status(hand: Hand) -> None:
    """The agent says of itself that `name` ("part.name") is `to`."""
    part, _, name = hand.step.name.partition(".")
    hand.day.said.append(Words(hand.injected.school, hand.start, hand.end, part, name, hand.step.to))


def commission(hand: Hand) -> None:
    """It appears."""
    hand.day.state[f"commissioned {hand.placed.id}"] = hand.start
    if hand.day.minutes[0] <= hand.start <= hand.day.minutes[-1]:
        hand.day.commissioned.append((hand.start, hand.placed.id))


def steady(hand: Hand) -> None:
    """From the first day on the printer prints so much that its toner ends `times` school days after the row begins."""
    key = f"steady {hand.placed.id}"
    if key in hand.day.state:
        return
    calendar, first = hand.day.calendar, hand.day.date
    last = calendar.local(hand.start).date()
    span = [first + timedelta(days=number) for number in range((last - first).days)]
    days = sum(calendar.day(one).opens is not None for one in span) + hand.step.times
    whole = hand.placed.device.traits["pages"] * FULL_DAY
    hand.day.state |= {
        key: 1.0,
        f"toner {hand.placed.id}": 95.0,
        f"habit {hand.placed.id}": 0.95 * YIELD / (days * whole),
    }


Way = Callable[[Hand], None]
BEFORE: dict[str, Way] = {"steady": steady, "knob": knob, "knob_rising": knob_rising, "reboot": reboot}
"""What turns knobs, before the day is worked out."""
AFTER: dict[str, Way] = {
    way.__name__: way
    for way in (
        down,
        say,
        push,
        freeze,
        add,
        drift,
        scale,
        grow,
        count,
        age,
        flap,
        wobble,
        lose,
        away,
        twice,
        commission,
        unreported,
        brings,
        status,
    )
}
"""What changes what was sent."""


def do(day: Day, injected: Injected, ways: dict[str, Way]) -> None:
    """Every step of the row that is among `ways`."""
    for step in injected.row.do:
        assert step.how in BEFORE or step.how in AFTER, f"{injected.row.id}: how = {step.how!r}"
        if step.how not in ways:
            continue
        found = injected.devices(day.fleet, step)
        assert found, f"{injected.row.id}: {step.how} on nothing ({step.on})"
        for place, placed in enumerate(found):
            span = injected.span(step, place, len(found))
            if (
                span[0] <= day.minutes[-1] and (span[1] > day.minutes[0] or step.how == "count")
            ) or step.how == "steady":
                ways[step.how](Hand(day, injected, step, placed, span))
