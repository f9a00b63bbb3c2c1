"""Which cameras and recorders answer WS-Discovery."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from protocols.address import Place, read_place
from protocols.clock import Clock
from protocols.driver import Found
from protocols.errors import OptionError
from protocols.transports.soap import Answer, probe
from protocols.transports.soap.discovery import PORT

_VIDEO = {"Streaming", "T", "G", "M"}
"""Profiles that say a device has to do with video; doors have C, A and D."""


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """The cameras that answer. `network`: None for every local network, an address to ask it alone.

    Multicast stays in its network: of another one, ask addresses. Raises `OptionError` for what is no address.
    """
    target = _target(network)
    for answer in await probe(clock, target):
        if is_camera(answer):
            yield found(answer)


def is_camera(answer: Answer) -> bool:
    """Whether the device says that it has to do with video."""
    return "NetworkVideoTransmitter" in answer.types or bool(_VIDEO & set(answer.scopes.profiles))


def found(answer: Answer) -> Found:
    """As `[[device]]` would name it: at the address that its answer came from where it names that among its own."""
    urls = [parts for url in answer.addresses if (parts := _split(url)) is not None]
    url = next((each for each in urls if each[1].host == answer.source), urls[0] if urls else None)
    scheme, place, path = url or ("http", Place(answer.source, 80), "/onvif/device_service")
    options: dict[str, str | bool] = {}
    if scheme == "https":
        options["tls"] = True
    if path not in ("", "/", "/onvif/device_service"):
        options["path"] = path
    address = place.host if place.port == (443 if scheme == "https" else 80) else str(place)
    scopes = answer.scopes
    said = {"uuid": answer.endpoint, "name": scopes.name, "model": scopes.hardware, "location": scopes.location}
    attributes = {key: value for key, value in {**said, "mac": scopes.mac}.items() if value}
    return Found("camera", address, scopes.name or None, options, attributes)


def _split(url: str) -> tuple[str, Place, str] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    if not parts.hostname or len(parts.path) > 200 or not parts.path.isascii():
        return None
    return parts.scheme, Place(parts.hostname, port), parts.path


def _target(network: str | None) -> Place | None:
    if network is None:
        return None
    if "/" in network:
        raise OptionError(
            f"network: {network!r}: cameras are found by multicast in the local networks (leave --network out) "
            "or asked one by one: write an address, for example 10.1.2.3"
        )
    return read_place(network, PORT, "network")
