"""What follows from what stands: who owns a condition, what is told, what is withdrawn. Pure: changes the book, takes `now` (ms).

A condition is the collector's when the collector has the values that made it fire. One that fires while the collector cannot be
reached is the building's: it is told, and when it is over that is told, until the collector has acknowledged that it knows.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from agent.edge.book import BUILDING, COLLECTOR, MOST_MESSAGES, OPENED, RESOLVED, Book, Condition, Message
from agent.edge.judge import FRESH_MS, Key, Standing

HOUR_MS = 3_600_000
MOST_AN_HOUR = 4
"""How often an hour one condition is told to have come; `OUT_OF_REACH` once."""
OUT_OF_REACH = Key("edge.collector", "", "", None)
"""That the collector cannot be reached, as a condition like others."""

Words = Callable[[Key, int, Standing | Message], tuple[str, str, str]]
"""Severity, title and body for a key, since when, and what stands, or the message that told of it: then of its end."""


class Now(NamedTuple):
    """`cut`: the collector cannot be reached. `has`: whether the collector has what made a condition fire."""

    ms: int
    cut: bool
    has: Callable[[Standing], bool]


def decide(book: Book, standing: Mapping[Key, Standing], now: Now, words: Words) -> None:
    """Bring the book up to date with what stands."""
    known = {condition.key: condition for condition in book.conditions}
    for key, found in standing.items():
        if key not in known:
            _came(book, key, found, now, words)
    for key, condition in known.items():
        if key not in standing:
            _went(book, condition, now, words)
    if not now.cut:
        withdraw(book, now.ms)


def _came(book: Book, key: Key, found: Standing, now: Now, words: Words) -> None:
    if key != OUT_OF_REACH and now.has(found):
        book.conditions.append(Condition(key, found.since, COLLECTOR))
    elif now.cut and not _often(book, key, now.ms):
        _tell(book, key, OPENED, found.since, now.ms, words(key, found.since, found))
        book.conditions.append(Condition(key, found.since, BUILDING))


def _went(book: Book, condition: Condition, now: Now, words: Words) -> None:
    """It is over. Told only by whom its coming was told; one that nobody has been told of yet is withdrawn."""
    book.conditions.remove(condition)
    if condition.owner == COLLECTOR:
        return
    came = next((m for m in reversed(book.messages) if m.key == condition.key and m.change == OPENED), None)
    if came is None:
        return
    if came.told is None:
        _unsay(book, [came])
        return
    _tell(book, condition.key, RESOLVED, condition.since, now.ms, words(condition.key, condition.since, came))


def withdraw(book: Book, now: int) -> None:
    """The collector is there again: what no way has taken is its to tell, but for events that are history to it."""
    dropped = [m for m in book.messages if m.told is None and m.key != OUT_OF_REACH and not _past(m, now)]
    gone = {message.key for message in dropped if message.change == OPENED}
    _unsay(book, dropped)
    book.conditions = [c for c in book.conditions if not (c.owner == BUILDING and c.key in gone)]


def _past(message: Message, now: int) -> bool:
    """Whether it tells of an event so long ago that the collector opens nothing of it; a value is said to it anew."""
    return message.key.metric == "" and now - message.since > FRESH_MS


def _unsay(book: Book, messages: list[Message]) -> None:
    """Messages that no way took: they do not count as told."""
    book.messages = [message for message in book.messages if message not in messages]
    never = {(message.key, message.made) for message in messages if message.change == OPENED}
    book.told_at = [(key, [at for at in times if (key, at) not in never]) for key, times in book.told_at]


def acknowledged(book: Book, waiting: set[int]) -> None:
    """The collector has what it was told of, but for the batches still `waiting`: those conditions are its own now."""
    news = [m for m in book.messages if m.batch is not None and not m.known and m.batch not in waiting]
    for message in news:
        message.known = True
        for condition in book.conditions:
            if condition.key == message.key and message.change == OPENED and condition.since == message.since:
                condition.owner = COLLECTOR


def unstated(book: Book) -> list[Message]:
    """Told, and the collector is not told so yet: to be put into the spool."""
    return [m for m in book.messages if m.told is not None and m.batch is None and m.key != OUT_OF_REACH]


def forget(book: Book, ways: frozenset[str], now: int) -> None:
    """Let go what is done: known to the collector, or no business of its, and taken by every way that is to take it."""
    standing = {condition.key for condition in book.conditions if condition.owner == BUILDING}
    waiting = {m.id for way in ways for m in _wanted(book, way)}
    open_still = {(m.key, m.since) for m in book.messages if m.change == RESOLVED and m.told is None}

    def done(message: Message) -> bool:
        if message.told is None or message.key in standing or (message.key, message.since) in open_still:
            return False
        return message.known or (message.key == OUT_OF_REACH and message.id not in waiting)

    book.messages = [message for message in book.messages if not done(message)][-MOST_MESSAGES:]
    recent = [(key, [at for at in times if now - at < HOUR_MS]) for key, times in book.told_at]
    book.told_at = [(key, times) for key, times in recent if times]


def due(book: Book, way: str, now: int) -> Message | None:
    """The oldest message that this way is to take now; one that waits for its next attempt holds up no other condition's."""
    held: set[Key] = set()
    for message in _wanted(book, way):
        if message.key not in held and message.again.get(way, 0) <= now:
            return message
        held.add(message.key)
    return None


def _wanted(book: Book, way: str) -> list[Message]:
    """What this way has still to take: no coming of what is over, and no end of what it did not tell."""
    over = {(m.key, m.since) for m in book.messages if m.change == RESOLVED}
    took = {(m.key, m.since) for m in book.messages if m.change == OPENED and way in m.ways}
    wanted = []
    for message in book.messages:
        which = (message.key, message.since)
        if way not in message.ways and (which in took if message.change == RESOLVED else which not in over):
            wanted.append(message)
    return wanted


def _often(book: Book, key: Key, now: int) -> bool:
    times = next((times for of, times in book.told_at if of == key), [])
    return sum(now - at < HOUR_MS for at in times) >= (1 if key == OUT_OF_REACH else MOST_AN_HOUR)


def _tell(book: Book, key: Key, change: str, since: int, now: int, text: tuple[str, str, str]) -> None:
    severity, title, body = text
    book.messages.append(Message(book.following, key, change, since, now, severity, title, body))
    book.following += 1
    if change == OPENED:
        times = next((times for of, times in book.told_at if of == key), None)
        if times is None:
            book.told_at.append((key, [now]))
        else:
            times.append(now)
