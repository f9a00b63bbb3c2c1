"""Finds door controllers by WS-Discovery: those whose scopes name Profile C, A or D."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from protocols.address import Place, read_place
from protocols.clock import Clock
from protocols.driver import Found
from protocols.errors import DeviceError, OptionError
from protocols.transports.soap import Answer, probe
from protocols.transports.soap.discovery import DEVICE, PORT
from protocols.wire.batch import Scalar

PROFILES = frozenset({"C", "A", "D"})
"""ONVIF's profiles of physical access control: door control, access rules, access control peripherals."""


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """Controllers that answer; `network`: one address (with port) to ask, None: every local network. Raises `DeviceError`, `OptionError`.

    OSDP is never searched for: nothing may be sent to a bus that may be a panel's.
    """
    for answer in await probe(clock, _target(network), (DEVICE,)):
        found = read(answer)
        if found is not None:
            yield found


def read(answer: Answer) -> Found | None:
    """The controller that an answer tells of; None for a camera, or an answer without an address. Pure."""
    if not PROFILES & {profile.upper() for profile in answer.scopes.profiles}:
        return None
    places = [(url, place) for url in answer.addresses if (place := _place(url)) is not None]
    if not places:
        return None
    url, place = next((each for each in places if each[1].host == answer.source), places[0])
    tls = url.startswith("https")
    said = {"model": answer.scopes.hardware, "location": answer.scopes.location, "mac": answer.scopes.mac}
    attributes: dict[str, Scalar] = {key: value for key, value in said.items() if value}
    attributes["uuid"] = answer.endpoint
    usual = place.host if place.port == (443 if tls else 80) else str(place)
    return Found("door", usual, answer.scopes.name or None, {"tls": True} if tls else {}, attributes)


def _place(url: str) -> Place | None:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    return Place(parts.hostname, port) if parts.hostname else None


def _target(network: str | None) -> Place | None:
    """The place to ask alone. A CIDR or an interface is answered by multicast on every local network."""
    if network is None or "/" in network or ("." not in network and ":" not in network):
        return None
    try:
        return read_place(network, PORT, "network")
    except OptionError as error:
        raise DeviceError(str(error), permanent=True) from error
