"""A simulated service: listens, breaks on request, heals."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from protocols.address import Place
from protocols.clock import Clock
from protocols.drivers.probe.simulator import dns, mail, ntp, web
from protocols.drivers.probe.simulator.authority import Authority
from protocols.drivers.probe.target import Aim, read_aim
from protocols.errors import OptionError
from protocols.wire.batch import Scalar

FAULTS = {
    "down": "nothing listens",
    "silent": "takes what is sent and never answers",
    "slow": "answers after 8 seconds",
    "reset": "breaks every connection off (http, https, smtp)",
    "error": "500, SERVFAIL, 554, a clock that is not synchronised",
    "wrong": "another page or address, no mail server, a time server's kiss of death",
    "no-name": "NXDOMAIN (dns)",
    "blocked": "a content filter's block page or sinkhole in its place (http, https, dns)",
    "lossy": "every other packet is lost (dns, ntp)",
    "clock-off": "tells a time that is 90 seconds ahead (ntp)",
    "certificate-expired": "its certificate has ended",
    "certificate-expiring": "its certificate ends in 9 days",
    "certificate-self-signed": "its certificate is self-signed",
    "certificate-wrong-name": "its certificate is for another name",
}
TEXTS = {"dns": "192.0.2.10", "smtp": "Simulated"}
TLS = ("https", "tls", "smtp")
SLOW = 8.0


class Service:
    """One service at `address`; `text` is its page's heading, the address that its name has, or its greeting."""

    def __init__(self, aim: Aim, clock: Clock, text: str) -> None:
        self._aim, self._clock, self._text = aim, clock, text or TEXTS.get(aim.scheme, "Gradebook")
        self._faults: set[str] = set()
        self._port = aim.place.port
        self._authority = Authority((aim.place.host, "localhost"), clock) if aim.scheme in TLS else None
        self._server: asyncio.Server | None = None
        self._datagrams: asyncio.DatagramTransport | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._packets = 0
        self.heard: list[bytes] = []
        """Datagrams that came, and the first bytes of each connection."""

    @property
    def address(self) -> str:
        """As `[[device]]` writes it."""
        tail = f"/{self._aim.name}?type={self._aim.type}" if self._aim.scheme == "dns" else "/" if self._aim.url else ""
        return f"{self._aim.scheme}://{Place(self._aim.place.host, self._port)}{tail}"

    @property
    def options(self) -> Mapping[str, Scalar]:
        """The authority to trust, where TLS is spoken."""
        return {"ca_file": str(self._authority.ca_file)} if self._authority is not None else {}

    async def fault(self, name: str) -> None:
        """Break it. Raises `KeyError` for what is not in `FAULTS`."""
        self._faults.add({each: each for each in FAULTS}[name])
        await self._listen_again()

    async def heal(self) -> None:
        """Undo every fault."""
        self._faults.clear()
        await self._listen_again()

    async def start(self) -> None:
        """Listens; a port of 0 becomes a real one. Raises `OSError` when the port is taken."""
        if "down" in self._faults:
            return
        host, scheme = self._aim.place.host, self._aim.scheme
        if scheme != "ntp":
            context = (
                self._context() if self._authority is not None and (scheme != "smtp" or self._port == 465) else None
            )
            self._server = await asyncio.start_server(self._met, host, self._port, ssl=context)
            self._port = self._server.sockets[0].getsockname()[1]
        if scheme in ("dns", "ntp"):
            made = asyncio.get_running_loop().create_datagram_endpoint(lambda: _Datagrams(self), (host, self._port))
            self._datagrams, _ = await made
            self._port = self._datagrams.get_extra_info("sockname")[1]

    async def stop(self) -> None:
        """Ends every connection and listens no more."""
        if self._server is not None:
            self._server.close()
        if self._datagrams is not None:
            self._datagrams.abort()
        self._server = self._datagrams = None
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await asyncio.sleep(0)  # a datagram socket is closed with the loop's next turn

    def close(self) -> None:
        """Its certificates are removed."""
        if self._authority is not None:
            self._authority.close()

    async def _listen_again(self) -> None:
        await self.stop()
        await self.start()

    def _context(self) -> ssl.SSLContext:
        if self._authority is None:
            raise RuntimeError("no TLS here")
        return self._authority.context(self._faults)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._talks.add(task)
            task.add_done_callback(self._talks.discard)
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):
                await self._talk(reader, writer)
        except asyncio.CancelledError:
            pass  # asyncio.start_server would log it
        finally:
            if not writer.transport.is_closing():
                writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if "reset" in self._faults:
            writer.transport.abort()
            return
        if "silent" in self._faults:
            await asyncio.Event().wait()
        if "slow" in self._faults:
            await self._clock.sleep(SLOW)
        match self._aim.scheme:
            case "http" | "https":
                await web.talk(reader, writer, self._text, self._faults)
            case "smtp":
                await mail.talk(reader, writer, self._text, self._faults, self._context)
            case "dns":
                await dns.talk(reader, writer, self._text, self._faults)
            case _:
                await reader.read()

    async def answer(self, data: bytes, peer: tuple[str, int]) -> None:
        """One datagram's answer."""
        self.heard.append(data)
        self._packets += 1
        if "silent" in self._faults or ("lossy" in self._faults and self._packets % 2):
            return
        if "slow" in self._faults:
            await self._clock.sleep(SLOW)
        said = (
            ntp.reply(data, self._clock, self._faults)
            if self._aim.scheme == "ntp"
            else dns.reply(data, self._text, self._faults)
        )
        if said is not None and self._datagrams is not None:
            self._datagrams.sendto(said, peer)

    def begin(self, data: bytes, peer: tuple[str, int]) -> None:
        """One datagram has come."""
        task = asyncio.get_running_loop().create_task(self.answer(data, peer))
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, service: Service) -> None:
        self._service = service

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._service.begin(data, addr)


@asynccontextmanager
async def simulate(address: str, clock: Clock, text: str = "") -> AsyncIterator[Service]:
    """A service at `address`, as the driver's README writes it, with port 0 for a free one. Raises `OptionError`, `OSError`."""
    _, _, rest = address.partition("://")
    free = ":0" in rest
    aim = read_aim(address.replace(":0", ":1", 1) if free else address, "simulator")
    if aim.scheme == "icmp":
        raise OptionError("simulator: icmp is answered by the system itself: probe 127.0.0.1, which needs no simulator")
    service = Service(aim._replace(place=Place(aim.place.host, 0)) if free else aim, clock, text)
    try:
        await service.start()
        yield service
    finally:
        await service.stop()
        service.close()
