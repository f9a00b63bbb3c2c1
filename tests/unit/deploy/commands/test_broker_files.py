"""Mosquitto's configuration as text, its files for a broker elsewhere, and what compose and systemd say of them."""

import configparser
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from cryptography import x509

import deploy
from deploy.broker import configuration
from deploy.commands import broker_files
from protocols.errors import OptionError
from protocols.wire.limits import MESSAGE_BYTES
from protocols.wire.topics import CHANNELS, COLLECTOR

NOW = datetime(2026, 11, 2, tzinfo=UTC)
FOLDER = Path(deploy.__path__[0])


def test_every_channel_has_one_direction_for_an_agent_and_the_other_for_the_collector() -> None:
    rules = [line.split() for line in configuration.acl().splitlines() if line.startswith(("pattern", "topic"))]
    agents = {topic.rpartition("/")[2]: right for word, right, topic in rules if word == "pattern"}
    collector = {topic.rpartition("/")[2]: right for word, right, topic in rules if word == "topic"}
    assert set(agents) == set(collector) == set(CHANNELS)
    assert all({agents[channel], collector[channel]} == {"read", "write"} for channel in CHANNELS)
    assert all("/%u/" in topic for word, _, topic in rules if word == "pattern")


def test_a_plain_listener_alone_has_no_tls_and_the_largest_message_passes(tmp_path: Path) -> None:
    files = configuration.files("127.0.0.1", 1883, None, tmp_path)
    assert set(files) == {"mosquitto.conf"}
    lines = files["mosquitto.conf"].decode().splitlines()
    assert lines.count("listener 1883 127.0.0.1") == 1
    limit = next(int(line.split()[1]) for line in lines if line.startswith("max_packet_size"))
    assert limit > MESSAGE_BYTES + 1024


def test_a_broker_elsewhere_lets_nobody_in_without_a_certificate() -> None:
    text = configuration.standalone("0.0.0.0", 8883, "/broker")["mosquitto.conf"].decode()
    assert text.count("listener ") == 1
    assert "allow_anonymous true" not in text
    for line in ("require_certificate true", "use_identity_as_username true", "acl_file /broker/acl"):
        assert f"\n{line}\n" in text


def test_broker_files_are_for_the_names_given_and_keys_the_owners_alone(tmp_path: Path) -> None:
    data, directory = tmp_path / "data", tmp_path / "broker"
    for _ in range(2):
        broker_files.write(data, directory, ["broker", "10.0.0.5"], 8883, NOW)
    certificate = x509.load_pem_x509_certificate((directory / "broker.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} == {"broker", "10.0.0.5"}
    own = x509.load_pem_x509_certificate((data / "authority" / "collector.pem").read_bytes())
    assert own.subject.rfc4514_string() == f"CN={COLLECTOR}"
    for key in (directory / "broker.key", data / "authority" / "collector.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("bell.example.org", "bell.example.org"),
        ("bell:8883", "bell"),
        ("[fd00::5]:8883", "fd00::5"),
        ("fd00::5", "fd00::5"),
    ],
)
def test_a_name_may_carry_a_port(text: str, host: str) -> None:
    assert broker_files.host_of(text) == host


@pytest.mark.parametrize("text", ["", ":8883", "a b"])
def test_a_name_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="--name"):
        broker_files.host_of(text)


def test_compose_has_the_three_parts_and_refers_to_nothing_that_is_not_there() -> None:
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    services = compose["services"]
    assert set(services) == {"identity", "broker", "database", "collector"}
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        named = {mount.partition(":")[0] for mount in service.get("volumes", [])}
        assert named <= set(compose["volumes"])
    assert (FOLDER.parent / services["collector"]["build"]["dockerfile"]).is_file()
    assert services["database"]["image"].rpartition("-pg")[2] in ("16", "17", "18")
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert sorted(published) == ["8470:8470", "8883:8883"]


@pytest.mark.parametrize("unit", sorted(path.name for path in (FOLDER / "systemd").glob("*.service")))
def test_a_unit_is_hardened_and_comes_back(unit: str) -> None:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read(FOLDER / "systemd" / unit)
    service = dict(read["Service"])
    expected = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": "", "Restart": "always"}
    assert expected.items() <= service.items()
    assert service["User"] != "root"
    assert {"MemoryMax", "StateDirectory", "SystemCallFilter"} <= set(service)
