"""Rules in words: what each says, and what it is grouped under."""

import pytest

from collector.console.rule_words import family, says
from collector.problems.rules import load

BOOK = load()


@pytest.mark.parametrize(
    ("name", "words", "group"),
    [
        ("device.unreachable", "“… does not answer” holds for 2m", "Device"),
        ("hvac.valve.leaking", "“valve leaking” holds", "Heating, cooling, ventilation"),
        ("host.memory.full", "memory", "Machines"),
        ("ups.battery.running", "battery", "UPS"),
    ],
)
def test_a_rule_says_what_it_opens_for(name: str, words: str, group: str) -> None:
    assert words in says(BOOK.rules[name])
    assert family(BOOK.rules[name]) == group


def test_no_rule_is_without_words() -> None:
    for rule in BOOK.rules.values():
        assert any(sign.isalpha() for sign in says(rule)), rule.name
        assert "{" not in says(rule), rule.name
