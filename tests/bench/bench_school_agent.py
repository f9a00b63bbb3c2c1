"""A Pi-sized school: a real `firstbell-agent run` over 150 devices of the drivers' own simulators, which run in another process.

Once with host, bacnet, printer, network, ups and probe (bar 60 MB), once with camera, door, display and meter too (120 MB); at
most 3 % of one core. Intervals are such that more than 1,500 points a minute come in (here 3,500).
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from deploy.school.play import Part, Played
from deploy.school.stage import Plan, Role
from protocols.clock import SystemClock
from tests.bench.bench_agent import Peer, _free_port, _processor_seconds, _rss_mb

SETTLE_S = 15.0
WINDOW_S = 30.0
LIGHT = {"bacnet": 10, "printer": 50, "network": 10, "ups": 10, "probe": 70}
WHOLE = {
    "bacnet": 8,
    "printer": 30,
    "network": 6,
    "ups": 6,
    "probe": 30,
    "camera": 44,
    "door": 15,
    "display": 8,
    "meter": 3,
}
INTERVALS = {
    "bacnet": 120,
    "printer": 60,
    "network": 120,
    "ups": 60,
    "probe": 30,
    "camera": 180,
    "door": 180,
    "display": 180,
    "meter": 180,
}
WHERE = {"probe": "http://{}/"}


async def measure() -> dict[str, float]:
    """Of both schools: RSS in MB, share of one core in %, samples and polls a minute."""
    found: dict[str, float] = {}
    for name, kinds in (("light", LIGHT), ("whole", WHOLE)):
        found |= {f"school.{name}.{key}": value for key, value in (await _school(kinds)).items()}
    return found


async def _school(kinds: dict[str, int]) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix="firstbell-bench-"))
    mosquitto = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if mosquitto is None:
        return {}
    port = _free_port()
    broker = await asyncio.create_subprocess_exec(mosquitto, "-p", str(port), stderr=asyncio.subprocess.DEVNULL)
    simulators, played = await _simulate(kinds, folder)
    peer = Peer(port)
    await peer.client.start()
    task = asyncio.create_task(peer.run())
    try:
        await asyncio.wait_for(peer.client.connected.wait(), 10)
        return await _watch(peer, _config(folder, port, played))
    finally:
        await peer.client.stop()
        await task
        for process in (broker, simulators):
            process.terminate()
            await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _simulate(kinds: dict[str, int], folder: Path) -> tuple[Any, dict[str, Played]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.school.serve",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 22,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    roles = []
    for kind, count in kinds.items():
        for _ in range(count):
            number = len(roles) + 1
            place = WHERE.get(kind, "{}").format(f"127.20.20.{number}:{30000 + number}")
            traits = {"instance": 1000 + number} if kind == "bacnet" else {"number": number} if kind == "camera" else {}
            traits |= {"name": f"{kind} {number}"} if kind in ("printer", "ups", "network") else {}
            roles.append(Role(Part(f"{kind}-{number}", kind, place, traits)))
    process.stdin.write(msgspec.json.encode(Plan(str(folder / "school" / "control"), roles)) + b"\n")
    process.stdin.close()
    played = msgspec.json.decode(await process.stdout.readline(), type=dict[str, Played])
    assert not [each.error for each in played.values() if each.error]
    return process, played


def _config(folder: Path, port: int, played: dict[str, Played]) -> Path:
    lines = [
        "[agent]",
        'id = "bench"',
        f'state = "{folder}"',
        'log = "warning"',
        "[collector]",
        f'broker = "127.0.0.1:{port}"',
    ]
    lines += ["[[device]]", 'kind = "host"', 'address = "local"', 'key = "host"']
    for key, each in played.items():
        kind = key.partition("-")[0]
        options = ", ".join(f"{name} = {json.dumps(value)}" for name, value in each.options.items())
        lines += ["[[device]]", f'kind = "{kind}"', f'address = "{each.address}"', f'key = "{key}"']
        lines += [f"interval = {INTERVALS[kind]}", f"options = {{ {options} }}"]
    path = folder / "agent.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


async def _watch(peer: Peer, config: Path) -> dict[str, float]:
    clock = SystemClock()
    agent = await asyncio.create_subprocess_exec(sys.executable, "-m", "agent.cli", "run", "--config", str(config))
    try:
        await asyncio.wait_for(peer.first.wait(), 30)
        await asyncio.sleep(SETTLE_S)
        at, used, samples, polls = clock.monotonic(), _processor_seconds(agent.pid), peer.samples, peer.polls
        await asyncio.sleep(WINDOW_S)
        elapsed = clock.monotonic() - at
        return {
            "rss_mb": _rss_mb(agent.pid),
            "cpu_percent": 100 * (_processor_seconds(agent.pid) - used) / elapsed,
            "samples_per_minute": 60 * (peer.samples - samples) / elapsed,
            "polls_per_second": (peer.polls - polls) / elapsed,
        }
    finally:
        agent.terminate()
        await agent.wait()


if __name__ == "__main__":
    print(asyncio.run(measure()))
