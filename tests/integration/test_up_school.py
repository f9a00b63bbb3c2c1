"""`firstbell up --school` as a person uses it: devices over their real protocols, a scenario, the problem it must open, and its end."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

Asked = Callable[[str], Any]


async def run(*words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.cli", *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, said.decode()
    return said.decode()


@asynccontextmanager
async def school(data: Path, http: str, *options: str) -> AsyncIterator[httpx.AsyncClient]:
    """The whole of it, and a client that may read."""
    command = [sys.executable, "-m", "deploy.cli", "up", "--school", "--data", str(data), "--http", http, *options]
    up = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert up.stdout is not None
    try:
        ready = await asyncio.wait_for(up.stdout.readline(), 60)
        assert ready.startswith(b"First Bell is ready"), ready
        told = await run("token", "create", "--role", "viewer", "--name", "test", "--data", str(data))
        token = next(word for word in told.split() if word.startswith("fb_"))
        async with httpx.AsyncClient(
            base_url=f"http://{http}/api/v1", headers={"Authorization": f"Bearer {token}"}
        ) as client:
            yield client
    finally:
        up.send_signal(signal.SIGINT)
        await asyncio.wait_for(up.communicate(), 30)


async def until(client: httpx.AsyncClient, path: str, holds: Callable[[list[dict[str, Any]]], Any]) -> Any:
    """Ask until what is answered holds; at most 80 s."""
    async with asyncio.timeout(80):
        while True:
            rows = (await client.get(path)).raise_for_status().json()["items"]
            if found := holds(rows):
                return found
            await asyncio.sleep(0.5)


def open_doors(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["rule"] == "door.forced" and row["state"] != "resolved"]


async def test_a_forced_door_is_a_problem_and_is_over_when_it_is_healed(
    dsn: str, tmp_path: Path, new_port: Callable[[], int]
) -> None:
    http, mqtt = (f"127.0.0.1:{new_port()}" for _ in range(2))
    async with school(tmp_path, http, "--mqtt", mqtt, "--database", dsn) as client:
        await until(client, "/devices?limit=100", lambda rows: len([r for r in rows if r["last_seen"]]) >= 33)
        await until(
            client, "/points?metric=door.alarm", lambda rows: [r for r in rows if r["last"] and r["last"]["value"] == 0]
        )

        assert "door-forced" in await run("school", "break", "--data", str(tmp_path))
        await run("school", "break", "door-forced", "--data", str(tmp_path))
        forced = await until(client, "/problems", open_doors)
        assert [row["title"] for row in forced] == ["Demo Middle School: Front doors: Main Entrance was forced open"]

        await run("school", "heal", "--data", str(tmp_path))
        await until(client, "/problems", lambda rows: not open_doors(rows))
        problems = (await client.get("/problems?limit=100")).json()["items"]
        assert [row["title"] for row in problems if row["rule"] in ("device.unreachable", "device.silent")] == []
