"""Events that stand: which, from when to when, and told in which words."""

from pathlib import Path

import pytest

from agent.edge import decide
from agent.edge.book import BUILDING, Book, encode, read, write
from agent.edge.decide import Now
from agent.edge.events import MOST, Events, Stood
from agent.edge.judge import FRESH_MS, Key
from agent.edge.rules import EdgeRule, load
from agent.edge.times import Night, night
from agent.edge.words import Words

NOW = 1_760_000_000_000
MINUTE = 60_000
DURESS = next(rule for rule in load().rules if rule.event == "door.duress")
KEY = Key("door.duress", "gate", "", "Office")


def events(*rules: EdgeRule) -> Events:
    return Events(rules or (DURESS,), Night())


def test_it_stands_as_long_as_its_rule_says_after_the_last_one() -> None:
    made = events()
    made.observe("gate", "door.duress", "Office", NOW, NOW)
    made.observe("gate", "door.denied", "Office", NOW, NOW)
    made.observe("gate", "door.duress", "Office", NOW + 10 * MINUTE, NOW + 10 * MINUTE)
    assert [(key, found.since) for key, found in made.standing(NOW + 69 * MINUTE).items()] == [(KEY, NOW)]
    assert made.standing(NOW + 71 * MINUTE) == {}


def test_what_ends_it_ends_it_at_its_own_place() -> None:
    made = events(EdgeRule("r", "", "critical", "t", event="a", until="b", lasts_ms=MINUTE, label="O*"))
    for place in ("Office", "Old gym", "Gym"):
        made.observe("gate", "a", place, NOW, NOW)
    made.observe("gate", "b", "Office", NOW, NOW)
    assert [key.label for key in made.standing(NOW)] == ["Old gym"]


@pytest.mark.parametrize("time", [NOW - FRESH_MS - 1, NOW + 6 * MINUTE])
def test_what_is_long_ago_or_ahead_is_left_out(time: int) -> None:
    made = events()
    made.observe("gate", "door.duress", "Office", time, NOW)
    assert made.standing(NOW) == {}


def test_at_night_alone_and_no_more_than_memory_has_room_for() -> None:
    evening = 1_760_047_200_000  # 2025-10-09 22:00 UTC
    for at, count in ((evening, 1), (evening - 1, 0)):
        made = Events(
            [EdgeRule("r", "", "critical", "t", event="a", during="lock-down", lasts_ms=MINUTE)], night("UTC", "")
        )
        made.observe("gate", "a", "", at, at)
        assert len(made.standing(at)) == count
    made = events()
    for number in range(MOST + 5):
        made.observe("gate", "door.duress", str(number), NOW, NOW)
    assert len(made.standing(NOW)) == MOST


def test_one_that_stood_when_the_agent_ended_stands_until_its_time_is_over() -> None:
    made = events()
    made.seed(Stood(KEY, NOW))
    made.seed(Stood(Key("no.such", "gate", "", "Office"), NOW))
    assert list(made.standing(NOW + 59 * MINUTE)) == [KEY]
    assert made.standing(NOW + 61 * MINUTE) == {}


def test_one_that_came_again_before_the_agent_ended_stands_as_long_as_without_a_restart(tmp_path: Path) -> None:
    before, after = events(), events()
    for minute in (0, 50):
        before.observe("gate", "door.duress", "Office", NOW + minute * MINUTE, NOW + minute * MINUTE)
    write(tmp_path / "edge.json", encode(Book(events=before.kept())))
    for stood in read(tmp_path / "edge.json").events:
        after.seed(stood)
    for minute, count in ((61, 1), (109, 1), (111, 0)):
        found = after.standing(NOW + minute * MINUTE)
        assert [each.since for each in found.values()] == [NOW] * count
        assert found.keys() == before.standing(NOW + minute * MINUTE).keys()


def test_a_book_of_before_that_kept_no_last_time_is_read(tmp_path: Path) -> None:
    path = tmp_path / "edge.json"
    path.write_text(f'{{"events":[[["door.duress","gate","","Office"],{NOW}]]}}')
    (stood,) = read(path).events
    assert stood == Stood(KEY, NOW)


def test_its_words_name_the_place() -> None:
    made = events()
    made.observe("gate", "door.duress", "Office", NOW, NOW)
    words = Words("Lincoln", {"door.duress": DURESS}, night("UTC", ""), {"gate": "Gate"}, now=NOW)
    severity, title, body = words(KEY, NOW, made.standing(NOW)[KEY])
    assert (severity, title) == ("critical", "Problem: Lincoln: Gate: duress at Office")
    assert "duress code" in body


def test_one_that_no_way_took_is_still_told_when_it_is_history_to_the_collector() -> None:
    for passed, told in ((10 * MINUTE, 0), (20 * MINUTE, 1)):
        made, book = events(), Book()
        made.observe("gate", "door.duress", "Office", NOW, NOW)
        words = Words("Lincoln", {"door.duress": DURESS}, Night())
        decide.decide(book, made.standing(NOW), Now(NOW, True, lambda _: False), words)
        assert [condition.owner for condition in book.conditions] == [BUILDING]
        later = NOW + passed
        decide.decide(book, made.standing(later), Now(later, False, lambda _: False), words)
        assert len(book.messages) == told
