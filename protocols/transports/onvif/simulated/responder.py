"""Answers WS-Discovery probes for a simulated device."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element

from protocols.errors import DeviceError
from protocols.transports.soap.discovery import GROUP, PORT
from protocols.transports.soap.envelope import envelope
from protocols.transports.soap.namespaces import NAMESPACES
from protocols.transports.soap.xml import find, parse, plain, tag


class Responder(asyncio.DatagramProtocol):
    """One device: its UUID, its types ("tds:Device"), and what gives its scopes and URL."""

    def __init__(
        self, uuid: str, types: Sequence[str], scopes: Callable[[], list[str]], url: Callable[[], str]
    ) -> None:
        self.uuid, self.types, self.scopes, self.url = uuid, types, scopes, url
        self.place = ("", 0)
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self, host: str, port: int = PORT) -> None:
        """Listen at `host`; at 0.0.0.0 in the multicast group too. Raises `OSError`."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((host, port))
            if host == "0.0.0.0":  # noqa: S104
                group = socket.inet_aton(GROUP) + socket.inet_aton(host)
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        except OSError:
            sock.close()
            raise
        self.place = sock.getsockname()
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=sock)

    def stop(self) -> None:
        """Fall silent; safe to call twice."""
        if self._transport is not None:
            self._transport.close()
        self._transport = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            sent = parse(data)
        except DeviceError:
            return
        wanted = find(sent, "s:Body/d:Probe/d:Types")
        number = find(sent, "s:Header/a:MessageID")
        kinds = {kind.rpartition(":")[2] for kind in self.types}
        if number is None or self._transport is None or (wanted is not None and not _is_asked(wanted, kinds)):
            return
        self._transport.sendto(self.message((number.text or "").strip()), addr)

    def message(self, number: str) -> bytes:
        """The answer to the probe whose message id is `number`."""
        header = (
            tag("a:Action", f"{NAMESPACES['d']}/ProbeMatches")
            + tag("a:MessageID", f"urn:uuid:{self.uuid}")
            + tag("a:RelatesTo", plain(number))
        )
        match = tag(
            "d:ProbeMatch",
            tag("a:EndpointReference", tag("a:Address", f"urn:uuid:{self.uuid}")),
            tag("d:Types", " ".join(self.types), **{"xmlns:dn": NAMESPACES["dn"], "xmlns:tds": NAMESPACES["tds"]}),
            tag("d:Scopes", plain(" ".join(self.scopes()))),
            tag("d:XAddrs", plain(self.url())),
            tag("d:MetadataVersion", "1"),
        )
        return envelope(tag("d:ProbeMatches", match), header)


def _is_asked(wanted: Element, kinds: set[str]) -> bool:
    named = [each.rpartition(":")[2] for each in (wanted.text or "").split()]
    return not named or bool(kinds & set(named))
