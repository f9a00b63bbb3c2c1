"""The supervisor with real child processes and a clock that stands still."""

import asyncio
import os
import signal
import sys

import pytest

from deploy.child import die_with_parent
from deploy.up.supervisor import FIRST_PAUSE, LONGEST_PAUSE, Program, Supervisor, next_pause
from protocols.clock import ManualClock
from protocols.errors import StartError


async def _spawn(code: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", code)


def _sleeper() -> Program:
    return Program("sleeper", lambda: _spawn("import signal; signal.pause()"))


@pytest.fixture
async def supervisor():
    made = Supervisor(ManualClock())
    yield made
    await made.stop()


async def _wait_for(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_killed_part_is_started_again_after_its_pause(supervisor):
    part = _sleeper()
    await supervisor.add(part)
    first = part.process
    os.kill(first.pid, signal.SIGKILL)
    await first.wait()
    await asyncio.sleep(0.05)
    assert part.process is first, "not before its pause is over"
    await supervisor._clock.advance(FIRST_PAUSE)
    await _wait_for(lambda: part.process is not first and part.process.returncode is None)


async def test_stop_ends_every_part(supervisor):
    parts = [_sleeper(), _sleeper()]
    for part in parts:
        await supervisor.add(part)
    running = [part.process for part in parts]
    await supervisor.stop()
    assert all(process.returncode is not None for process in running)
    assert all(part.process is None for part in parts)


async def test_a_part_that_ends_at_once_is_an_error_that_says_so(supervisor):
    async def never() -> bool:
        await asyncio.sleep(0.01)
        return False

    part = Program("broken", lambda: _spawn("raise SystemExit(3)"), never)
    with pytest.raises(StartError, match=r"broken ended at once \(exit status 3\)"):
        await supervisor.add(part)


def test_pauses_double_to_the_longest_and_start_over_after_a_steady_run():
    pauses = [FIRST_PAUSE]
    for _ in range(10):
        pauses.append(next_pause(pauses[-1], ran_for=1))
    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert pauses[-1] == LONGEST_PAUSE
    assert next_pause(LONGEST_PAUSE, ran_for=11) == FIRST_PAUSE


async def test_children_end_when_their_parent_is_killed():
    parent_code = (
        "import subprocess, sys, signal\n"
        "from deploy.child import die_with_parent\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import signal; signal.pause()'], preexec_fn=die_with_parent())\n"
        "print(child.pid, flush=True)\n"
        "signal.pause()\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", parent_code, stdout=asyncio.subprocess.PIPE)
    child = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()

    def gone() -> bool:
        try:
            with open(f"/proc/{child}/stat") as status:
                return status.read().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    await _wait_for(gone)


def test_die_with_parent_gives_a_callable():
    assert callable(die_with_parent(signal.SIGINT))
