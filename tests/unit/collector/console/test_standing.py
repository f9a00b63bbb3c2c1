"""How a building stands: unknown is never fine."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.console.standing import agent_state, building_state, device_state

NOW = datetime(2026, 3, 3, 12, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("devices", "agents", "live", "state"),
    [
        ({"ok": 3}, ["ok"], [], "ok"),
        ({}, ["ok"], [], "empty"),
        ({}, [], [], "empty"),
        ({"ok": 3}, [], [], "unknown"),
        ({"ok": 3}, ["unknown"], [], "unknown"),
        ({"ok": 3}, ["ok", "unknown"], [], "unknown"),
        ({"ok": 3, "unknown": 1}, ["ok"], [], "unknown"),
        ({"ok": 3, "unknown": 1}, ["ok"], ["minor"], "unknown"),
        ({"ok": 3, "unknown": 1}, ["ok"], ["minor", "critical"], "critical"),
        ({"ok": 3, "problem": 1}, ["ok"], ["info", "minor"], "minor"),
        ({"ok": 3, "unreachable": 1}, ["ok"], [], "minor"),
    ],
)
def test_building(devices: dict[str, int], agents: list[str], live: list[str], state: str) -> None:
    assert building_state(devices, agents, live) == state


def test_an_agent_that_is_not_heard_is_unknown_even_if_it_never_said_goodbye() -> None:
    assert agent_state(True, NOW - timedelta(seconds=40), NOW) == "ok"
    assert agent_state(True, NOW - timedelta(minutes=4), NOW) == "unknown"
    assert agent_state(False, NOW, NOW) == "unknown"
    assert agent_state(True, None, NOW) == "unknown"


def test_a_device_is_unknown_while_its_agent_is() -> None:
    assert device_state("ok", "unknown") == "unknown"
    assert device_state("unreachable", "ok") == "unreachable"
