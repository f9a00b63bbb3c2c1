"""WS-Discovery 1.0: which devices answer a probe, by multicast on each local network or sent to one address."""

import asyncio
import contextlib
import importlib
import re
import socket
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote
from uuid import uuid4
from xml.etree.ElementTree import Element

from protocols.address import Place
from protocols.clock import Clock
from protocols.errors import DeviceError
from protocols.transports.soap.envelope import envelope
from protocols.transports.soap.namespaces import NAMESPACES
from protocols.transports.soap.xml import clean, find, find_all, parse, tag
from protocols.transports.stream.lookup import Endpoint, lookup

GROUP, PORT = "239.255.255.250", 3702
"""WS-Discovery 1.0, 2.4."""
PATIENCE = 3.0
"""Seconds that answers are waited for: a device waits up to 0.5 s before it answers (APP_MAX_DELAY), a slow one longer."""
MOST_ANSWERS = 2000
MOST_DATAGRAM = 32_768
MOST_SCOPES = 64
MOST_ADDRESSES = 8
VIDEO, DEVICE = "dn:NetworkVideoTransmitter", "tds:Device"
_SCOPE = "onvif://www.onvif.org/"
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_SIOCGIFADDR = 0x8915


class Scopes(NamedTuple):
    """What ONVIF scopes say (Core 7.3.2.2): texts "" where a device leaves them out."""

    name: str = ""
    hardware: str = ""
    location: str = ""
    mac: str = ""
    profiles: tuple[str, ...] = ()
    """Such as Streaming, T, C, A."""


class Answer(NamedTuple):
    """One device that answered. `endpoint` is its UUID (32 hex digits with dashes) or what it gave in its place."""

    endpoint: str
    addresses: tuple[str, ...]
    """Its device service's URLs (XAddrs)."""
    types: tuple[str, ...]
    """Without prefixes: NetworkVideoTransmitter, Device."""
    scopes: Scopes
    source: str
    """The address that the answer came from."""


async def probe(clock: Clock, target: Place | None = None, types: Sequence[str] = (VIDEO, DEVICE)) -> list[Answer]:
    """Devices of any of `types`, one each, in the order of their source. `target`: a place to ask alone, None: every local network.

    Waits `PATIENCE`; takes `MOST_ANSWERS` at most. What is no answer to our probes is left out. Raises `DeviceError` when nothing can be sent.
    """
    loop = asyncio.get_running_loop()
    probes = {uuid4().hex: kind for kind in types}
    heard = _Heard(set(probes))
    endpoint = (await lookup(target))[0] if target else Endpoint(socket.AF_INET, (GROUP, PORT))
    transports: list[asyncio.DatagramTransport] = []
    try:
        for own in [_any(endpoint.family)] if target else local_addresses():
            with contextlib.suppress(OSError):
                transport, _ = await loop.create_datagram_endpoint(lambda: heard, sock=_socket(own))
                transports.append(transport)
                for number, kind in probes.items():
                    transport.sendto(message(number, kind), endpoint.address)
        if not transports or (heard.failed and len(transports) == 1):
            raise DeviceError(
                f"WS-Discovery: no probe could be sent to {target or GROUP}: is this machine in a network?"
            )
        await clock.sleep(PATIENCE)
    finally:
        for transport in transports:
            transport.close()
    return sorted(heard.answers.values(), key=lambda answer: answer.source)


def message(number: str, kind: str) -> bytes:
    """A probe for devices of a type. `number`: 32 hex digits that answers must relate to."""
    header = (
        tag("a:Action", f"{NAMESPACES['d']}/Probe")
        + tag("a:MessageID", f"urn:uuid:{dashed(number)}")
        + tag("a:To", "urn:schemas-xmlsoap-org:ws:2005:04:discovery")
    )
    prefix = kind.partition(":")[0]
    named = tag("d:Types", kind, **{f"xmlns:{prefix}": NAMESPACES[prefix]})
    return envelope(tag("d:Probe", named), header)


def answers(raw: bytes, asked: set[str], source: str) -> list[Answer]:
    """The devices in a datagram that answers one of the probes `asked`; [] for anything else. Pure."""
    if len(raw) > MOST_DATAGRAM:
        return []
    try:
        root = parse(raw)
    except DeviceError:
        return []
    relates = find(root, "s:Header/a:RelatesTo")
    if relates is None or (_number(relates.text or "") or "") not in asked:
        return []
    matches = find_all(root, "s:Body//d:ProbeMatch")  # some leave the ProbeMatches around it out
    return [_answer(match, source) for match in matches[:16]]


