"""What a device says reaches the terminal as text and as nothing else."""

import argparse

import pytest

from agent.commands import options_of, read
from agent.commands.read import as_json, as_table
from agent.terminal import plain, table
from protocols.driver import DeviceEvent, PointInfo, Reading, Sample
from protocols.errors import OptionError
from protocols.options import read_options
from protocols.registry import driver


@pytest.mark.parametrize(
    "evil", ["\x1b[2J", "\x1b]0;title\x07", "a\rb", "a\nb", "\u202egnp", "\x9b31m", "\u2028", "\ud800"]
)
def test_nothing_that_steers_a_terminal_comes_through(evil: str) -> None:
    shown = plain(f"AHU {evil} 1")
    assert not any(sign in shown for sign in "\x1b\x07\r\n\x9b\u202e\u2028\ud800")
    assert shown.startswith("AHU ")


def test_letters_of_every_script_come_through() -> None:
    assert plain("Küche 厨房 مطبخ") == "Küche 厨房 مطبخ"


def test_columns_line_up() -> None:
    assert table([("a", "bbb", "c"), ("aaaa", "b", "")]) == "a     bbb  c\naaaa  b"


READING = Reading(
    samples=[
        Sample("host.disk.readonly", "/", 1.0),
        Sample("bacnet.value", "mode", 2.0, "1"),
        Sample("bacnet.value", "zone\x1b[2J", 21.55, "Cel"),
        Sample("host.load", "1m", float("nan")),
        Sample("host.disk.free", "/", 10_200_000_000.0),
        Sample("bacnet.status", "mode.in-alarm", 0.0),
        Sample("bacnet.status", "mode.fault", 1.0),
    ],
    attributes={"Nothing": None, "vendor": "Evil\x1b[31m Corp", "model": "X"},
    points=[PointInfo("bacnet.value", "mode", "Mode", {1: "heat", 2: "cool"})],
    events=[DeviceEvent("alarm", "major", {"text": "fil\x07ter"})],
)


def test_a_reading_for_people_has_units_and_the_names_of_states() -> None:
    shown = as_table(READING)
    assert "yes (1)" in shown
    assert "cool (2)" in shown
    assert "21.6\u202f°C" in shown
    assert "10.2\u202fGB" in shown
    assert "not a number" in shown
    assert "Nothing" not in shown
    assert "in-alarm" not in shown  # a flag that is not set is counted, not shown
    assert "Flags and states that are normal: 1;" in shown
    assert "fault" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_a_reading_as_json_has_null_for_what_is_no_number() -> None:
    body = as_json(READING)
    assert [sample["value"] for sample in body["samples"]] == [1.0, 2.0, 21.55, None, 10_200_000_000.0, 0.0, 1.0]
    assert body["points"][0]["states"] == {1: "heat", 2: "cool"}


def test_options_are_read_as_toml_writes_them_and_else_as_text() -> None:
    table = options_of(["port=47809", "fast=true", "name=AHU 1", 'list=["a", "b"]', 'quoted="7"'])
    assert table == {"port": 47809, "fast": True, "name": "AHU 1", "list": ["a", "b"], "quoted": "7"}


@pytest.mark.parametrize("pair", ["port", "=5", " =5"])
def test_an_option_without_a_key_is_refused(pair: str) -> None:
    with pytest.raises(OptionError, match="write key=value"):
        options_of([pair])


def test_the_examples_of_its_help_are_ones_that_work() -> None:
    """An example with an option that does not exist is the first thing a person tries."""
    commands = argparse.ArgumentParser().add_subparsers()
    read.add(commands)
    help_text = commands.choices["read"].format_help()
    examples = [line.split()[2:] for line in help_text.splitlines() if line.strip().startswith("firstbell-agent read")]
    assert len(examples) == 2
    for example in examples:
        given = commands.choices["read"].parse_args(example)
        read_options(options_of(given.option), driver(given.kind).options, "--option")
