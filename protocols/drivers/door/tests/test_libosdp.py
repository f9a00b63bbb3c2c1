"""Against libosdp, which is not ours: as the device at the other end of a serial line, and as a control panel that owns the bus."""

import gc
import logging
from typing import Any

import pytest

from protocols.driver import Reading
from protocols.errors import DeviceError

CARD = bytes.fromhex("c0ffee15dead")
pytestmark = pytest.mark.usefixtures("brisk")


def values(reading: Reading) -> dict[tuple[str, str | None], float]:
    return {(sample.metric, sample.label): sample.value for sample in reading.samples}


async def test_a_device_over_a_secure_channel(opened: Any, ptys: Any, libosdp: Any, key_file: str) -> None:
    device = libosdp(False, ptys[0])
    async with opened(f"osdp://{ptys[1]}/1", key_file=key_file, label="Dock") as session:
        reading = await session.poll()
    assert values(reading)["door.tamper", "Dock"] == 0
    assert values(reading)["door.power", "Dock"] == 0
    assert values(reading)["door.encryption", "Dock"] == 1
    assert reading.attributes == {
        "vendor": "OUI 00:06:8E", "model": "2 version 1", "serial": "4711", "firmware": "1.2.3",
        "inputs": 4, "outputs": 2, "readers": 1, "secure_channel": True, "protocol": "osdp",
    }  # fmt: skip
    assert {command["command"] for command in device.commands} == {device.osdp.CMD_STATUS}


async def test_a_device_in_the_clear(opened: Any, ptys: Any, libosdp: Any) -> None:
    libosdp(False, ptys[0], None)
    async with opened(f"osdp://{ptys[1]}/1") as session:
        assert values(await session.poll())["door.encryption", "door"] == 0


async def test_a_changed_input_is_told_and_moves_the_door(
    opened: Any, ptys: Any, libosdp: Any, key_file: str, pushed: Any, until: Any
) -> None:
    device = libosdp(False, ptys[0])
    async with opened(f"osdp://{ptys[1]}/1", key_file=key_file, position_input=2) as session:
        assert values(await session.poll())["door.position", "door"] == 2  # this peer does not answer ISTAT
        told = pushed(session)
        report = {"event": device.osdp.EVENT_STATUS, "type": device.osdp.STATUS_REPORT_INPUT}
        device.submit(**report, report=b"\0\1\0\0")
        await until(lambda: told and values(told[-1])["door.position", "door"] == 1)
        device.submit(**report, report=b"\0\0\0\0")
        await until(lambda: values(told[-1])["door.position", "door"] == 0)


@pytest.mark.parametrize("secure", [True, False])
async def test_a_card_is_counted_and_never_kept(
    secure: bool, opened: Any, ptys: Any, libosdp: Any, key_file: str, pushed: Any, until: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    device = libosdp(False, ptys[0], bytes(range(16)) if secure else None)
    card = {
        "event": device.osdp.EVENT_CARDREAD, "reader_no": 0, "direction": 0, "length": 48, "data": CARD,
        "format": device.osdp.CARD_FMT_RAW_WIEGAND,
    }  # fmt: skip
    async with opened(f"osdp://{ptys[1]}/1", **({"key_file": key_file} if secure else {})) as session:
        await session.poll()
        told = pushed(session)
        device.submit(**card)
        await until(lambda: told and values(told[-1])["door.events", "door"] == 1)
        device.submit(event=device.osdp.EVENT_KEYPRESS, reader_no=0, data=b"\x12\x34\x56")
        device.submit(**card)
        await until(lambda: values(told[-1])["door.events", "door"] == 2)
        own = [
            each for each in gc.get_objects() if str(type(each).__module__).startswith("protocols.drivers.door.osdp")
        ]
        assert len(own) > 5
        shown = repr([getattr(each, "__dict__", each) for each in own]) + repr(told) + caplog.text
    assert CARD.hex() not in shown
    assert repr(CARD)[2:-1] not in shown
    assert b"\x12\x34\x56".hex() not in shown


async def test_a_wrong_key_is_said_and_nothing_is_read_in_the_clear(
    opened: Any, ptys: Any, libosdp: Any, key_file: str
) -> None:
    device = libosdp(False, ptys[0], bytes(16))
    async with opened(f"osdp://{ptys[1]}/1", key_file=key_file) as session:
        with pytest.raises(DeviceError, match="refuses the secure channel: key_file does not hold its key"):
            await session.poll()
    assert device.commands == []


async def test_a_bus_that_a_panel_owns_is_left_alone(opened: Any, ptys: Any, libosdp: Any) -> None:
    panel = libosdp(True, ptys[0])
    async with opened(f"osdp://{ptys[1]}/1", listen=5) as session:
        with pytest.raises(DeviceError, match="another control panel drives this bus: it asks address 1"):
            await session.poll()
        with pytest.raises(DeviceError, match="another control panel"):
            await session.poll()
    assert panel.channel.sent
    assert panel.channel.heard == b""


async def test_a_panel_that_appears_later_ends_the_talk(opened: Any, ptys: Any, libosdp: Any, until: Any) -> None:
    device = libosdp(False, ptys[0])
    async with opened(f"osdp://{ptys[1]}/1") as session:
        await session.poll()
        device.stop()
        panel = libosdp(True, ptys[0], bytes(16))
        await until(lambda: panel.channel.sent)
        with pytest.raises(DeviceError, match="another control panel"):
            await _poll_often(session)
        heard = len(panel.channel.heard)
        with pytest.raises(DeviceError, match="another control panel"):
            await session.poll()
        assert len(panel.channel.heard) == heard


async def _poll_often(session: Any) -> None:
    for _ in range(20):
        await session.poll()
