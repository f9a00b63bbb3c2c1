"""Whether this machine has a way to others at all: without one, nothing is known of what they offer."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROUTES = Path("/proc/net/route")
ROUTES_6 = Path("/proc/net/ipv6_route")
LINKS = Path("/sys/class/net")
_UP, _GATEWAY = 0x1, 0x2
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Route(NamedTuple):
    """A route that is up: where it leads, over which link, by which gateway (None: directly), at what cost."""

    network: Network
    link: str
    gateway: str | None
    metric: int


def has_way_to(host: str, routes: Path = ROUTES, routes_6: Path = ROUTES_6, links: Path = LINKS) -> bool:
    """Whether a route leads to `host` over a link with a carrier, for a name a default route; True where the system does not say."""
    if is_own(host) or not routes.exists():
        return True
    address = _address(host)
    for route in (*_routes(routes), *_routes_6(routes_6)):
        leads = address in route.network if address is not None else route.network.prefixlen == 0
        if leads and _has_carrier(links / route.link):
            return True
    return False


def gateways(routes: Path = ROUTES) -> list[str]:
    """Addresses of the default gateways, the preferred one first; empty where the system does not say."""
    found = [route for route in _routes(routes) if route.network.prefixlen == 0 and route.gateway is not None]
    return list(dict.fromkeys(str(route.gateway) for route in sorted(found, key=lambda route: route.metric)))


def is_own(host: str) -> bool:
    """Whether a host is this machine itself, which needs no network."""
    address = _address(host)
    return address.is_loopback if address is not None else host.lower() == "localhost"


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _routes(path: Path) -> Iterator[Route]:
    """The kernel's IPv4 table: addresses are hexadecimal in the machine's own byte order, little-endian on all that runs this."""
    for row in _rows(path):
        if len(row) > 7 and len(row[1]) == 8 and int(row[3], 16) & _UP:
            target, gateway, mask = (int.from_bytes(bytes.fromhex(row[each]), "little") for each in (1, 2, 7))
            through = str(ipaddress.IPv4Address(gateway)) if int(row[3], 16) & _GATEWAY else None
            yield Route(ipaddress.IPv4Network((target, mask.bit_count()), strict=False), row[0], through, int(row[6]))


def _routes_6(path: Path) -> Iterator[Route]:
    for row in _rows(path):
        if len(row) > 9 and len(row[0]) == 32 and int(row[8], 16) & _UP and row[9] != "lo":
            target, through = ipaddress.IPv6Address(int(row[0], 16)), ipaddress.IPv6Address(int(row[4], 16))
            gateway = str(through) if int(row[8], 16) & _GATEWAY else None
            yield Route(
                ipaddress.IPv6Network((target, int(row[1], 16)), strict=False), row[9], gateway, int(row[5], 16)
            )


def _rows(path: Path) -> list[list[str]]:
    try:
        return [line.split() for line in path.read_text("ascii").splitlines()]
    except OSError:
        return []


def _has_carrier(link: Path) -> bool:
    """A tunnel or other link that has none to tell counts as having one."""
    try:
        return (link / "carrier").read_text("ascii").strip() != "0"
    except OSError:
        return True
