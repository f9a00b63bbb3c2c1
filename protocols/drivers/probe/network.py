"""Whether this machine has a network at all: without one, nothing is known of what others offer."""

import ipaddress
from pathlib import Path

ROUTES = Path("/proc/net/route")
ROUTES_6 = Path("/proc/net/ipv6_route")
LINKS = Path("/sys/class/net")
_UP, _GATEWAY = 0x1, 0x2


def has_way_out(routes: Path = ROUTES, routes_6: Path = ROUTES_6, links: Path = LINKS) -> bool:
    """Whether a default route leads over a link with a carrier; True where the system does not say (not Linux)."""
    try:
        lines = [line.split() for line in routes.read_text("ascii").splitlines()[1:]]
    except OSError:
        return True
    ways = [row[0] for row in lines if len(row) > 7 and row[1] == row[7] == "00000000" and int(row[3], 16) & _UP]
    try:
        lines = [line.split() for line in routes_6.read_text("ascii").splitlines()]
    except OSError:
        lines = []
    ways += [row[9] for row in lines if len(row) > 9 and row[1] == "00" and int(row[8], 16) & _UP and row[9] != "lo"]
    return any(_has_carrier(links / name) for name in ways)


def gateways(routes: Path = ROUTES) -> list[str]:
    """Addresses of the default gateways, the preferred one first; empty where the system does not say."""
    try:
        lines = [line.split() for line in routes.read_text("ascii").splitlines()[1:]]
    except OSError:
        return []
    found = [row for row in lines if len(row) > 7 and row[1] == row[7] == "00000000" and int(row[3], 16) & _GATEWAY]
    ordered = sorted(found, key=lambda row: int(row[6]))
    return list(dict.fromkeys(str(ipaddress.IPv4Address(bytes.fromhex(row[2])[::-1])) for row in ordered))


def is_own(host: str) -> bool:
    """Whether a host is this machine itself, which needs no network."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _has_carrier(link: Path) -> bool:
    """A tunnel or other link that has none to tell counts as having one."""
    try:
        return (link / "carrier").read_text("ascii").strip() != "0"
    except OSError:
        return True
