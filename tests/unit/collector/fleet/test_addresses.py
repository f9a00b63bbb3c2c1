"""Where agents are told to reach the collector and its broker, and the kinds of machines `firstbell wheels` takes."""

from pathlib import Path

import pytest

from collector.commands import wheels
from collector.fleet import addresses
from collector.fleet.wheelhouse import Target
from collector.settings import Settings
from deploy.cli import main
from protocols.errors import OptionError, StartError


def test_a_public_url_counts_over_the_address_listened_on() -> None:
    assert addresses.reach(Settings(public_url="https://bell.example/")) == ("https://bell.example", False)


def test_the_default_reaches_this_machine_alone() -> None:
    assert addresses.reach(Settings()) == ("http://127.0.0.1:8470", True)


def test_a_wildcard_becomes_this_machines_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "outward_address", lambda: "10.0.0.5")
    assert addresses.reach(Settings(http="0.0.0.0:8470")) == ("http://10.0.0.5:8470", False)
    assert addresses.agent_broker(Settings(agent_broker="0.0.0.0:8883")) == "10.0.0.5:8883"


def test_an_agent_is_told_the_broker_on_the_host_by_which_it_came() -> None:
    assert addresses.agent_broker(Settings(agent_broker="[::]:8883"), "fd00::5") == "[fd00::5]:8883"
    assert addresses.agent_broker(Settings(agent_broker="mqtt.example:8883"), "bell.example") == "mqtt.example:8883"


def test_the_collectors_own_tls_broker_serves_agents_too() -> None:
    assert addresses.agent_broker(Settings(broker="mq:8883", broker_ca=Path("ca.pem"))) == "mq:8883"


def test_a_broker_on_loopback_alone_is_said_with_what_to_do() -> None:
    with pytest.raises(
        StartError, match=r"no other can enrol: start with `firstbell up --http .* --mqtt 0\.0\.0\.0:8883`"
    ):
        addresses.agent_broker(Settings())


def test_platforms_are_named_as_they_are_listed() -> None:
    assert wheels.parse("aarch64-python3.13") == Target("aarch64", "3.13")
    assert str(Target("x86_64", "3.11")) == "x86_64-python3.11"


@pytest.mark.parametrize(
    "text", ["armv7l-python3.11", "aarch64", "aarch64-python3.10", "aarch64-python4.0", "x86_64-python3.x"]
)
def test_a_platform_without_wheels_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match=r"write aarch64 or x86_64, then -python and 3\.11 or newer"):
        wheels.parse(text)


def test_enrol_without_a_broker_for_others_stops_before_it_makes_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["enrol", "--building", "Lincoln MS", "--data", str(tmp_path), "--database", "host=/nowhere"])
    said = capsys.readouterr()
    assert (code, said.out) == (1, "")
    assert said.err.startswith("firstbell: the broker listens on this machine alone")
    assert len(said.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
