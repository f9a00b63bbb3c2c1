"""A session on a simulated device, and libosdp as the foreign device or control panel on a bus."""

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from protocols.clock import SystemClock
from protocols.driver import Reading, Session, Target
from protocols.drivers.door import DRIVER
from protocols.drivers.door.osdp import bus as bus_module
from protocols.drivers.door.osdp import session as session_module
from protocols.options import read_options

KEY = bytes(range(16))


@pytest.fixture
def opened() -> Any:
    """`async with opened(address, **options) as session`."""

    @asynccontextmanager
    async def opening(address: str, **options: Any) -> AsyncIterator[Session]:
        if address.startswith("osdp"):
            options.setdefault("listen", 0.1)
        read = read_options(options, DRIVER.options, "test")
        session = await DRIVER.open(Target("door", address), read, SystemClock())
        try:
            yield session
        finally:
            await session.close()

    return opening


@pytest.fixture
def until() -> Any:
    """Wait for a condition, at most ten seconds."""

    async def waiting(condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.005)

    return waiting


@pytest.fixture
async def pushed() -> AsyncIterator[Any]:
    """`pushed(session)`: a list that what the session tells by itself is added to."""
    async with AsyncExitStack() as stack:

        def listen(session: Any) -> list[Reading]:
            told: list[Reading] = []

            async def take() -> None:
                async for reading in session.push():
                    told.append(reading)  # noqa: PERF401  (as they come)

            task = asyncio.create_task(take())

            async def end() -> None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

            stack.push_async_callback(end)
            return told

        yield listen


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bus whose rounds and patience are short."""
    monkeypatch.setattr(bus_module, "ROUND_S", 0.01)
    monkeypatch.setattr(session_module, "ROUNDS_S", 1.0)
    monkeypatch.setattr(session_module, "SOON_S", 1.0)


class Octets:
    """A channel of libosdp over a socket or a terminal. `sent` and `heard` are all octets either way."""

    def __init__(self, port: int) -> None:
        self.id, self.port = port, port
        self.sent, self.heard = bytearray(), bytearray()
        os.set_blocking(port, False)

    def read(self, most: int) -> bytes:
        try:
            octets = os.read(self.port, most)
        except OSError:
            return b""
        self.heard += octets
        return octets

    def write(self, octets: bytes) -> int:
        self.sent += octets
        try:
            return os.write(self.port, octets)
        except OSError:
            return len(octets)

    def flush(self) -> None: ...


class Libosdp:
    """libosdp as a device or as the control panel, refreshed in a thread of its own."""

    def __init__(self, panel: bool, channel: Octets, key: bytes | None, address: int = 1) -> None:
        self.osdp = pytest.importorskip("osdp_sys", reason="libosdp is not installed")
        self.osdp.set_loglevel(0)
        self.channel, self.commands = channel, list[dict[str, Any]]()
        info = {
            "name": "peer", "address": address, "flags": 0, "scbk": key, "channel": channel, "version": 1, "model": 2,
            "vendor_code": 0x8E0600, "serial_number": 4711, "firmware_version": 0x010203,
        }  # fmt: skip
        if panel:
            self.context = self.osdp.ControlPanel([info])
        else:
            kinds = {"CONTACT_STATUS_MONITORING": 4, "OUTPUT_CONTROL": 2, "COMMUNICATION_SECURITY": 1, "READERS": 1}
            capabilities = [
                {"function_code": getattr(self.osdp, f"CAP_{name}"), "compliance_level": 1, "num_items": count}
                for name, count in kinds.items()
            ]
            self.context = self.osdp.PeripheralDevice(info, capabilities=capabilities)
            self.context.set_command_callback(self._heard)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def submit(self, **event: Any) -> None:
        with self._lock:
            assert self.context.submit_event(event)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _heard(self, command: dict[str, Any]) -> tuple[int, None]:
        self.commands.append(command)
        return 0, None

    def _run(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                self.context.refresh()
            self._stop.wait(0.003)


@pytest.fixture
def ptys(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two ends of a line, as socat makes them."""
    if shutil.which("socat") is None:
        pytest.skip("socat is not installed")
    ends = (str(tmp_path / "a"), str(tmp_path / "b"))
    process = subprocess.Popen(["socat", *(f"pty,raw,echo=0,link={end}" for end in ends)])
    try:
        for _ in range(1000):
            if all(os.path.exists(end) for end in ends):
                break
            threading.Event().wait(0.005)
        yield ends
    finally:
        process.terminate()
        process.wait(5)


@pytest.fixture
def libosdp() -> Iterator[Any]:
    """`libosdp(panel, octets or path, key)`."""
    made: list[Libosdp] = []
    ports: list[int] = []

    def make(panel: bool, path: str, key: bytes | None = KEY, address: int = 1) -> Libosdp:
        port = os.open(path, os.O_RDWR | os.O_NOCTTY)
        ports.append(port)
        made.append(Libosdp(panel, Octets(port), key, address))
        return made[-1]

    yield make
    for each in made:
        each.stop()
    for port in ports:
        os.close(port)


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    """The file of the foreign device's key."""
    path = tmp_path / "scbk"
    path.write_text(KEY.hex() + "\n")
    return str(path)


@pytest.fixture
def free_port() -> int:
    """A TCP port that nothing listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
