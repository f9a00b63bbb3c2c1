"""Which BACnet devices answer a Who-Is on a network."""

import contextlib
import importlib
import ipaddress
import socket
from collections.abc import AsyncIterator
from typing import Any

from bacpypes3.apdu import IAmRequest, WhoIsRequest
from bacpypes3.pdu import Address, GlobalBroadcast

from protocols.clock import Clock
from protocols.driver import Found
from protocols.drivers.bacnet.client import Client
from protocols.drivers.bacnet.decode import Ref, text
from protocols.drivers.bacnet.network import Local, Network, acquire, release, station
from protocols.drivers.bacnet.points import ATTRIBUTES
from protocols.errors import DeviceError, OptionError

RANGES = ((0, 9_999), (10_000, 99_999), (100_000, 999_999), (1_000_000, 4_194_302))
"""Device instances are asked for in these ranges, so that a large site does not answer all at once."""
PATIENCE = 2.0
"""Seconds to wait for the answers to one Who-Is."""
SPACING = 0.1
"""Seconds between two networks: the stack sends a moment after it was told to, to the address that it has then."""
MOST = 10_000
"""Most devices that are taken from one look: whoever answers as more than these is no site."""

SIOCGIFBRDADDR = 0x8919


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """The devices that answer, with what they say of themselves.

    `network`: None for the local ones, "10.1.0.0/16" (its broadcast address is asked), "10.1.2.3:47809" for one device
    or router, "bbmd 10.9.0.1" to ask through a BBMD; "#100-199" behind any of them asks for these instances only.
    Raises `OptionError` for anything else.
    """
    where, _, span = (network or "").partition("#")
    ranges = (_range(span),) if span else RANGES
    bbmd = where.removeprefix("bbmd ").strip() if where.startswith("bbmd ") else None
    port = await acquire(Local(bbmd=bbmd))
    try:
        target = None if bbmd else _aim(where.strip())
        for iam in (await _ask(port, target, ranges, clock)).values():
            yield await _describe(port, iam)
    finally:
        await release(port)


def _range(span: str) -> tuple[int, int]:
    low, _, high = span.partition("-")
    if not (low.isdigit() and (high or low).isdigit() and int(low) <= int(high or low) <= 4_194_303):
        raise OptionError(f"network: {span!r} is no range of device instances; write for example #100-199")
    return int(low), int(high or low)


def _aim(where: str) -> Any:
    """The broadcast addresses to ask, or the one station."""
    try:
        if "/" in where:
            return [str(ipaddress.ip_network(where, strict=False).broadcast_address)]
        return station(where) if where else local_broadcasts()
    except (ValueError, DeviceError) as error:
        raise OptionError(
            f"network: {where!r}: write a network (10.1.0.0/16), a device (10.1.2.3:47809) or bbmd 10.9.0.1"
        ) from error


def local_broadcasts() -> list[str]:
    """The broadcast address of each network this machine is in (netdevice(7)); 255.255.255.255 where the system does not say.

    That one alone leaves by the default route, which seldom leads to the building automation network.
    """
    found: list[str] = []
    with contextlib.suppress(ImportError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        ioctl = importlib.import_module("fcntl").ioctl  # not on Windows
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):
                told = ioctl(probe, SIOCGIFBRDADDR, name.encode()[:15].ljust(40, b"\0"))
                found.append(socket.inet_ntoa(told[20:24]))
    return [each for each in dict.fromkeys(found) if each != "0.0.0.0"] or ["255.255.255.255"]  # noqa: S104


async def _send(port: Network, host: Any, low: int, high: int) -> None:
    """A Who-Is to a station, to a broadcast address, or (None) to whatever the BBMD spreads it to."""
    if isinstance(host, str):
        port.broadcast_to(host)
    request = WhoIsRequest(destination=host if isinstance(host, Address) else GlobalBroadcast())
    request.deviceInstanceRangeLowLimit, request.deviceInstanceRangeHighLimit = low, high
    await port.application.request(request)


async def _ask(port: Network, target: Any, ranges: tuple[tuple[int, int], ...], clock: Clock) -> dict[int, Any]:
    heard: dict[int, Any] = {}

    def listen(apdu: Any) -> None:
        if isinstance(apdu, IAmRequest) and len(heard) < MOST:
            heard[int(apdu.iAmDeviceIdentifier[1])] = apdu

    stop = port.application.listen(listen)
    try:
        for low, high in ranges:
            for host in target if isinstance(target, list) else [target]:
                await _send(port, host, low, high)
                await clock.sleep(SPACING)
            await clock.sleep(PATIENCE)
            if isinstance(target, Address) and heard:
                break
    finally:
        stop()
    return {instance: iam for instance, iam in sorted(heard.items()) if ranges[0][0] <= instance <= ranges[-1][1]}


async def _describe(port: Network, iam: Any) -> Found:
    instance = int(iam.iAmDeviceIdentifier[1])
    address = str(iam.pduSource)
    said: dict[str, Any] = {"instance": instance}
    try:
        answers = await Client(port, address, 2.0, 1).read(Ref((8, instance), number) for number in ATTRIBUTES)
        said |= {ATTRIBUTES[ref.property]: found for ref, answer in answers.items() if (found := text(answer))}
    except DeviceError as error:
        said["error"] = str(error)[:200]
    name = said.pop("name", None)
    return Found("bacnet", address, name, {"instance": instance}, said)
