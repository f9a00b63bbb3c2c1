"""Titles, device states, causes."""

import string

import pytest

from collector.problems.device_state import device_state
from collector.problems.rules import load
from collector.problems.titles import Words, plain, title, words
from protocols.metrics import BY_NAME


def test_a_title_says_where_and_what() -> None:
    given = words({"building": "Lincoln MS", "device": "server", "label": "/", "unit": "%"}, 92.04, 90.0)
    shown = title("{device}: disk {label} is {value} full (limit {limit})", given)
    assert shown == "Lincoln MS: server: disk / is 92 % full (limit 90 %)"


def test_states_come_from_the_device_or_the_catalogue() -> None:
    assert title("{state}", words({"metric": "host.disk.health", "states": None}, 1.0)) == "failing"
    assert title("{state}", words({"metric": "bacnet.value", "states": {"1": "heating\n\u202e"}}, 1.0)) == "heating"
    assert title("{state}", Words(value=1.5)) == "1.50"


@pytest.mark.parametrize(
    ("agent", "shown"),
    [("East", "East is gone"), ("East annex", "East annex is gone"), ("Eastern pi", "East: Eastern pi is gone")],
)
def test_the_building_stands_in_front_unless_it_does_already(agent: str, shown: str) -> None:
    assert title("{agent} is gone", Words(building="East", agent=agent)) == shown


def test_a_point_without_a_name_is_called_by_what_it_means() -> None:
    row = {"metric": "host.disk.free", "label": "/", "device": "server"}
    assert title("{device}: {point}", words(row, None)) == "server: Space left for ordinary users (/)"
    assert title("{point}", words({"metric": "host.uptime"}, None)) == "Time since the machine started"
    assert title("{point}", words({"metric": "new.one", "label": "x"}, None)) == "new.one (x)"
    assert title("{point}", words({"metric": "host.uptime", "point": "Up"}, None)) == "Up"


def test_hostile_names_are_text_and_short() -> None:
    shown = title("{device} is gone", Words(device="\u202eevil\x1b[31m\n<b>" + "x" * 5000, building="{building}"))
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert "\n" not in shown
    assert len(shown) <= 200
    assert shown.startswith("{building}: ")
    assert plain(None) == ""


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "%", "?"),
        (3.0, "1", "3"),
        (-4.25, "Cel", "-4.2 °C"),
        (5_400.0, "s", "1 h 30 min"),
        (12_345.0, "1", "12 345"),
        (2.5e9, "By", "2.50 GB"),
        (float("nan"), "%", "not a number"),
        (float("inf"), "1", "not a number"),
    ],
)
def test_figures_come_with_their_unit_in_signs_that_any_phone_can_show(
    value: float | None, unit: str, shown: str
) -> None:
    assert title("{value}", Words(value=value, unit=unit)) == shown


def test_the_size_of_a_figure_has_no_sign() -> None:
    given = words({"unit": "Cel", "label": "Zone 3"}, -4.25, -3.0)
    assert title("{label} is {size} colder (limit {bound})", given) == "Zone 3 is 4.2 °C colder (limit 3.0 °C)"


@pytest.mark.parametrize("rule", load().rules.values(), ids=lambda rule: rule.name)
def test_every_shipped_rule_speaks_plainly(rule) -> None:
    """Seen on a phone: where, what, how much against which limit; then what to do, in whole sentences."""
    metric = BY_NAME.get(rule.metric)
    value = rule.values[0] if rule.values else rule.limit + rule.sign
    row = {"building": "Lincoln MS", "device": "AHU 1", "agent": "Lincoln", "point": "Fan: fault", "label": "/"}
    row |= {"metric": rule.metric, "unit": metric.unit if metric else None}
    extra = {"count": "30", "where": "Front"} if rule.over or rule.event else {}
    shown = title(rule.title, words(row, value if metric else None, rule.limit if rule.sign else None), extra)
    assert shown.startswith("Lincoln MS: ")
    assert "?" not in shown
    assert len(shown) <= 100, shown
    named = {name for _, name, _, _ in string.Formatter().parse(rule.title)}
    if rule.over:
        assert named & {"value", "count"}
    elif rule.sign and rule.limit:
        assert named & {"value", "size"}
        assert named & {"limit", "bound"}
    assert rule.advice.endswith(".")
    assert 20 <= len(rule.advice) <= 300


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
