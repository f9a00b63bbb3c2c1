"""What is found as table, JSON and TOML: a stranger's texts stay texts, and the TOML can be read by the agent."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import check_config
from agent.discovery.known import hang, mark
from agent.discovery.merge import Sighting, merge
from agent.discovery.show import as_json, as_table, as_toml, toml
from agent.identity.verdict import Known
from agent.identity.who import Identity
from agent.parents import Place
from protocols.driver import Found, Neighbour
from protocols.registry import driver

HOSTILE = '</script><b>\x1b[31m=cmd|"!A0\u202e\n[[device]]\x00\x7f\U0001f600'
SWITCH = Found("network", "10.1.2.1", "core", {}, {"serial": "SW1234", "mac": "00:1b:a9:00:00:01"})
AHU = Found(
    "bacnet",
    "10.1.2.3:47808",
    HOSTILE,
    {"instance": 7},
    {"vendor": HOSTILE, "model": "x", "serial": "AHU77", "mac": "00:1b:a9:00:00:03"},
)


def config(**device: Any) -> Any:
    return check_config({"agent": {"id": "a"}, "device": [device]}, "agent.toml", driver)


def test_the_toml_is_read_by_the_agent_and_hostile_text_stays_text() -> None:
    things = merge([Sighting("bacnet", AHU)])
    text = as_toml(things)
    assert not any(ord(sign) < 32 and sign != "\n" for sign in text)
    tables = tomllib.loads(text)
    [device] = tables["device"]
    assert device["name"] == HOSTILE
    assert device["key"] == "bacnet-ahu77"
    assert device["options"] == {"instance": 7}
    assert (
        check_config({"agent": {"id": "a"}, "device": [device | {"name": "x"}]}, "agent.toml", driver).devices[0].key
        == "bacnet-ahu77"
    )


def test_table_and_json_hold_it_plain() -> None:
    things = merge([Sighting("bacnet", AHU)])
    assert "\x1b" not in as_table(things)
    assert len(as_table(things).splitlines()) == 2
    assert json.loads(as_json(things[0]))["name"] == HOSTILE
    assert as_table([]) == "no device answered"


@given(st.text() | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False))
def test_any_scalar_is_toml(value: Any) -> None:
    read = tomllib.loads(f"x = {toml(value)}")["x"]
    expected = value[:512].encode("utf-8", "replace").decode() if isinstance(value, str) else value
    assert read == expected or "\ud800" <= max(str(value), default="") <= "\udfff"


def test_what_hangs_off_a_found_switch_says_so() -> None:
    things = merge([Sighting("network", SWITCH), Sighting("bacnet", AHU)])
    hang(things, {"network-sw1234": [Neighbour("7", "fdb", "00:1b:a9:00:00:03")]}, Place())
    assert {each.key: each.parent for each in things} == {"bacnet-ahu77": "network-sw1234", "network-sw1234": ""}
    assert 'parent = "network-sw1234"' in as_toml(things)


@pytest.mark.parametrize(
    ("device", "remembered", "known"),
    [
        ({"kind": "bacnet", "address": "10.1.2.3", "key": "ahu"}, {}, "ahu"),
        ({"kind": "bacnet", "address": "10.1.2.3:47809", "key": "ahu"}, {}, ""),
        ({"kind": "bacnet", "address": "10.1.2.3", "key": "ahu", "options": {"instance": 8}}, {}, ""),
        ({"kind": "bacnet", "address": "10.1.2.99", "key": "ahu"}, {"ahu": Known(Identity("AHU77"))}, "ahu"),
        ({"kind": "bacnet", "address": "10.1.2.3", "key": "ahu"}, {"ahu": Known(Identity("OTHER"))}, ""),
    ],
)
def test_what_is_configured_is_known(device: dict[str, Any], remembered: dict[str, Known], known: str) -> None:
    [thing] = things = merge([Sighting("bacnet", AHU)])
    mark(things, config(**device).devices, remembered)
    assert thing.known == known
    assert (as_toml(things) == "# nothing new") is bool(known)
