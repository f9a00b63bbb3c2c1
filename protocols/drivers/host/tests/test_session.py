"""The session: costly questions never hold up a poll, and closing stops them."""

import asyncio

import pytest

from protocols.drivers.host.session import HostSession
from protocols.drivers.host.simulator import FAULTS, SimulatedMachine, main, simulate
from protocols.drivers.host.snapshot import Upkeep


class Slow(SimulatedMachine):
    """A machine whose costly questions are never answered."""

    cancelled = False

    def due(self) -> bool:
        return True

    async def ask(self) -> Upkeep:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return Upkeep()


async def test_a_poll_does_not_wait_for_costly_answers_and_close_ends_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("protocols.drivers.host.session._PATIENCE", 0.01)
    machine = Slow()
    session = HostSession(machine, machine)
    await session.poll()
    machine.pass_time(30)
    assert (await session.poll()).samples
    await session.close()
    assert machine.cancelled


async def test_a_later_answer_is_in_a_later_poll() -> None:
    healthy, failing = await simulate([]), await simulate(["drive-failing"])
    assert not [sample for sample in healthy.samples if sample.metric == "host.disk.health"]
    assert [sample.value for sample in failing.samples if sample.metric == "host.disk.health"] == [1.0]


async def test_every_fault_shows_in_the_reading() -> None:
    healthy = (await simulate([])).samples
    for name in FAULTS:
        assert (await simulate([name])).samples != healthy, name


def test_the_simulator_prints_a_reading(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--fault", "hot"]) == 0
    assert '["host.temperature", "cpu_thermal", 84.1]' in capsys.readouterr().out
