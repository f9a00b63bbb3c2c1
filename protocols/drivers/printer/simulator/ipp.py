"""The simulated printer's IPP end: HTTP/1.1, Get-Printer-Attributes; every other operation is refused and remembered."""

import asyncio
import base64
import contextlib
import ssl
import struct
from collections.abc import Iterator
from typing import Any

import h11

from protocols.drivers.printer import ipp_message as ipp
from protocols.drivers.printer.simulator.state import State

MOST_BYTES = 64_000
_OK, _BAD_REQUEST, _NOT_FOUND, _NOT_SUPPORTED = 0x0000, 0x0400, 0x0406, 0x0501
_REASONS = {
    "toner-low": "toner-low-warning", "toner-out": "toner-empty-error", "waste-full": "marker-waste-full-error",
    "jam": "media-jam-error", "door-open": "cover-open-error", "no-paper": "media-empty-error",
    "offline": "shutdown-warning",
}  # fmt: skip

Field = tuple[int, bytes]


class IppServer:
    """Answers at `host`, `port` (0: a free one), in TLS where `tls` is set, to whom `credential` (user, password) where that is.

    `operations` are those that were asked for, in order; `raw`, when set, is sent instead of an answer.
    """

    def __init__(self, state: State, host: str, port: int) -> None:
        self._state, self._host, self.port = state, host, port
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self.operations: list[int] = []
        self.methods: list[str] = []
        self.raw: bytes | None = None
        self.path = "/ipp/print"
        self.tls: ssl.SSLContext | None = None
        self.credential: tuple[str, str] | None = None

    async def start(self) -> None:
        """Listen; again at the same port after `stop`."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, self._host, self.port, ssl=self.tls)
            self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
            conversations = [task for task in self._open.values() if task is not None]
            for writer in self._open:
                writer.transport.abort()
            await asyncio.gather(*conversations, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            with contextlib.suppress(h11.RemoteProtocolError, OSError):
                await self._converse(h11.Connection(h11.SERVER), reader, writer)
        finally:
            self._open.pop(writer, None)
            writer.close()

    async def _converse(self, spoken: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target, body, authorization = "", b"", b""
        while True:
            event = spoken.next_event()
            if event is h11.NEED_DATA:
                spoken.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Request):
                target, body = event.target.decode("latin-1"), b""
                authorization = dict(event.headers).get(b"authorization", b"")
                self.methods.append(event.method.decode("latin-1"))
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > MOST_BYTES:
                    return
            elif isinstance(event, h11.EndOfMessage):
                if self.raw is not None:
                    writer.write(self.raw)
                    return
                is_known = self._is_known(authorization)
                writer.write(_http(spoken, self._answer(target, body)) if is_known else _refusal(spoken))
                await writer.drain()
                if spoken.our_state is h11.MUST_CLOSE:
                    return
                spoken.start_next_cycle()
            else:
                return

    def _is_known(self, authorization: bytes) -> bool:
        if self.credential is None:
            return True
        return authorization == b"Basic " + base64.b64encode(":".join(self.credential).encode())

    def _answer(self, target: str, body: bytes) -> bytes:
        if len(body) < 8:
            return message(_BAD_REQUEST, bytes((1, 1, 0, 0, 0, 0, 0, 0)), [])
        (operation,) = struct.unpack_from(">H", body, 2)
        self.operations.append(operation)
        if target != self.path:
            return message(_NOT_FOUND, body, [])
        if operation != ipp.GET_PRINTER_ATTRIBUTES:
            return message(_NOT_SUPPORTED, body, [])
        return message(_OK, body, attributes(self._state))


def _refusal(spoken: Any) -> bytes:
    headers = [("WWW-Authenticate", 'Basic realm="printer"'), ("Content-Length", "0")]
    parts = (h11.Response(status_code=401, headers=headers), h11.EndOfMessage())
    return b"".join(spoken.send(part) for part in parts)


def _http(spoken: Any, body: bytes) -> bytes:
    headers = [("Content-Type", "application/ipp"), ("Content-Length", str(len(body)))]
    parts = (h11.Response(status_code=200, headers=headers), h11.Data(data=body), h11.EndOfMessage())
    return b"".join(spoken.send(part) for part in parts)


def message(status: int, asked: bytes, printer: list[tuple[str, list[Field]]]) -> bytes:
    """A response to `asked`, in its version and with its number, with attributes of the printer, each a name and its values."""
    operation: list[tuple[str, list[Field]]] = [
        ("attributes-charset", [(ipp.CHARSET, b"utf-8")]),
        ("attributes-natural-language", [(ipp.LANGUAGE, b"en")]),
    ]
    out = bytearray(asked[:2] + struct.pack(">H", status) + asked[4:8])
    for group, rows in ((0x01, operation), (0x04, printer)):
        out.append(group)
        for name, values in rows:
            for place, (tag, value) in enumerate(values):
                key = b"" if place else name.encode()
                out += struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(value)) + value
    out.append(0x03)
    return bytes(out)


def _integers(*values: int, tag: int = ipp.INTEGER) -> list[Field]:
    return [(tag, struct.pack(">i", value)) for value in values]


def attributes(state: State) -> list[tuple[str, list[Field]]]:
    """What the printer says of itself."""
    reasons = [reason for fault, reason in _REASONS.items() if fault in state.faults] or ["none"]
    named = state.traits.model
    uuid = f"urn:uuid:00000000-0000-4000-8000-{state.traits.mac.hex()}"
    rows: list[tuple[str, list[Field]]] = [
        ("printer-name", [(ipp.NAME, state.text("name", state.traits.name))]),
        ("printer-info", [(ipp.TEXT, state.text("name", state.traits.name))]),
        ("printer-location", [(ipp.TEXT, state.text("location", "Library"))]),
        ("printer-make-and-model", [(ipp.TEXT, state.text("model", named))]),
        ("printer-device-id", [(ipp.TEXT, f"MFG:{named.partition(' ')[0]};MDL:{named.partition(' ')[2]};".encode())]),
        ("printer-uuid", [(ipp.URI, uuid.encode())]),
        ("printer-firmware-string-version", [(ipp.TEXT, state.text("firmware", "2.14"))]),
        ("printer-state", _integers(5 if state.stopped else 3, tag=ipp.ENUM)),
        ("printer-state-reasons", [(ipp.KEYWORD, state.text("reason", reason)) for reason in reasons]),
        ("printer-state-message", [(ipp.TEXT, b"Printing exam.pdf for J. Smith")]),
        ("printer-is-accepting-jobs", [(ipp.BOOLEAN, b"\x01")]),
        ("queued-job-count", _integers(0)),
        ("printer-impressions-completed", _integers(state.pages)),
    ]
    return [*rows, *_supplies(state), ("printer-input-tray", [*_trays(state)])]


def _supplies(state: State) -> list[tuple[str, list[Field]]]:
    told = [
        f"index={number};class={'receptacleThatIsFilled' if each.waste else 'supplyThatIsConsumed'};"
        f"type={'wasteToner' if each.waste else 'tonerCartridge' if each.colour else 'opc'};"
        f"unit={'impressions' if each.colour else 'percent'};maxcapacity={each.most};level={each.level};"
        f"colorantname={each.colour or 'unknown'};"
        for number, each in enumerate(state.supplies, 1)
    ]
    return [
        ("printer-supply", [(ipp.OCTETS, row.encode()) for row in told]),
        ("printer-supply-description", [(ipp.TEXT, state.text("supply", each.name)) for each in state.supplies]),
    ]


def _trays(state: State) -> Iterator[Field]:
    for number, tray in enumerate(state.trays, 1):
        kind = "sheetFeedManual" if tray.manual else "sheetFeedAutoRemovableTray"
        row = f"index={number};type={kind};unit=sheets;maxcapacity={tray.most};level={tray.level};status=0;name="
        yield ipp.OCTETS, row.encode() + state.text("tray", tray.name) + b";"
