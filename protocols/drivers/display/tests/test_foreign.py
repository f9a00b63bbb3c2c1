"""Peers that are not ours: the emulator of pjlink-advance (Python 3.13 on), and aiopjlink as the simulator's controller."""

import asyncio
from typing import Any

import pytest

from protocols.clock import ManualClock
from protocols.drivers.display.simulator import Simulator, simulate

aiopjlink = pytest.importorskip("aiopjlink", reason="needs the package aiopjlink")


@pytest.mark.parametrize("password", [None, "JBMIAProjectorLink"])
@pytest.mark.parametrize("level", [1, 2])
async def test_the_driver_reads_a_foreign_projector(
    opener: Any, tmp_path: Any, password: str | None, level: int
) -> None:
    peer = pytest.importorskip("pjlink_advance.emulator", reason="needs pjlink-advance, which needs Python 3.13")
    models = pytest.importorskip("pjlink_advance.models")
    file = tmp_path / "password"
    file.write_text(password or "unused")
    state = peer.EmulatorState(power=models.PowerState.ON, lamps=[models.Lamp(1200, True), models.Lamp(31, False)])
    async with peer.PJLinkEmulator(state, pj_class=level, password=password, udp_port=None) as emulator:
        session = await opener(f"127.0.0.1:{emulator.port}", password_file=str(file) if password else None)
        on = await session.poll()
        state.power = models.PowerState.OFF
        off = {(s.metric, s.label): s.value for s in (await session.poll()).samples}
        assert [line for line in emulator.received if not line.endswith(" ?")] == []
        async with asyncio.timeout(10):
            while emulator._writers:  # its handlers end by themselves
                await asyncio.sleep(0.01)
    said = {(s.metric, s.label): s.value for s in on.samples}
    assert (said["display.power", None], said["display.input", None], said["display.mute", None]) == (1, 31, 0)
    assert (said["display.lamp.hours", "1"], said["display.lamp.hours", "2"]) == (1200, 31)
    assert (on.attributes["name"], on.attributes["vendor"]) == ("EB-L735U", "EPSON")
    assert (off["display.power", None], off["display.input", None], off["display.lamp.state", "1"]) == (0, 255, 0)
    if level == 2:
        assert (said["display.filter.hours", None], said["display.signal", None]) == (300, 1)
        assert on.attributes["serial"] == "X8JK0000001"


async def asked(simulator: Simulator, password: str | None = None) -> tuple[Any, ...]:
    host, _, port = simulator.address.rpartition(":")
    async with aiopjlink.PJLink(host, int(port), password, timeout=5) as link:
        errors = await link.errors.query()
        return (
            await link.power.get(),
            await link.lamps.status(),
            await link.sources.get(),
            await link.mute.status(),
            {part.value: level.value for part, level in errors.items()},
            await link.info.serial_number(),
            await link.filter.hours(),
        )


async def test_a_foreign_controller_reads_the_simulator_as_the_driver_does(clock: ManualClock, tmp_path: Any) -> None:
    file = tmp_path / "password"
    file.write_text("JBMIAProjectorLink")
    async with simulate("127.0.0.1:0", clock, password_file=str(file)) as simulator:
        await simulator.fault("filter-clogged")
        power, lamps, source, mute, errors, serial, hours = await asked(simulator, "JBMIAProjectorLink")
        host, _, port = simulator.address.rpartition(":")
        link = aiopjlink.PJLink(host, int(port), "guess", timeout=5)
        with pytest.raises(aiopjlink.PJLinkPassword):
            await link.__aenter__()
        link._writer.close()  # it would leave it open
    assert (power.value, [(h, s.value) for h, s in lamps], source[0].value + source[1]) == ("1", [(1240, "1")], "31")
    assert (mute, errors["filter"], errors["lamp"], serial, hours) == ((False, False), "1", "0", "FB00000012", 300)


async def test_in_standby_the_simulator_is_as_unavailable_as_the_standard_says(simulator: Simulator) -> None:
    await simulator.fault("off")
    host, _, port = simulator.address.rpartition(":")
    async with aiopjlink.PJLink(host, int(port)) as link:
        assert (await link.power.get()).value == "0"
        with pytest.raises(aiopjlink.PJLinkERR3):
            await link.sources.get()
