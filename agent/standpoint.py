"""Where the agent stands in the network, from what Linux tells in files: its own MACs, its gateway's, and its ARP table.

On another system, or where a file is missing, less is known and nothing fails.
"""

from pathlib import Path

from agent.parents import Place

ARP = Path("/proc/net/arp")
ROUTES = Path("/proc/net/route")
INTERFACES = Path("/sys/class/net")
MOST_ROWS = 10_000
_COMPLETE = 0x2
"""ATF_COM: the entry has an answer."""


def standpoint(arp: Path = ARP, routes: Path = ROUTES, interfaces: Path = INTERFACES) -> Place:
    """Read now; a few milliseconds."""
    table = arp_table(_text(arp))
    gateways = {table[address] for address in gateway_addresses(_text(routes)) if address in table}
    own = {_text(path).strip().lower() for path in sorted(interfaces.glob("*/address"))}
    return Place(frozenset(mac for mac in own if _usable(mac)), frozenset(gateways), table)


def arp_table(text: str) -> dict[str, str]:
    """`/proc/net/arp` → IPv4 address → MAC."""
    table = {}
    for line in text.splitlines()[1:MOST_ROWS]:
        words = line.split()
        if len(words) >= 6 and _usable(words[3].lower()) and _flags(words[2]) & _COMPLETE:
            table[words[0]] = words[3].lower()
    return table


def gateway_addresses(text: str) -> list[str]:
    """`/proc/net/route` → the IPv4 addresses of default gateways. Addresses there are hexadecimal, last octet first."""
    found = []
    for line in text.splitlines()[1:MOST_ROWS]:
        words = line.split()
        if len(words) >= 8 and words[1] == words[7] == "00000000" and len(words[2]) == 8 and words[2] != "00000000":
            raw = bytes.fromhex(words[2])
            found.append(".".join(str(octet) for octet in reversed(raw)))
    return found


def _usable(mac: str) -> bool:
    return len(mac) == 17 and mac != "00:00:00:00:00:00"


def _flags(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
