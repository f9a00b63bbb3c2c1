"""SNMP: rows a second of the transport's walk against bare gufo-snmp, the same agent (snmpd), the same run, all rows kept by both.

gufo is taken as its own documentation shows it, which asks for 20 rows at once; its rate when told to ask for as many as the
transport works itself up to is printed beside it. Rounds of all alternate.
"""

import asyncio
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from gufo.snmp.aio import SnmpSession

from protocols.address import Place
from protocols.clock import SystemClock
from protocols.errors import DeviceError
from protocols.transports.snmp.client import Snmp
from protocols.transports.snmp.limits import MOST_ROWS
from protocols.transports.snmp.options import SnmpOptions

ROUNDS = 12
INSTALLED, EVERYTHING = "1.3.6.1.2.1.25.6", "1.3.6.1.2.1"
"""Installed packages: thousands of rows that snmpd keeps at hand. Where there are few, all of mib-2."""
ENOUGH = 1000


async def measure() -> dict[str, float | None]:
    """Rows a second of each, the best of the rounds, and the ratio (bar: at least 0.9); None without snmpd."""
    if shutil.which("snmpd") is None:
        return {"snmp.walk.ratio": None}
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        place = Place("127.0.0.1", sock.getsockname()[1])
        sock.close()
        (Path(folder) / "snmpd.conf").write_text(f"agentaddress udp:{place}\nrocommunity public\n")
        agent = await asyncio.create_subprocess_exec(
            "snmpd", "-f", "-Ln", "-C", "-c", f"{folder}/snmpd.conf", env={**os.environ, "SNMP_PERSISTENT_DIR": folder},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            ours, bare, most = await _rounds(place)
        finally:
            agent.terminate()
            await agent.wait()
    return {
        "snmp.walk.ratio": ours / bare,
        "snmp.walk.rows_per_second": ours,
        "snmp.bare.rows_per_second": bare,
        "snmp.bare.large.rows_per_second": most,
    }


async def _rounds(place: Place) -> tuple[float, float, float]:
    snmp = Snmp(place, SnmpOptions(), SystemClock(), "bench")
    try:
        await _ready(snmp)
        root = INSTALLED if len(await snmp.walk(INSTALLED)) >= ENOUGH else EVERYTHING
        rates: list[list[float]] = [[], [], []]
        for _ in range(ROUNDS):
            for kept, walk in zip(
                rates, (snmp.walk(root), _bare(place, root, 20), _bare(place, root, MOST_ROWS)), strict=True
            ):
                kept.append(await _rate(walk))
    finally:
        await snmp.close()
    return max(rates[0]), max(rates[1]), max(rates[2])


async def _ready(snmp: Snmp) -> None:
    for _ in range(200):
        try:
            await snmp.get(["1.3.6.1.2.1.1.3.0"])
        except DeviceError:
            await asyncio.sleep(0.05)
        else:
            return
    raise RuntimeError("snmpd does not start")


async def _rate(walk: Awaitable[dict[str, Any]]) -> float:
    start = time.perf_counter()
    rows = await walk
    return len(rows) / (time.perf_counter() - start)


async def _bare(place: Place, root: str, rows: int) -> dict[str, Any]:
    async with SnmpSession(place.host, port=place.port, community="public", max_repetitions=rows) as session:
        return {oid: value async for oid, value in session.getbulk(root)}


if __name__ == "__main__":
    print(asyncio.run(measure()))
