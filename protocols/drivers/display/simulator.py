"""A classroom projector that does not exist: PJLink class 1 or 2 over TCP, search over UDP, with faults.

`python -m protocols.drivers.display.simulator --address 127.0.0.1:4352 [--fault lamp-failed]`
"""

import argparse
import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from protocols.address import read_place
from protocols.clock import Clock, SystemClock
from protocols.wire.batch import Scalar

FAULTS = {
    "off": "somebody has switched it off: standby, most answers are ERR3",
    "lamp-old": "its lamp is near its end and it warns",
    "lamp-failed": "its lamp does not light",
    "overheating": "it has switched itself off for heat and cools down",
    "fan-failed": "a fan stands still",
    "filter-clogged": "it wants its filter cleaned",
    "cover-open": "its lamp cover is open",
    "no-signal": "nothing is plugged in",
    "failure": "it answers every question with ERR4",
    "busy": "it answers every question with ERR3, as while it starts",
    "password-changed": "somebody has set another password",
    "mute": "its picture is muted and frozen",
    "unreachable": "its network is off, as in standby without network standby",
}
_ERST = {
    "lamp-old": (1, "1"),
    "lamp-failed": (1, "2"),
    "overheating": (2, "2"),
    "fan-failed": (0, "2"),
    "filter-clogged": (4, "1"),
    "cover-open": (3, "2"),
}
NOT_IN_STANDBY = ("INPT", "AVMT", "IRES", "FREZ")


@dataclass
class Identity:
    """What a projector says of itself."""

    name: str = "Room 12"
    vendor: str = "First Bell"
    model: str = "Simulated projector"
    serial: str = "FB00000012"
    lamps: tuple[float, ...] = (1240.0,)
    mac: str = "02:00:00:00:43:52"


@dataclass
class Projector:
    """The state, and the answers that follow from it. `queries` are the lines it was sent, without digests."""

    clock: Clock
    identity: Identity
    level: int = 2
    password: str | None = None
    on: bool = True
    faults: set[str] = field(default_factory=set)
    queries: list[str] = field(default_factory=list)
    overrides: dict[str, str] = field(default_factory=dict)
    began: float = 0.0

    def __post_init__(self) -> None:
        self.began = self.clock.monotonic()

    def answer(self, line: str) -> str:
        """The answer to one line, without its end."""
        self.queries.append(line)
        head, command, parameter = line[:6], line[2:6].upper(), line[7:]
        if line[:2] not in ("%1", "%2") or line[6:7] != " ":
            return "ERR1"
        return f"{head}={self._parameter(command, int(line[1]), parameter)}"

    def _parameter(self, command: str, level: int, parameter: str) -> str:
        known = self._answers()
        if command not in known or level > self.level:
            return "ERR1"
        if parameter != "?":
            return "ERR2"
        if "failure" in self.faults or "busy" in self.faults:
            return "ERR4" if "failure" in self.faults else "ERR3"
        if command in NOT_IN_STANDBY and self._power() != "1":
            return "ERR3"
        return self.overrides.get(command, known[command])

    def _power(self) -> str:
        if "overheating" in self.faults:
            return "2"
        return "1" if self.on and "off" not in self.faults else "0"

    def _answers(self) -> dict[str, str]:
        who = self.identity
        lit = "1" if self._power() == "1" and "lamp-failed" not in self.faults else "0"
        grown = (self.clock.monotonic() - self.began) / 3600 if lit == "1" else 0.0
        burned = 3600 if "lamp-old" in self.faults else 0
        muted = "mute" in self.faults
        digits = ["0"] * 6
        for fault in self.faults & set(_ERST):
            digits[_ERST[fault][0]] = max(digits[_ERST[fault][0]], _ERST[fault][1])
        first = {
            "POWR": self._power(),
            "ERST": "".join(digits),
            "LAMP": " ".join(f"{int(hours + burned + grown)} {lit}" for hours in who.lamps) or "ERR1",
            "INPT": "31",
            "INST": "11 31 32 51",
            "AVMT": "11" if muted else "30",
            "NAME": who.name,
            "INF1": who.vendor,
            "INF2": who.model,
            "INFO": "",
            "CLSS": str(self.level),
        }
        second = {
            "SNUM": who.serial,
            "SVER": "1.04",
            "RLMP": "FB-LP1",
            "RFIL": "FB-F1",
            "FILT": str(int(300 + grown)),
            "IRES": "-" if "no-signal" in self.faults else "1920x1080",
            "FREZ": "1" if muted else "0",
        }
        return first | (second if self.level == 2 else {})


