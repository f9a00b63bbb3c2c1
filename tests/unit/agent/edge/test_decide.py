"""Who tells what: the agent and a collector told apart by a cut, whatever happens in what order."""

from collections import Counter

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agent.edge import decide
from agent.edge.book import BUILDING, COLLECTOR, OPENED, RESOLVED, Book, Message, encode
from agent.edge.contact import Contact
from agent.edge.decide import OUT_OF_REACH, Now
from agent.edge.judge import Key, Standing

KEY = Key("door.forced", "gate", "door.alarm", "east")
NOW = 1_760_000_000_000
MINUTE = 60_000


def words(key: Key, since: int, about: Standing | Message) -> tuple[str, str, str]:
    return "critical", f"{key.rule} {since}", ""


def standing(since: int) -> Standing:
    return Standing(since, since, since, 1.0, None)


def step(book: Book, found: dict[Key, Standing], now: int, cut: bool, has: bool = False) -> None:
    decide.decide(book, found, Now(now, cut, lambda _: has), words)


def take(book: Book, way: str, now: int) -> Message | None:
    """The way takes what is due."""
    message = decide.due(book, way, now)
    if message is not None:
        message.ways.append(way)
        message.told = message.told or now
    return message


def test_while_the_collector_hears_us_nothing_is_told() -> None:
    book = Book()
    step(book, {KEY: standing(NOW)}, NOW, cut=False, has=True)
    assert [condition.owner for condition in book.conditions] == [COLLECTOR]
    step(book, {KEY: standing(NOW)}, NOW + 10 * MINUTE, cut=True)
    step(book, {}, NOW + 11 * MINUTE, cut=True)
    assert book.messages == []


def test_what_no_way_took_before_the_return_is_the_collectors_to_tell() -> None:
    book = Book()
    step(book, {KEY: standing(NOW)}, NOW, cut=True)
    assert len(book.messages) == 1
    step(book, {KEY: standing(NOW)}, NOW + MINUTE, cut=False)
    assert (book.messages, book.conditions) == ([], [])


def test_what_was_over_before_any_way_took_it_is_told_nobody() -> None:
    book = Book()
    step(book, {KEY: standing(NOW)}, NOW, cut=True)
    step(book, {}, NOW + MINUTE, cut=True)
    assert book.messages == []


def test_a_way_that_missed_the_coming_is_not_told_the_end() -> None:
    book = Book()
    step(book, {KEY: standing(NOW)}, NOW, cut=True)
    assert take(book, "ntfy", NOW) is not None
    step(book, {}, NOW + MINUTE, cut=True)
    assert take(book, "mail", NOW + MINUTE) is None
    ended = take(book, "ntfy", NOW + MINUTE)
    assert ended is not None
    assert ended.change == RESOLVED


def test_a_message_that_waits_holds_up_no_other_and_its_own_end() -> None:
    book, other = Book(), KEY._replace(label="west")
    step(book, {KEY: standing(NOW), other: standing(NOW)}, NOW, cut=True)
    book.messages[0].again["mail"] = NOW + MINUTE
    assert decide.due(book, "mail", NOW) is book.messages[1]
    assert decide.due(book, "mail", NOW + MINUTE) is book.messages[0]


def test_a_line_that_flaps_is_told_once_an_hour() -> None:
    book = Book()
    for minute in range(0, 240, 10):
        now = NOW + minute * MINUTE
        step(book, {OUT_OF_REACH: standing(now)}, now, cut=True)
        take(book, "mail", now)
        step(book, {}, now + 5 * MINUTE, cut=False)
        take(book, "mail", now + 5 * MINUTE)
        decide.forget(book, frozenset(["mail"]), now)
    times = [times for key, times in book.told_at if key == OUT_OF_REACH]
    assert len(times[0]) <= 1
    assert book.following - 1 == 8


def test_a_door_that_flaps_is_told_four_times_an_hour() -> None:
    book = Book()
    for minute in range(0, 60, 2):
        step(book, {KEY: standing(NOW + minute)}, NOW + minute * MINUTE, cut=True)
        take(book, "mail", NOW + minute * MINUTE)
        step(book, {}, NOW + (minute + 1) * MINUTE, cut=True)
        take(book, "mail", NOW + (minute + 1) * MINUTE)
    assert Counter(message.change for message in book.messages) == {OPENED: 4, RESOLVED: 4}


