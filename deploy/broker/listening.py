"""What every broker checks before and after its process starts: loopback, a free port, an answer."""

import asyncio
from asyncio.subprocess import Process
from pathlib import Path

from collector.fleet.addresses import join
from collector.server import bind
from protocols.errors import StartError

PATIENCE = 10.0


def require_loopback(host: str) -> None:
    """Plain MQTT knows nobody's name: raises `StartError` for any address that other machines can reach."""
    if host != "localhost" and host != "::1" and not host.startswith("127."):
        raise StartError(
            f"plain MQTT is for this machine alone and cannot listen on {host}; other machines need the TLS listener",
            permanent=True,
        )


def require_free(host: str, port: int) -> None:
    """Raises `StartError` when the address cannot be listened on: one line that says why and what to do."""
    bind(join(host, port), "--mqtt").close()


async def wait_until_open(process: Process, host: str, port: int, log: Path) -> None:
    """Return once `host`:`port` accepts a connection. Raises `StartError` with the log's last line if `process` ends."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (where a wildcard listener is reached)
    for _ in range(int(PATIENCE / 0.05)):
        if process.returncode is not None:
            raise StartError(f"the MQTT broker did not start: {_last_line(log)}")
        try:
            _, writer = await asyncio.open_connection(near, port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
    raise StartError(f"the MQTT broker does not answer on {host}:{port} after {PATIENCE:.0f} s; see {log}")


async def end(process: Process | None) -> None:
    """Ask the process to end, and make it after 10 s. Safe when it is not running."""
    if process is None or process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 10)
    except TimeoutError:
        process.kill()
        await process.wait()


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return f"{lines[-1]} (see {log})" if lines else f"see {log}"
