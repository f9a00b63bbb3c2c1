"""What this machine's network cannot do without: its gateway, its resolvers, its time server. Nothing is to be configured for them."""

import ipaddress
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

from protocols.clock import Clock
from protocols.driver import Found
from protocols.drivers.probe.client import Client
from protocols.drivers.probe.judge import UP, judge
from protocols.drivers.probe.network import gateways
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.target import read_aim
from protocols.errors import DeviceError

RESOLVERS = (Path("/run/systemd/resolve/resolv.conf"), Path("/run/resolvconf/resolv.conf"), Path("/etc/resolv.conf"))
"""The first that names a server beyond this machine: the others often name a stub on it."""
TIME_SERVERS = (
    Path("/etc/chrony/chrony.conf"),
    Path("/etc/chrony/sources.d"),
    Path("/run/chrony-dhcp"),
    Path("/etc/ntpsec/ntp.conf"),
    Path("/etc/ntp.conf"),
    Path("/etc/systemd/timesyncd.conf"),
)
LEASED_TIME = Path("/run/systemd/netif/state")
MOST_BYTES = 65536
_NAME = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9a-fA-F:.]{2,45}")


async def discover(network: str | None, clock: Clock) -> AsyncIterator[Found]:
    """The default gateways, the resolvers and the time server that this machine uses, whatever the network.

    A gateway need not answer pings, nor need a time server be let through: those that do not answer once are left out, for they would
    be called down for ever. A resolver that does not answer is trouble by itself.
    """
    for address in gateways():
        if await _answers(f"icmp://{address}", clock):
            yield _found(f"icmp://{address}", "Default gateway")
    for address in resolvers():
        host = f"[{address}]" if ":" in address else address
        yield _found(f"dns://{host}", "DNS resolver")
    for host in time_servers():
        address = f"ntp://[{host}]" if ":" in host else f"ntp://{host}"
        if await _answers(address, clock):
            yield _found(address, "Time server")


async def _answers(address: str, clock: Clock) -> bool:
    """Whether one short check is answered."""
    aim, options = read_aim(address, "discover"), ProbeOptions(count=3, timeout=2.0)
    try:
        answer = await Client(aim, options, None, clock).ask()
    except DeviceError:  # this machine may not ping
        return False
    return judge(answer, aim, options).state == UP


def resolvers(files: Iterable[Path] = RESOLVERS) -> list[str]:
    """Addresses of the resolvers; none that is this machine."""
    for file in files:
        words = [line.split() for line in _lines(file)]
        named = [row[1] for row in words if len(row) > 1 and row[0] == "nameserver"]
        found = [address for address in named if _is_elsewhere(address)]
        if found:
            return list(dict.fromkeys(found))
    return []


def time_servers(files: Iterable[Path] = TIME_SERVERS, leased: Path = LEASED_TIME) -> list[str]:
    """The time server that the first of the machine's time programs is told to ask; one of a pool is enough."""
    for file in [*files, leased]:
        for path in sorted(file.iterdir()) if file.is_dir() else [file]:
            found = [host for host in _time_servers(_lines(path)) if _NAME.fullmatch(host)]
            if found:
                return found[:1]
    return []


def _time_servers(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        words = line.replace("=", " ", 1).split()
        if len(words) > 1 and words[0] in ("server", "pool", "peer", "NTP") and not words[1].startswith("/"):
            yield words[1]


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def _is_elsewhere(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _found(address: str, name: str) -> Found:
    return Found("probe", address, name, {}, {"name": name})