moves = st.lists(st.sets(st.sampled_from(["toggle", "cut", "way", "restart", "slow"])), min_size=1, max_size=40)


@given(moves)
def test_every_coming_is_told_once_and_its_end_once_by_one_of_the_two(rows: list[set[str]]) -> None:
    """A tick a quarter of an hour, so that no limit an hour is met. `slow`: the acknowledgement comes a tick later."""
    book, told, ended = Book(), Counter[int](), Counter[int]()
    said: dict[int, set[str]] = {}
    collector: set[int] = set()  # comings that are problems there and told
    since, cut, works = None, False, True
    rows = [*rows, set(), set(), set()]
    for place, row in enumerate(rows):
        now = NOW + place * 15 * MINUTE
        if place >= len(rows) - 3:
            cut, works = False, True
        else:
            cut, works = cut ^ ("cut" in row), works ^ ("way" in row)
            if "toggle" in row:
                since = now if since is None else None
        if "restart" in row:
            book = msgspec.json.decode(encode(book), type=Book)
        found = {} if since is None else {KEY: standing(since)}
        step(book, found, now, cut, has=since in collector)
        while works and (message := take(book, "mail", now)) is not None:
            (told if message.change == OPENED else ended)[message.since] += 1
        decide.forget(book, frozenset(["mail"]), now)
        if cut:
            continue
        for message in decide.unstated(book):
            message.batch = message.id
        for message in book.messages:
            heard = said.setdefault(message.since, set())
            if message.batch is not None and message.change not in heard:
                heard.add(message.change)
                if message.change == OPENED:
                    collector.add(message.since)
        if "slow" not in row:
            decide.acknowledged(book, set())
        if since is not None and since not in collector:
            told[since] += 1
            collector.add(since)
        for over in [coming for coming in collector if coming != since]:
            collector.discard(over)
            if RESOLVED not in said.get(over, set()):
                ended[over] += 1
    assert not told or max(told.values()) == 1
    assert since is None or told[since] == 1
    assert set(ended) <= set(told)
    assert not ended or max(ended.values()) == 1
    assert {coming for coming in told if coming != since} == set(ended)


def test_contact_is_judged_by_acknowledgements_and_by_nothing_that_is_owed() -> None:
    contact = Contact(300_000, NOW)
    mono, now = 0.0, NOW

    def after(seconds: float, acks: int, waiting: bool) -> bool:
        nonlocal mono, now
        mono, now = mono + seconds, now + round(seconds * 1000)
        contact.observe(now, mono, acks, waiting=waiting)
        return contact.cut(now)

    def seconds(count: int, acks: int, waiting: bool) -> bool:
        return [after(1, acks, waiting) for _ in range(count)][-1]

    assert not seconds(299, 0, True)
    assert seconds(2, 0, True)
    assert not seconds(1, 1, True)
    assert not seconds(120, 1, True)  # a collector that restarts
    assert not seconds(1_000, 1, False)  # nothing to send: nothing is owed
    assert not after(100_000, 1, True)  # the process stood still
    assert seconds(300, 1, True)
    assert after(1, 1, False)  # connected again, and nobody has answered yet
    assert not after(1, 2, True)
    now += 3_600_000  # the clock is set
    assert not after(1, 2, True)


def test_an_agent_that_restarts_while_cut_off_is_cut_off_still() -> None:
    contact = Contact(300_000, NOW - 400_000)
    contact.observe(NOW, 50.0, 0, waiting=True)
    assert contact.cut(NOW)
    contact.observe(NOW + 1000, 51.0, 1, waiting=True)
    assert not contact.cut(NOW + 1000)


def test_what_the_collector_acknowledged_is_its_own() -> None:
    book = Book()
    step(book, {KEY: standing(NOW)}, NOW, cut=True)
    take(book, "mail", NOW)
    (message,) = decide.unstated(book)
    message.batch = 7
    decide.acknowledged(book, {7})
    assert book.conditions[0].owner == BUILDING
    decide.acknowledged(book, set())
    assert book.conditions[0].owner == COLLECTOR
    decide.forget(book, frozenset(["mail"]), NOW)
    assert book.messages == []
    step(book, {}, NOW + MINUTE, cut=False)
    assert book == Book(following=2, told_at=[(KEY, [NOW])])
