"""Titles, device states, causes."""

import pytest

from collector.problems.device_state import device_state
from collector.problems.titles import Words, number, plain, title, words
from collector.problems.topology import root_of


def test_a_title_says_where_and_what() -> None:
    given = words({"building": "Lincoln MS", "device": "server", "label": "/", "unit": "%"}, 92.04)
    assert title("{device}: disk {label} is {value} {unit} full", given) == "Lincoln MS: server: disk / is 92 % full"


def test_states_come_from_the_device_or_the_catalogue() -> None:
    assert words({"metric": "host.disk.health", "states": None}, 1.0).state == "failing"
    assert words({"metric": "bacnet.value", "states": {"1": "heating"}}, 1.0).state == "heating"
    assert title("{state}", Words(value=1.5)) == "1.5"


def test_hostile_names_are_text_and_short() -> None:
    shown = title("{device} is gone", Words(device="\u202eevil\x1b[31m\n<b>" + "x" * 5000, building="{building}"))
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert "\n" not in shown
    assert len(shown) <= 200
    assert shown.startswith("{building}: ")
    assert plain(None) == ""


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "?"), (3.0, "3"), (2.25, "2.2"), (-0.04, "0"), (1e15, str(10**15))]
)
def test_numbers_as_a_person_writes_them(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("silent", "reachable", "heard", "severities", "state"),
    [
        (True, False, True, ["critical"], "unknown"),
        (False, False, True, ["critical"], "unreachable"),
        (False, True, True, ["info", "minor"], "problem"),
        (False, True, False, ["info"], "ok"),
        (False, None, True, [], "ok"),
        (False, None, False, [], "unknown"),
    ],
)
def test_device_states(silent: bool, reachable: bool | None, heard: bool, severities: list[str], state: str) -> None:
    assert device_state(silent, reachable, heard, severities) == state


def test_the_highest_unreachable_ancestor_in_an_unbroken_line_is_the_cause() -> None:
    parents = {4: 3, 3: 2, 2: 1, 1: None}
    assert root_of(4, parents, {4, 3, 2}) == 2
    assert root_of(4, parents, {4, 2}) is None
    assert root_of(1, parents, {1}) is None
    assert root_of(5, {5: 6, 6: 5}, {5, 6}) == 6  # two that name each other