class Simulator:
    """A projector at its address; keeps `protocols.simulated.Simulated`."""

    def __init__(self, host: str, port: int, projector: Projector, options: Mapping[str, Scalar]) -> None:
        self.host, self.port = host, port
        self.projector = projector
        self.options = options
        self._password = projector.password
        self._server: asyncio.Server | None = None
        self._udp: asyncio.DatagramTransport | None = None
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"{self.host}:{self.port}"

    async def start(self) -> None:
        """Answer; a port of 0 becomes a real one."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port, limit=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        if self.projector.level == 2 and self._udp is None:
            loop = asyncio.get_running_loop()
            self._udp, _ = await loop.create_datagram_endpoint(
                lambda: _Search(self.projector), local_addr=(self.host, self.port)
            )

    async def stop(self) -> None:
        """Fall silent and let the port go; safe to call twice."""
        server, self._server = self._server, None
        udp, self._udp = self._udp, None
        if udp is not None:
            udp.close()
        if server is not None:
            server.close()
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*(task for task in self._open.values() if task is not None))

    async def fault(self, name: str) -> None:
        """Break it: one of `FAULTS`. Raises `KeyError` for another name."""
        if name not in FAULTS:
            raise KeyError(name)
        self.projector.faults.add(name)
        if name == "unreachable":
            await self.stop()
        if name == "password-changed":
            self.projector.password = secrets.token_hex(8)

    async def heal(self) -> None:
        """Undo every fault."""
        self.projector.faults.clear()
        self.projector.password = self._password
        if self._server is None:
            await self.start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            await self._converse(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the controller left, or spoke too long
        finally:
            del self._open[writer]
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        password = self.projector.password
        salt = secrets.token_hex(4)
        writer.write(b"PJLINK 0\r" if password is None else f"PJLINK 1 {salt}\r".encode())
        while True:
            line = (await reader.readuntil(b"\r"))[:-1].decode("latin-1")
            if password is not None:
                digest = hashlib.md5((salt + password).encode(), usedforsecurity=False).hexdigest()
                if line[:32] != digest:
                    writer.write(b"PJLINK ERRA\r")
                    return await writer.drain()
                password, line = None, line[32:]
            writer.write(self.projector.answer(line).encode("utf-8", "surrogateescape") + b"\r")
            await writer.drain()


class _Search(asyncio.DatagramProtocol):
    """Answers `%2SRCH` with the MAC address."""

    def __init__(self, projector: Projector) -> None:
        self.projector = projector

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data.rstrip(b"\r") == b"%2SRCH":
            self.transport.sendto(f"%2ACKN={self.projector.identity.mac}\r".encode(), addr)


@contextlib.asynccontextmanager
async def simulate(
    address: str, clock: Clock, identity: Identity | None = None, level: int = 2, password_file: str | None = None
) -> AsyncIterator[Simulator]:
    """A running projector for the time of the block. Raises `OptionError` for an address, `OSError` for a taken port."""
    host, _, port = address.rpartition(":")
    place = read_place(address if port != "0" else host, 0, "simulator")
    password = None
    if password_file is not None:
        with open(password_file, encoding="utf-8") as file:  # noqa: ASYNC230  (one line, at the start)
            password = file.readline().rstrip("\r\n")
    options = {} if password_file is None else {"password_file": password_file}
    simulator = Simulator(place.host, place.port, Projector(clock, identity or Identity(), level, password), options)
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()


async def _run(chosen: argparse.Namespace) -> None:
    identity = Identity(name=chosen.name)
    async with simulate(chosen.address, SystemClock(), identity, chosen.level, chosen.password_file) as simulator:
        for name in chosen.fault:
            await simulator.fault(name)
        print(f"{chosen.name} answers at {simulator.address}, PJLink class {chosen.level}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Play the projector until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m protocols.drivers.display.simulator", description=__doc__)
    parser.add_argument("--address", default="127.0.0.1:4352", help="address and TCP port to answer at")
    parser.add_argument("--name", default="Room 12", help="its PJLink name")
    parser.add_argument("--level", type=int, choices=(1, 2), default=2, help="PJLink class")
    parser.add_argument("--password-file", help="file whose first line is its PJLink password")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), help="break this; repeatable")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
