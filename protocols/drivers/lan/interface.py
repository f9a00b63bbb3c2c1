"""Which interface of this machine leads into the building's network."""

import socket
from pathlib import Path

from protocols.errors import DeviceError

AUTO = "auto"
_NET = Path("/sys/class/net")


def resolve(address: str) -> str:
    """The interface: the one named, or for `auto` that of the default route. Raises `DeviceError` when it is missing or down."""
    name = default_interface() if address == AUTO else address
    if name is None:
        raise DeviceError(
            "no interface has a default route: is the cable plugged in? else name the interface as address"
        )
    if not hasattr(socket, "AF_NETLINK") or not _NET.is_dir():
        raise DeviceError("a network can be watched on Linux only")
    state = _read(name, "operstate")
    if state is None:
        known = ", ".join(sorted(each.name for each in _NET.iterdir()))[:200]
        raise DeviceError(f"there is no interface {name!r}; this machine has {known}")
    if state in ("down", "lowerlayerdown", "notpresent"):
        raise DeviceError(f"interface {name} is down: is its cable plugged in?")
    return name


def default_interface(routes: str = "/proc/net/route", routes_6: str = "/proc/net/ipv6_route") -> str | None:
    """The interface of the default route with the lowest metric: the IPv4 one, else the IPv6 one."""
    return _default_4(routes) or _default_6(routes_6)


def _default_4(routes: str) -> str | None:
    # The mask, too: a VPN may lay 0.0.0.0/1 over the default route.
    defaults = [
        (int(row[6]), row[0]) for row in _rows(routes)[1:]
        if len(row) > 7 and not row[1].strip("0") and not row[7].strip("0") and row[6].isdigit()
    ]  # fmt: skip
    return min(defaults)[1] if defaults else None


def _default_6(routes: str) -> str | None:
    """Rows: destination, prefix length, source, its length, next hop, metric, references, uses, flags, interface; in hex."""
    defaults = [
        (int(row[5], 16), row[9]) for row in _rows(routes)
        if len(row) > 9 and not row[0].strip("0") and row[1] == "00" and row[4].strip("0")
    ]  # fmt: skip
    return min(defaults)[1] if defaults else None


def _rows(routes: str) -> list[list[str]]:
    try:
        return [line.split() for line in Path(routes).read_text("ascii", errors="replace").splitlines()]
    except OSError:
        return []


def mac_of(name: str) -> str | None:
    """The interface's own address."""
    return _read(name, "address")


def _read(name: str, what: str) -> str | None:
    try:
        return (_NET / name / what).read_text("ascii").strip()
    except OSError:
        return None
