"""BACnet: values a second of the driver's poll against bare bacpypes3 ReadPropertyMultiple, same server, same run.

The server is rusty-bacnet in a process of its own, so that the reader alone is measured. Rounds of both alternate.
"""

import asyncio
import sys
import time
from typing import Any

from bacpypes3.app import Application
from bacpypes3.ipv4.link import NormalLinkLayer
from bacpypes3.local.device import DeviceObject
from bacpypes3.pdu import Address, IPv4Address
from bacpypes3.primitivedata import ObjectIdentifier, PropertyIdentifier

from protocols.clock import SystemClock
from protocols.driver import Target
from protocols.drivers.bacnet import DRIVER
from protocols.drivers.bacnet.network import bind_socket
from protocols.drivers.bacnet.options import Options

OBJECTS = 400
ROUNDS = 8
AT_ONCE = 25
PROPERTIES = ("present-value", "status-flags", "reliability", "event-state")
SERVER = f"""
import asyncio, rusty_bacnet
async def main():
    server = rusty_bacnet.BACnetServer(device_instance=1, device_name="bench", interface="127.0.0.1", port=0, broadcast_address="127.0.0.1")
    for number in range(1, {OBJECTS} + 1):
        server.add_analog_input(number, f"Point {{number}}", units=62, present_value=number / 10)
    await server.start()
    print(await server.local_address(), flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


async def measure() -> dict[str, float]:
    """Values a second of both, the best of the rounds, and their ratio (bar: at least 0.9)."""
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER, stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    try:
        address = (await asyncio.wait_for(server.stdout.readline(), 30)).decode().strip()
        driver, bare = await _rounds(address)
    finally:
        server.terminate()
        await server.wait()
    return {
        "bacnet.poll.values_per_second": driver,
        "bacnet.bare.values_per_second": bare,
        "bacnet.poll.ratio": driver / bare,
    }


async def _rounds(address: str) -> tuple[float, float]:
    session = await DRIVER.open(Target("bench", address), Options(alarms=False), SystemClock())
    application, link = await _bare_application()
    try:
        await session.poll()
        driver, bare = [], []
        for _ in range(ROUNDS):
            driver.append(await _rate(session.poll()))
            bare.append(await _rate(_bare(application, Address(address))))
    finally:
        await session.close()
        link.close()
        await asyncio.sleep(0)
    return max(driver), max(bare)


async def _rate(work: Any) -> float:
    start = time.perf_counter()
    await work
    return OBJECTS * len(PROPERTIES) / (time.perf_counter() - start)


async def _bare_application() -> tuple[Application, NormalLinkLayer]:
    """bacpypes3 as its own examples set it up."""
    sock = bind_socket("127.0.0.1:0")
    where = IPv4Address(sock.getsockname())
    device = DeviceObject(objectIdentifier=("device", 2), objectName="bare", maxApduLengthAccepted=1476)
    application = Application.from_object_list([device])
    link = NormalLinkLayer(where, bind_socket=sock)
    application.nsap.bind(link, address=where)
    await link.server._local_transport_ready.wait()
    return application, link


async def _bare(application: Any, address: Address) -> None:
    properties = [PropertyIdentifier(name) for name in PROPERTIES]
    for first in range(1, OBJECTS + 1, AT_ONCE):
        wanted: list[Any] = []
        for number in range(first, min(first + AT_ONCE, OBJECTS + 1)):
            wanted += [ObjectIdentifier(("analog-input", number)), properties]
        answers = await application.read_property_multiple(address, wanted)
        assert len(answers) == len(wanted) // 2 * len(PROPERTIES)


if __name__ == "__main__":
    print(asyncio.run(measure()))
