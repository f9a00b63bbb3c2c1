"""mDNS service discovery (RFC 6762, RFC 6763): which services of some types the local networks have, by python-zeroconf.

The library is imported when first browsed with. What answers is a stranger: services, records, texts and time are bounded.
"""

import asyncio
import importlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from protocols.clock import Clock
from protocols.errors import DeviceError

MOST = 1_000
"""Most services of one look: a network with more is attacked, not used."""
RECORDS = 20_000
"""Most records that the library may hold; more ends the look early."""
PROPERTIES = 64
TEXT = 255
"""Most characters of a name, key or value: a DNS character-string has no more."""
LOOK_S = 0.1
RESOLVE_MS = 3_000
DOMAIN = ".local."


class Service(NamedTuple):
    """One service: `name` is its instance ("Room 12 Printer"), `type` such as "_ipp._tcp", `host` its host name.

    `addresses` are IPv4 first; `properties` are the TXT record's, keys in lower case. All of it is the stranger's own text.
    """

    name: str
    type: str
    host: str
    addresses: tuple[str, ...]
    port: int
    properties: Mapping[str, str]


async def browse(
    types: Sequence[str], seconds: float, clock: Clock, interfaces: Sequence[str] | None = None
) -> list[Service]:
    """The services of these types ("_ipp._tcp") that answer within `seconds`, each once, by type and name.

    `interfaces` are this machine's own addresses to ask from; None: all. Raises `DeviceError` when it cannot be asked here.
    """
    zeroconf, aio = _library()
    for interface in interfaces or ():
        _check(interface)
    try:
        asked = aio.AsyncZeroconf(
            interfaces=list(interfaces) if interfaces else zeroconf.InterfaceChoice.All,
            ip_version=zeroconf.IPVersion.V4Only,
        )
    except (OSError, RuntimeError) as error:
        raise DeviceError(f"mDNS cannot be asked here: {error}") from error
    try:
        return await _look(zeroconf, aio, asked, [full_type(each) for each in types], seconds, clock)
    finally:
        await asked.async_close()


def full_type(text: str) -> str:
    """`_ipp._tcp` as DNS writes it: `_ipp._tcp.local.`"""
    return text.removesuffix(".").removesuffix(".local") + DOMAIN


def _library() -> tuple[Any, Any]:
    try:
        return importlib.import_module("zeroconf"), importlib.import_module("zeroconf.asyncio")
    except ModuleNotFoundError as error:
        raise DeviceError("mDNS needs 'zeroconf': pip install 'firstbell[discovery]'", permanent=True) from error


def _check(interface: str) -> None:
    """Whether the address is this machine's: the library would leave a socket open behind one that is not."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((interface, 0))
    except OSError as error:
        raise DeviceError(
            f"mDNS cannot be asked on {interface}: {error.strerror}; name an address of this machine"
        ) from error


async def _look(zeroconf: Any, aio: Any, asked: Any, types: list[str], seconds: float, clock: Clock) -> list[Service]:
    infos: dict[tuple[str, str], Any] = {}
    resolving: set[asyncio.Task[Any]] = set()

    def heard(zeroconf: Any, service_type: str, name: str, state_change: Any) -> None:
        if (service_type, name) in infos or len(infos) >= MOST or not name.endswith("." + service_type):
            return
        infos[service_type, name] = info = aio.AsyncServiceInfo(service_type, name)
        task = asyncio.ensure_future(info.async_request(zeroconf, RESOLVE_MS))
        resolving.add(task)
        task.add_done_callback(resolving.discard)

    await asked.zeroconf.async_wait_for_start()
    browser = aio.AsyncServiceBrowser(asked.zeroconf, types, handlers=[heard])
    end = clock.monotonic() + seconds
    try:
        while clock.monotonic() < end and len(infos) < MOST and _held(asked) < RECORDS:
            await clock.sleep(min(LOOK_S, max(0.0, end - clock.monotonic())))
    finally:
        await browser.async_cancel()
        for task in [*resolving]:
            task.cancel()
        await asyncio.gather(*resolving, return_exceptions=True)
    return sorted(_services(zeroconf, infos), key=lambda service: (service.type, service.name))


def _held(asked: Any) -> int:
    """How many records the library holds: it keeps them by name, and one name may have any number."""
    return sum(map(len, asked.zeroconf.cache.cache.values()))


def _services(zeroconf: Any, infos: Mapping[tuple[str, str], Any]) -> Iterator[Service]:
    for (service_type, name), info in infos.items():
        if info.port is None:
            continue  # no SRV record came: nothing answers for the name
        yield Service(
            name.removesuffix("." + service_type)[:TEXT],
            service_type.removesuffix(DOMAIN),
            (info.server or "").removesuffix(".")[:TEXT],
            tuple(info.parsed_scoped_addresses(zeroconf.IPVersion.V4Only))
            + tuple(info.parsed_scoped_addresses(zeroconf.IPVersion.V6Only)),
            info.port,
            texts(info.properties),
        )


def texts(raw: Mapping[bytes, bytes | None]) -> dict[str, str]:
    """A TXT record's pairs as text; a key without a value has "" (RFC 6763, 6.4)."""
    pairs = list(raw.items())[:PROPERTIES]
    return {_text(key).lower(): _text(value or b"") for key, value in pairs if key}


def _text(raw: bytes) -> str:
    return raw[:TEXT].decode("utf-8", "replace").replace("\x00", "\ufffd")
