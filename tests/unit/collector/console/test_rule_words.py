"""Rules in words: what each says, and what it is grouped under."""

import pytest

from collector.console.rule_words import changes_of, family, fields_of, says
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


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("host.disk.full", ["Above", "Over when back at", "Must hold for"]),
        ("hvac.cold-storage", ["Freezer above", "Cooler above", "Must hold for"]),
        ("hvac.ventilation", ["CO2 above", "Must hold for"]),
        ("agent.silent", ["Must hold for"]),
        ("agent.gap", ["Told for, after the last one"]),
        ("forecast.disk", ["Days left"]),
        ("forecast.battery", []),
        ("group.same", []),
        ("device.unusual", []),
    ],
)
def test_a_form_has_the_fields_that_its_rule_has(name: str, fields: list[str]) -> None:
    assert [field.caption for field in fields_of(BOOK.rules[name], {})] == fields


def test_a_limit_that_is_written_is_a_number() -> None:
    rule = BOOK.rules["hvac.cold-storage"]
    assert changes_of(rule, {"freezer_above": "-12", "cooler_above": "7"}) == {"freezer_above": -12.0}
    with pytest.raises(ValueError, match="Freezer above: 'cold' is no number"):
        changes_of(rule, {"freezer_above": "cold"})
