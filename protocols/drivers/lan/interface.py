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


def default_interface(routes: str = "/proc/net/route") -> str | None:
    """The interface of the IPv4 default route with the lowest metric."""
    try:
        rows = [line.split() for line in Path(routes).read_text("ascii", errors="replace").splitlines()[1:]]
    except OSError:
        return None
    defaults = [(int(row[6]), row[0]) for row in rows if len(row) > 7 and row[1] == "00000000" and row[6].isdigit()]
    return min(defaults)[1] if defaults else None


def mac_of(name: str) -> str | None:
    """The interface's own address."""
    return _read(name, "address")


def _read(name: str, what: str) -> str | None:
    try:
        return (_NET / name / what).read_text("ascii").strip()
    except OSError:
        return None
