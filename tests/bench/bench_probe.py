"""Probes: checks a second of the driver's http poll against bare asyncio that asks for the same page; same server, same run.

The server is a few lines of asyncio in a process of its own. Each check opens a connection of its own, as a person does who comes in the
morning. Rounds of both alternate.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from protocols.clock import SystemClock
from protocols.driver import Target
from protocols.drivers.probe import DRIVER
from protocols.drivers.probe.options import ProbeOptions

CHECKS = 300
ROUNDS = 5
SERVER = """
import asyncio
PAGE = b"HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\nContent-Length: 10000\\r\\nConnection: close\\r\\n\\r\\n" + b"<p>Gradebook</p>".ljust(10000)
async def met(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(PAGE)
    writer.close()
async def main():
    server = await asyncio.start_server(met, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


async def measure() -> dict[str, float]:
    """Checks a second of both, the best of the rounds, and their ratio."""
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER, stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    try:
        port = int(await asyncio.wait_for(server.stdout.readline(), 30))
        driver, bare = await _rounds(port)
    finally:
        server.terminate()
        await server.wait()
    return {"probe.polls_per_second": driver, "probe.bare.polls_per_second": bare, "probe.ratio": driver / bare}


async def _rounds(port: int) -> tuple[float, float]:
    options = ProbeOptions(contains=("gradebook",))
    session = await DRIVER.open(Target("bench", f"http://127.0.0.1:{port}/"), options, SystemClock())

    async def poll() -> None:
        assert (await session.poll()).attributes["answer"] == "as expected"

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"Gradebook" in await reader.read(-1)
        writer.close()

    driver, bare = [], []
    for _ in range(ROUNDS):
        driver.append(await _rate(poll))
        bare.append(await _rate(ask))
    return max(driver), max(bare)


async def _rate(check: Callable[[], Awaitable[None]]) -> float:
    start = time.perf_counter()
    for _ in range(CHECKS):
        await check()
    return CHECKS / (time.perf_counter() - start)


if __name__ == "__main__":
    print(asyncio.run(measure()))
