"""Watches an interface within a namespace until its samples are as wanted, then prints samples and events as JSON.

Arguments: interface, options and wanted values (metric → least) as JSON. Prints `watching` when the learning is over.
"""

import asyncio
import json
import sys

from protocols.clock import SystemClock
from protocols.driver import Target
from protocols.drivers.lan import DRIVER
from protocols.drivers.lan.options import LanOptions
from protocols.errors import DeviceError
from protocols.options import read_options


async def watch(interface: str, options: LanOptions, wanted: dict[str, float]) -> None:
    session = await DRIVER.open(Target("lan", interface), options, SystemClock())
    events: list[object] = []
    looks, said = 0, {}
    try:
        async with asyncio.timeout(40):
            while True:
                await asyncio.sleep(0.2)
                try:
                    reading = await session.poll()
                except DeviceError:
                    continue
                said = {sample.metric: sample.value for sample in reading.samples}
                looks += 1
                if looks == 2:  # the first one learns
                    print("watching", flush=True)
                events += [{"kind": e.kind, **e.detail} for e in reading.events]
                if looks > 1 and all(said.get(metric, -1.0) >= least for metric, least in wanted.items()):
                    break
    finally:
        print(json.dumps({"samples": said, "events": events}), flush=True)
        await session.close()


asyncio.run(watch(sys.argv[1], read_options(json.loads(sys.argv[2]), LanOptions, "test"), json.loads(sys.argv[3])))