def read_scopes(uris: Sequence[str]) -> Scopes:
    """The scopes that ONVIF defines; of several of a kind the first, locations joined."""
    found: dict[str, list[str]] = {}
    for uri in uris[:MOST_SCOPES]:
        if uri.lower().startswith(_SCOPE):
            kind, _, value = uri[len(_SCOPE) :].partition("/")
            if said := clean(unquote(value)):
                found.setdefault(kind.lower(), []).append(said)
    first = {kind: values[0] for kind, values in found.items()}
    places = (each.removeprefix("country/").removeprefix("city/") for each in found.get("location", ()))
    return Scopes(
        name=first.get("name", ""),
        hardware=first.get("hardware", ""),
        location=clean(", ".join(dict.fromkeys(places))),
        mac=_mac(first.get("mac", "")),
        profiles=tuple(dict.fromkeys(found.get("profile", ()))),
    )


def dashed(number: str) -> str:
    """32 hex digits as a UUID is written."""
    return "-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:]))


def local_addresses() -> list[str]:
    """The IPv4 address of each network this machine is in (netdevice(7)); 0.0.0.0, the default route's, where it cannot be asked."""
    found: list[str] = []
    with contextlib.suppress(ImportError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        ioctl = importlib.import_module("fcntl").ioctl  # not on Windows
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):
                told = ioctl(asking, _SIOCGIFADDR, name.encode()[:15].ljust(40, b"\0"))
                found.append(socket.inet_ntoa(told[20:24]))
    return list(dict.fromkeys(found)) or ["0.0.0.0"]  # noqa: S104


class _Heard(asyncio.DatagramProtocol):
    """Gathers the answers to probes, those of one device as one."""

    def __init__(self, asked: set[str]) -> None:
        self.asked, self.failed = asked, False
        self.answers: dict[str, Answer] = {}
        self._datagrams = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._datagrams += 1
        if self._datagrams > 4 * MOST_ANSWERS:
            return
        for answer in answers(data, self.asked, addr[0]):
            known = self.answers.get(answer.endpoint)
            if known is not None:
                self.answers[answer.endpoint] = _merged(known, answer)
            elif len(self.answers) < MOST_ANSWERS:
                self.answers[answer.endpoint] = answer

    def error_received(self, exc: Exception) -> None:
        self.failed = True


def _answer(match: Element, source: str) -> Answer:
    def words(path: str) -> list[str]:
        found = find(match, path)
        return (found.text or "").split() if found is not None else []

    address = " ".join(words("{*}EndpointReference/{*}Address"))
    number = _number(address)
    urls = [clean(each) for each in words("d:XAddrs") if each.startswith(("http://", "https://"))]
    types = [clean(each.rpartition(":")[2]) for each in words("d:Types")]
    return Answer(
        endpoint=dashed(number) if number else clean(address) or source,
        addresses=tuple(dict.fromkeys(urls))[:MOST_ADDRESSES],
        types=tuple(dict.fromkeys(types))[:MOST_ADDRESSES],
        scopes=read_scopes(words("d:Scopes")),
        source=source,
    )


def _merged(one: Answer, other: Answer) -> Answer:
    """Both probes, or both of a device's networks, were answered."""
    addresses = tuple(dict.fromkeys(one.addresses + other.addresses))[:MOST_ADDRESSES]
    types = tuple(dict.fromkeys(one.types + other.types))[:MOST_ADDRESSES]
    scopes = one.scopes if one.scopes != Scopes() else other.scopes
    return one._replace(addresses=addresses, types=types, scopes=scopes)


def _number(text: str) -> str | None:
    found = _UUID.search(text[:200].lower())
    return found[0].replace("-", "") if found else None


def _mac(text: str) -> str:
    digits = re.sub(r"[^0-9a-f]", "", text.lower())
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2)) if len(digits) == 12 else ""


def _any(family: int) -> str:
    return "::" if family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104


def _socket(own: str) -> socket.socket:
    """A socket that speaks from `own`, an IPv4 one to the multicast group too, no further than the local network."""
    made = socket.socket(socket.AF_INET6 if ":" in own else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        if made.family == socket.AF_INET:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
        made.bind((own, 0))
    except OSError:
        made.close()
        raise
    return made
