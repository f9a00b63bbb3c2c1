"""Addresses, options and discovery: what is right opens without a word sent, what is wrong says how to write it."""

from pathlib import Path
from typing import Any

import pytest

from protocols.address import Place
from protocols.clock import SystemClock
from protocols.driver import Found, Target
from protocols.drivers.door import DRIVER
from protocols.drivers.door.address import OnBus, read_address
from protocols.drivers.door.discover import discover, read
from protocols.errors import DeviceError, OptionError
from protocols.options import read_options
from protocols.transports.onvif.simulated import Responder
from protocols.transports.soap import Answer, Scopes
from protocols.transports.soap import discovery as transport


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1.2.3", Place("10.1.2.3", 80)),
        ("[fe80::1]:8080", Place("fe80::1", 8080)),
        ("osdp:///dev/ttyUSB0/1", OnBus("/dev/ttyUSB0", None, 1)),
        ("osdp:///dev/serial/by-id/usb-FTDI_0-if00/126", OnBus("/dev/serial/by-id/usb-FTDI_0-if00", None, 126)),
        ("osdp+tcp://10.1.2.40:4001/0", OnBus(None, Place("10.1.2.40", 4001), 0)),
        ("OSDP+TCP://[fe80::1]:4001/5", OnBus(None, Place("fe80::1", 4001), 5)),
    ],
)
def test_an_address(text: str, expected: Place | OnBus) -> None:
    assert read_address(text, 80, "test") == expected


@pytest.mark.parametrize(
    "text",
    ["", "osdp://", "osdp:///dev/ttyUSB0", "osdp:///dev/ttyUSB0/127", "osdp:///dev/ttyUSB0/-1", "osdp://ttyUSB0/1", "osdp+tcp://10.1.2.3/1",
     "osdp+tcp://10.1.2.3:0/1", "osdp+udp://10.1.2.3:1/1", "osdp:/dev/ttyUSB0/1", "osdp:///dev/tty\x00/1", "http://10.1.2.3/"],
)  # fmt: skip
def test_a_wrong_address_says_how_to_write_it(text: str) -> None:
    with pytest.raises(OptionError, match=r"test: address = .*: (write|a |the )"):
        read_address(text, 80, "test")


async def open_(address: str, **options: Any) -> None:
    session = await DRIVER.open(Target("door", address), read_options(options, DRIVER.options, "test"), SystemClock())
    await session.close()
    await session.close()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "osdp:///dev/none/1", "osdp+tcp://127.0.0.1:1/1"])
async def test_opening_needs_no_device(address: str) -> None:
    await open_(address)
    if not address.startswith("osdp"):
        await open_(address, protocol="panel")


@pytest.mark.parametrize(
    "content", ["", "0badc0de", "zz" * 16, "00112233445566778899aabbccddeeff00", "secretsecretsecretsecretsecret!!"]
)
async def test_a_wrong_key_file_is_said_and_not_shown(content: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    with pytest.raises(OptionError) as caught:
        await open_("osdp:///dev/none/1", key_file=str(path))
    assert "key_file" in str(caught.value)
    assert not content or content not in str(caught.value)


async def test_a_user_without_a_password_is_said() -> None:
    with pytest.raises(OptionError, match="password_file"):
        await open_("127.0.0.1", user="viewer")


def answer(**changes: Any) -> Answer:
    said = {
        "endpoint": "0a1b2c3d-0000-4000-8000-020000000001", "addresses": ("http://10.1.2.3/onvif/device_service",), "types": ("Device",),
        "scopes": Scopes("Doors east", "A1001", "East", "00:40:8c:00:00:01", ("C",)), "source": "10.1.2.3",
    }  # fmt: skip
    return Answer(**{**said, **changes})


def test_a_controller_is_found_with_who_it_is() -> None:
    attributes = {
        "model": "A1001",
        "location": "East",
        "mac": "00:40:8c:00:00:01",
        "uuid": "0a1b2c3d-0000-4000-8000-020000000001",
    }
    assert read(answer()) == Found("door", "10.1.2.3", "Doors east", {}, attributes)
    other = read(answer(addresses=("http://169.254.1.1/x", "https://10.1.2.3:8443/x")))
    assert other is not None
    assert (other.address, dict(other.options)) == ("10.1.2.3:8443", {"tls": True})


@pytest.mark.parametrize(
    "changes", [{"scopes": Scopes("Cam", profiles=("Streaming", "T"))}, {"addresses": ()}, {"addresses": ("http://[",)}, {"addresses": ("mailto:x",)}]
)  # fmt: skip
def test_a_camera_or_an_answer_without_an_address_is_none(changes: dict[str, Any]) -> None:
    assert read(answer(**changes)) is None


async def test_discovery_asks_one_address_and_finds_a_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "PATIENCE", 0.2)
    scopes = ["onvif://www.onvif.org/Profile/C", "onvif://www.onvif.org/name/Doors", "onvif://www.onvif.org/hardware/X"]
    responder = Responder(
        answer().endpoint, ("tds:Device",), lambda: scopes, lambda: "http://127.0.0.1:8080/onvif/device_service"
    )
    await responder.start("127.0.0.1", 0)
    found = [each async for each in discover(f"127.0.0.1:{responder.place[1]}", SystemClock())]
    responder.stop()
    assert [(each.kind, each.address, each.name) for each in found] == [("door", "127.0.0.1:8080", "Doors")]


async def test_discovery_of_a_network_that_is_no_address() -> None:
    with pytest.raises(DeviceError, match="network"):
        assert [each async for each in discover("10.1.2.3:x", SystemClock())]
