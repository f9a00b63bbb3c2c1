"""The camera driver: how long a snapshot takes to judge (one core), and the memory that a process with the driver at work has more than without.

Snapshots are JPEG as a camera sends them (quality 75, noise), 1080p and 4K; judging is all of it: decode, figures, thumbnail, checksums, verdict. Memory is
of processes of their own: one with what every agent imports, one that has also polled a simulated camera in another process eight times with its events subscribed.
"""

import asyncio
import statistics
import sys

from protocols.clock import SystemClock
from protocols.drivers.camera.judge import Memory, judge
from protocols.drivers.camera.simulator.pictures import Shot, jpeg
from protocols.drivers.camera.thumbnail import look_at

SIZES = {"1080p": (1920, 1080), "4k": (3840, 2160)}
ROUNDS = 15
POLLS = 8
BARE = "import agent.run, protocols.drivers.host; "
RSS = "print(int(next(row for row in open('/proc/self/status') if row.startswith('VmRSS')).split()[1]) / 1024)"
WATCH = """
import asyncio, sys
from protocols.clock import SystemClock
from protocols.driver import Target
from protocols.registry import driver
async def watch():
    found = driver("camera")
    options = found.options(user=sys.argv[2], password_file=sys.argv[3], picture_every=10)
    session = await found.open(Target("camera", sys.argv[1]), options, SystemClock())
    await session.poll()
    push = session.push()
    await anext(push)
    for number in range(int(sys.argv[4])):
        session._turns._done.clear()
        reading = await session.poll()
        assert ("camera.picture.state", 0.0) in [(sample.metric, sample.value) for sample in reading.samples]
    await session.close()
asyncio.run(watch())
"""


async def measure() -> dict[str, float]:
    """Milliseconds a snapshot, medians; MB of memory that the driver adds."""
    found = {}
    for name, size in SIZES.items():
        found[f"camera.judge.{name}_ms"] = 1000 * _judged(size)
    bare, watching = await _memory()
    found["camera.agent.rss_mb"] = watching
    found["camera.added.rss_mb"] = watching - bare
    return found


def _judged(size: tuple[int, int]) -> float:
    """Median seconds a snapshot of this size."""
    clock, memory, times = SystemClock(), Memory(), []
    for number in range(ROUNDS):
        snapshot = jpeg(Shot(size=size, clock=1_760_000_000_000 + number * 60_000))
        began = clock.monotonic()
        _, memory = judge(memory, look_at(snapshot), 1_760_000_000_000 + number * 60_000)
        times.append(clock.monotonic() - began)
    return statistics.median(times[3:])


async def _memory() -> tuple[float, float]:
    pipe = asyncio.subprocess.PIPE
    module = "protocols.drivers.camera.simulator"
    camera = await asyncio.create_subprocess_exec(sys.executable, "-m", module, "--address", "127.0.0.1:0", stdout=pipe)
    try:
        assert camera.stdout is not None
        words = (await asyncio.wait_for(camera.stdout.readline(), 30)).decode().split()
        address = words[words.index("at") + 1]
        user, password = (word.partition("=")[2] for word in words if "=" in word)
        bare = await _run(BARE + RSS)
        return bare, await _run(BARE + WATCH + RSS, address, user, password, str(POLLS))
    finally:
        camera.terminate()
        await camera.wait()


async def _run(program: str, *words: str) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *words, stdout=asyncio.subprocess.PIPE
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 120)
        return float(output.split()[-1])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


if __name__ == "__main__":
    print(asyncio.run(measure()))
