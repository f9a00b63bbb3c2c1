"""The simulated meter as it runs: answers functions 3 and 4, refuses every other, breaks on demand."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from protocols.address import read_place
from protocols.clock import Clock
from protocols.drivers.meter.register_map import RegisterMap, load_map
from protocols.drivers.meter.simulator.figures import figures
from protocols.drivers.meter.simulator.registers import registers
from protocols.wire.batch import Scalar

FAULTS = {
    "phase-lost": "phase L2 has no voltage: a fuse has blown",
    "unreachable": "its network is down",
    "no-answer": "it takes the connection and says nothing",
    "gateway": "its gateway gets no answer from it (exception 11)",
    "busy": "another controller is at it (exception 6)",
    "register-refused": "its firmware does not have the frequency (exception 2)",
    "small-requests": "it refuses requests of more than 10 registers (exception 3)",
    "rollover": "its counters have begun again at 0",
    "glitch": "its counters read 0, once",
    "not-available": "it marks everything as not available",
    "another-unit": "its gateway sends another meter's answer",
    "garbage": "something else answers at its port",
}
_HEAD = struct.Struct(">HHHB")


@dataclass
class Meter:
    """The state, and the answers that follow from it. `functions` are those it was asked, with start and count."""

    clock: Clock
    map: RegisterMap
    unit: int = 1
    peak: float = 45_000.0
    faults: set[str] = field(default_factory=set)
    functions: list[tuple[int, int, int]] = field(default_factory=list)
    began_ms: int = 0

    def __post_init__(self) -> None:
        self.began_ms = self.clock.now_ms()

    def answer(self, unit: int, request: bytes, zeroed: bool = False) -> bytes:
        """The answer's function and data to the request's; `zeroed`: its counters read 0."""
        function = request[0]
        start, count = struct.unpack(">HH", request[1:5]) if len(request) == 5 else (0, 0)
        self.functions.append((function, start, count))
        problem = self._problem(function, unit, start, count)
        if problem is not None:
            return bytes((function | 0x80, problem))
        held = self.registers(zeroed)
        return struct.pack(f">BB{count}H", function, 2 * count, *(held.get(start + place, 0) for place in range(count)))

    def registers(self, zeroed: bool = False) -> dict[int, int]:
        """What it holds now."""
        if "not-available" in self.faults:
            return registers(self.map, None)
        said = figures(self.began_ms, self.clock.now_ms(), self.peak, "L2" if "phase-lost" in self.faults else None)
        for (metric, label), value in said.items():
            if metric == "meter.energy" and ("rollover" in self.faults or zeroed):
                said[metric, label] = 0.0 if zeroed else value - 128_000.0
        return registers(self.map, said)

    def _problem(self, function: int, unit: int, start: int, count: int) -> int | None:
        if function not in (3, 4) or function != self.map.function:
            return 1
        if not 1 <= count <= 125 or ("small-requests" in self.faults and count > 10):
            return 3
        if "busy" in self.faults or "gateway" in self.faults or unit != self.unit:
            return 6 if "busy" in self.faults else 11
        held = self.registers()
        rows = [row for row in self.map.register if row.metric == "meter.frequency"]
        if "register-refused" in self.faults and any(start <= row.address < start + count for row in rows):
            return 2
        return None if any(start <= address < start + count for address in held) else 2


class Simulator:
    """A meter at its address; keeps `protocols.simulated.Simulated`."""

    def __init__(self, host: str, port: int, meter: Meter, options: Mapping[str, Scalar]) -> None:
        self.host, self.port = host, port
        self.meter, self.options = meter, options
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"{self.host}:{self.port}"

    async def start(self) -> None:
        """Answer; a port of 0 becomes a real one."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port, limit=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Fall silent and let the port go; safe to call twice."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*(task for task in self._open.values() if task is not None))

    async def fault(self, name: str) -> None:
        """Break it: one of `FAULTS`. Raises `KeyError` for another name."""
        if name not in FAULTS:
            raise KeyError(name)
        self.meter.faults.add(name)
        if name == "unreachable":
            await self.stop()

    async def heal(self) -> None:
        """Undo every fault."""
        self.meter.faults.clear()
        if self._server is None:
            await self.start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        zeroed = "glitch" in self.meter.faults  # for this connection, which is one poll
        self.meter.faults.discard("glitch")
        try:
            while True:
                await self._turn(reader, writer, zeroed)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the controller left
        finally:
            del self._open[writer]
            writer.close()

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, zeroed: bool) -> None:
        transaction, _, length, unit = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        request = await reader.readexactly(max(1, length - 1))
        if "no-answer" in self.meter.faults:
            return
        answer = self.meter.answer(unit, request, zeroed)
        other = unit ^ 1 if "another-unit" in self.meter.faults else unit
        frame = _HEAD.pack(transaction, 0, len(answer) + 1, other) + answer
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" if "garbage" in self.meter.faults else frame)
        await writer.drain()


@contextlib.asynccontextmanager
async def simulate(
    address: str,
    clock: Clock,
    map_name: str = "sunspec",
    unit: int | None = None,
    peak: float = 45_000.0,
) -> AsyncIterator[Simulator]:
    """A running meter of a register map for the time of the block; `peak` is its load at midday in W."""
    host, _, port = address.rpartition(":")
    place = read_place(address if port != "0" else host, 0, "simulator")
    chosen = await asyncio.to_thread(load_map, map_name, None, "simulator")
    options: dict[str, Scalar] = {"map": map_name} if unit is None else {"map": map_name, "unit": unit}
    meter = Meter(clock, chosen, chosen.unit if unit is None else unit, peak)
    simulator = Simulator(place.host, place.port, meter, options)
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()
