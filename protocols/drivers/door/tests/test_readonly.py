"""No question of this driver changes a device: what leaves is captured, and what would is refused."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from protocols.clock import SystemClock
from protocols.drivers.door.osdp import frame as wire
from protocols.drivers.door.simulator import FAULTS, simulate
from protocols.errors import DeviceError
from protocols.transports.onvif import Onvif, OnvifOptions, login_of

FOLDER = Path(__file__).parents[1]
CONTROLS = (
    "AccessDoor", "LockDoor", "UnlockDoor", "BlockDoor", "LockDownDoor", "LockDownReleaseDoor", "LockOpenDoor",
    "LockOpenReleaseDoor", "DoubleLockDoor",
)  # fmt: skip
OUT, LED, BUZZER, TEXT, COMSET, KEYSET, FILE, MANUFACTURER = 0x68, 0x69, 0x6A, 0x6B, 0x6E, 0x75, 0x7C, 0x80


async def test_a_controller_is_asked_and_never_told(opened: Any, pushed: Any, until: Any) -> None:
    async with simulate("127.0.0.1:0", SystemClock()) as simulated:
        async with opened(simulated.address, **simulated.options) as session:
            await session.poll()
            pushed(session)
            await until(lambda: simulated.device.subscriptions.open)
            for name in FAULTS:
                if name not in ("silent", "wrong-key", "wrong-password"):
                    await simulated.fault(name)
                    await session.poll()
        requests = set(simulated.device.requests)
    asked = {"GetDoorInfoList", "GetDoorState"} | {"GetAccessPointInfoList", "GetAccessPointState"}
    device = {"GetSystemDateAndTime", "GetServices", "GetDeviceInformation", "GetScopes", "GetNetworkInterfaces"}
    device |= {"GetEndpointReference"}
    events = {"CreatePullPointSubscription", "PullMessages", "Unsubscribe", "Renew"}
    assert {each.partition(":")[2] for each in requests} <= asked | device | events
    assert {"tdc:GetDoorState", "tev:PullMessages"} <= requests


@pytest.mark.parametrize("control", CONTROLS)
async def test_a_control_is_refused_before_it_is_sent(control: str) -> None:
    async with simulate("127.0.0.1:0", SystemClock()) as simulated:
        options = OnvifOptions(**simulated.options)
        onvif = Onvif(simulated.place, options, login_of(options, "test"), SystemClock(), "test")
        with pytest.raises(DeviceError, match="never sent"):
            await onvif.ask(f"<tdc:{control}><tdc:Token>door-1</tdc:Token></tdc:{control}>")
        await onvif.close()
        assert f"tdc:{control}" not in simulated.device.requests


@pytest.mark.usefixtures("brisk")
async def test_an_osdp_device_is_asked_and_never_told(opened: Any, pushed: Any, until: Any) -> None:
    async with simulate("osdp+tcp://127.0.0.1:0/1", SystemClock()) as simulated:
        async with opened(simulated.address, **simulated.options) as session:
            await session.poll()
            told = pushed(session)
            simulated.device.present(b"\xde\xad\xbe\xef")
            simulated.device.press(b"1234")
            await simulated.fault("tamper")
            await until(lambda: told and any(s.metric == "door.tamper" and s.value == 1 for s in told[-1].samples))
            await session.poll()
            await asyncio.sleep(0)
        commands = set(simulated.device.commands)
    assert commands == wire.READS
    assert [event.kind for reading in told for event in reading.events] == ["door.tampered"]
    assert not commands & {OUT, LED, BUZZER, TEXT, COMSET, KEYSET, FILE, MANUFACTURER}
    assert b"\xde\xad\xbe\xef".hex() not in repr(told)


def test_no_source_names_a_control() -> None:
    control = re.compile(
        r"\b(" + "|".join(CONTROLS) + r"|(En|Dis)ableAccessPoint|ExternalAuthorization)\b|osdp_sys|submit_command"
    )
    sources = [path for path in FOLDER.rglob("*.py") if not {"tests", "simulator"} & set(path.parts)]
    assert len(sources) > 12
    assert [path.name for path in sources if control.search(path.read_text("utf-8"))] == []
